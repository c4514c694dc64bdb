"""Listening for a dance: a part of it is heard, as it is planned, in the whole song."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo.errors import AudioError
from choreo.music import analyze_cached
from choreo.music.analysis import SHORTEST
from choreo.options import Listening
from choreo.types import MusicAnalysis

SILENT_DB = -60.0


def hear(song: str | Path, listening: Listening) -> MusicAnalysis:
    """Analyse the whole of a song, of which a part or all is to be danced.

    So a part has the bars, the sections and the energy that it has in the song, and another part needs no listening.

    Raises
    ------
    AudioError
        When the song cannot be used or is silent, or when the part lies outside of it.
    InputError, PluginError
        As `choreo.music.analyze`.
    """
    analysis = analyze_cached(song, replace(listening, start=0.0, duration=None))
    if listening.start >= analysis.duration:
        raise AudioError(
            f"{song}: start {listening.start:g} s lies past the end; the sound lasts {analysis.duration:.2f} s."
        )
    length = end_of(analysis, listening) - listening.start
    if length < SHORTEST:
        raise AudioError(f"{song}: the range lasts {length:.2f} s; want at least {SHORTEST:g} s.")
    if float(analysis.loudness.max(initial=-np.inf)) < SILENT_DB:
        raise AudioError(f"{analysis.path}: the song is silent; there is nothing to dance to. Check the file's volume.")
    return analysis


def end_of(analysis: MusicAnalysis, listening: Listening) -> float:
    """Second of the song at which the part ends that is danced."""
    if listening.duration is None:
        return analysis.duration
    return min(listening.start + listening.duration, analysis.duration)


__all__ = ["end_of", "hear"]
