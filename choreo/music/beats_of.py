"""The beats and bars of a part of a song: heard or stated, then repaired by the user's word, in an order that holds.

1. Beats are heard at the user's tempo and metre, or stated: a file, or an exact grid.
2. ``octave`` takes other beats, at half the pace those among which a stated downbeat is.
3. Bars are decided anew where the beats are others than those whose bars were heard or stated.
4. ``offset`` moves the heard beats with their bars. Beats of a file or grid are moved when they are read, so that its
   bars are found where its beats are meant to be.
5. ``downbeat`` says where the one is. It is a time as it will be danced, so it comes last.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo import plugins
from choreo.clock import clock
from choreo.errors import InputError
from choreo.music.bars_of import bars_of, with_one
from choreo.music.beat_files import STATED, grid, track_from_file
from choreo.music.energy import beat_features
from choreo.music.octave import at_octave
from choreo.music.spectrum import spectrum
from choreo.options import Listening
from choreo.types import Audio, BeatTrack, Floats

CLOSE = 1e-6
"""Seconds: a beat so little before the beginning is at it; numbers are rounded."""


def beats_of(part: Audio, listening: Listening, duration: float) -> BeatTrack:
    """Beats of a part of a song.

    Parameters
    ----------
    part
        Sound of the part, which begins at ``listening.start``.
    duration
        Seconds of the whole song.

    Returns
    -------
    BeatTrack
        In seconds of the file; of heard beats there may be under two.

    Raises
    ------
    InputError
        When a beat file cannot be used or has under two beats in the part, when the downbeat is outside of the song, or
        metre and octave do not go with what was heard.
    PluginError
        When the tracker is unknown or fails.
    """
    start, end = listening.start, listening.start + part.duration
    one = listening.downbeat if listening.bpm is None else None
    if one is not None and not 0 <= one < duration:
        raise InputError(f"downbeat: {one:g} s is outside of the song, which lasts {clock(duration)}.")
    stated = _stated(listening, duration)
    if stated is None:
        track, barless = moved(_heard(part, listening), start), False
    else:
        track, barless = _within(stated, start, end), stated.certainty is not None
        if len(track.beats) < 2:
            source = "the grid" if listening.beats is None else listening.beats
            raise InputError(f"{source}: under two of its beats lie in the part of the song that is used.")
    if listening.octave != "auto":
        unmoved = one if one is None or stated is not None else one - listening.offset
        track = at_octave(track, listening.octave, _onsets(part, track, start), unmoved)
        barless = barless or stated is None
    if barless:
        found = bars_of(plugins.ready("beats", listening.tracker), part, moved(track, -start), listening.metre)
        track = replace(moved(found, start), beats=track.beats)
    if stated is None:
        track = _within(moved(track, listening.offset), start, end)
    if one is not None:
        track = with_one(track, one)
    return _told(track, listening)


def moved(track: BeatTrack, seconds: float) -> BeatTrack:
    """The same beats later by some seconds."""
    if not seconds:
        return track
    rival = None if track.rival is None else track.rival + seconds
    rests = tuple((begin + seconds, end + seconds) for begin, end in track.rests)
    return replace(track, beats=track.beats + seconds, rival=rival, rests=rests)


def _heard(part: Audio, listening: Listening) -> BeatTrack:
    """Beats in seconds of the part."""
    tracker = plugins.ready("beats", listening.tracker)
    with plugins.blame("beats", listening.tracker):
        track: BeatTrack = tracker.track(part, bpm=listening.bpm, metre=listening.metre)
    return track


def _stated(listening: Listening, duration: float) -> BeatTrack | None:
    """Beats of the whole song that a user states, in a file or as a grid; None when they are to be heard."""
    until = max(0.0, duration - listening.offset)
    if listening.beats is not None:
        return moved(track_from_file(listening.beats, until, listening.metre), listening.offset)
    if listening.downbeat is None or listening.bpm is None:
        return None
    return grid(listening.bpm, listening.downbeat + listening.offset, duration, listening.metre)


def _within(track: BeatTrack, start: float, end: float) -> BeatTrack:
    """Those beats that lie in ``[start, end)``."""
    times = np.where(np.abs(track.beats - start) < CLOSE, start, track.beats)
    inside = (times >= start) & (times < end)
    if inside.all():
        return replace(track, beats=times)
    return replace(
        track,
        beats=times[inside],
        positions=track.positions[inside],
        confidences=None if track.confidences is None else track.confidences[inside],
        metres=None if track.metres is None else track.metres[inside],
    )


def _onsets(part: Audio, track: BeatTrack, start: float) -> Floats | None:
    """Onset strength at each beat ``(B,)``; None where there is no need of it."""
    if track.method in STATED or track.confidences is not None or len(track.beats) < 2:
        return None
    onsets = beat_features(spectrum(part), track.beats - start).onsets
    return np.asarray(onsets[::2].mean(axis=1))


def _told(track: BeatTrack, listening: Listening) -> BeatTrack:
    """What a user says is certain."""
    sure = track.certainty
    if sure is None:
        return track
    if track.method in STATED:
        sure = replace(sure, beats=1.0, octave=1.0)
    if listening.bpm is not None or listening.octave != "auto":
        sure = replace(sure, octave=1.0)
    return replace(track, certainty=sure if listening.metre is None else replace(sure, metre=1.0))
