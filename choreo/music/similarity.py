"""How alike the bars of a song are: harmony, timbre and rhythm, beat by beat within the bar."""

from __future__ import annotations

import numpy as np

from choreo.music.energy import BeatFeatures
from choreo.types import Doubles, Ints

HARMONY, TIMBRE, RHYTHM = 0.55, 0.25, 0.20


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
    return HARMONY * _cosines(chroma) + TIMBRE * _cosines(_whitened(timbre)) + RHYTHM * _cosines(rhythm)


def _whitened(values: Doubles) -> Doubles:
    return np.asarray(values / (values.std(axis=0) + 1.0))


def _cosines(values: Doubles) -> Doubles:
    """Cosines after the mean over the song is taken off; rows that are the mean are alike."""
    centred = np.asarray(values, np.float64) - values.mean(axis=0)
    norms = np.linalg.norm(centred, axis=1)
    scale = max(float(norms.mean()), 1e-6)
    unit = centred / np.maximum(norms, 0.05 * scale)[:, None]
    dull = norms < 0.05 * scale
    cosines = unit @ unit.T
    cosines[np.ix_(dull, dull)] = 1
    return np.asarray(cosines)
