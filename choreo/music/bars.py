"""Whole bars of a beat track, each with its own number of beats."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np

from choreo.clock import clock
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


def in_rest(track: BeatTrack, start: float, end: float) -> bool:
    """Whether most of the seconds from `start` to `end` is a rest, in which no music plays.

    Examples
    --------
    >>> track = BeatTrack(np.zeros(0), np.zeros(0, np.int64), 4, 1.0, "x", rests=((0.0, 10.0),))
    >>> in_rest(track, 8.0, 10.0), in_rest(track, 9.5, 11.5)
    (True, False)
    """
    resting = sum(max(min(end, b) - max(start, a), 0.0) for a, b in track.rests)
    return 2 * resting > end - start


def stated_metres(positions: Ints) -> Ints:
    """Beats in the bar of each beat, ``(B,)``, where positions count bars of more than one length.

    Beats before the first whole bar, behind the last one, and a one that another one follows have the metre of the bar
    before them, or of the next one, as far as that reaches to their position.

    Examples
    --------
    >>> stated_metres(np.array([4, 1, 2, 3, 4, 1, 2, 3, 1, 2])).tolist()
    [4, 4, 4, 4, 4, 3, 3, 3, 3, 3]
    """
    runs = np.split(positions, np.flatnonzero(np.diff(positions) != 1) + 1)
    whole = [run[0] == 1 and len(run) > 1 for run in runs]
    whole[-1] = bool(whole[-1] and (len(runs) == 1 or not any(whole[:-1]) or len(runs[-1]) == len(runs[-2])))
    lengths = [len(run) for run, each in zip(runs, whole, strict=True) if each]
    metre = lengths[0] if lengths else int(positions.max())
    out = []
    for run, each in zip(runs, whole, strict=True):
        metre = len(run) if each else metre
        out.append(np.full(len(run), max(metre, int(run.max()))))
    return np.concatenate(out)


def time_words(track: BeatTrack) -> str:
    """The time signature of a song, and where it has another one: ``4/4 (3/4 from 0:16 to 0:28)``.

    Bars of another length that stand alone are not told.

    Examples
    --------
    >>> time_words(BeatTrack(np.arange(4.0), np.array([1, 2, 1, 2]), 2, 1.0, "x", subdivision=3))
    '6/8'
    """
    starts, metres = whole_bars(track)
    told = []
    for metre, run in groupby(zip(starts.tolist(), metres.tolist(), strict=True), key=lambda bar: bar[1]):
        begins = [start for start, _ in run]
        if metre == track.metre or len(begins) < 2:
            continue
        end = track.beats[min(begins[-1] + metre, len(track.beats) - 1)]
        name = replace(track, metre=metre, metres=track.bar_metres).time_signature
        told.append(
            f"{name} from {clock(float(track.beats[begins[0]]), tenths=False)} to {clock(float(end), tenths=False)}"
        )
    return f"{track.time_signature} ({', '.join(told)})" if told else track.time_signature
