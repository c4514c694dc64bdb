"""How alike the bars of a song are: harmony, timbre and rhythm, beat by beat within the bar."""

from __future__ import annotations

import numpy as np

from choreo.music.energy import BeatFeatures
from choreo.types import Doubles, Floats, Ints

HARMONY, TIMBRE, RHYTHM = 0.7, 0.2, 0.1


def bar_starts(positions: Ints, metre: int) -> Ints:
    """Indices of downbeats that begin a whole bar, every position of it there, ``(N,)``."""
    downs = np.flatnonzero(positions == 1)
    downs = downs[downs + metre <= len(positions)]
    wanted = np.arange(1, metre + 1)
    return downs[[bool(np.array_equal(positions[d : d + metre], wanted)) for d in downs]]


def bar_similarity(features: BeatFeatures, starts: Ints, metre: int) -> Doubles:
    """Likeness of every two bars, ``(N, N)``, 1 for the same, about 0 for unrelated ones."""
    if len(starts) == 0:
        return np.zeros((0, 0))
    beats = starts[:, None] + np.arange(metre)
    halves = (2 * beats[:, :, None] + np.arange(2)).reshape(len(starts), -1)
    chroma = features.chroma[beats].reshape(len(starts), -1)
    timbre = features.timbre[beats].mean(axis=1)
    rhythm = np.minimum(features.onsets[halves], 1.5).reshape(len(starts), -1)
    return (
        HARMONY * _alike(chroma, 0.1 * _length(chroma))
        + TIMBRE * _alike(timbre / (timbre.std(axis=0) + 1), 1.0)
        + RHYTHM * _alike(rhythm, 0.15 * _length(rhythm))
    )


def _length(values: Floats) -> float:
    return max(float(np.linalg.norm(values, axis=1).mean()), 1e-6)


def _alike(values: Floats, slack: float) -> Doubles:
    """Cosines after the mean over the song is taken off; differences well under `slack` count as none."""
    centred = np.asarray(values, np.float64) - values.mean(axis=0)
    dots = centred @ centred.T + slack**2
    norms = np.sqrt(np.diag(dots))
    return np.asarray(dots / np.outer(norms, norms))
