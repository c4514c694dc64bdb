"""What is doubtful in an analysis, in warnings that name the option that repairs it."""

from __future__ import annotations

from choreo.types import BeatTrack

UNSURE = 0.5
"""Probability of being right below which a warning says so."""
NO_MUSIC = 0.5
"""Probability of being music below which a warning says that it is none."""


def doubts(track: BeatTrack) -> list[str]:
    """Warnings for what is likelier wrong than right; none where the tracker cannot tell."""
    sure = track.certainty
    if sure is None:
        return []
    if sure.music < NO_MUSIC:
        return [f"this does not sound like music (sure: {1 - sure.music:.2f}); what is danced is a guess"]
    found = []
    if sure.beats < UNSURE:
        found.append(f"beats: unsure ({sure.beats:.2f}); if the dance is off, give a tempo with --bpm, or --beats FILE")
    if sure.octave < UNSURE:
        found.append(f"the pace is unsure ({sure.octave:.2f}); if it is half or double what you feel: --octave")
    if sure.metre < UNSURE:
        found.append(f"{track.metre} beats in a bar is unsure ({sure.metre:.2f}): --meter says how many there are")
    if sure.downbeat < UNSURE:
        hint = "" if track.rival is None else f"; perhaps --downbeat {track.rival:.2f}"
        found.append(f"which beat is the one is unsure ({sure.downbeat:.2f}){hint}")
    return found
