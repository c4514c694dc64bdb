"""Whole bars of a beat track, each with its own number of beats."""

from __future__ import annotations

import numpy as np

from choreo.types import BeatTrack, Ints


def whole_bars(track: BeatTrack) -> tuple[Ints, Ints]:
    """Where the whole bars begin and how many beats each has, ``(N,)`` and ``(N,)``, in order.

    A bar is whole when positions 1 to its own metre follow without a gap: what the music cuts short is none.

    Examples
    --------
    >>> metres = np.repeat([4, 3], [4, 3])
    >>> track = BeatTrack(np.arange(7.0), np.array([1, 2, 3, 4, 1, 2, 3]), 4, 1.0, "x", metres=metres)
    >>> [each.tolist() for each in whole_bars(track)]
    [[0, 4], [4, 3]]
    """
    positions, metres = track.positions, track.bar_metres
    downs = np.flatnonzero(positions == 1)
    ends = downs + metres[downs]
    whole = [
        end <= len(positions)
        and bool((np.diff(positions[down:end]) == 1).all())
        and bool((metres[down:end] == metres[down]).all())
        for down, end in zip(downs, ends, strict=True)
    ]
    starts = downs[np.array(whole, bool)]
    return starts, np.asarray(metres[starts], np.int64)


def bar_starts(positions: Ints, metre: int) -> Ints:
    """Indices ``(N,)`` of the downbeats that begin a whole bar: positions 1 to `metre` follow without a gap."""
    downs = np.flatnonzero(positions == 1)
    downs = downs[downs + metre <= len(positions)]
    wanted = np.arange(1, metre + 1)
    return downs[[bool(np.array_equal(positions[d : d + metre], wanted)) for d in downs]]
