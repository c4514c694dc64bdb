"""HumanML3D's feature vectors (Guo et al., CVPR 2022), 263 numbers a frame, back to joint positions."""

from __future__ import annotations

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.types import Doubles

COUNT, JOINTS = 263, 22
"""Numbers a frame: the root's turn, its steps along x and z, and its height; positions of the 21 other joints; their
rotations in six numbers each; velocities of all 22; four contacts."""


def joints_of(features: np.ndarray) -> Doubles:
    """Joint positions ``(T, 22, 3)``, metres, +Y up, of feature vectors ``(T, 263)``.

    The root's turn and steps are from one frame to the next, in the frame of the root; the other joints are seen from
    below the root, in its frame.

    Raises
    ------
    MotionError
        When there is a number that is none.
    """
    rows = np.asarray(features, np.float64)
    if rows.ndim != 2 or rows.shape[1] != COUNT or not np.isfinite(rows[:, : 4 + 3 * (JOINTS - 1)]).all():
        raise MotionError(f"features of shape {rows.shape}, expected (frames, {COUNT}) finite numbers.")
    # What is stored is half of the turn, the angle within the quaternion, and the inverse turns from the root's frame.
    turn = np.concatenate([[0.0], np.cumsum(rows[:-1, 0])])
    facing = rot.yaw(-2 * turn)
    steps = np.zeros((len(rows), 3))
    steps[1:, [0, 2]] = rows[:-1, 1:3]
    path = np.cumsum(rot.rotate(facing, steps), axis=0)
    others = rot.rotate(facing[:, None], rows[:, 4 : 4 + 3 * (JOINTS - 1)].reshape(len(rows), JOINTS - 1, 3))
    root = path + np.stack([np.zeros(len(rows)), rows[:, 3], np.zeros(len(rows))], axis=1)
    return np.concatenate([root[:, None], others + path[:, None]], axis=1)
