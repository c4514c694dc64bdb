"""A stretch of music as numbers: one vector a phrase, and one a beat for models that look at its course.

Everything comes from the analysis, in beats; nothing is heard anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.retrieval.scales import TEMPO, Vectors, count_bumps, round_octave, second_bumps
from choreo.types import Bools, Floats, Ints, MusicAnalysis, Phrase

PLACES = 8
"""Places in a bar at which accents are looked at, whatever its metre."""
BEATS = 16
"""Beats that a sequence keeps of a phrase; shorter ones are masked, longer ones are drawn together."""
STEP_NAMES = (
    "energy", "loudness", *(f"onset_{where}_{band}" for where in ("on", "off") for band in ("low", "mid", "high")),
    "downbeat", "tempo", *(f"chroma_{k}" for k in range(12)), *(f"timbre_{k}" for k in range(13)),
)  # fmt: skip
STEPS = len(STEP_NAMES)
QUALITIES = ("tempo", "rhythm", "energy", "sound", "form", "length")
"""What the numbers speak of: `sound` is timbre and harmony, `form` the place in the song, its sections and bars."""
BLOCKS = {
    "tempo": (("tempo", 30),),
    "song": (("tempo", 2), ("rhythm", 1 + 3 * PLACES + 6), ("sound", 29), ("energy", 1)),
    "stretch": (("tempo", 1), ("energy", 5), ("rhythm", 9), ("sound", 16), ("form", 8)),
    "counts": (("length", 11),),
    "seconds": (("length", 16),),
}
"""Blocks of `music_vectors`, and which columns speak of what, in runs."""
STEP_QUALITIES = np.array(
    [
        QUALITIES.index(name)
        for name, count in (("energy", 2), ("rhythm", 7), ("tempo", 1), ("sound", 25))
        for _ in range(count)
    ]
)
"""Which quality each number of a step speaks of ``(STEPS,)``."""


def qualities(block: str) -> Ints:
    """Which of `QUALITIES` each column of a block of `music_vectors` speaks of ``(width,)``."""
    return np.concatenate([np.full(count, QUALITIES.index(name), np.int64) for name, count in BLOCKS[block]])


def _fold(values: Floats, positions: Ints, metre: int) -> Floats:
    """Mean accents by place in the bar ``(PLACES, 3)``, each band relative to its mean; half-beats in, ``(2B, 3)``."""
    half = np.stack([2 * (positions - 1), 2 * (positions - 1) + 1], axis=1).ravel()
    at = (half * PLACES // (2 * metre)) % PLACES
    out = np.zeros((PLACES, values.shape[1]))
    counts = np.maximum(np.bincount(at, minlength=PLACES), 1)[:, None]
    np.add.at(out, at, values)
    out /= counts
    return np.asarray(out / (out.mean(axis=0) + 1e-3) - 1, np.float32)


def _harmony(chroma: Floats) -> list[float]:
    """How many pitches sound, how fast they change, and how clear a key they make."""
    share = chroma / (chroma.sum(axis=1, keepdims=True) + 1e-6)
    entropy = -(share * np.log(share + 1e-6)).sum(axis=1).mean() / np.log(12)
    change = np.abs(np.diff(share, axis=0)).sum(axis=1).mean() if len(share) > 1 else 0.0
    return [float(entropy), float(change), float(share.mean(axis=0).max())]


def _song(analysis: MusicAnalysis) -> list[float]:
    """What is the same in all phrases of a song: metre, rhythm, timbre, harmony."""
    onsets = np.minimum(analysis.onsets, 2)
    gaps = np.diff(analysis.beats)
    tempo = np.log2(max(analysis.tempo, 20) / TEMPO)
    return [
        tempo,
        float(np.std(gaps) / np.mean(gaps)) if len(gaps) else 0.0,
        float(analysis.metre == 3),
        *_fold(onsets, analysis.track.positions, analysis.metre).ravel(),
        *np.log(onsets.mean(axis=0) + 1e-3),
        *onsets.std(axis=0),
        *analysis.timbre.mean(axis=0),
        *np.log(analysis.timbre.std(axis=0) + 1e-3),
        *_harmony(analysis.chroma),
        float(analysis.loudness.std()),
    ]


def _slope(values: Floats) -> float:
    half = max(1, len(values) // 2)
    return float(values[-half:].mean() - values[:half].mean())


def _stretch(analysis: MusicAnalysis, phrase: Phrase) -> list[float]:
    """What is of one phrase: its energy and course, accents, timbre against the song's, its place in the song."""
    first, last = phrase.first_beat, phrase.first_beat + phrase.counts
    energy, onsets = analysis.energy[first:last], np.minimum(analysis.onsets[2 * first : 2 * last], 2)
    count = len(analysis.beats)
    section = next((s for s in analysis.sections if s.start - 0.05 <= phrase.beats[0] < s.end - 0.05), None)
    begin, end = (section.start, section.end) if section else (0.0, analysis.duration)
    bar = 2 * np.pi * (int(analysis.track.positions[first]) - 1) / analysis.metre
    return [
        np.log2(phrase.tempo / TEMPO),
        float(energy.mean()),
        float(energy.std()),
        _slope(energy),
        float((analysis.energy < energy.mean()).mean()),
        float(analysis.loudness[first:last].mean() - analysis.loudness.mean()),
        *onsets[0::2].mean(axis=0),
        *onsets[1::2].mean(axis=0),
        *onsets.std(axis=0),
        *(analysis.timbre[first:last].mean(axis=0) - analysis.timbre.mean(axis=0)),
        *_harmony(analysis.chroma[first:last]),
        first / count,
        np.log2(1 + first),
        np.log2(1 + max(count - last, 0)),
        (float(phrase.beats[0]) - begin) / max(end - begin, 1e-6),
        float(first <= 2),
        float(last >= count - 2),
        np.cos(bar),
        np.sin(bar),
    ]


def music_vectors(analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> Vectors:
    """Describe phrases.

    Returns
    -------
    Blocks ``(P, width) float32``: `tempo` of the song within the octave, `song`, `stretch`, `counts`, `seconds`.
    """
    song = np.array(_song(analysis), np.float32)
    stretches = np.array([_stretch(analysis, each) for each in phrases], np.float32)
    octave = np.full(len(phrases), np.log2(max(analysis.tempo, 20) / TEMPO))
    return {
        "tempo": round_octave(octave),
        "song": np.tile(song, (len(phrases), 1)),
        "stretch": np.nan_to_num(stretches),
        "counts": count_bumps(np.array([each.counts for each in phrases])),
        "seconds": second_bumps(np.array([float(each.beats[-1] - each.beats[0]) for each in phrases])),
    }


def music_sequences(analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> tuple[Floats, Bools]:
    """Describe phrases beat by beat: ``(P, BEATS, S) float32`` and a mask ``(P, BEATS) bool`` of beats that are there.

    See `STEP_NAMES`; loudness and timbre are relative to the song.
    """
    rows = np.zeros((len(phrases), BEATS, STEPS), np.float32)
    mask = np.zeros((len(phrases), BEATS), bool)
    onsets = np.minimum(analysis.onsets, 2)
    tempo = 60 / np.gradient(analysis.beats) if len(analysis.beats) > 1 else np.full(len(analysis.beats), TEMPO)
    steps = np.concatenate(
        [
            analysis.energy[:, None],
            (analysis.loudness - analysis.loudness.mean())[:, None] / 10,
            onsets[0::2],
            onsets[1::2],
            (analysis.track.positions == 1)[:, None],
            np.log2(tempo / TEMPO)[:, None],
            analysis.chroma,
            analysis.timbre - analysis.timbre.mean(axis=0),
        ],
        axis=1,
    )
    for row, there, phrase in zip(rows, mask, phrases, strict=True):
        part = steps[phrase.first_beat : phrase.first_beat + phrase.counts]
        if len(part) > BEATS:
            part = part[np.linspace(0, len(part) - 1, BEATS).round().astype(int)]
        row[: len(part)] = part
        there[: len(part)] = True
    return np.nan_to_num(rows), mask
