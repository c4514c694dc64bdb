"""From a song to its `MusicAnalysis`: decode, track beats, measure them, find sections, guess a style."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.errors import AudioError, InputError
from choreo.music.audio import crop, decode
from choreo.music.beat_files import grid, track_from_file
from choreo.music.doubt import doubts
from choreo.music.energy import beat_features
from choreo.music.octave import at_octave
from choreo.music.sections import sections
from choreo.music.similarity import bar_similarity, bar_starts, form_stretches, sounding
from choreo.music.spectrum import spectrum
from choreo.music.style import guess_styles, name_of
from choreo.music.style_features import beat_patterns
from choreo.music.style_words import rhythm_words
from choreo.options import Listening
from choreo.types import Audio, BeatTrack, MusicAnalysis

FALLBACK_BPM = 120.0
SHORTEST = 1.0
"""Seconds of sound below which nothing is analysed."""


def analyze(song: str | Path | Audio, listening: Listening | None = None) -> MusicAnalysis:
    """Find beats, bars, energy, sections and a style.

    Parameters
    ----------
    song
        File of any format that FFmpeg decodes, or decoded sound.
    listening
        How to analyse, such as a tempo to follow or a part of the song. All times still count from the start of the
        file, and `MusicAnalysis.duration` is the whole file's.

    Returns
    -------
    MusicAnalysis
        Sound without a pulse, silence too, gets a steady grid of `bpm` or 120 beats a minute and a
        warning that says so.

    Raises
    ------
    AudioError
        When the file cannot be used or the range has under a second.
    InputError
        When the beat file cannot be used, or the octave does not go with the metre.
    PluginError
        When the tracker is unknown or fails.

    Examples
    --------
    >>> from choreo import analyze
    >>> analysis = analyze("song.wav")
    >>> round(analysis.tempo), analysis.metre, len(analysis.beats)
    (120, 4, 24)
    """
    listening = listening or Listening()
    whole, warnings = (song, ()) if isinstance(song, Audio) else decode(song, listening.max_hours)
    part = crop(whole, listening.start, listening.duration)
    if part.duration < SHORTEST:
        where = "the range" if part is not whole else "the sound"
        raise AudioError(f"{whole.path}: {where} lasts {part.duration:.2f} s; want at least {SHORTEST:g} s.")
    stated = _stated(listening, whole)
    if stated is None:
        track = at_octave(_within(_track(part, listening), listening.offset, 0.0, part.duration), listening.octave)
        exact = track.beats + listening.start
    else:
        stated = _within(stated, listening.offset, listening.start, listening.start + part.duration)
        if len(stated.beats) < 2:
            source = "the grid" if listening.beats is None else listening.beats
            raise InputError(f"{source}: under two of its beats lie in the part of {whole.path} that is used.")
        track = at_octave(stated, listening.octave)
        exact = track.beats
        track = replace(track, beats=exact - listening.start)
    notes = [*warnings, *track.warnings]
    if len(track.beats) < 2:
        track = steady_grid(part.duration, listening.bpm or FALLBACK_BPM, listening.metre or 4, listening.offset)
        exact = track.beats + listening.start
        notes.append(f"beats: none found; using a steady grid of {listening.bpm or FALLBACK_BPM:g}")
    else:
        notes += doubts(track)
    sound = spectrum(part)
    features = beat_features(sound, track.beats)
    starts = sounding(features, bar_starts(track.positions, track.metre))
    similarities = (bar_similarity(features, starts[stretch], track.metre) for stretch in form_stretches(len(starts)))
    start = listening.start
    found = sections(similarities, track.beats[starts] + start, start, start + part.duration)
    patterns = beat_patterns(sound, track.beats)
    styles = guess_styles(track, patterns)
    style, style_confidence = name_of(styles)
    return MusicAnalysis(
        path=whole.path,
        sha256=whole.sha256,
        duration=whole.duration,
        track=replace(track, beats=exact),
        energy=features.energy,
        loudness=features.loudness,
        onsets=features.onsets,
        chroma=features.chroma,
        timbre=features.timbre,
        sections=found,
        style=style,
        style_confidence=style_confidence,
        styles=styles,
        style_reason=rhythm_words(patterns, track.positions, track.metre, track.time_signature) if styles else "",
        warnings=tuple(notes),
    )


def _track(part: Audio, listening: Listening) -> BeatTrack:
    tracker = plugins.ready("beats", listening.tracker)
    with plugins.blame("beats", listening.tracker):
        track: BeatTrack = tracker.track(part, bpm=listening.bpm, metre=listening.metre)
    return track


def _stated(listening: Listening, whole: Audio) -> BeatTrack | None:
    """Beats of the whole song that a user states, in a file or as a grid; None when they are to be heard."""
    if listening.beats is not None:
        return track_from_file(listening.beats, whole.duration, listening.metre)
    if listening.downbeat is None or listening.bpm is None:
        return None
    return grid(listening.bpm, listening.downbeat, whole.duration, listening.metre)


def _within(track: BeatTrack, offset: float, start: float, end: float) -> BeatTrack:
    """Move all beats by `offset` seconds; those outside of ``[start, end)`` are dropped."""
    times = track.beats + offset if offset else track.beats
    inside = (times >= start) & (times < end)
    confidences = None if track.confidences is None else track.confidences[inside]
    return replace(track, beats=times[inside], positions=track.positions[inside], confidences=confidences)


def steady_grid(end: float, bpm: float, metre: int, offset: float = 0.0) -> BeatTrack:
    """Beats of one tempo over ``[0, end)`` seconds, one of them at `offset`, a downbeat; at least two."""
    period = 60 / bpm
    first = int(np.ceil(-offset / period - 1e-9))
    last = max(int(np.ceil((end - offset) / period - 1e-9)), first + 2)
    index = np.arange(first, last)
    times = np.maximum(index * period + offset, 0.0)
    return BeatTrack(times, index % metre + 1, metre, 0.0, "steady grid")
