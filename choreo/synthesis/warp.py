"""Beats onto beats: a monotone, smooth map of time."""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles


def clip_times(clip_beats: Doubles, step_beats: Doubles, times: Doubles) -> Doubles:
    """Where in the clip (seconds) each of `times` (seconds in the song) falls.

    Monotone piecewise cubic interpolation (Fritsch & Carlson 1980), so beats meet beats exactly and
    time never runs backwards (a cubic spline would overshoot where beats are uneven); beyond the ends it goes on at the
    tempo of the nearest beat.
    """
    from scipy.interpolate import PchipInterpolator

    steps, beats = np.asarray(step_beats, np.float64), np.asarray(clip_beats, np.float64)
    if len(steps) == 2:
        return np.asarray(np.interp(times, steps, beats))
    inside = PchipInterpolator(steps, beats)(np.clip(times, steps[0], steps[-1]))
    first = (beats[1] - beats[0]) / (steps[1] - steps[0])
    final = (beats[-1] - beats[-2]) / (steps[-1] - steps[-2])
    before, after = np.minimum(times - steps[0], 0), np.maximum(times - steps[-1], 0)
    return np.asarray(inside + first * before + final * after)
