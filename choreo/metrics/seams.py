"""Seams, where one clip goes over into the next: accelerations near them against those inside of clips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.metrics import validate
from choreo.motion.body_shape import arm_depths
from choreo.motion.joint_arrays import present
from choreo.motion.snaps import NEAR_SECONDS, Snap, joint_accelerations, worst_snap
from choreo.types import Bools, Doubles

ARM_SECONDS = 0.8
"""How long after a seam an arm may still be on its way from the clip before."""


NO_SNAP = Snap(0.0)


@dataclass(frozen=True)
class SeamScores:
    """Ratios; 1 is like the inside of clips, NaN where there is nothing to compare.

    ``spikiness``: 95th percentile of accelerations near seams over that elsewhere; ``worst``: the largest near a seam
    over that percentile, at ``worst_at`` seconds; ``at_beats``: near seams over near beats inside of clips, the
    fair comparison where clips are joined on beats, which have accents anyway. ``joint``: the worst of all joints, each
    against its own 99th percentile in the whole dance; 0 where there are no seams. ``arm_depth``, ``arm_elsewhere``:
    metres that an arm is inside trunk or head at most, within `ARM_SECONDS` after seams and elsewhere; at least 0, NaN
    where joints are missing.
    """

    seams: int
    spikiness: float
    worst: float
    worst_at: float
    at_beats: float
    joint: Snap = NO_SNAP
    arm_depth: float = float("nan")
    arm_elsewhere: float = float("nan")


def peak_acceleration(positions: Doubles, fps: float) -> Doubles:
    """Acceleration of the joint that accelerates most ``(T,)``, m/s^2; the ends repeat their neighbours."""
    positions = present(validate.positions(positions, fps))
    if len(positions) < 3:
        return np.zeros(len(positions))
    inner = np.linalg.norm(np.diff(positions, n=2, axis=0), axis=-1).max(axis=-1) * fps**2
    return np.pad(inner, 1, mode="edge")


def seam_spikiness(
    positions: Doubles, fps: float, seams: Doubles, beats: Doubles | None = None, *, near: float = NEAR_SECONDS
) -> SeamScores:
    """Compare accelerations within `near` seconds of seams with those elsewhere.

    Parameters
    ----------
    positions
        ``(T, 24, 3)`` metres.
    seams, beats
        ``(S,)`` and ``(B,)`` seconds from the first frame.
    """
    peak = peak_acceleration(positions, fps)
    times = np.arange(len(peak)) / fps
    seams = validate.times(seams, "seams")
    seams = seams[(seams > 0) & (seams < times[-1])]
    at_seam = _within(times, seams, near)
    nan = float("nan")
    if not at_seam.any() or at_seam.all():
        return SeamScores(len(seams), nan, nan, nan, nan)
    positions = validate.positions(positions, fps)
    whole = bool(np.isfinite(positions).all())
    arms = np.maximum(arm_depths(positions).depth.max(axis=(1, 2)), 0) if whole else np.full(len(positions), nan)
    after = _within(times, seams + ARM_SECONDS / 2, ARM_SECONDS / 2)
    inside = _p95(peak[~at_seam])
    worst = int(np.argmax(np.where(at_seam, peak, -1)))
    on_beat = _within(times, validate.times(beats), near) & ~at_seam if beats is not None else np.zeros_like(at_seam)
    return SeamScores(
        seams=len(seams),
        spikiness=_ratio(_p95(peak[at_seam]), inside),
        worst=_ratio(float(peak[worst]), inside),
        worst_at=float(times[worst]),
        at_beats=_ratio(_p95(peak[at_seam]), _p95(peak[on_beat])) if on_beat.any() else nan,
        joint=worst_snap(joint_accelerations(positions, fps), times, np.sort(seams), near=near),
        arm_depth=float(arms[after].max(initial=0)),
        arm_elsewhere=float(arms[~after].max(initial=0)),
    )


def _within(times: Doubles, centres: Doubles, near: float) -> Bools:
    out = np.zeros(len(times), bool)
    for centre in centres:
        out |= np.abs(times - centre) <= near
    return out


def _p95(values: Doubles) -> float:
    return float(np.quantile(values, 0.95))


def _ratio(a: float, b: float) -> float:
    return a / b if b > 1e-9 else float("nan")
