"""Put a clip where the dancer stands, leaning towards the audience and the middle of the stage."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Floats, Motion

TURN_BACK = np.radians(25.0)
"""Most that one seam turns the dancer back towards the audience."""
PULL_BACK = 0.12
"""Most metres that one seam brings the dancer back to the middle."""


def _wrapped(angle: float) -> float:
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


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


def next_place(ground: Floats, facing: float) -> tuple[Floats, float]:
    """Where the next clip begins when the last one left the dancer at `ground`, `facing`.

    The small correction becomes a step of the feet at the seam.
    """
    away = _wrapped(facing)
    turned = away - float(np.clip(away, -TURN_BACK, TURN_BACK)) if abs(away) < np.radians(100) else away
    distance = float(np.linalg.norm(ground))
    pulled = ground * (max(distance - PULL_BACK, 0) / distance) if distance > 1e-6 else ground
    return np.asarray(pulled, np.float32), turned
