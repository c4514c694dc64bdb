"""Where the next clip begins: leaning towards the audience (+Z) and the middle of the stage."""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles

TURN_BACK = np.radians(25.0)
"""Most that one seam turns the dancer back towards the audience."""
TURNED_AWAY = np.radians(100.0)
"""A dancer who faces this far away turns back by dancing, not by a seam."""
PULL_BACK = 0.12
"""Most metres that one seam brings the dancer back to the middle."""


def wrapped(angle: Doubles) -> Doubles:
    """Angles in -pi..pi."""
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)


def next_place(ground: Doubles, facing: Doubles) -> tuple[Doubles, Doubles]:
    """Place and heading at which the next clip begins, where the last one left the dancer.

    The small correction becomes a step of the feet at the seam.

    Parameters
    ----------
    ground
        ``(..., 2)`` metres, x and z.
    facing
        ``(...)`` radians from the audience.
    """
    away = wrapped(facing)
    turned = np.where(np.abs(away) < TURNED_AWAY, away - np.clip(away, -TURN_BACK, TURN_BACK), away)
    distance = np.linalg.norm(ground, axis=-1, keepdims=True)
    return ground * (np.maximum(distance - PULL_BACK, 0) / np.maximum(distance, 1e-6)), turned


def moved_by(ground: Doubles, facing: Doubles, moved: Doubles) -> tuple[Doubles, Doubles]:
    """Place and heading after clips that move ``(..., 3)``: metres to the side and ahead, radians turned."""
    sine, cosine = np.sin(facing), np.cos(facing)
    side, ahead = moved[..., 0], moved[..., 1]
    step = np.stack([cosine * side + sine * ahead, cosine * ahead - sine * side], axis=-1)
    return ground + step, wrapped(facing + moved[..., 2])
