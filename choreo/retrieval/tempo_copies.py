"""Songs at other tempi beside the same dances, so that the tempo of music cannot be all that is learnt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.errors import InputError
from choreo.retrieval.pairs import PairedSong, Pairs
from choreo.types import MusicAnalysis

MOST = 16
"""Copies beyond which learning takes long for nothing."""


def _faster(analysis: MusicAnalysis, rate: float) -> MusicAnalysis:
    track = analysis.track
    rival = None if track.rival is None else track.rival / rate
    return replace(
        analysis,
        duration=analysis.duration / rate,
        track=replace(track, beats=track.beats / rate, rival=rival),
        sections=tuple(replace(part, start=part.start / rate, end=part.end / rate) for part in analysis.sections),
    )


def at_other_tempo(song: PairedSong, octaves: float) -> PairedSong:
    """The same music, faster by `octaves`, slower below 0, danced to with the same clips.

    It is time-stretched: what is measured by beats (rhythm, timbre, harmony, energy) stays, tempo and seconds change.
    """
    rate = 2.0**octaves
    return PairedSong(
        f"{song.name} at {rate:.3f}",
        _faster(song.analysis, rate),
        tuple(replace(phrase, beats=phrase.beats / rate) for phrase in song.phrases),
        song.clips,
    )


def with_tempo_copies(pairs: Pairs, count: int, octaves: float) -> Pairs:
    """`pairs` and `count` copies of every song at other tempi, evenly from `octaves` below to `octaves` above.

    Clips stay at their own tempo: were they stretched along, methods that learn from pairs would learn from the copies
    that tempo agrees with tempo.

    Raises
    ------
    InputError
        When there are to be more copies than `MOST`, or they go farther than half an octave.
    """
    if not (isinstance(count, int) and 0 <= count <= MOST and 0 < octaves <= 0.5):
        raise InputError(
            f"copies and octaves: got {count!r} and {octaves!r}, expected a whole number from 0 to {MOST} and a part "
            "of an octave up to 0.5."
        )
    shifts = [shift for shift in np.linspace(-octaves, octaves, count + count % 2 + 1).tolist() if shift][:count]
    copies = (at_other_tempo(song, shift) for shift in shifts for song in pairs.songs)
    return replace(pairs, songs=(*pairs.songs, *copies))


__all__ = ["at_other_tempo", "with_tempo_copies"]
