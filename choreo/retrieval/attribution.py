"""Why a learned embedder holds a clip for near: what each quality of the music does to the distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from choreo.retrieval.learned import Features, LearnedEmbedder, unit
from choreo.retrieval.music_side import BLOCKS, QUALITIES, STEP_QUALITIES, qualities
from choreo.retrieval.scales import LENGTHS
from choreo.types import Bools, Doubles, Floats, MusicAnalysis, Phrase

ANY = "any music"
"""Name of the term that is left when nothing of the music is known."""


def _subsets() -> Bools:
    """Which qualities are known, ``(2^G, G)``."""
    count = len(QUALITIES)
    rows = [
        [k in chosen for k in range(count)] for size in range(count + 1) for chosen in combinations(range(count), size)
    ]
    return np.array(rows)


def _weights(known: Bools) -> Doubles:
    """Shapley weights ``(2^G, G)``: a quality's share is their product with the subsets' values, summed."""
    count, size = known.shape[1], known.sum(axis=1, keepdims=True)
    share = np.array([factorial(s) * factorial(max(count - s - 1, 0)) / factorial(count) for s in range(count + 1)])
    return np.asarray(np.where(known, share[np.maximum(size - 1, 0)], -share[size]))


def reasons(
    embedder: LearnedEmbedder,
    analysis: MusicAnalysis,
    phrase: Phrase,
    motion: Floats,
    everything: Sequence[Phrase],
) -> Mapping[str, Floats]:
    """Shares of the qualities of a phrase in its distances to clips.

    A quality is taken away by putting the mean of all music learnt from in its place (of this song's beats, for what
    is read beat by beat), and its share is its Shapley value: the mean over all orders in which qualities can become
    known. Below zero is what brings the clip nearer.

    Parameters
    ----------
    motion
        Embedded clips ``(C, E)``.
    everything
        All phrases of the song.

    Returns
    -------
    Shares ``(C,)`` by name; with `ANY`, the distance when nothing is known, they sum to the distance. Shapley, A value
    for n-person games, 1953.
    """
    rows = embedder.describe_music(analysis, [phrase])
    blocks = [name for name in BLOCKS if embedder.lengths or name not in LENGTHS]
    of = np.concatenate([qualities(name) for name in blocks])
    known = _subsets()
    x = np.where(known[:, of], rows.x, 0).astype(np.float32)
    steps, mask = rows.steps, np.repeat(rows.mask, len(known), axis=0)
    if steps.size:
        heard = embedder.describe_music(analysis, everything)
        plain = heard.steps[heard.mask].mean(axis=0)
        there = known[:, None, STEP_QUALITIES] | ~mask[:, :, None]
        steps = np.where(there, steps, plain).astype(np.float32)
    else:
        steps = np.repeat(steps, len(known), axis=0)
    music = unit(embedder.project_music(Features(x, steps, mask)))
    far = np.array(list(embedder.compare(music, motion).values()), np.float64).sum(axis=0)
    shares = np.einsum("sg,sc->gc", _weights(known), far)
    out = {name: np.asarray(share, np.float32) for name, share in zip(QUALITIES, shares, strict=True)}
    return {ANY: np.asarray(far[0], np.float32), **out}
