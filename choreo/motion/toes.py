"""Toes that lie on the floor while the heel is lifted over them."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.easing import smoothstep
from choreo.motion.skeleton import both
from choreo.types import Doubles, Floats, Skeleton

FARTHEST = np.radians(60.0)
"""How far toes bend up."""
OFF_FLOOR = 0.05
"""Metres over the floor at which the ball of a foot no longer bends them."""
OWN = np.radians(1.0)
"""Recordings whose toes turn farther than this have toes of their own."""


def with_toes(skeleton: Skeleton, rotations: Floats, feet: Doubles, balls: Doubles) -> Floats:
    """Bend toes that have no motion of their own, where they would go through the floor.

    Parameters
    ----------
    rotations
        ``(T, J, 4)`` local; those of the toes are replaced.
    feet
        ``(T, 2, 4)`` world orientations of left and right foot.
    balls
        ``(T, 2)`` metres, heights of their balls.
    """
    toes = both(skeleton, "foot")
    if float(np.linalg.norm(rot.to_axis_angle(rotations[:, toes]), axis=-1).max()) > OWN:
        return rotations
    ahead = rot.rotate(feet, np.array([0.0, 0.0, 1.0]))
    steep = np.arcsin(np.clip(ahead[..., 1], -1, 1))
    share = 1 - smoothstep(np.clip(balls / OFF_FLOOR, 0, 1))
    turn = np.zeros((*steep.shape, 3))
    turn[..., 0] = np.clip(steep, -FARTHEST, 0) * share
    out = rotations.copy()
    out[:, toes] = rot.from_axis_angle(turn).astype(np.float32)
    return out
