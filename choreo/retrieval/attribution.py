"""Attribution of a learned distance to qualities of the music, as Shapley values."""

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
"""Name of the term that is left when no quality of the music is known."""


def _coalitions() -> Bools:
    """All sets of known qualities ``(2^G, G) bool``, the empty one first."""
    count = len(QUALITIES)
    rows = [
        [k in chosen for k in range(count)] for size in range(count + 1) for chosen in combinations(range(count), size)
    ]
    return np.array(rows)


def _shapley_weights(known: Bools) -> Doubles:
    """Shapley weights ``(2^G, G)``: a quality's share is the sum over the coalitions of weight times distance.

    The Shapley value of a player is the mean, over all orders of joining, of what it adds on joining. A coalition of
    size s, of G players, comes just before a given player in s! (G - s - 1)! of the G! orders. So a coalition without
    the player counts minus that share (the distance before joining), and one with it, whose size before joining was
    s - 1, counts plus that of s - 1.
    """
    count, size = known.shape[1], known.sum(axis=1, keepdims=True)
    share = np.array([factorial(s) * factorial(max(count - s - 1, 0)) / factorial(count) for s in range(count + 1)])
    return np.asarray(np.where(known, share[np.maximum(size - 1, 0)], -share[size]))


def attribute_distance(
    embedder: LearnedEmbedder,
    analysis: MusicAnalysis,
    phrase: Phrase,
    motion: Floats,
    song: Sequence[Phrase],
) -> Mapping[str, Floats]:
    """Shares of the qualities of a phrase in its distances to clips (Shapley, A value for n-person games, 1953).

    An unknown quality is replaced by its mean over the training set; in features that are read beat by beat, by its
    mean over this song. A share below zero brings the clip nearer.

    Parameters
    ----------
    motion
        Embedded clips ``(C, E)``.
    song
        All phrases of the song.

    Returns
    -------
    Shares ``(C,)`` by name; with `ANY`, the distance when nothing is known, they sum to the distance.
    """
    features = embedder.describe_music(analysis, [phrase])
    blocks = [name for name in BLOCKS if embedder.lengths or name not in LENGTHS]
    of = np.concatenate([qualities(name) for name in blocks])
    known = _coalitions()
    # features are scaled to mean 0, so 0 is the mean of the training set
    x = np.where(known[:, of], features.x, 0).astype(np.float32)
    steps, mask = features.steps, np.repeat(features.mask, len(known), axis=0)
    if steps.size:
        whole = embedder.describe_music(analysis, song)
        mean = whole.steps[whole.mask].mean(axis=0)
        unchanged = known[:, None, STEP_QUALITIES] | ~mask[:, :, None]
        steps = np.where(unchanged, steps, mean).astype(np.float32)
    else:
        steps = np.repeat(steps, len(known), axis=0)
    music = unit(embedder.project_music(Features(x, steps, mask)))
    distances = np.array(list(embedder.compare(music, motion).values()), np.float64).sum(axis=0)
    shares = np.einsum("sg,sc->gc", _shapley_weights(known), distances)
    out = {name: np.asarray(share, np.float32) for name, share in zip(QUALITIES, shares, strict=True)}
    return {ANY: np.asarray(distances[0], np.float32), **out}
