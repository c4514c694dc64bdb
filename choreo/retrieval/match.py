"""Distances of clips to phrases, by an embedder plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.db.stored import fetch_motions
from choreo.errors import DatabaseError, PluginError
from choreo.music.phrasing import stretch
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.lyrics_bridge import Singing
from choreo.retrieval.models import load_embedder
from choreo.types import Candidates, Clip, Floats, MusicAnalysis, Phrase


def _checked(array: Floats, shape: tuple[int, ...], what: str) -> Floats:
    array = np.asarray(array, np.float32)
    if array.shape[: len(shape)] != shape or not np.isfinite(array).all():
        raise PluginError(f"{what}: got shape {array.shape}, expected finite numbers of shape {shape}.")
    return array


def _terms(
    plugin: Any, analysis: MusicAnalysis, phrases: Sequence[Phrase], clips: Sequence[Clip], origin: str
) -> Mapping[str, Floats]:
    """Terms ``(P, C)``. Where the embedder has lengths as features, each clip is compared with as many beats as it has.

    It learnt from pairs of equal length, so a whole phrase would be far from every clip that fits a part of it.
    """
    motion = _checked(plugin.embed_motion(clips), (len(clips),), f"{origin}: embed_motion")
    if not getattr(plugin, "lengths", False):
        music = _checked(plugin.embed_music(analysis, phrases), (len(phrases),), f"{origin}: embed_music")
        return dict(plugin.compare(music, motion))

    def music_of(count: int) -> Floats:
        parts = [phrase_of_length(analysis, phrase, count) for phrase in phrases]
        return _checked(plugin.embed_music(analysis, parts), (len(phrases),), f"{origin}: embed_music")

    return terms_by_length(plugin, [clip.counts for clip in clips], motion, music_of)


def terms_by_length(
    plugin: Any, counts: Sequence[int], motion: Floats, music_of: Callable[[int], Floats]
) -> dict[str, Floats]:
    """Terms ``(P, C)`` of an embedder, each clip compared with music of as many beats as it has.

    Parameters
    ----------
    counts
        ``(C,)`` of the clips.
    motion
        ``(C, D)`` what the embedder made of them.
    music_of
        Gives ``(P, D)``, what it makes of stretches of so many beats.
    """
    lengths = np.array(counts)
    terms: dict[str, Floats] = {}
    for count in np.unique(lengths).tolist():
        music, columns = music_of(count), lengths == count
        for name, term in plugin.compare(music, motion[columns]).items():
            terms.setdefault(name, np.zeros((len(music), len(lengths)), np.float32))[:, columns] = term
    return terms


def phrase_of_length(analysis: MusicAnalysis, phrase: Phrase, counts: int) -> Phrase:
    """Phrase of `counts` beats from where `phrase` begins, or up to the end of the song."""
    if counts == phrase.counts:
        return phrase
    return stretch(analysis, phrase.first_beat, min(counts, len(analysis.beats) - phrase.first_beat))


def retrieve(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    *,
    embedder: str = "zeroshot",
    lyrics: str | Path | None = None,
    lyrics_weight: float = 1.0,
) -> Candidates:
    """Distance of every clip to every phrase.

    Planning leaves out the terms `style` and `length`: it knows styles as those of a whole dance, and chooses lengths.

    Parameters
    ----------
    embedder
        Name of a ``choreo.embedders`` plugin; one that learns must be trained.
    lyrics
        File of the lyrics: a clip that is not the movement that is sung is farther, by the term ``lyrics``.
    lyrics_weight
        How much that counts; 0 not at all.

    Raises
    ------
    DatabaseError
        When there are no clips.
    PluginError
        When the plugin is unknown, fails, or returns something else than it promised.
    InputError
        When the plugin is not trained, or the lyrics cannot be used: they have no times and it reads no lyrics itself.

    Examples
    --------
    >>> from choreo import analyze, phrases, retrieve
    >>> from choreo.db import default_location, ensure_starter
    >>> analysis = analyze("song.wav")
    >>> clips = ensure_starter(default_location()).clips()
    >>> candidates = retrieve(analysis, phrases(analysis), clips)
    >>> candidates.distances.shape == (3, len(clips))
    True
    >>> sorted(candidates.terms)
    ['articulation', 'energy', 'length', 'metre', 'rhythm', 'style', 'tempo']
    """
    plugin = load_embedder(embedder, lyrics=lyrics)
    singing = Singing.read(lyrics, lyrics_weight, plugin)
    return clip_distances(plugin, analysis, phrases, clips, singing)


def clip_distances(
    plugin: Any,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    singing: Singing | None = None,
) -> Candidates:
    """`retrieve` with an embedder plugin that is loaded."""
    if not clips:
        raise DatabaseError("the motion database has no clips. Run `choreo db list` to see where it is.")
    if isinstance(plugin, LearnedEmbedder):
        fetch_motions(clips)
    origin = f"embedders plugin {plugin.name!r}"
    with plugins.blame("embedders", plugin.name):
        terms = _terms(plugin, analysis, phrases, clips, origin)
    shape = (len(phrases), len(clips))
    checked = {name: _checked(term, shape, f"{origin}: term {name!r}") for name, term in terms.items()}
    total = np.zeros(shape, np.float32)
    for term in checked.values():
        total += term
    learned = plugin.name if isinstance(plugin, LearnedEmbedder) else ""
    found = Candidates(tuple(clip.clip_id for clip in clips), total, checked, learned)
    return found if singing is None else singing.joined(found, clips, phrases)
