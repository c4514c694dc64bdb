"""What users can set about beats: a file of beat times, and another tempo octave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo.errors import InputError
from choreo.inputs import file_size
from choreo.types import BeatTrack, Doubles, Ints

LARGEST = 8 << 20
"""Bytes of a beat file: enough for a day of music."""
BARS = range(2, 13)
"""Beats that a bar of a beat file may have."""


def read_beats(path: str | Path) -> tuple[Doubles, Ints | None]:
    """Read beat times and, where a second column has them, positions in the bar.

    One beat a line: seconds, then optionally its position (1 is the downbeat), separated by blanks, tabs
    or commas; empty lines and lines that begin with ``#`` are skipped. It is what MIR tools write.

    Returns
    -------
    ``(B,)`` rising seconds, and ``(B,)`` positions or None.

    Raises
    ------
    InputError
        When the file cannot be read or a line is none of that; the message has its number.
    """
    path = Path(path)
    try:
        size = file_size(path)
        if size > LARGEST:
            raise InputError(f"{path}: {size:,} bytes; a beat file has at most {LARGEST:,}.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: the beat file cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text; want one beat a line: seconds and optionally a position.") from error
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.replace(",", " ").split()
        if words and not words[0].startswith("#"):
            rows.append(_row(words, f"{path}, line {number}"))
    if len(rows) < 2:
        raise InputError(f"{path}: {len(rows)} beats; want at least 2, one a line.")
    times = np.array([time for time, _ in rows])
    late = np.flatnonzero(np.diff(times) <= 0)
    if len(late):
        raise InputError(f"{path}: beat {late[0] + 2} at {times[late[0] + 1]:g} s does not come after the one before.")
    if all(position is None for _, position in rows):
        return times, None
    if any(position is None for _, position in rows):
        raise InputError(f"{path}: some lines have a position in the bar and some have none; want all or none.")
    return times, np.array([position for _, position in rows], np.int64)


def _row(words: list[str], where: str) -> tuple[float, int | None]:
    try:
        time = float(words[0])
        position = float(words[1]) if len(words) > 1 else None
    except ValueError as error:
        raise InputError(f"{where}: found {' '.join(words)!r}, want seconds and optionally a position.") from error
    if not 0 <= time < 1e6:
        raise InputError(f"{where}: {words[0]} is no time in seconds from the start of the song.")
    if position is None:
        return time, None
    if position != int(position) or not 1 <= position <= max(BARS):
        raise InputError(f"{where}: position {words[1]}; want a whole number from 1 (downbeat) to {max(BARS)}.")
    return time, int(position)


def track_from_file(path: str | Path, metre: int | None = None) -> BeatTrack:
    """A beat track from a file; without positions the first beat is a downbeat of `metre` (4) beats.

    Raises
    ------
    InputError
        As `read_beats`; also when the positions never begin a bar.
    """
    times, positions = read_beats(path)
    if positions is None:
        bar = metre or 4
        positions = np.arange(len(times)) % bar + 1
    else:
        bar = int(positions.max())
        if bar not in BARS or not (positions == 1).any():
            raise InputError(f"{path}: positions run to {bar}; want bars of 2 to 12 beats that begin with 1.")
    return BeatTrack(times, positions, bar, 1.0, "file")


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
