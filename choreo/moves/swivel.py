"""Elbows that do not flip: where they point turns about the line to the hand, and no faster than people's."""

from __future__ import annotations

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.motion.parts import cross, dot, length
from choreo.motion.rotations import Array, between, multiply, rotate
from choreo.moves.springs import soften

FAST = (8.0, 16.0)
"""Radians a second of an elbow about the line from shoulder to hand from which on it is smoothed more."""
PLAIN, MORE = 0.04, 0.1
"""Seconds (standard deviation) over which the turning is smoothed, slow and fast."""


def steady_poles(hand: Array, pole: Array, fps: float, *, cyclic: bool) -> Array:
    """Poles ``(T, 2, 3)`` that turn smoothly about ``hand (T, 2, 3)``.

    A direction across the arm has no angle by itself. It is measured from a frame that is carried along with the arm by
    the shortest way from each frame to the next (parallel transport), which nowhere turns about the arm; so the angle
    has no jumps of its own. Where the pole is nearly along the arm it says little, and counts as little.
    """
    along = hand / np.maximum(length(hand), 1e-9)
    carried = _carried(along)
    across = np.cross(along[:1], np.where(np.abs(along[:1, :, 1:2]) < 0.9, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]))
    across = rotate(carried, np.repeat(across / length(across), len(hand), axis=0))
    other = cross(along, across)
    x, y = dot(pole, across)[..., 0], dot(pole, other)[..., 0]
    angle = np.unwrap(np.arctan2(y, x), axis=0)
    says = (x**2 + y**2) / np.maximum(dot(pole, pole)[..., 0], 1e-9) + 1e-3
    # A cyclic move need not come back to the same angle in a frame that is carried along: its drift is set aside.
    drift = np.linspace(0.0, 1.0, len(hand))[:, None] * (angle[-1] - angle[0]) if cyclic else np.zeros_like(angle)
    plain, more = (
        soften((angle - drift) * says, fps, seconds, cyclic=cyclic) / soften(says, fps, seconds, cyclic=cyclic)
        for seconds in (PLAIN, MORE)
    )
    rate = np.abs(np.gradient(plain + drift, 1 / fps, axis=0))
    fast = np.clip(2 * soften(smootherstep((rate - FAST[0]) / (FAST[1] - FAST[0])), fps, MORE, cyclic=cyclic), 0, 1)
    angle = (plain + (more - plain) * fast + drift)[..., None]
    return np.asarray(np.cos(angle) * across + np.sin(angle) * other)


def _carried(along: Array) -> Array:
    """Rotations ``(T, 2, 4)`` that carry the first direction to each by the shortest ways between neighbours."""
    out = np.zeros((*along.shape[:2], 4))
    out[:, :, 0] = 1.0
    out[1:] = between(along[:-1], along[1:])
    # Products of all up to each, by doubling.
    shift = 1
    while shift < len(out):
        out[shift:] = multiply(out[shift:], out[:-shift])
        shift *= 2
    return out


__all__ = ["steady_poles"]
