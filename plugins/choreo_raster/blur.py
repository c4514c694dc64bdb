"""Poses within the time that a frame's shutter is open: each of a pixel's four samples sees its own.

The body is drawn with 2x2 samples a pixel. With the shutter open they are spread over time as well as over the pixel
(distributed ray tracing, Cook et al., 1984): what stands is as sharp as without, what moves is blurred along its way,
for the price of posing the body once more and of drawing each triangle four times.
"""

from __future__ import annotations

import numpy as np

from choreo.types import Floats
from choreo_raster.poses import ByFrame

SAMPLES = ((0, 0, -0.375), (1, 1, -0.125), (1, 0, 0.125), (0, 1, 0.375))
"""Column and row within the pixel, and moment in shutter times from the frame's own, of each sample."""
LATEST = max(moment for _, _, moment in SAMPLES)


def pose_between(duals: Floats | ByFrame, frame: int, by: float, count: int) -> Floats:
    """Duals ``(J, 8)`` of joints at `by` of a frame after `frame`, or before it; the ends are held.

    Parameters
    ----------
    duals
        ``(J, 8)`` of each of `count` frames.
    by
        Less than 1 from 0. So short a way is straight, and the rotation's share of it is normalised.
    """
    other = min(max(frame + (1 if by > 0 else -1), 0), count - 1)
    here, there = duals[frame], duals[other]
    share = np.float32(abs(by))
    along = np.where(np.sum(here[:, :4] * there[:, :4], axis=1, keepdims=True) < 0, -there, there)
    mixed = here + share * (along - here)
    return np.asarray(mixed / np.linalg.norm(mixed[:, :4], axis=1, keepdims=True), np.float32)


__all__ = ["LATEST", "SAMPLES", "pose_between"]
