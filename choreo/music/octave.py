"""Another tempo octave than the one that was heard or stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.errors import InputError
from choreo.music.bars_of import beat_at, counted
from choreo.music.beat_files import STATED
from choreo.types import BeatTrack, Doubles, Floats

DOWNBEATS = 2.0
"""How much it speaks for a half that all its beats are downbeats, in units of the log-odds of a beat."""
ONSETS = 4.0
"""How much a mean onset strength speaks for a half, 1 being a strong onset, where the tracker is sure of no beat."""


def at_octave(track: BeatTrack, octave: str, onsets: Floats | None = None, one: float | None = None) -> BeatTrack:
    """Count at half or double the pace; bars keep their number of counts, now at the new pace.

    ``half`` keeps every other beat, the stronger ones: those that the tracker is surer of, and among which downbeats
    are; of stated beats the latter alone. Where the user says the one, its half is kept. ``double`` puts a beat in the
    middle of every two: the off-beat is there within milliseconds, when an onset near it may be that of another note.

    Parameters
    ----------
    onsets : (B,)
        Onset strength at each beat, for trackers that do not say how sure they are of each.
    one
        Second of a downbeat that the user states.

    Raises
    ------
    InputError
        When beats are to be doubled that have three parts.
    """
    if octave == "auto" or len(track.beats) < 2:
        return track
    return _halved(track, onsets, one) if octave == "half" else _doubled(track)


def _halved(track: BeatTrack, onsets: Floats | None, one: float | None) -> BeatTrack:
    strength = DOWNBEATS * (track.positions == 1)
    if one is not None:
        strength = strength * 0.0
        strength[beat_at(track.beats, one) % 2 :: 2] = 1.0
    elif track.method in STATED:
        first = int(np.argmax(track.positions == 1)) % 2  # where bars are odd, both halves have as many downbeats
        strength = strength + (np.arange(len(strength)) % 2 == first)
    elif track.confidences is not None:
        strength = strength + _log_odds(track.confidences)
    elif onsets is not None:
        strength = strength + ONSETS * onsets
    weak = int(strength[1::2].mean() > strength[0::2].mean())
    kept = slice(weak, None, 2)
    ones = track.positions[kept] == 1
    return replace(
        track,
        beats=track.beats[kept],
        positions=counted(ones, track.metre),
        metres=None,
        confidences=None if track.confidences is None else track.confidences[kept],
    )


def _log_odds(confidences: Doubles) -> Doubles:
    sure = np.clip(confidences, 0.01, 0.99)
    return np.asarray(np.log(sure / (1 - sure)))


def _doubled(track: BeatTrack) -> BeatTrack:
    if track.subdivision == 3:
        raise InputError(
            f"octave: the beats of {track.time_signature} have three parts and no middle; "
            "--meter says that it is another metre, --bpm gives another pace."
        )
    count = 2 * len(track.beats) - 1
    beats, ones = np.empty(count), np.zeros(count, np.bool_)
    beats[0::2], beats[1::2] = track.beats, (track.beats[:-1] + track.beats[1:]) / 2
    ones[0::2] = track.positions == 1
    confidences = None if track.confidences is None else track.confidences[np.arange(count) // 2]
    return replace(track, beats=beats, positions=counted(ones, track.metre), metres=None, confidences=confidences)
