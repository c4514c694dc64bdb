"""From phrases and clips to distances, through an embedder plugin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo import plugins
from choreo.errors import DatabaseError, PluginError
from choreo.types import Candidates, Clip, Floats, MusicAnalysis, Phrase


def _checked(array: Floats, shape: tuple[int, ...], what: str) -> Floats:
    array = np.asarray(array, np.float32)
    if array.shape[: len(shape)] != shape or not np.isfinite(array).all():
        raise PluginError(f"{what}: got shape {array.shape}, expected finite numbers of shape {shape}.")
    return array


def retrieve(
    analysis: MusicAnalysis, phrases: Sequence[Phrase], clips: Sequence[Clip], *, embedder: str = "zeroshot"
) -> Candidates:
    """Measure how far every clip is from every phrase.

    Parameters
    ----------
    embedder
        Name of a ``choreo.embedders`` plugin.

    Raises
    ------
    DatabaseError
        When there are no clips.
    PluginError
        When the plugin is unknown, fails, or returns something else than it promised.
    """
    if not clips:
        raise DatabaseError("the motion database has no clips. Run `choreo db list` to see where it is.")
    plugin, blamed = plugins.load("embedders", embedder), f"embedders plugin {embedder!r}"
    with plugins.blame("embedders", embedder):
        music = plugin.embed_music(analysis, phrases)
        motion = plugin.embed_motion(clips)
        music = _checked(music, (len(phrases),), f"{blamed}: embed_music")
        motion = _checked(motion, (len(clips),), f"{blamed}: embed_motion")
        terms = plugin.compare(music, motion)
    shape = (len(phrases), len(clips))
    checked = {name: _checked(term, shape, f"{blamed}: term {name!r}") for name, term in terms.items()}
    total = np.zeros(shape, np.float32)
    for term in checked.values():
        total += term
    return Candidates(tuple(clip.clip_id for clip in clips), total, checked)
