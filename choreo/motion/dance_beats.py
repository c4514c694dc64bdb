"""Beats of a dance without its music: the steady pulse that fits its accents and stops best."""

from __future__ import annotations

import numpy as np

from choreo.motion.features import accent_curve, smooth, speed
from choreo.motion.kinematics import forward
from choreo.types import Doubles, Motion

SLOWEST, FASTEST, COMMON = 70.0, 160.0, 110.0
"""Beats a minute: range of the search, and the tempo that is preferred."""
RATE = 60.0
"""Frames a second of all curves here, whatever the motion has."""
TIGHTNESS = 90.0
"""Cost of two beats e times too far apart or too close, in standard deviations of the salience (Ellis' tightness)."""
STOP_WEIGHT, STOP_SECONDS = 6.0, 0.04
"""Weight of a full stop of the body in the salience, and seconds off it at which half of that is left."""
RIPPLE = 0.02
"""Metres a second by which the body must slow down to stop."""
SNAP = 0.2
"""Share of a beat by which `snapped_beats` moves one at most."""


def dance_tempo(motion: Motion) -> float:
    """Beats a minute by the autocorrelation of the accents, from `SLOWEST` to `FASTEST`, moderate ones preferred."""
    return pulse_tempo(_accents(motion))


def pulse_tempo(curve: Doubles) -> float:
    """`dance_tempo` of accents ``(T,)`` at `RATE`, of whatever moves."""
    lags = np.arange(round(RATE * 60 / FASTEST), round(RATE * 60 / SLOWEST) + 1)
    if len(curve) < 3 * lags[-1]:
        return COMMON
    # A steady pulse correlates at twice its period too, which supports a lag. Between a tempo and its double or half
    # decides a prior that is log-normal around COMMON.
    centred = curve - curve.mean()
    scores = [_alike(centred, lag) + 0.5 * _alike(centred, 2 * lag) for lag in lags.tolist()]
    prior = np.exp(-0.5 * (np.log2(60 * RATE / lags / COMMON) / 0.6) ** 2)
    return float(60 * RATE / lags[int(np.argmax(np.array(scores) * prior))])


def _accents(motion: Motion) -> Doubles:
    """Accent strength ``(T,)`` at `RATE`, smoothed."""
    curve = accent_curve(motion)
    times = np.arange(0, motion.duration, 1 / RATE)
    even = np.interp(times, np.arange(len(curve)) / motion.fps, curve)
    return np.asarray(smooth(even.astype(np.float32), 3), np.float64)


def _alike(curve: Doubles, lag: int) -> float:
    """Autocorrelation of a curve at a lag in frames."""
    return float(np.mean(curve[lag:] * curve[:-lag])) if lag < len(curve) else 0.0


def _salience(motion: Motion) -> Doubles:
    """Beat salience ``(T,)`` at `RATE`: how much each moment looks like a beat.

    The sum of three: how much slower the body is than in the half second around and its accents, both in standard
    deviations, and how nearly it stops.
    """
    pace = speed(motion)
    times = np.arange(0, motion.duration, 1 / RATE)
    even = np.interp(times, np.arange(len(pace)) / motion.fps, pace).astype(np.float32)
    slow = smooth(even, 3)
    around = smooth(even, round(0.5 * RATE))
    rest = (around - slow) / (around + 0.05)
    accents = _accents(motion)[: len(rest)]
    accents = (accents - accents.mean()) / (accents.std() + 1e-6)
    return np.asarray(rest / (rest.std() + 1e-6) + 0.3 * accents + STOP_WEIGHT * _stops(motion, len(rest)), np.float64)


def _stops(motion: Motion, count: int) -> Doubles:
    """How nearly the whole body stops ``(count,)`` at `RATE`, 0..1: the minima of the mean speed of all joints.

    These are the kinematic beats by which the field measures dance (Li et al. 2021); a foot that strikes while the arms
    swing on is not among them.
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
    # A minimum counts by its prominence relative to the speed around it, as a bump of a Gaussian instead of a single
    # frame, so that a beat near it still gains; scaled such that the bump is as high as the minimum is deep.
    depth = np.zeros(count)
    depth[lows] = np.minimum(facts["prominences"] / (around[lows] + 0.05), 1.0)
    width = STOP_SECONDS * RATE / np.sqrt(2 * np.log(2))
    return np.asarray(gaussian_filter1d(depth, width) * width * np.sqrt(2 * np.pi))


def dance_beats(motion: Motion, tempo: float | None = None) -> Doubles:
    """Beat times in seconds from the first frame: salient moments, about evenly apart at `tempo` or the dance's own.

    Dynamic programming over salience and evenness (Ellis, Beat Tracking by Dynamic Programming, 2007), so that a
    recording's pulse is followed where it wavers.
    """
    return pulse_beats(_salience(motion), tempo or dance_tempo(motion))


def pulse_beats(curve: Doubles, tempo: float) -> Doubles:
    """`dance_beats` of a salience ``(T,)`` at `RATE`, at about `tempo`."""
    period = RATE * 60 / tempo
    if len(curve) < 2:
        return np.zeros(0)
    gaps = np.arange(max(1, round(0.75 * period)), round(1.33 * period) + 1)
    cost = TIGHTNESS * np.log(gaps / period) ** 2
    score, came = curve.copy(), np.full(len(curve), -1)
    for t in range(int(gaps[0]), len(curve)):
        before = t - gaps
        before = before[before >= 0]
        options = score[before] - cost[: len(before)]
        best = int(options.argmax())
        if options[best] > 0:  # else the track begins anew here, after a stretch without beats
            score[t], came[t] = curve[t] + options[best], before[best]
    # The last beat is the best one of the last period; the later one of two equals.
    last = len(curve) - 1 - int(score[::-1][: round(period) + 1].argmax())
    path = [last]
    while came[path[-1]] >= 0:
        path.append(int(came[path[-1]]))
    return np.array(path[::-1], np.float64) / RATE


def snapped_beats(motion: Motion, beats: Doubles) -> Doubles:
    """Beats ``(B,)`` in seconds with the inner ones moved to the most salient moment, by at most `SNAP` of a beat.

    For units of a data set that are given as a start, an end and a count: evenly spread beats miss the steps by some
    frames. The first and last stay, since the unit was cut there.
    """
    curve = _salience(motion)
    if len(curve) < 3 or len(beats) < 3:
        return beats
    out = beats.copy()
    for k in range(1, len(beats) - 1):
        reach = SNAP * min(beats[k] - beats[k - 1], beats[k + 1] - beats[k])
        first, last = round((beats[k] - reach) * RATE), round((beats[k] + reach) * RATE)
        inside = curve[max(first, 0) : last + 1]
        if len(inside) and float(inside.max()) > 0:
            out[k] = (max(first, 0) + int(inside.argmax())) / RATE
    return out
