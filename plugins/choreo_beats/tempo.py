"""Beat intervals and how likely each is for a whole song."""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles, Ints
from choreo_beats.features import STRIDE
from choreo_beats.net import STRETCH, TEMPO_BINS, TEMPO_HIGH, TEMPO_LOW

SLOWEST, FASTEST = 45.0, 220.0
AS_STATED = 0.04
"""A tempo within this of the one that is heard is that one."""
EVERY = 50
"""Frames from one row of the tempo's prior to the next: half a second."""
FLOOR = 0.003
"""Least probability of a tempo: the net's guess may be wrong."""
PULL = 0.006
"""Share of the tempo's log-probability that each frame of a beat adds, so that it counts all along and not once."""


def intervals(fps: float, bpm: float | None = None) -> Ints:
    """Beat intervals to consider, in frames, rising; within 4 % of `bpm` when the user sets one."""
    low, high = (SLOWEST, FASTEST) if bpm is None else (bpm / 1.04, bpm * 1.04)
    shortest, longest = int(np.floor(60 * fps / high)), int(np.ceil(60 * fps / low))
    return np.arange(max(2, shortest), longest + 1, dtype=np.int64)


def prior_of_net(stretches: Doubles, fps: float, taus: Ints) -> Doubles:
    """Log-probability of each interval in each of the net's stretches, ``(W, K)``.

    `stretches` ``(W, 48)`` are over logarithmic bins of tempo. Half of each row is that of the whole song: a stretch by
    itself does not tell the level, and a song may have several tempi.
    """
    bins = np.log(60 * fps / taus / TEMPO_LOW) / np.log(TEMPO_HIGH / TEMPO_LOW) * TEMPO_BINS - 0.5
    rows = np.concatenate([stretches, stretches.mean(axis=0, keepdims=True)])
    rows = np.pad(rows, ((0, 0), (1, 1)), mode="edge")
    smooth = 0.25 * rows[:, :-2] + 0.5 * rows[:, 1:-1] + 0.25 * rows[:, 2:]
    log = np.log(np.stack([np.interp(bins, np.arange(TEMPO_BINS), row) for row in smooth]) + FLOOR)
    return np.asarray((log[:-1] + log[-1]) / 2)


def over_time(prior: Doubles, first: int, last: int) -> Doubles:
    """The prior of the stretches ``(W, K)`` at every `EVERY`-th frame from `first` to `last`, linearly between."""
    middles = STRIDE * STRETCH / 2 * (1 + np.arange(len(prior)))
    times = np.arange(first, last, EVERY)
    return np.stack([np.interp(times, middles, column) for column in prior.T], axis=1)


def prior_of_bpm(fps: float, taus: Ints, bpm: float) -> Doubles:
    """Log-probability of each interval, ``(K,)``, when the user sets the tempo: a Gaussian of 1 % about it."""
    return np.asarray(-0.5 * ((60 * fps / taus / bpm - 1) / 0.01) ** 2)
