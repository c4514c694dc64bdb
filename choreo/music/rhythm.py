"""Local tempo, rhythm signatures of bars and blocks of 32 counts."""

from __future__ import annotations

import numpy as np

from choreo.music.bars import whole_bars
from choreo.music.phrasing import BAND_WEIGHTS, phrases
from choreo.types import Bytes, Doubles, Floats, MusicAnalysis

SMOOTHING = 8
"""Beats on either side of which the local tempo is the median."""
SHARE = 0.4
"""A half-beat is on when its onset is at least this share of the song's strong onsets."""
BLOCK_COUNTS, IN_THREE = 32, 24


def tempo_curve(analysis: MusicAnalysis) -> Doubles:
    """Local tempo at each beat, ``(B,)`` beats per minute: the median over the beats around it."""
    count = len(analysis.beats)
    if count < 2:
        return np.zeros(count)
    gaps = np.append(np.diff(analysis.beats), analysis.beats[-1] - analysis.beats[-2])
    padded = np.pad(gaps, SMOOTHING, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * SMOOTHING + 1)
    return np.asarray(60 / np.median(windows, axis=1))


def bar_rhythms(analysis: MusicAnalysis) -> Floats:
    """Onset strength at the half-beats of every whole bar, ``(N, 2 * metre)`` 0..1.

    Where the metre changes, shorter bars are filled up with zeros to the length of the longest.
    """
    starts, metres = whole_bars(analysis.track)
    steps = np.arange(2 * int(metres.max(initial=0 if len(metres) else analysis.metre)))
    mixed = np.minimum(analysis.onsets, 1) @ np.asarray(BAND_WEIGHTS, np.float32)
    inside = steps < 2 * metres[:, None]
    return np.where(inside, mixed[np.where(inside, 2 * starts[:, None] + steps, 0)], np.float32(0))


def rhythm_signatures(analysis: MusicAnalysis) -> Bytes:
    """Which half-beats of every whole bar have an onset, ``(N, 2 * metre)`` of 0 and 1, as `bar_rhythms` has them.

    Eight bits for four beats, six for three, as in ChoreoMaster (Chen et al., SIGGRAPH 2021).
    """
    strength = bar_rhythms(analysis)
    if strength.size == 0:
        return np.zeros(strength.shape, np.uint8)
    strong = float(np.quantile(strength, 0.9))
    return (strength >= SHARE * max(strong, 1e-6)).astype(np.uint8)


def blocks(analysis: MusicAnalysis) -> tuple[tuple[float, float, str], ...]:
    """Blocks of 32 counts (start, end in seconds, section label), beginning anew at every section.

    A section that is no multiple of 32 counts ends with a shorter block. In three, 24 counts: four phrases. Where the
    metre changes for a phrase of two bars or more, a block begins as well.
    """
    found: list[tuple[float, float, str]] = []
    counts, last, metre = 0, None, 0
    boundaries = {part.start for part in analysis.sections}
    for phrase in phrases(analysis):
        start, end = float(phrase.beats[0]), float(phrase.beats[-1])
        whole = phrase.counts > phrase.metre
        size = IN_THREE if metre == 3 else BLOCK_COUNTS
        fresh = last is None or phrase.section != last or counts >= size or (whole and phrase.metre != metre)
        fresh = fresh or any(abs(start - boundary) < 0.05 for boundary in boundaries)
        if fresh:
            found.append((start, end, phrase.section))
            counts = 0
        else:
            found[-1] = (found[-1][0], end, phrase.section)
        counts += phrase.counts
        last, metre = phrase.section, phrase.metre if whole or fresh else metre
    return tuple(found)
