"""Where a clip is put: moved and turned to where the dancer stands, which leans back to the middle and the audience."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles, Floats, Motion

TURN_BACK = np.radians(25.0)
"""Most that one seam turns the dancer back towards the audience (+Z)."""
TURNED_AWAY = np.radians(100.0)
"""A dancer who faces this far away turns back by dancing, not by a seam."""
PULL_BACK = 0.12
"""Most metres that one seam brings the dancer back to the middle of the stage."""


def placed(motion: Motion, ground: Floats | None = None, facing: float = 0.0) -> Motion:
    """`motion` moved and turned so that its first frame is at `ground` and faces `facing`.

    Parameters
    ----------
    ground
        ``(2,)`` metres, x and z; the middle of the stage when None.
    facing
        Radians from the audience, positive to the dancer's left.
    """
    turn = facing - float(rot.heading(motion.rotations[0, 0]))
    spin = rot.yaw(turn).astype(np.float32)
    origin = motion.translation[0] * np.array([1, 0, 1], np.float32)
    translation = rot.rotate(spin, motion.translation - origin)
    if ground is not None:
        translation = translation + np.array([ground[0], 0, ground[1]], np.float32)
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(spin, rotations[:, 0])
    return Motion(
        motion.skeleton,
        motion.fps,
        translation.astype(np.float32),
        rot.continuous(rotations).astype(np.float32),
        motion.contacts,
    )


def next_start(ground: Doubles, facing: Doubles) -> tuple[Doubles, Doubles]:
    """Position and heading at which the next clip begins, where the last one left the dancer.

    The small correction becomes a step of the feet at the seam.

    Parameters
    ----------
    ground
        ``(..., 2)`` metres, x and z.
    facing
        ``(...)`` radians from the audience.
    """
    away = rot.wrap_angle(facing)
    turned = np.where(np.abs(away) < TURNED_AWAY, away - np.clip(away, -TURN_BACK, TURN_BACK), away)
    distance = np.linalg.norm(ground, axis=-1, keepdims=True)
    return ground * (np.maximum(distance - PULL_BACK, 0) / np.maximum(distance, 1e-6)), turned


def displaced(ground: Doubles, facing: Doubles, displacement: Doubles) -> tuple[Doubles, Doubles]:
    """Position and heading after clips with root displacements ``(..., 3)``: metres to the side and ahead, radians."""
    sine, cosine = np.sin(facing), np.cos(facing)
    side, ahead = displacement[..., 0], displacement[..., 1]
    step = np.stack([cosine * side + sine * ahead, cosine * ahead - sine * side], axis=-1)
    return ground + step, rot.wrap_angle(facing + displacement[..., 2])
