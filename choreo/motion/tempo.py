"""Beats of a dance without its music: the steady pulse that its accents fit best."""

from __future__ import annotations

import numpy as np

from choreo.motion.features import accent_curve, smooth
from choreo.types import Doubles, Motion

SLOWEST, FASTEST, COMMON = 70.0, 160.0, 110.0
RATE = 60.0


def dance_tempo(motion: Motion) -> float:
    """Beats a minute by the autocorrelation of the accents, from `SLOWEST` to `FASTEST`, moderate ones preferred."""
    curve = _curve(motion)
    lags = np.arange(round(RATE * 60 / FASTEST), round(RATE * 60 / SLOWEST) + 1)
    if len(curve) < 3 * lags[-1]:
        return COMMON
    centred = curve - curve.mean()
    scores = [_alike(centred, lag) + 0.5 * _alike(centred, 2 * lag) for lag in lags.tolist()]
    taste = np.exp(-0.5 * (np.log2(60 * RATE / lags / COMMON) / 0.6) ** 2)
    return float(60 * RATE / lags[int(np.argmax(np.array(scores) * taste))])


def _curve(motion: Motion) -> Doubles:
    curve = accent_curve(motion)
    times = np.arange(0, motion.duration, 1 / RATE)
    even = np.interp(times, np.arange(len(curve)) / motion.fps, curve)
    return np.asarray(smooth(even.astype(np.float32), 3), np.float64)


def _alike(curve: Doubles, lag: int) -> float:
    return float(np.mean(curve[lag:] * curve[:-lag])) if lag < len(curve) else 0.0


def dance_beats(motion: Motion, tempo: float | None = None) -> Doubles:
    """Beat times in seconds from the first frame: steady, at `tempo` or the dance's own, on its accents."""
    period = 60 / (tempo or dance_tempo(motion))
    curve = _curve(motion)
    if len(curve) < 2:
        return np.zeros(0)
    shifts = np.arange(0, period, 1 / RATE)
    times = np.arange(len(curve)) / RATE
    scores = [np.interp(np.arange(shift, motion.duration, period), times, curve).mean() for shift in shifts]
    first = float(shifts[int(np.argmax(scores))])
    return np.arange(first, motion.duration + 1e-9, period)
