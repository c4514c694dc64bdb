"""Beat intervals and how likely each is for a whole song."""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles, Ints
from choreo_beats.net import TEMPO_BINS, TEMPO_HIGH, TEMPO_LOW

SLOWEST, FASTEST = 45.0, 220.0
LEVEL = 1.35
"""Intervals within this factor of one another count as one metrical level."""
FLOOR = 0.003
"""Least probability of a tempo: the net's guess may be wrong."""
PULL = 0.006
"""Share of the tempo's log-probability that each frame of a beat adds, so that it counts all along and not once."""


def intervals(fps: float, bpm: float | None = None) -> Ints:
    """Beat intervals to consider, in frames, rising; within 4 % of `bpm` when the user sets one."""
    low, high = (SLOWEST, FASTEST) if bpm is None else (bpm / 1.04, bpm * 1.04)
    shortest, longest = int(np.floor(60 * fps / high)), int(np.ceil(60 * fps / low))
    return np.arange(max(2, shortest), longest + 1, dtype=np.int64)


def prior_of_net(probabilities: Doubles, fps: float, taus: Ints) -> Doubles:
    """Log-probability of each interval, ``(K,)``, from the net's ``(48,)`` over logarithmic bins of tempo."""
    bins = np.log(60 * fps / taus / TEMPO_LOW) / np.log(TEMPO_HIGH / TEMPO_LOW) * TEMPO_BINS - 0.5
    smooth = np.convolve(np.pad(probabilities, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return np.asarray(np.log(np.interp(bins, np.arange(TEMPO_BINS), smooth) + FLOOR))


def prior_of_bpm(fps: float, taus: Ints, bpm: float) -> Doubles:
    """Log-probability of each interval, ``(K,)``, when the user sets the tempo: a Gaussian of 1 % about it."""
    return np.asarray(-0.5 * ((60 * fps / taus / bpm - 1) / 0.01) ** 2)


def one_level(taus: Ints, gaps: Ints) -> Ints:
    """Intervals of the metrical level that fills most of the song; all of `taus` when none left it.

    A song that slid from counting beats to counting eighths is decoded again with these, since
    dancers cannot halve their pace in the middle.
    """
    ratio = gaps[None, :] / taus[:, None]
    together = (ratio < LEVEL) & (ratio > 1 / LEVEL)
    if together.all(axis=1).any():
        return taus
    time = (together * gaps).sum(axis=1)
    inside = gaps[together[int(time.argmax())]]
    middle = np.median(np.repeat(inside, inside))
    return taus[(taus / middle < LEVEL) & (middle / taus < LEVEL)]
