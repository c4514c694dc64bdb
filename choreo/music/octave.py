"""Another tempo octave than the one that was heard or stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.errors import InputError
from choreo.types import BeatTrack, Doubles, Ints


def at_octave(track: BeatTrack, octave: str) -> BeatTrack:
    """Count at half or double the tempo; bars keep their number of counts.

    ``half`` keeps every other beat, the downbeats among them, so that two bars become one; ``double``
    puts a beat in the middle of every two, so that one bar becomes two. A bar of an odd number of beats
    has no half: ``half`` is refused there.

    Raises
    ------
    InputError
        When `octave` does not go with the metre.
    """
    if octave == "auto" or len(track.beats) < 2:
        return track
    return _halved(track) if octave == "half" else _doubled(track)


def _halved(track: BeatTrack) -> BeatTrack:
    if track.metre % 2:
        raise InputError(f"{track.metre} beats in a bar cannot be counted at half the pace; give --bpm or --beats.")
    bar = np.cumsum(track.positions == 1)
    odd = np.flatnonzero(track.positions % 2 == 1)
    # Two bars of `metre` beats become one of `metre` counts; the first whole bar begins one.
    first = (bar[odd] - 1) % 2
    positions = first * (track.metre // 2) + (track.positions[odd] + 1) // 2
    return _replaced(track, track.beats[odd], positions, odd)


def _doubled(track: BeatTrack) -> BeatTrack:
    middles = (track.beats[:-1] + track.beats[1:]) / 2
    beats = np.empty(2 * len(track.beats) - 1)
    beats[0::2], beats[1::2] = track.beats, middles
    old = np.repeat(track.positions, 2)[: len(beats)]
    count = 2 * (old - 1) + np.arange(len(beats)) % 2
    return _replaced(track, beats, count % track.metre + 1, np.arange(len(beats)) // 2)


def _replaced(track: BeatTrack, beats: Doubles, positions: Ints, source: Ints) -> BeatTrack:
    """Put in other beats; each has the confidence of the old beat with the index in `source`."""
    confidences = None if track.confidences is None else track.confidences[source]
    return replace(track, beats=beats, positions=positions.astype(np.int64), confidences=confidences)
