"""Put a clip where the dancer stands."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Floats, Motion


def placed(motion: Motion, ground: Floats, facing: float) -> Motion:
    """`motion` moved and turned so that its first frame is at `ground` (x, z) and faces `facing` radians."""
    turn = facing - float(rot.heading(motion.rotations[0, 0]))
    spin = rot.yaw(turn).astype(np.float32)
    origin = motion.translation[0] * np.array([1, 0, 1], np.float32)
    moved = rot.rotate(spin, motion.translation - origin) + np.array([ground[0], 0, ground[1]], np.float32)
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(spin, rotations[:, 0])
    return Motion(
        motion.skeleton,
        motion.fps,
        moved.astype(np.float32),
        rot.continuous(rotations).astype(np.float32),
        motion.contacts,
    )
