"""From a song to its `MusicAnalysis`: decode, track beats, measure them, find sections, guess a style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.errors import AudioError
from choreo.music.audio import crop, decode
from choreo.music.bars import whole_bars
from choreo.music.beat_files import counted_bar
from choreo.music.beats_of import beats_of, moved
from choreo.music.doubt import doubts
from choreo.music.energy import beat_features
from choreo.music.sections import sections
from choreo.music.similarity import bar_similarity, form_stretches, sounding
from choreo.music.spectrum import spectrum
from choreo.music.stretches import hear_stretches, styles_of_all
from choreo.music.style import hear_styles, name_of
from choreo.music.tags import combined, moods_of, styles_of
from choreo.options import Listening
from choreo.protocols import Tagger
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
        When the tracker or the tagger is unknown or fails; of a tagger that lacks its weights, before the listening.

    Examples
    --------
    >>> from choreo import analyze
    >>> analysis = analyze("song.wav")
    >>> round(analysis.tempo), analysis.metre, len(analysis.beats)
    (120, 4, 24)
    """
    listening = listening or Listening()
    tagger = plugins.ready("taggers", listening.tagger) if listening.tagger else None
    whole, warnings = (song, ()) if isinstance(song, Audio) else decode(song, listening.max_hours)
    part = crop(whole, listening.start, listening.duration)
    if part.duration < SHORTEST:
        where = "the range" if part is not whole else "the sound"
        raise AudioError(f"{whole.path}: {where} lasts {part.duration:.2f} s; want at least {SHORTEST:g} s.")
    exact = beats_of(part, listening, whole.duration)
    notes = [*warnings, *exact.warnings, *doubts(exact)]
    if len(exact.beats) < 2:
        exact = replace(_steady(listening, part.duration), certainty=exact.certainty)
        notes.append(f"beats: none found; using a steady grid of {listening.bpm or FALLBACK_BPM:g}")
    track = moved(exact, -listening.start)
    sound = spectrum(part)
    features = beat_features(sound, track.beats)
    starts, lengths = whole_bars(track)
    starts = sounding(features, starts)
    similarities = (bar_similarity(features, starts[each], lengths[each]) for each in form_stretches(len(starts)))
    start = listening.start
    found = sections(similarities, track.beats[starts] + start, start, start + part.duration)
    styles, words = hear_styles(track, sound, listening.octave)
    stretches = hear_stretches(
        track,
        sound,
        [replace(each, start=each.start - start, end=each.end - start) for each in found],
        listening.octave,
    )
    if stretches:
        styles = styles_of_all(stretches)
    tags = _tags(part, tagger)
    styles = combined(styles, styles_of(tags))
    style, style_confidence = name_of(styles)
    return MusicAnalysis(
        path=whole.path,
        sha256=whole.sha256,
        duration=whole.duration,
        track=exact,
        energy=features.energy,
        loudness=features.loudness,
        onsets=features.onsets,
        chroma=features.chroma,
        timbre=features.timbre,
        sections=found,
        style=style,
        style_confidence=style_confidence,
        moods=moods_of(tags),
        styles=styles,
        style_reason=words,
        stretches=tuple(replace(each, start=each.start + start, end=each.end + start) for each in stretches),
        warnings=tuple(notes),
    )


def _tags(part: Audio, tagger: Tagger | None) -> Mapping[str, float]:
    """What a tagger says of a sound; nothing without one."""
    if tagger is None:
        return {}
    with plugins.blame("taggers", tagger.name):
        found: Mapping[str, float] = tagger.tags(part)
    return found


def _steady(listening: Listening, seconds: float) -> BeatTrack:
    """A grid for a part of `seconds` without a pulse, at the user's tempo, metre and downbeat if there are any."""
    one = listening.offset if listening.downbeat is None else listening.downbeat - listening.start
    bar, subdivision = counted_bar(listening.metre or 4)
    grid = replace(steady_grid(seconds, listening.bpm or FALLBACK_BPM, bar, one), subdivision=subdivision)
    return moved(grid, listening.start)


def steady_grid(end: float, bpm: float, metre: int, offset: float = 0.0) -> BeatTrack:
    """Beats of one tempo over ``[0, end)`` seconds, one of them at `offset`, a downbeat; at least two."""
    period = 60 / bpm
    first = int(np.ceil(-offset / period - 1e-9))
    last = max(int(np.ceil((end - offset) / period - 1e-9)), first + 2)
    index = np.arange(first, last)
    times = np.maximum(index * period + offset, 0.0)
    return BeatTrack(times, index % metre + 1, metre, 0.0, "steady grid")
