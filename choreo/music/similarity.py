"""Self-similarity of a song's bars: harmony, timbre and rhythm, beat by beat within the bar."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.music.energy import BeatFeatures
from choreo.types import Doubles, Floats, Ints

HARMONY, TIMBRE, RHYTHM = 0.7, 0.2, 0.1
"""Weights of the similarities of chroma, MFCCs and onset strengths."""

LONGEST_FORM = 1536
"""Bars of the longest stretch whose bars are compared with one another: 50 minutes in four at 120 beats a minute."""


def form_stretches(bars: int) -> list[slice]:
    """Cut a song's bars into as few equal stretches of at most `LONGEST_FORM` as there are; one, of most songs.

    What is longer is a set of many songs, and every bar beside every other takes memory by the square.
    """
    count = max(1, -(-bars // LONGEST_FORM))
    edges = [bars * k // count for k in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(edges)]


def bar_starts(positions: Ints, metre: int) -> Ints:
    """Indices ``(N,)`` of the downbeats that begin a whole bar: positions 1 to `metre` follow without a gap."""
    downs = np.flatnonzero(positions == 1)
    downs = downs[downs + metre <= len(positions)]
    wanted = np.arange(1, metre + 1)
    return downs[[bool(np.array_equal(positions[d : d + metre], wanted)) for d in downs]]


def bar_similarity(features: BeatFeatures, starts: Ints, metre: int) -> Doubles:
    """Similarity of every two bars, ``(N, N)``, 1 for the same, about 0 for unrelated ones."""
    if len(starts) == 0:
        return np.zeros((0, 0))
    beats = starts[:, None] + np.arange(metre)
    halves = (2 * beats[:, :, None] + np.arange(2)).reshape(len(starts), -1)
    chroma = features.chroma[beats].reshape(len(starts), -1)
    timbre = features.timbre[beats].mean(axis=1)
    rhythm = np.minimum(features.onsets[halves], 1.5).reshape(len(starts), -1)
    return (
        HARMONY * _cosines(chroma, 0.1 * _mean_norm(chroma))
        + TIMBRE * _cosines(timbre / (timbre.std(axis=0) + 1), 1.0)
        + RHYTHM * _cosines(rhythm, 0.15 * _mean_norm(rhythm))
    )


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
