"""Where on the stage a clip is danced: where the last one left the dancer, drawn back a little to the middle.

Positions on the stage are ``ground``, metres x and z from its middle; headings are ``facing``, radians from facing the
audience (+Z), positive to the dancer's left. Clips travel and turn: without a correction at each transition a dance
would drift off the stage and away from the audience.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles, Floats, Motion

TURN_BACK = np.radians(25.0)
"""Most radians by which one transition turns the dancer back towards the audience."""
TURNED_AWAY = np.radians(100.0)
"""From here on nothing is corrected: the next moves are chosen to turn the dancer back (see `Weights.facing`)."""
PULL_BACK = 0.12
"""Most metres by which one transition brings the dancer back to the middle of the stage."""


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
    return replace(
        motion, translation=translation.astype(np.float32), rotations=rot.continuous(rotations).astype(np.float32)
    )


def next_start(ground: Doubles, facing: Doubles) -> tuple[Doubles, Doubles]:
    """Position and heading at which the next clip begins, from where the last one left the dancer.

    The correction is small enough for one step of the feet in the transition.

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
    x, z = cosine * side + sine * ahead, cosine * ahead - sine * side
    ended = np.empty(np.broadcast_shapes(ground.shape, (*x.shape, 2)))
    ended[..., 0], ended[..., 1] = ground[..., 0] + x, ground[..., 1] + z
    return ended, rot.wrap_angle(facing + displacement[..., 2])
