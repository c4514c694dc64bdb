"""Self-similarity of a song's bars: harmony, timbre, rhythm, and how full the music is.

A breakdown has the chords of the chorus after it, and is another section: fewer play, and softer.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.music.energy import BeatFeatures
from choreo.types import Doubles, Floats, Ints

HARMONY, TIMBRE, RHYTHM, LEVEL = 0.45, 0.2, 0.15, 0.2
"""Weights of the similarities of chroma, MFCCs, onset strengths, and loudness with density."""
LOUDER, DENSER = 5.7, 0.29
"""Decibels, and mean onset strength, by which bars differ clearly."""
SILENT = 40.0
"""Decibels below the loud beats of a song from which its end is silence."""

LONGEST_FORM = 1536
"""Bars of the longest stretch whose bars are compared with one another: 50 minutes in four at 120 beats a minute."""


def form_stretches(bars: int) -> list[slice]:
    """Cut a song's bars into as few equal stretches of at most `LONGEST_FORM` as there are; one, of most songs.

    What is longer is a set of many songs, and every bar beside every other takes memory by the square.
    """
    count = max(1, -(-bars // LONGEST_FORM))
    edges = [bars * k // count for k in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(edges)]


def bar_similarity(features: BeatFeatures, starts: Ints, metre: Ints | int) -> Doubles:
    """Similarity of every two bars, ``(N, N)``, 1 for the same, about 0 for unrelated ones.

    `metre` is how many beats each has, ``(N,)``, or all: the beats of shorter bars are compared with those at the same
    share of longer ones.
    """
    if len(starts) == 0:
        return np.zeros((0, 0))
    lengths, most = np.broadcast_to(metre, starts.shape), int(np.max(metre))
    beats = starts[:, None] + np.arange(most) * lengths[:, None] // most
    halves = (2 * beats[:, :, None] + np.arange(2)).reshape(len(starts), -1)
    chroma = features.chroma[beats].reshape(len(starts), -1)
    timbre = features.timbre[beats].mean(axis=1)
    onsets = np.minimum(features.onsets[halves], 1.5)
    rhythm = onsets.reshape(len(starts), -1)
    level = np.column_stack([features.loudness[beats].mean(axis=1) / LOUDER, onsets.mean(axis=1) / DENSER])
    return (
        HARMONY * _cosines(chroma, 0.1 * _mean_norm(chroma))
        + TIMBRE * _cosines(timbre / (timbre.std(axis=0) + 1), 1.0)
        + RHYTHM * _cosines(rhythm, 0.15 * _mean_norm(rhythm))
        + LEVEL * _nearness(level)
    )


def sounding(features: BeatFeatures, starts: Ints) -> Ints:
    """The bars ``(M,)`` of `starts` up to the last one that is not silence: that is no section of a song."""
    if not len(starts):
        return starts
    loud = np.flatnonzero(features.loudness > float(np.percentile(features.loudness, 95)) - SILENT)
    return starts[starts <= (loud[-1] if len(loud) else 0)]


def _nearness(values: Floats) -> Doubles:
    """1 for the same rows, falling to -1 for rows that are far apart, ``(N, N)``."""
    squares = (np.asarray(values, np.float64) ** 2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares - 2 * np.asarray(values, np.float64) @ values.T, 0)
    return np.asarray(2 * np.exp(-0.5 * apart) - 1)


def _mean_norm(values: Floats) -> float:
    return max(float(np.linalg.norm(values, axis=1).mean()), 1e-6)


def _cosines(values: Floats, slack: float) -> Doubles:
    """Cosines of all rows about their mean over the song, ``(N, N)``.

    `slack` is added to all products as a common component of that length: rows that differ by well under it are the
    same, so that a song of one chord does not look as if its noise had structure.
    """
    centred = np.asarray(values, np.float64) - values.mean(axis=0)
    dots = centred @ centred.T + slack**2
    norms = np.sqrt(np.diag(dots))
    return np.asarray(dots / np.outer(norms, norms))
