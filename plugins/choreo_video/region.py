"""Turned squares of a picture: what of it a net sees, and where in the picture lies what a net says."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from choreo.types import Bytes, Doubles, Floats

AROUND = 1.25
"""Side of a person's square by the diameter of the circle around the body, as BlazePose was taught."""
MOST_SAMPLES = 3
"""Samples a side that are averaged for one pixel of a crop, where the picture is reduced."""


def _kernel(function: Callable[..., Any]) -> Any:
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


@dataclass(frozen=True)
class Region:
    """A square of a picture: its centre and side in pixels, and the angle by which its content is turned, radians.

    With an angle of 0 its up is the picture's; a positive one turns it clockwise as it is seen.
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether there is anything to be seen in it."""
        return all(map(math.isfinite, (self.x, self.y, self.side, self.angle))) and 4 <= self.side <= 1e5

    def crop(self, pixels: Bytes, count: int, low: float, high: float) -> Floats:
        """What is in the square, ``(1, count, count, 3)``, black being `low` and white `high`; outside it is black."""
        out = np.empty((1, count, count, 3), np.float32)
        samples = min(MOST_SAMPLES, max(1, math.ceil(self.side / count / 1.5)))
        _crop(pixels, self.x, self.y, self.side, math.cos(self.angle), math.sin(self.angle), samples, low, high, out[0])
        return out

    def to_picture(self, points: Floats | Doubles) -> Doubles:
        """Points ``(..., 2 or 3)`` of the square, whose sides are 1 long, in pixels; a third number is scaled along."""
        out = np.array(points, np.float64)
        across, down = (out[..., 0] - 0.5) * self.side, (out[..., 1] - 0.5) * self.side
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        out[..., 0] = self.x + cosine * across - sine * down
        out[..., 1] = self.y + sine * across + cosine * down
        out[..., 2:] *= self.side
        return out

    def turned(self, vectors: Floats | Doubles) -> Doubles:
        """Vectors ``(..., 3)`` of the square's axes along the picture's."""
        out = np.array(vectors, np.float64)
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        out[..., 0] = cosine * vectors[..., 0] - sine * vectors[..., 1]
        out[..., 1] = sine * vectors[..., 0] + cosine * vectors[..., 1]
        return out


def around(centre: Doubles, top: Doubles, around: float = AROUND) -> Region:
    """The square of a person: `centre` between the hips, `top` on the circle around the body, above the head."""
    across, down = float(top[0] - centre[0]), float(top[1] - centre[1])
    angle = math.remainder(math.pi / 2 - math.atan2(-down, across), 2 * math.pi)
    return Region(float(centre[0]), float(centre[1]), 2 * around * math.hypot(across, down), angle)


def whole(pixels: Bytes) -> Region:
    """The square around all of a picture."""
    height, width = pixels.shape[:2]
    return Region(width / 2, height / 2, float(max(width, height)))


@_kernel
def _crop(
    pixels: Bytes,
    x: float,
    y: float,
    side: float,
    cosine: float,
    sine: float,
    samples: int,
    low: float,
    high: float,
    out: Floats,
) -> None:
    """Bilinear samples of a picture on the grid of a turned square."""
    height, width = pixels.shape[0], pixels.shape[1]
    count = out.shape[0]
    scale = (high - low) / 255.0 / (samples * samples)
    for row in range(count):
        for column in range(count):
            red = green = blue = 0.0
            for fine in range(samples * samples):
                across = ((column + (fine % samples + 0.5) / samples) / count - 0.5) * side
                down = ((row + (fine // samples + 0.5) / samples) / count - 0.5) * side
                at_x = x + cosine * across - sine * down - 0.5
                at_y = y + sine * across + cosine * down - 0.5
                left, top = int(np.floor(at_x)), int(np.floor(at_y))
                if left < -1 or top < -1 or left >= width or top >= height:
                    continue
                for corner in range(4):
                    i, j = left + corner % 2, top + corner // 2
                    if i < 0 or j < 0 or i >= width or j >= height:
                        continue
                    weight = (1.0 - abs(at_x - i)) * (1.0 - abs(at_y - j))
                    red += weight * pixels[j, i, 0]
                    green += weight * pixels[j, i, 1]
                    blue += weight * pixels[j, i, 2]
            out[row, column, 0] = low + scale * red
            out[row, column, 1] = low + scale * green
            out[row, column, 2] = low + scale * blue


__all__ = ["Region", "around", "whole"]
