"""Poses in the dancer's own frame, independent of position and heading, for finding copies and repetition."""

from __future__ import annotations

import numpy as np

from choreo.metrics import validate
from choreo.motion.skeleton import MIRROR, NAMES
from choreo.types import Doubles

_HIPS = (NAMES.index("left_hip"), NAMES.index("right_hip"))
_FLIP = np.array([-1.0, 1.0, 1.0])


def own_frame(positions: Doubles) -> Doubles:
    """Positions ``(T, 24, 3)`` relative to the point of the floor below the pelvis, hips along x (left is +x)."""
    centred = positions - positions[:, :1] * np.array([1.0, 0.0, 1.0])
    across = positions[:, _HIPS[0]] - positions[:, _HIPS[1]]
    length = np.maximum(np.hypot(across[:, 0], across[:, 2]), 1e-9)
    cos, sin = (across[:, 0] / length)[:, None], (across[:, 2] / length)[:, None]
    x, y, z = np.moveaxis(centred, -1, 0)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)


def mirrored(poses: Doubles) -> Doubles:
    """The mirror image of poses ``(..., 24, 3)``: left and right exchanged."""
    return np.asarray(poses[..., MIRROR, :] * _FLIP)


def sampled(positions: Doubles, fps: float, times: Doubles) -> Doubles:
    """Own-frame poses ``(M, 24, 3)`` at `times` ``(M,)`` seconds, linear between frames, the ends held."""
    positions = validate.positions(positions, fps)
    at = np.clip(np.asarray(times) * fps, 0, len(positions) - 1)
    low = np.minimum(at.astype(np.int64), max(len(positions) - 2, 0))
    high = np.minimum(low + 1, len(positions) - 1)
    part = (at - low)[:, None, None]
    return own_frame(positions[low] * (1 - part) + positions[high] * part)
