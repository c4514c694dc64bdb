"""From SMPL's joint rotations to a motion on the canonical skeleton, Y up, its path of the right size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import foot_points
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Doubles, Motion
from choreo_smpl.reader import BODY

SCALES = (0.75, 1.4)
SIZES = (0.3, 3.0)
FAR = 1e5
"""Metres beyond which positions are none; NaN is none, either."""
CLEARLY = 0.7
"""Share of the slide that must go for a path to be scaled."""
POINTS = 0.5
"""Of 1: how far along an axis the trunk must point, on average, to say that this axis is up."""


def up_of(axis_angles: Doubles, ups: Sequence[str]) -> str:
    """Which of the axes `ups` is up: the one that the trunk points along, the first where it is not clear."""
    if len(ups) == 1:
        return ups[0]
    trunk = rot.rotate(rot.from_axis_angle(axis_angles[:, 0]), np.array([0.0, 1.0, 0.0])).mean(axis=0)
    along = [float(rot.rotate(rot.up_turn(up), trunk)[1]) for up in ups]
    return ups[int(np.argmax(along))] if max(along) >= POINTS else ups[0]


def size_of(positions: Doubles) -> float | None:
    """Length of the canonical legs over those of positions ``(T, J, 3)`` in SMPL's order; None when they are none."""
    legs = [(NAMES.index(f"{side}_{a}"), NAMES.index(f"{side}_{b}")) for side in SIDES
            for a, b in (("hip", "knee"), ("knee", "ankle"))]  # fmt: skip
    if positions.ndim != 3 or positions.shape[1] < BODY or not len(positions) or not np.abs(positions).max() < FAR:
        return None
    theirs, ours = (
        float(sum(np.median(np.linalg.norm(each[:, b] - each[:, a], axis=-1)) for a, b in legs))
        for each in (positions, rest_positions(CANONICAL)[None].astype(np.float64))
    )
    return ours / theirs if theirs * SIZES[0] < ours < theirs * SIZES[1] else None


def body_motion(
    axis_angles: Doubles, translation: Doubles, fps: float, *, up: str = "y", size: float | None = None
) -> Motion:
    """Put SMPL's joint rotations on the canonical skeleton, which has the same joints and the same rest pose.

    The root trajectory is scaled by `size`, as the legs are. Where it is None the bones of the body they were made for
    are not known: then such that feet in contact slide least. The axis `up` is turned to +Y.
    """
    rotations = np.zeros((len(translation), len(NAMES), 4))
    rotations[..., 0] = 1
    rotations[:, :BODY] = rot.from_axis_angle(axis_angles)
    turn = rot.up_turn(up)
    rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
    translation = rot.rotate(turn, translation)
    turned = rot.continuous(rot.normalize(rotations)).astype(np.float32)
    moved = translation * (path_scale(turned, translation, fps) if size is None else size)
    return Motion(CANONICAL, fps, moved.astype(np.float32), turned)


def path_scale(rotations: np.ndarray, translation: Doubles, fps: float) -> float:
    """Factor of the root trajectory at which the lower foot slides least, by least squares; 1 when it is not clear.

    A foot in contact moves relative to the root by just what the root moves, the other way: the factor between the two
    is that between the sizes of both bodies.
    """
    still = np.zeros((len(translation), 3), np.float32)
    points = foot_points(*forward(CANONICAL, still, rotations)).astype(np.float64)
    low = points[..., 1].argmin(axis=1)
    same = low[1:] == low[:-1]
    frames = np.arange(len(translation) - 1)
    relative = (points[frames + 1, low[1:]] - points[frames, low[1:]])[:, ::2]
    path = np.diff(translation, axis=0)[:, ::2]
    slow = same & (np.linalg.norm(relative + path, axis=1) * fps < 0.6)
    power = float((path[slow] ** 2).sum())
    if slow.sum() < fps or power * fps < 1e-3:
        return 1.0
    scale = float(np.clip(-(path[slow] * relative[slow]).sum() / power, *SCALES))
    before, after = (float(((relative + size * path)[slow] ** 2).sum()) for size in (1.0, scale))
    return scale if after < CLEARLY * before else 1.0
