"""Shapes of hands: how far each finger is bent, and the joints of bodies that have fingers.

A hand is ``(5, 2)`` radians: thumb, index, middle, ring and pinky, each at its knuckle and at its outer joints; of the
thumb the first is across the palm. 0 is flat and straight.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.types import Floats, Motion

FINGERS = ("thumb", "index", "middle", "ring", "pinky")


def _shape(*degrees: tuple[float, float]) -> Floats:
    return np.radians(np.array(degrees)).astype(np.float32)


HAND_SHAPES: Mapping[str, Floats] = {
    "relaxed": _shape((12, 14), (18, 30), (22, 34), (26, 36), (28, 38)),
    "flat": _shape((0, 2), (-4, 2), (-4, 2), (-4, 2), (-4, 2)),
    "fist": _shape((48, 50), (78, 118), (82, 120), (84, 118), (84, 112)),
    "point": _shape((46, 48), (0, 3), (80, 118), (84, 118), (84, 112)),
    "claw": _shape((8, 40), (-2, 72), (-2, 74), (0, 74), (4, 70)),
    "snap": _shape((34, 12), (10, 22), (80, 96), (84, 104), (84, 100)),
    "frame": _shape((6, 10), (22, 12), (26, 14), (30, 16), (32, 18)),
}
"""Hands by the names of the notation; ``snap`` is how one is left when the finger has snapped."""
RELAXED = HAND_SHAPES["relaxed"]
PINCHED = _shape((46, 30), (24, 34), (62, 40), (72, 96), (76, 96))
"""Thumb and middle finger pressed together, before a snap."""


def hands_of(motion: Motion) -> Floats:
    """Both hands of each frame, ``(T, 2, 5, 2)`` radians; relaxed where the motion does not know."""
    if motion.hands is not None:
        return motion.hands
    return np.broadcast_to(RELAXED, (len(motion), 2, *RELAXED.shape))


def blended_hands(before: Floats, after: Floats, seconds: float, fps: float) -> Floats:
    """``after (T, 2, 5, 2)`` that begins with the hands ``before (2, 5, 2)`` and has gone over in `seconds`."""
    gone = smootherstep(np.arange(len(after)) / (fps * seconds)).astype(np.float32)
    return np.asarray(after + (1 - gone[:, None, None, None]) * (before - after[0]), np.float32)


__all__ = ["FINGERS", "HAND_SHAPES", "PINCHED", "RELAXED", "blended_hands", "hands_of"]
