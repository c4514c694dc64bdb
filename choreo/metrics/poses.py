"""Poses that can be compared whatever the dancer's place and facing: for copies and for repetition."""

from __future__ import annotations

import numpy as np

from choreo.metrics import validate
from choreo.motion.skeleton import MIRROR, NAMES
from choreo.types import Doubles

_HIPS = (NAMES.index("left_hip"), NAMES.index("right_hip"))
_FLIP = np.array([-1.0, 1.0, 1.0])


def own_frame(positions: Doubles) -> Doubles:
    """Positions ``(T, 24, 3)`` over the pelvis' place on the floor, hips along x (the dancer's left is +x)."""
    centred = positions - positions[:, :1] * np.array([1.0, 0.0, 1.0])
    across = positions[:, _HIPS[0]] - positions[:, _HIPS[1]]
    length = np.maximum(np.hypot(across[:, 0], across[:, 2]), 1e-9)
    cos, sin = (across[:, 0] / length)[:, None], (across[:, 2] / length)[:, None]
    x, y, z = np.moveaxis(centred, -1, 0)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)


def mirrored(poses: Doubles) -> Doubles:
    """The same poses, left and right exchanged."""
    return np.asarray(poses[..., MIRROR, :] * _FLIP)


def sampled(positions: Doubles, fps: float, times: Doubles) -> Doubles:
    """Own-frame poses ``(M, 24, 3)`` at `times` ``(M,)`` seconds, between frames in straight lines, the ends held."""
    places = validate.positions(positions, fps)
    at = np.clip(np.asarray(times) * fps, 0, len(places) - 1)
    low = np.minimum(at.astype(np.int64), max(len(places) - 2, 0))
    high = np.minimum(low + 1, len(places) - 1)
    part = (at - low)[:, None, None]
    return own_frame(places[low] * (1 - part) + places[high] * part)
