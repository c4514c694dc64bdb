"""Where a hand is in a picture, by the body's landmarks, and what the net of hands says of that square."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles, Floats
from choreo_video.region import Region

SIDE = 224
POINTS = 21
"""Wrist, then four of each finger from the thumb on, from the palm outwards."""
LEAST = 0.5
"""Least likelihood of a hand."""
WIDE = 2.7
"""Side of the square by the length from wrist to knuckles."""
ON = 0.75
"""How far the square's middle lies from the wrist, by that length; a hand's middle is near its knuckles."""
BODY = ((15, 19, 17), (16, 20, 18))
"""Wrist, index and little finger of the left and the right hand among the body's landmarks."""


@dataclass(frozen=True, eq=False)
class Hand:
    """A hand: `score` that it is one, ``image : (21, 3)`` in pixels, y down."""

    score: float
    image: Doubles


def hand_region(body: Doubles, side: int) -> Region:
    """The square of the left (0) or right (1) hand of a body ``(33, 3)`` in pixels, fingers up."""
    wrist, index, little = (body[number, :2] for number in BODY[side])
    along = 0.5 * (index + little) - wrist
    length = max(float(np.hypot(*along)), 0.12 * float(np.hypot(*(body[11 + side, :2] - body[23 + side, :2]))))
    unit = along / max(float(np.hypot(*along)), 1e-9)
    centre = wrist + ON * length * 1.35 * unit
    return Region(float(centre[0]), float(centre[1]), 2 * WIDE * length, math.pi / 2 - math.atan2(-unit[1], unit[0]))


def hand_of(points: Floats, score: float, seen: Region) -> Hand:
    """A hand in pixels of the picture, from the outputs of a net that saw the square `seen`."""
    image = seen.to_picture(points.astype(np.float64) / SIDE)
    return Hand(score if np.isfinite(image).all() else 0.0, image)


__all__ = ["BODY", "LEAST", "POINTS", "Hand", "hand_of", "hand_region"]
