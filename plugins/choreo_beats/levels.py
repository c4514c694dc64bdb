"""One metrical level for a song: where only the counting changed, not the tempo, it is counted as elsewhere.

A decoder may slide from counting beats to counting eighths, and dancers cannot halve their pace in the middle. But a
song may really go on at another tempo. Then neither part has the pulse of the other; where it was a slide, one has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from choreo.types import Bools, Doubles, Ints

LEVEL = 1.35
"""Intervals that change by more than this factor within a few beats changed level or tempo."""
REACH = 6
"""Beats on either side that tell where."""
BESIDE = 12
"""Beats on either side that tell how much."""
SIMPLE = np.log([1.5, 2.0, 3.0, 4.0])
"""Ratios of metrical levels."""
NEAR = 0.1
"""How far from one of these a change of level may be, in the logarithm."""
LASTING = 600
"""Frames that a tempo lasts at least: six seconds."""
PULSE, SHARED = 0.5, 0.4
"""Autocorrelation at its beats that a tempo has at least, and the share of it that at most is at those of another."""
POINTS = 24
"""Of an interval, at which the activation is compared with that a beat later."""
AROUND = 600
"""Frames about a change in which either tempo is allowed."""


@dataclass(frozen=True, eq=False)
class _Part:
    """A stretch of steady counting: ``gaps : (P,)`` frames, and the activation at `POINTS` places of each."""

    beats: slice
    gaps: Ints
    active: Doubles

    def pulse(self, ratio: float = 1.0) -> float:
        """Autocorrelation of the activation, beats being all equally long, `ratio` beats later; within 3 %."""
        x = self.active - self.active.mean()
        lags = range(max(1, round(0.97 * ratio * POINTS)), round(1.03 * ratio * POINTS) + 1)
        power = float((x * x).mean()) + 1e-9
        return max((float((x[:-lag] * x[lag:]).mean()) / power for lag in lags if lag < len(x) // 2), default=0.0)


def common_level(frames: Ints, active: Doubles) -> Doubles | None:
    """Intervals that the beats would have at one metrical level.

    Parameters
    ----------
    frames : (B,)
        Beats that were decoded with any interval.
    active : (T,)
        Probability of a beat at each frame.

    Returns
    -------
    ``(B - 1,)`` frames, or None when all beats are at one level.
    """
    gaps = np.diff(frames)
    parts = _parts(frames, active)
    trusted = [p for p in parts if p.gaps.sum() >= LASTING and p.pulse() >= PULSE]
    if len(parts) < 2 or not trusted:
        return None
    kept, levels = [trusted[0]], [0.0]
    for now in trusted[1:]:
        change = _change(kept[-1], now)
        if change is not None:
            kept.append(now)
            levels.append(levels[-1] + change)
    if len(kept) == len(parts) and not np.any(levels):
        return None
    most = _longest(parts, kept, levels)
    where = np.concatenate([np.arange(len(gaps))[p.beats] for p in kept])
    wanted = [np.log(_smooth(p.gaps)) - level + most for p, level in zip(kept, levels, strict=True)]
    return np.exp(np.interp(np.arange(len(gaps)), where, np.concatenate(wanted)))


def _parts(frames: Ints, active: Doubles) -> list[_Part]:
    """Stretches between changes of the interval by more than `LEVEL`."""
    gaps = np.diff(frames)
    pace = np.pad(np.log(gaps), REACH, mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(pace, REACH), axis=1)
    change = middle[REACH : REACH + len(gaps)] - middle[: len(gaps)]
    sign = np.sign(change) * (np.abs(change) > np.log(LEVEL))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sign, [0]])))
    cuts = [int(a + np.abs(change[a:b]).argmax()) for a, b in pairwise(edges) if sign[a]]
    points = np.interp(np.arange(len(gaps) * POINTS) / POINTS, np.arange(len(frames)), frames)
    smooth = np.convolve(active, np.full(5, 0.2), mode="same")[np.round(points).astype(np.int64)]
    return [
        _Part(slice(a, b), gaps[a:b], smooth[a * POINTS : b * POINTS])
        for a, b in pairwise(sorted({0, *cuts, len(gaps)}))
    ]


def _change(before: _Part, now: _Part) -> float | None:
    """Logarithm of the ratio of the levels of two parts; 0 when the tempo changed, None when it cannot be told."""
    change = float(np.median(np.log(now.gaps[1 : 1 + BESIDE])) - np.median(np.log(before.gaps[-1 - BESIDE : -1])))
    if abs(change) < np.log(LEVEL):
        return 0.0
    shared = max(before.pulse(np.exp(change)) / before.pulse(), now.pulse(np.exp(-change)) / now.pulse())
    if shared < SHARED:
        return 0.0
    nearest = int(np.abs(SIMPLE - abs(change)).argmin())
    return float(np.sign(change) * SIMPLE[nearest]) if abs(SIMPLE[nearest] - abs(change)) < NEAR else None


def _longest(parts: list[_Part], kept: list[_Part], levels: list[float]) -> float:
    """Level of those that were found that fills most of the time, parts that tell little counted as they seem."""
    time = dict.fromkeys(levels, 0.0)
    level = levels[0]
    for part in parts:
        if part in kept:
            level = levels[kept.index(part)]
            seems = level
        else:
            beside = kept[levels.index(level)]
            change = float(np.log(np.median(part.gaps) / np.median(beside.gaps)))
            seems = level + change
        nearest = min(time, key=lambda each: abs(each - seems))
        time[nearest] += float(part.gaps.sum())
    return max(time, key=lambda each: time[each])


def _smooth(gaps: Ints, reach: int = 4) -> Doubles:
    """Running median."""
    padded = np.pad(gaps.astype(np.float64), reach, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1))


def allowed(frames: Ints, wanted: Doubles, taus: Ints, rows: int, total: int) -> Bools:
    """Which of the intervals `taus` are within `LEVEL` of the wanted ones near each of `rows` times, ``(rows, K)``."""
    apart = np.abs(frames[None, :-1] - (np.arange(rows) * total / rows)[:, None])
    near = apart < AROUND
    near[np.arange(rows), apart.argmin(axis=1)] = True
    low = np.where(near, wanted, np.inf).min(axis=1)[:, None]
    high = np.where(near, wanted, 0.0).max(axis=1)[:, None]
    return np.asarray((taus > low / LEVEL) & (taus < high * LEVEL))
