"""Songs whose tempo does not say which dance they are: where a look at the tempo alone goes wrong."""

from __future__ import annotations

import numpy as np

from choreo.retrieval.pairs import Pairs
from choreo.types import Bools, Doubles, Ints

BEYOND = 0.03
"""Octaves (2 %) by which a dance's range is widened on both sides: the width of `choreo.retrieval.scales`' encoding."""


def song_octaves(pairs: Pairs) -> Doubles:
    """Tempo of each song within the octave, ``(S,)`` from 0 to 1; half and double tempo are the same."""
    return np.log2([max(song.analysis.tempo, 1.0) for song in pairs.songs]) % 1


def song_styles(pairs: Pairs) -> Ints:
    """Number of the dance style of each song, that of its first clip ``(S,)``."""
    return pairs.style[[song.clips[0] for song in pairs.songs]]


def octave_gaps(a: Doubles, b: Doubles) -> Doubles:
    """Distances of tempi ``(A,)`` and ``(B,)`` within the octave, ``(A, B)`` from 0 to one half."""
    apart = np.abs(a[:, None] - b) % 1
    return np.asarray(np.minimum(apart, 1 - apart))


def octave_range(octaves: Doubles) -> tuple[float, float]:
    """Start and width of the shortest stretch of the octave, which is a circle, that holds all tempi ``(N,)``."""
    at = np.sort(octaves % 1)
    gaps = np.diff([*at, at[0] + 1])
    widest = int(gaps.argmax())
    return float(at[(widest + 1) % len(at)]), float(1 - gaps[widest])


def ambiguous_songs(train: Pairs, test: Pairs) -> Bools:
    """Which test songs ``(S,)`` have a tempo in the range of two or more dances of the training songs."""
    octaves, styles, asked = song_octaves(train), song_styles(train), song_octaves(test)
    fitting = np.zeros(len(asked), np.int64)
    for style in np.unique(styles):
        start, width = octave_range(octaves[styles == style])
        fitting += (asked - start + BEYOND) % 1 <= width + 2 * BEYOND
    return np.asarray(fitting >= 2)


def misled_songs(train: Pairs, test: Pairs) -> Bools:
    """Which test songs ``(S,)`` have another dance than the training song of the nearest tempo."""
    nearest = octave_gaps(song_octaves(test), song_octaves(train)).argmin(axis=1)
    return np.asarray(song_styles(train)[nearest] != song_styles(test))


__all__ = ["ambiguous_songs", "misled_songs", "octave_gaps", "octave_range", "song_octaves", "song_styles"]
