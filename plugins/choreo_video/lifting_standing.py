"""Which feet stand, by how they move in the picture."""

from __future__ import annotations

import numpy as np

from choreo.motion.contacts import held
from choreo.types import Bools, Doubles
from choreo_video.lifting_body import FEET

SMOOTH_SECONDS = 0.05
SLOW, MOVING = 0.15, 0.28
"""Metres a second in the picture's plane, below and above which a foot stands and leaves."""
LOW = 0.2
"""Metres by which a foot that stands is higher in the picture than the lowest."""


def standing(rays: Doubles, depth: Doubles, fps: float, eye: Doubles | None = None) -> Bools:
    """Which of `FEET` stand ``(T, 4)``.

    Parameters
    ----------
    rays
        ``(T, J, 2)`` landmarks in the picture, right and up, over the focal length.
    depth
        ``(T,)`` metres of the person from the camera, negative in front of it.
    eye
        ``(T, 3)`` where the camera is in each frame.
    """
    from scipy.ndimage import gaussian_filter1d

    feet = gaussian_filter1d(rays[:, list(FEET)], SMOOTH_SECONDS * fps, axis=0, mode="nearest")
    away = -depth[:, None]
    speed = np.linalg.norm(np.gradient(feet, 1 / fps, axis=0), axis=-1) * away
    if eye is not None:
        # Seen from a camera that goes along, what stands moves the other way.
        going = np.gradient(feet, 1 / fps, axis=0) * away[..., None]
        walked = np.gradient(eye, 1 / fps, axis=0)[:, None]
        speed = np.linalg.norm(going + walked[..., :2] + feet * walked[..., 2:], axis=-1)
    low = (feet[..., 1] - feet[..., 1].min(axis=1, keepdims=True)) * away < LOW
    return held((speed < SLOW) & low, (speed < MOVING) & low)
