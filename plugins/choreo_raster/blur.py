"""Poses within the time that a frame's shutter is open: each of a pixel's four samples sees its own.

The body is drawn with 2x2 samples a pixel. With the shutter open they are spread over time as well as over the pixel
(distributed ray tracing, Cook et al., 1984): what stands is as sharp as without, what moves is blurred along its way,
for the price of posing the body once more and of drawing four times those triangles that move by a pixel or more.
"""

from __future__ import annotations

import numpy as np

from choreo.types import Floats
from choreo_raster.jit import kernel
from choreo_raster.one_triangle import fill_one
from choreo_raster.poses import ByFrame

SAMPLES = ((0, 0, -0.375), (1, 1, -0.125), (1, 0, 0.125), (0, 1, 0.375))
"""Column and row within the pixel, and moment in shutter times from the frame's own, of each sample."""
LATEST = max(moment for _, _, moment in SAMPLES)
PLACES = np.array([[right, down] for right, down, _ in SAMPLES], np.int64)
STILL, MOVING = 1.5, 3.0
"""Pixels within the shutter's time: what moves less than the first stands, what moves more than the second goes all of
its way, between them a share of it. So triangles side by side stay so."""


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


@kernel
def spread_moments(whole, last, samples, latest, still, moving, moments, share):  # type: ignore[no-untyped-def]
    """Lay vertices along their ways on the screen, which are straight; returns the longest of these, pixels.

    ``whole, last : (V, 3)`` are x, y and 1/depth at the frame's own moment and at `latest`; ``samples : (4, 3)`` is
    SAMPLES; `still` and `moving` are STILL and MOVING. Written are ``moments : (V, 4, 3)``, each with its sample moved
    to the middle of the pixel, and ``share : (V,)`` of its way that a vertex goes.
    """
    quarter, half, zero, one = np.float32(0.25), np.float32(0.5), np.float32(0), np.float32(1)
    per, longest = one / latest, zero
    for v in range(whole.shape[0]):
        x, y, z = (last[v, 0] - whole[v, 0]) * per, (last[v, 1] - whole[v, 1]) * per, (last[v, 2] - whole[v, 2]) * per
        part = min(max((np.sqrt(x * x + y * y) - still) / (moving - still), zero), one)
        share[v] = part
        longest = max(longest, part * max(abs(x), abs(y)))
        for k in range(samples.shape[0]):
            by = part * samples[k, 2]
            moments[v, k, 0] = whole[v, 0] + by * x + quarter - half * samples[k, 0]
            moments[v, k, 1] = whole[v, 1] + by * y + quarter - half * samples[k, 1]
            moments[v, k, 2] = whole[v, 2] + by * z
    return longest


@kernel
def sort_faces(faces, share, sorted_faces):  # type: ignore[no-untyped-def]
    """Write faces ``(F, 3)`` whose corners all stand first, the others from the end; returns how many stand."""
    first, end = 0, faces.shape[0]
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        if max(share[a], share[b], share[c]) > 0:
            end -= 1
            at = end
        else:
            at = first
            first += 1
        sorted_faces[at, 0], sorted_faces[at, 1], sorted_faces[at, 2] = a, b, c
    return first


@kernel
def fill_moments(moments, places, faces, colours, left, top, inverse, samples):  # type: ignore[no-untyped-def]
    """Draw triangles that move: one of the samples of each pixel at each moment; counter-clockwise ones.

    ``moments : (V, 4, 3)`` are x, y and 1/depth at each moment; ``places : (4, 2) int64`` column and row of its sample
    within the pixel; `inverse` and `samples` are `choreo_raster.triangles.fill_triangles`'s, twice as fine as pixels.
    """
    rows, columns = inverse.shape[0] // 2, inverse.shape[1] // 2
    last = moments.shape[1] - 1
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        back = True
        for k in (0, last):  # what is seen from behind at both ends is not looked at between them
            x0, y0 = moments[a, k, 0], moments[a, k, 1]
            along = (moments[b, k, 0] - x0) * (moments[c, k, 1] - y0)
            back = back and along - (moments[c, k, 0] - x0) * (moments[b, k, 1] - y0) >= 0
        if back:
            continue
        for k in range(last + 1):
            fill_one(
                moments[a, k, 0] - left, moments[a, k, 1] - top, moments[a, k, 2],
                moments[b, k, 0] - left, moments[b, k, 1] - top, moments[b, k, 2],
                moments[c, k, 0] - left, moments[c, k, 1] - top, moments[c, k, 2],
                colours, a, b, c, np.float32(1), rows, columns, 2, places[k, 0], places[k, 1], inverse, samples,
            )  # fmt: skip


__all__ = [
    "LATEST", "MOVING", "PLACES", "SAMPLES", "STILL", "fill_moments", "pose_between", "sort_faces", "spread_moments",
]  # fmt: skip
