"""Measures of one dance for ``life.py``: poses that come back, speed at seams, energy against size."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.motion.skeleton import NAMES
from choreo.types import ChoreographyPlan, Doubles

NEAR, COPIED, FIRST = 0.12, 0.04, 0.06
"""Metres rms between poses: alike, danced again, first repeat."""
_OTHER = [NAMES.index(n.replace("left", "#").replace("right", "left").replace("#", "right")) for n in NAMES]


def pose_frames(positions: Doubles) -> Doubles:
    """Joints ``(T, 24, 3)`` in the frame of the pelvis' position and yaw, metres."""
    hips = positions[:, NAMES.index("left_hip")] - positions[:, NAMES.index("right_hip")]
    yaw = np.arctan2(hips[:, 2], hips[:, 0])
    rel = positions - positions[:, :1]
    c, s = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    return np.stack([c * rel[..., 0] + s * rel[..., 2], rel[..., 1], -s * rel[..., 0] + c * rel[..., 2]], axis=-1)


def _mirrored(poses: Doubles) -> Doubles:
    return np.asarray(poses[:, _OTHER] * [-1, 1, 1])


def commonest_pose(poses: Doubles, starts: list[int]) -> float:
    """Share of step starts within `NEAR` of the median pose of all of them."""
    at = poses[[k for k in starts if k < len(poses)]]
    gap = np.sqrt(((at - np.median(at, axis=0)) ** 2).sum(-1).mean(-1))
    return float((gap < NEAR).mean())


def _least(poses: Doubles, fps: float, apart: float, stretch: float = 30.0) -> list[Doubles]:
    """Least rms of every one-second window to an earlier one, `apart` seconds back or more, mirrored or not.

    In stretches of 30 s, each ``(K,)`` at 15 windows a second.
    """
    step = round(fps / 15)
    out = []
    for begin in range(0, len(poses), int(stretch * fps)):
        part = poses[begin : begin + int(stretch * fps) : step]
        if len(part) < 5 * 15:
            continue
        flat, other = part.reshape(len(part), -1), _mirrored(part).reshape(len(part), -1)
        count = len(flat) - 15
        best = np.full(count + 1, np.inf)
        for lag in range(round(apart * 15), count):
            for library in (flat, other):
                gap = ((flat[lag:] - library[:-lag]) ** 2).sum(-1) / 24
                sums = np.concatenate([[0.0], np.cumsum(gap)])
                rms = np.sqrt(np.maximum(sums[15:] - sums[:-15], 0) / 15)
                best[lag : lag + len(rms)] = np.minimum(best[lag : lag + len(rms)], rms[: len(best) - lag])
        out.append(best[:count])
    return out


def repeated_share(poses: Doubles, fps: float) -> float:
    """Share of one-second windows that were danced before, two seconds back or more, within `COPIED`."""
    return float(np.mean(np.concatenate(_least(poses, fps, 2.0)) < COPIED))


def first_repeat(poses: Doubles, fps: float) -> float:
    """Seconds until something is danced again, `FIRST` near, 1.5 s back or more; 30 when nothing is."""
    least = _least(poses, fps, 1.5)[0]
    found = np.flatnonzero(least < FIRST)
    return float(found[0] / 15) if len(found) else 30.0


def seam_speed(positions: Doubles, fps: float, starts: list[int]) -> float:
    """Mean speed of all joints where steps meet, as a share of the dance's mean speed."""
    speed = np.linalg.norm(np.gradient(positions, 1 / fps, axis=0), axis=-1).mean(1)
    return float(np.mean([speed[k] for k in starts if k < len(speed)]) / speed.mean())


def energy_danced(positions: Doubles, fps: float, plan: ChoreographyPlan) -> list[dict[str, Any]]:
    """By section of the song: the music's energy, and size, travel and levels that are danced.

    Size is the mean distance of hands and feet from the pelvis, travel the path of the pelvis over the floor in metres
    a second, levels the standard deviation of its height.
    """
    ends = [NAMES.index(f"{side}_{part}") for side in ("left", "right") for part in ("wrist", "ankle")]
    out = []
    runs: list[list[Any]] = []
    for step in plan.steps:
        if runs and runs[-1][-1].section == step.section:
            runs[-1].append(step)
        else:
            runs.append([step])
    for run in runs:
        first, last = (round((t - plan.start) * fps) for t in (run[0].beats[0], run[-1].beats[-1]))
        part = positions[max(first, 0) : last]
        if len(part) < 2 * fps:
            continue
        size = np.linalg.norm(part[:, ends] - part[:, :1], axis=-1).mean()
        moved = np.linalg.norm(np.diff(part[:: round(fps / 5), 0][:, [0, 2]], axis=0), axis=-1).sum() / (
            len(part) / fps
        )
        energy = np.average([s.energy for s in run], weights=[s.counts for s in run])
        out.append(
            {"energy": float(energy), "size": float(size), "travel": float(moved), "level": float(part[:, 0, 1].std())}
        )
    return out
