"""Where the camera is: how far the person is from it in each frame, which way is up, and where the floor is."""

from __future__ import annotations

import numpy as np

from choreo.motion.joint_frames import unit
from choreo.types import Doubles
from choreo_video.lifting_body import FEET, POINTS

USUAL_PITCH, PITCH_SPREAD = 0.1, 0.07
"""Radians by which a camera looks down that nothing is known of, and by which cameras differ."""
STEEPEST = 0.6


def placed(relative: Doubles, rays: Doubles, weight: Doubles) -> Doubles:
    """Where the person is ``(T, 3)``, so that points relative to the hips are seen where the landmarks are.

    Least squares of the misses in the picture, times the distance: linear in the place.

    Parameters
    ----------
    relative
        ``(T, J, 3)`` metres to the right, up and towards the viewer.
    rays
        ``(T, J, 2)`` landmarks in the picture, right and up, over the focal length.
    weight
        ``(T, J)``.
    """
    # x + tx + ray_x (z + tz) = 0 for each point, and the same for y. With the rays about their mean a well-conditioned
    # system of one unknown, the depth; the others follow.
    total = np.maximum(weight.sum(axis=1), 1e-9)

    def mean(values: Doubles) -> Doubles:
        return np.asarray((values * weight[..., None]).sum(axis=1) / total[:, None])

    known = relative[..., :2] + rays * relative[..., 2:]
    middle, lead = mean(rays), mean(known)
    spread = rays - middle[:, None]
    along = ((known - lead[:, None]) * spread * weight[..., None]).sum(axis=(1, 2))
    depth = -along / np.maximum((spread**2 * weight[..., None]).sum(axis=(1, 2)), 1e-9)
    return np.concatenate([-lead - middle * depth[:, None], depth[:, None]], axis=1)


def floor_of(points: Doubles, stands: np.ndarray, lean: float) -> tuple[float, float]:
    """Radians by which the camera looks down, and its height over the floor in metres.

    The floor is the plane, level from left to right, through the feet while they stand; where these are all in one
    place it says nothing about the slope, and how the person stands does.

    Parameters
    ----------
    points
        ``(T, J, 3)`` in the camera's coordinates.
    stands
        ``(T, 4)``: which of `FEET` stand.
    lean
        Radians by which the upright body leans towards the viewer, in the camera's coordinates.
    """
    feet = points[:, list(FEET)][stands]
    if len(feet) < 4:
        feet = points[:, list(FEET)].reshape(-1, 3)
        feet = feet[feet[:, 1] < np.quantile(feet[:, 1], 0.2)]
    prior = (lean / LEAN_SPREAD**2 + USUAL_PITCH / PITCH_SPREAD**2) / (1 / LEAN_SPREAD**2 + 1 / PITCH_SPREAD**2)
    spread = 1 / np.sqrt(1 / LEAN_SPREAD**2 + 1 / PITCH_SPREAD**2)
    slope = np.tan(prior)
    # Feet that stand side by side for seconds are one measurement, not hundreds.
    worth = FEET_WORTH / len(feet)
    for _ in range(10):
        # y cos + z sin = -height, in slope: y + slope z + level = 0
        off = feet[:, 1] + slope * feet[:, 2]
        level = -float(np.median(off))
        robust = worth / (1 + ((off + level) / FLOOR_SPREAD) ** 2) / FLOOR_SPREAD**2
        z = feet[:, 2] - np.average(feet[:, 2], weights=robust)
        y = feet[:, 1] - np.average(feet[:, 1], weights=robust)
        slope = (np.tan(prior) / spread**2 - (robust * z * y).sum()) / (1 / spread**2 + (robust * z * z).sum())
    pitch = float(np.clip(np.arctan(slope), -STEEPEST, STEEPEST))
    height = -float(np.median(feet[:, 1] * np.cos(pitch) + feet[:, 2] * np.sin(pitch)))
    return pitch, height


LEAN_SPREAD = 0.08
"""Radians by which people lean on the whole, and the net misjudges it."""
FLOOR_SPREAD, FEET_WORTH = 0.03, 12.0
"""Metres by which standing feet are off the floor, and how many independent ones there are in a take."""


def lean_of(points: Doubles) -> float:
    """Radians by which a body leans towards the viewer on the whole: from the ankles' middle to the shoulders'."""
    at = {name: points[:, k] for k, name in enumerate(POINTS)}
    trunk = unit(
        (at["left_shoulder"] + at["right_shoulder"] - at["left_hip"] - at["right_hip"])
        + (at["left_hip"] + at["right_hip"] - at["left_ankle"] - at["right_ankle"])
    )
    return float(np.median(np.arctan2(trunk[:, 2], trunk[:, 1])))


def up_of_camera(pitch: float) -> Doubles:
    """The direction up ``(3,)`` in the coordinates of a camera that looks down by `pitch` radians."""
    return np.array([0.0, np.cos(pitch), np.sin(pitch)])


def to_world(points: Doubles, pitch: float, height: float) -> Doubles:
    """Points ``(..., 3)`` of the camera's coordinates with +Y up, the floor at 0, the camera over x = z = 0."""
    sine, cosine = np.sin(pitch), np.cos(pitch)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.stack([x, cosine * y + sine * z + height, -sine * y + cosine * z], axis=-1)
