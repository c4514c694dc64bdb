"""The way knees bend, for legs that inverse kinematics straightens or bends anew."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.easing import decaying
from choreo.motion.parts import cross, dot, length
from choreo.motion.rotations import Array

DOWN = np.array([0.0, -1.0, 0.0], np.float32)
TOES = np.array([0.0, 0.0, 0.02], np.float32)
"""Metres: a knee that is bent by more than this goes rather its own way than that of the toes."""
FACING = np.array([0.0, 0.0, 0.045], np.float32)
"""The same for the pelvis."""
OVER_SECONDS = 0.4
"""How long a knee takes from the direction that it had to its own."""
FASTEST = 8.0
"""Radians a second about the leg at which a knee goes on at most."""
STEADY_SECONDS = 0.05
"""Standard deviation of the window over which the direction of a knee is averaged."""


def knee_poles(
    pelvis: Array, legs: Array, feet: Array, fps: float, *, begins: bool = False, ends: bool = False
) -> Array:
    """Directions ``(T, S, 3)`` in which knees are to bend, steady in time.

    A leg that is almost straight has no direction of its own: it turns about from frame to frame, and a leg that is
    then bent more shows it. So the knee goes where it is, but forward (what lies behind is mirrored), and a little to
    where the toes point and the pelvis faces, averaged over neighbouring frames in which short bends count little.

    Parameters
    ----------
    pelvis
        ``(T, 4)`` orientations.
    legs
        ``(T, 3, S, 3)`` metres: hips, knees and ankles.
    feet
        ``(T, S, 4)`` orientations of the ankles.
    begins, ends
        Whether the knees begin and end where they are in `legs`, for they go on from another motion, or into one.
    """
    hips, knees, ankles = legs[:, 0], legs[:, 1], legs[:, 2]
    along = ankles - hips
    along = along / np.maximum(length(along), 1e-9)
    bend = knees - (hips + ankles) / 2
    bend = bend - dot(bend, along) * along
    # Toes of a foot that is stretched lie along the leg and say nothing; where the pelvis faces, carried along as the
    # leg swings out of its rest, goes on saying it.
    turned = np.broadcast_to(pelvis[:, None], feet.shape)
    carried = rot.multiply(rot.between(rot.rotate(turned, DOWN), along), turned)
    ahead = rot.rotate(feet, TOES) + rot.rotate(carried, FACING)
    ahead = ahead - dot(ahead, along) * along
    way = ahead / np.maximum(length(ahead), 1e-9)
    behind = np.minimum(dot(bend, way), 0)
    poles = _averaged(bend - 2 * behind * way + ahead, STEADY_SECONDS * fps)
    if begins:
        poles = _held(poles, bend, along, fps)
    if ends:
        poles = _held(poles[::-1], bend[::-1], along[::-1], fps)[::-1]
    return poles


def _held(poles: Array, bend: Array, along: Array, fps: float) -> Array:
    """`poles` turned about the legs to begin in the direction of the bends, and at its speed; the turn decays."""
    across = poles[:2] - dot(poles[:2], along[:2]) * along[:2]
    angle = np.arctan2(dot(cross(across, bend[:2]), along[:2]), dot(across, bend[:2]))
    speed = (angle[-1] - angle[0] + np.pi) % (2 * np.pi) - np.pi
    value, slope = decaying(np.minimum(np.arange(len(poles)) / (OVER_SECONDS * fps), 1)[:, None, None])
    turn = value * angle[0] + slope * np.clip(speed, -FASTEST / fps, FASTEST / fps) * (OVER_SECONDS * fps)
    return rot.rotate(rot.from_axis_angle(along * turn.astype(along.dtype)), poles)


def _averaged(values: Array, spread: float) -> Array:
    """Gaussian average along time of ``(T, S, 3)``; the ends repeat."""
    radius = max(1, round(2.5 * spread))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / spread) ** 2)
    kernel = (kernel / kernel.sum()).astype(values.dtype)
    padded = np.pad(values, [(radius, radius), (0, 0), (0, 0)], mode="edge")
    out = kernel[0] * padded[: len(values)]
    for k in range(1, len(kernel)):
        out = out + kernel[k] * padded[k : k + len(values)]
    return out
