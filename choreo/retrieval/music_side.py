"""Features of music: one vector for each phrase, and one for each beat for models that read sequences.

All are computed from the analysis, beat by beat; the audio is not read again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.retrieval.scales import TEMPO, Vectors, encode_counts, encode_octave, encode_seconds
from choreo.types import Bools, Floats, Ints, MusicAnalysis, Phrase

BAR_STEPS = 8
"""Steps of a bar over which accents are averaged, whatever its metre."""
BEATS = 16
"""Length of a sequence in beats; shorter phrases are padded and masked, longer ones are resampled."""
STEP_NAMES = (
    "energy", "loudness", *(f"onset_{where}_{band}" for where in ("on", "off") for band in ("low", "mid", "high")),
    "downbeat", "tempo", *(f"chroma_{k}" for k in range(12)), *(f"timbre_{k}" for k in range(13)),
)  # fmt: skip
STEPS = len(STEP_NAMES)
QUALITIES = ("tempo", "rhythm", "energy", "sound", "form", "length")
"""Groups of features for attribution: `sound` is timbre and harmony, `form` the position in song, section and bar."""
BLOCKS = {
    "tempo": (("tempo", 30),),
    "song": (("tempo", 2), ("rhythm", 1 + 3 * BAR_STEPS + 6), ("sound", 29), ("energy", 1)),
    "stretch": (("tempo", 1), ("energy", 5), ("rhythm", 9), ("sound", 16), ("form", 8)),
    "counts": (("length", 11),),
    "seconds": (("length", 16),),
}
"""Blocks of `music_vectors`, and the qualities of their columns as runs of (quality, number of columns)."""
STEP_QUALITIES = np.array(
    [
        QUALITIES.index(name)
        for name, count in (("energy", 2), ("rhythm", 7), ("tempo", 1), ("sound", 25))
        for _ in range(count)
    ]
)
"""Index in `QUALITIES` of each number of a step ``(STEPS,)``."""


def qualities(block: str) -> Ints:
    """Index in `QUALITIES` of each column of a block of `music_vectors` ``(width,)``."""
    return np.concatenate([np.full(count, QUALITIES.index(name), np.int64) for name, count in BLOCKS[block]])


def _fold(values: Floats, positions: Ints, metre: int) -> Floats:
    """Mean accents ``(2B, 3)`` of half beats by step of the bar, ``(BAR_STEPS, 3)``, relative to each band's mean."""
    half = np.stack([2 * (positions - 1), 2 * (positions - 1) + 1], axis=1).ravel()
    at = (half * BAR_STEPS // (2 * metre)) % BAR_STEPS
    out = np.zeros((BAR_STEPS, values.shape[1]))
    counts = np.maximum(np.bincount(at, minlength=BAR_STEPS), 1)[:, None]
    np.add.at(out, at, values)
    out /= counts
    return np.asarray(out / (out.mean(axis=0) + 1e-3) - 1, np.float32)


def _harmony(chroma: Floats) -> list[float]:
    """Entropy of the chroma (0..1), its mean change from beat to beat, and the share of its strongest pitch class."""
    share = chroma / (chroma.sum(axis=1, keepdims=True) + 1e-6)
    entropy = -(share * np.log(share + 1e-6)).sum(axis=1).mean() / np.log(12)
    change = np.abs(np.diff(share, axis=0)).sum(axis=1).mean() if len(share) > 1 else 0.0
    return [float(entropy), float(change), float(share.mean(axis=0).max())]


def _song(analysis: MusicAnalysis) -> list[float]:
    """Features that all phrases of a song share: tempo, metre, rhythm, timbre, harmony."""
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
    """Mean of the second half less that of the first."""
    half = max(1, len(values) // 2)
    return float(values[-half:].mean() - values[:half].mean())


def _stretch(analysis: MusicAnalysis, phrase: Phrase) -> list[float]:
    """Features of one phrase: energy and its slope, accents, timbre relative to the song, position in the song."""
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
        "tempo": encode_octave(octave),
        "song": np.tile(song, (len(phrases), 1)),
        "stretch": np.nan_to_num(stretches),
        "counts": encode_counts(np.array([each.counts for each in phrases])),
        "seconds": encode_seconds(np.array([float(each.beats[-1] - each.beats[0]) for each in phrases])),
    }


def music_sequences(analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> tuple[Floats, Bools]:
    """Describe phrases beat by beat: ``(P, BEATS, S) float32``, and a mask ``(P, BEATS) bool`` of beats, not padding.

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
    for row, valid, phrase in zip(rows, mask, phrases, strict=True):
        part = steps[phrase.first_beat : phrase.first_beat + phrase.counts]
        if len(part) > BEATS:
            part = part[np.linspace(0, len(part) - 1, BEATS).round().astype(int)]
        row[: len(part)] = part
        valid[: len(part)] = True
    return np.nan_to_num(rows), mask
