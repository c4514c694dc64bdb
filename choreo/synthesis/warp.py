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


def slowed_on_beats(times: Doubles, beats: Doubles, share: float | Doubles) -> Doubles:
    """Times ``(T,)`` warped so that time runs slower by `share` on the beats; beats stay where they are.

    `share` may be one of each beat, ``(N,)``; time runs faster on a beat where it is negative.
    """
    phase = np.interp(times, beats, np.arange(len(beats)))
    # t - share * gap / 2pi * sin(2pi phase) has the slope 1 - share on a beat and 1 + share between two. The length of
    # a beat is interpolated between the middles of beats, or the warp would kink where the tempo changes.
    gap = np.interp(times, (beats[1:] + beats[:-1]) / 2, np.diff(beats))
    inside = (times > beats[0]) & (times < beats[-1])
    each = np.interp(phase, np.arange(len(beats)), np.broadcast_to(np.asarray(share, np.float64), beats.shape))
    return times - np.where(inside, each * gap / (2 * np.pi) * np.sin(2 * np.pi * phase), 0)
