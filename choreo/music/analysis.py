"""From a song to its `MusicAnalysis`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.errors import AudioError, InputError
from choreo.music.audio import crop, decode
from choreo.music.energy import beat_features
from choreo.music.overrides import at_octave, told_track
from choreo.music.sections import sections
from choreo.music.similarity import bar_similarity, bar_starts
from choreo.music.spectrum import spectrum
from choreo.music.style import guess_style
from choreo.types import Audio, BeatTrack, MusicAnalysis

FALLBACK_BPM = 120.0
SHORTEST = 1.0
UNSURE = 0.15


def analyze(
    song: str | Path | Audio,
    *,
    bpm: float | None = None,
    offset: float = 0.0,
    metre: int | None = None,
    tracker: str = "tcn",
    beats: str | Path | None = None,
    octave: str = "auto",
    start: float = 0.0,
    duration: float | None = None,
) -> MusicAnalysis:
    """Find beats, bars, energy, sections and a style.

    Parameters
    ----------
    song
        File of any format that FFmpeg decodes, or decoded sound.
    bpm
        Beats per minute to follow, octave included, for songs that are heard wrongly.
    offset
        Seconds by which all beats move (positive is later).
    metre
        Beats in a bar to follow.
    tracker
        Name of a ``choreo.beats`` plugin.
    beats
        File of beat times to use instead of listening for them: one a line in seconds, optionally with
        its position in the bar.
    octave
        ``half`` or ``double`` counts at half or double the pace that was heard or told.
    start, duration
        Listen to this range only, seconds. All times still count from the start of the file, and
        `MusicAnalysis.duration` is the whole file's.

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
        When `bpm`, `metre`, `octave` or `offset` is out of range, or the beat file cannot be used.
    PluginError
        When the tracker is unknown or fails.
    """
    whole, warnings = (song, ()) if isinstance(song, Audio) else decode(song)
    _check(bpm, metre, offset)
    part = crop(whole, start, duration)
    if part.duration < SHORTEST:
        where = "the range" if part is not whole else "the sound"
        raise AudioError(f"{whole.path}: {where} lasts {part.duration:.2f} s; want at least {SHORTEST:g} s.")
    track = _listen(part, tracker, bpm, metre) if beats is None else told_track(beats, metre)
    track = _shifted(track, offset - (start if beats is not None else 0.0), part.duration)
    if beats is not None and len(track.beats) < 2:
        raise InputError(f"{beats}: under two of its beats lie in the part of {whole.path} that is used.")
    track = at_octave(track, octave)
    notes = [*warnings, *track.warnings]
    if len(track.beats) < 2:
        track = steady_grid(part.duration, bpm or FALLBACK_BPM, metre or 4, offset)
        notes.append(f"beats: none found; using a steady grid of {bpm or FALLBACK_BPM:g}")
    elif track.confidence < UNSURE:
        notes.append(f"beats: unsure (confidence {track.confidence:.2f}); if the dance is off, give a tempo")
    sound = spectrum(part)
    features = beat_features(sound, track.beats)
    starts = bar_starts(track.positions, track.metre)
    alike = bar_similarity(features, starts, track.metre)
    form = sections(alike, track.beats[starts] + start, start, start + part.duration)
    style, style_confidence = guess_style(track, sound)
    return MusicAnalysis(
        path=whole.path,
        sha256=whole.sha256,
        duration=whole.duration,
        track=replace(track, beats=track.beats + start),
        energy=features.energy,
        loudness=features.loudness,
        onsets=features.onsets,
        chroma=features.chroma,
        timbre=features.timbre,
        sections=form,
        style=style,
        style_confidence=style_confidence,
        warnings=tuple(notes),
    )


def _listen(part: Audio, tracker: str, bpm: float | None, metre: int | None) -> BeatTrack:
    heard = plugins.load("beats", tracker)
    with plugins.blame("beats", tracker):
        track: BeatTrack = heard.track(part, bpm=bpm, metre=metre)
    return track


def _check(bpm: float | None, metre: int | None, offset: float) -> None:
    if bpm is not None and not 30 <= bpm <= 300:
        raise InputError(f"bpm {bpm:g}: want 30 to 300 beats per minute.")
    if metre is not None and not 2 <= metre <= 7:
        raise InputError(f"metre {metre}: want 2 to 7 beats in a bar.")
    if not abs(offset) <= 10:
        raise InputError(f"offset {offset:g} s: want at most 10 s to either side.")


def _shifted(track: BeatTrack, offset: float, end: float) -> BeatTrack:
    """Move beats; those that leave the sound are dropped."""
    moved = track.beats + offset
    inside = (moved >= 0) & (moved < end)
    sure = None if track.confidences is None else track.confidences[inside]
    return replace(track, beats=moved[inside], positions=track.positions[inside], confidences=sure)


def steady_grid(end: float, bpm: float, metre: int, offset: float = 0.0) -> BeatTrack:
    """Beats at an even pace over ``[0, end)`` seconds, one of them at `offset`, a downbeat; at least two."""
    period = 60 / bpm
    first = int(np.ceil(-offset / period - 1e-9))
    last = max(int(np.ceil((end - offset) / period - 1e-9)), first + 2)
    index = np.arange(first, last)
    times = np.maximum(index * period + offset, 0.0)
    return BeatTrack(times, index % metre + 1, metre, 0.0, "steady grid")
