"""Bars of beats that a user changed: found anew by the tracker where it can, else counted; and where the one is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo import plugins
from choreo.music.beat_files import STATED
from choreo.protocols import BarFinder, BeatTracker
from choreo.types import Audio, BeatTrack, Bools, Doubles, Ints

GAP = 1.75
"""Where the next beat is more than so many beats away, beats are missing between them."""


def bars_of(tracker: BeatTracker, audio: Audio, track: BeatTrack, metre: int | None) -> BeatTrack:
    """Find the bars of a track anew; as they are where the tracker finds none.

    Parameters
    ----------
    tracker
        Asked for bars when it is a `BarFinder`.
    audio, track
        A sound, and beats in seconds from its start.
    metre
        The user's beats in a bar.

    Raises
    ------
    InputError
        When the tracker knows no bars of so many beats.
    PluginError
        When the tracker fails.
    """
    if len(track.beats) < 2 or not isinstance(tracker, BarFinder):
        return track
    with plugins.blame("beats", tracker.name):
        found = tracker.bars(audio, track.beats, metre=metre)
    sure = found.certainty
    if sure is not None and track.certainty is not None:
        old = track.certainty
        sure = replace(sure, music=old.music, beats=old.beats, octave=old.octave)
    return replace(
        track,
        positions=found.positions,
        metre=found.metre,
        metres=found.metres,
        subdivision=found.subdivision,
        certainty=sure,
        rival=found.rival,
        confidences=None if track.method in STATED else found.confidences,
    )


def counted(ones: Bools, metre: int) -> Ints:
    """Positions ``(B,)`` in bars of `metre` beats that begin on most of the beats marked in `ones` ``(B,)``.

    Examples
    --------
    >>> counted(np.array([False, True, False, False, False, True, False]), 2).tolist()
    [2, 1, 2, 1, 2, 1, 2]
    """
    votes = [np.count_nonzero(ones[phase::metre]) for phase in range(metre)]
    return (np.arange(len(ones)) - int(np.argmax(votes))) % metre + 1


def with_one(track: BeatTrack, time: float) -> BeatTrack:
    """Put the one on the beat nearest to a time; no beat moves.

    In one metre bars are counted on from there both ways through the song: a bar that is heard cut short is doubtful
    where the one was heard wrongly. Where the metre changes, all bar lines move by as many beats. Where beats are
    missing, before the first, after the last and in a long gap, they are counted on at the pace beside it.

    Parameters
    ----------
    time
        Seconds, as the beats.
    """
    if not len(track.beats):
        return track
    told = replace(
        track, rival=None, certainty=None if track.certainty is None else replace(track.certainty, downbeat=1.0)
    )
    one, count = beat_at(track.beats, time), np.arange(len(track.beats))
    begins = np.flatnonzero(track.positions == 1)
    if track.metres is None or not len(begins):
        return replace(told, positions=(count - one) % track.metre + 1, metres=None)
    index = count - one + int(begins[np.abs(begins - one).argmin()])
    known = np.clip(index, 0, len(count) - 1)
    positions = (track.positions[known] - 1 + index - known) % track.metres[known] + 1
    return replace(told, positions=positions, metres=track.metres[known])


def beat_at(beats: Doubles, time: float) -> int:
    """Number of the beat nearest to a time; counted on where there are none, so below 0 before the first."""
    beat, beyond = _counted_on(beats, time)
    return beat + beyond


def _counted_on(beats: Doubles, time: float) -> tuple[int, int]:
    """The beat nearest to a time, and how many beats that are not there lie from it to the time."""
    nearest = int(np.abs(beats - time).argmin())
    if len(beats) < 2:
        return nearest, 0
    gaps = np.diff(beats)
    period = float(np.median(gaps[max(0, nearest - 4) : nearest + 4]))
    away = float(time - beats[nearest])
    beside = nearest if away > 0 else nearest - 1
    missing = not 0 <= beside < len(gaps) or gaps[beside] > GAP * period
    return nearest, round(away / period) if missing else 0
