"""What is doubtful in an analysis, in warnings that name the option that repairs it."""

from __future__ import annotations

import numpy as np

from choreo.types import BeatTrack

UNSURE = 0.5
"""Probability of being right, or of being music, below which a warning says so."""
MIDDLING = 110.0
"""Beats a minute above which a doubtful pace is rather double what people tap, below which half."""


def doubts(track: BeatTrack) -> list[str]:
    """Warnings for what is likelier wrong than right; none where the tracker cannot tell.

    What is no music has no bars to doubt; neither has a sound in which no beats are found.

    Examples
    --------
    >>> from choreo.types import Certainty
    >>> beats = np.arange(8) / 2
    >>> track = BeatTrack(beats, np.arange(8) % 4 + 1, 4, 0.8, "tcn", certainty=Certainty(downbeat=0.3), rival=1.0)
    >>> doubts(track)
    ['which beat is the one is unsure (0.30): if bars begin elsewhere, try --downbeat 1.00']
    """
    sure = track.certainty
    if sure is None:
        return []
    if sure.music < UNSURE:
        return [f"this does not sound like music ({sure.music:.2f}): the dance follows a guess; --bpm sets its tempo"]
    found: list[str] = []
    if len(track.beats) < 2:
        return found
    if sure.beats < UNSURE:
        found.append(f"the beats are unsure ({sure.beats:.2f}): if the dance is off, give --bpm, or --beats FILE")
    if sure.octave < UNSURE:
        found.append(f"the pace is unsure ({sure.octave:.2f}): {_other_pace(track)}")
    if sure.metre < UNSURE:
        found.append(
            f"{track.time_signature} is unsure ({sure.metre:.2f}): if you count otherwise, try {_meter(track)}"
        )
    if sure.downbeat < UNSURE:
        where = "SECONDS" if track.rival is None else f"{track.rival:.2f}"
        hint = f"if bars begin elsewhere, try --downbeat {where}"
        found.append(f"which beat is the one is unsure ({sure.downbeat:.2f}): {hint}")
    return found


def _other_pace(track: BeatTrack) -> str:
    """How to count at the likelier of the other paces."""
    pace = 60 / float(np.median(np.diff(track.beats)))
    octave, other = ("half", pace / 2) if pace > MIDDLING else ("double", pace * 2)
    return f"if {pace:.0f} beats a minute is not what you feel, try --octave {octave}, which makes {other:.0f}"


def _meter(track: BeatTrack) -> str:
    """The option for the likeliest other metre."""
    return f"--meter {4 if track.metre == 3 or track.subdivision == 3 else 3}"
