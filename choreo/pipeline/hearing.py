"""Listening for a dance: a part of a song is heard in the song, with its bars, sections and energy."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo.errors import AudioError
from choreo.music import analyze_cached
from choreo.music.analysis import FALLBACK_BPM, SHORTEST
from choreo.music.container import open_media
from choreo.options import Listening
from choreo.types import MusicAnalysis

SILENT_DB = -60.0
WHOLE = 900.0
"""Seconds of sound that are always heard whole; of more, the part and what is around it."""
AROUND = 300.0
"""Seconds that are heard on either side of a part of a long recording."""


def hear(song: str | Path, listening: Listening) -> MusicAnalysis:
    """Analyse a song of which a part is to be danced.

    The whole song is heard, so that a part has the bars, the sections and the energy that it has in the song, and
    another part needs no listening. Of recordings longer than `WHOLE`, the part is heard with `AROUND` on either side.

    Raises
    ------
    AudioError
        When the song cannot be used, when the part lies outside of it, or is silent.
    InputError, PluginError
        As `choreo.music.analyze`.
    """
    analysis = analyze_cached(song, _heard_part(Path(song), listening))
    end = end_of(analysis, listening)
    if listening.start >= analysis.duration:
        raise AudioError(
            f"{song}: start {listening.start:g} s lies past the end; the sound lasts {analysis.duration:.2f} s."
        )
    if end - listening.start < SHORTEST:
        raise AudioError(f"{song}: the range lasts {end - listening.start:.2f} s; want at least {SHORTEST:g} s.")
    period = 60 / (analysis.tempo or FALLBACK_BPM)
    inside = analysis.loudness[(analysis.beats > listening.start - period) & (analysis.beats < end)]
    if float(inside.max(initial=-np.inf)) < SILENT_DB:
        raise AudioError(f"{analysis.path}: the song is silent; there is nothing to dance to. Check the file's volume.")
    return analysis


def end_of(analysis: MusicAnalysis, listening: Listening) -> float:
    """Second of the song at which the part ends that is danced."""
    if listening.duration is None:
        return analysis.duration
    return min(listening.start + listening.duration, analysis.duration)


def _heard_part(song: Path, listening: Listening) -> Listening:
    """What to listen to, for a part of a song."""
    if listening.start == 0 and listening.duration is None:
        return listening
    if _announced_duration(song) <= WHOLE:
        return replace(listening, start=0.0, duration=None)
    first = max(0.0, listening.start - AROUND)
    length = None if listening.duration is None else listening.start + listening.duration + AROUND - first
    return replace(listening, start=first, duration=length)


def _announced_duration(song: Path) -> float:
    """Seconds that a file says it lasts; 0 when it does not say, or cannot be read, which listening will tell."""
    import av

    with suppress(av.FFmpegError, AudioError, OSError), open_media(song) as container:
        return float(container.duration / av.time_base) if container.duration else 0.0
    return 0.0


__all__ = ["end_of", "hear"]
