"""Beats of a dance without its music: the steady pulse that its accents fit best."""

from __future__ import annotations

import numpy as np

from choreo.motion.features import accent_curve, smooth, speed
from choreo.motion.kinematics import forward
from choreo.types import Doubles, Motion

SLOWEST, FASTEST, COMMON = 70.0, 160.0, 110.0
RATE = 60.0
EVEN = 90.0
"""What beats that are e times too far apart cost, in standard deviations of the arrivals."""
STOP, SURE = 6.0, 0.04
"""What a full stop of the body counts beside them, and seconds by which a beat may miss it and still count for half."""
RIPPLE = 0.02
"""Metres a second by which the body must slow down to stop."""
NEAR = 0.2


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


def _arrivals(motion: Motion) -> Doubles:
    """How much each moment looks like a count ``(T,)`` at `RATE`: the body comes to rest, the feet strike."""
    pace = speed(motion)
    times = np.arange(0, motion.duration, 1 / RATE)
    even = np.interp(times, np.arange(len(pace)) / motion.fps, pace).astype(np.float32)
    slow = smooth(even, 3)
    around = smooth(even, round(0.5 * RATE))
    rest = (around - slow) / (around + 0.05)
    accents = _curve(motion)[: len(rest)]
    accents = (accents - accents.mean()) / (accents.std() + 1e-6)
    return np.asarray(rest / (rest.std() + 1e-6) + 0.3 * accents + STOP * _stops(motion, len(rest)), np.float64)


def _stops(motion: Motion, count: int) -> Doubles:
    """How nearly the whole body stops ``(count,)`` at `RATE`, 0..1: the minima of the mean speed of all joints.

    These are what a dance is measured by (kinematic beats, Li et al. 2021); a foot that strikes while the arms swing
    on is not among them.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    pace = np.linalg.norm(np.diff(positions, axis=0), axis=-1).mean(axis=-1) * motion.fps
    if len(pace) < 3 or count < 1:
        return np.zeros(max(count, 0))
    times = (np.arange(len(pace)) + 0.5) / motion.fps
    even = gaussian_filter1d(np.interp(np.arange(count) / RATE, times, pace), 0.05 * RATE)
    around = gaussian_filter1d(even, 0.5 * RATE)
    lows, facts = find_peaks(-np.maximum(even, RIPPLE), prominence=RIPPLE)
    depth = np.zeros(count)
    depth[lows] = np.minimum(facts["prominences"] / (around[lows] + 0.05), 1.0)
    width = SURE * RATE / np.sqrt(2 * np.log(2))
    return np.asarray(gaussian_filter1d(depth, width) * width * np.sqrt(2 * np.pi))


def dance_beats(motion: Motion, tempo: float | None = None) -> Doubles:
    """Beat times in seconds from the first frame: where the dance arrives, at about `tempo` or its own.

    Dynamic programming over arrivals and evenness (Ellis, Beat tracking by dynamic programming, 2007), so that a
    recording's pulse is followed where it wavers.
    """
    period = RATE * 60 / (tempo or dance_tempo(motion))
    curve = _arrivals(motion)
    if len(curve) < 2:
        return np.zeros(0)
    gaps = np.arange(max(1, round(0.75 * period)), round(1.33 * period) + 1)
    cost = EVEN * np.log(gaps / period) ** 2
    score, came = curve.copy(), np.full(len(curve), -1)
    for t in range(int(gaps[0]), len(curve)):
        before = t - gaps
        before = before[before >= 0]
        options = score[before] - cost[: len(before)]
        best = int(options.argmax())
        if options[best] > 0:
            score[t], came[t] = curve[t] + options[best], before[best]
    last = len(curve) - 1 - int(score[::-1][: round(period) + 1].argmax())
    path = [last]
    while came[path[-1]] >= 0:
        path.append(int(came[path[-1]]))
    return np.array(path[::-1], np.float64) / RATE


def snapped_beats(motion: Motion, beats: Doubles) -> Doubles:
    """Beats ``(B,)`` with the inner ones moved to where the dance arrives, by at most `NEAR` of a beat."""
    curve = _arrivals(motion)
    if len(curve) < 3 or len(beats) < 3:
        return beats
    out = beats.copy()
    for k in range(1, len(beats) - 1):
        reach = NEAR * min(beats[k] - beats[k - 1], beats[k + 1] - beats[k])
        first, last = round((beats[k] - reach) * RATE), round((beats[k] + reach) * RATE)
        inside = curve[max(first, 0) : last + 1]
        if len(inside) and float(inside.max()) > 0:
            out[k] = (max(first, 0) + int(inside.argmax())) / RATE
    return out
