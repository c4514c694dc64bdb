"""Offsets that decay: how a motion that goes over into another one keeps its place and its speed."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.easing import decaying, decaying_speed
from choreo.types import Floats

SECONDS = 0.5
"""How long an offset takes to decay. Long, since a slower change accelerates less; the feet do not wait for it, they
have paths of their own (`choreo.synthesis.footsteps`)."""
LONGEST = 0.8
"""The same where the body has far to go: acceleration falls with the square of the time."""
NEAR = 1.0
"""Radians of an offset up to which `SECONDS` are enough."""
QUICKEST = 0.15
"""Seconds that the speed takes at least to decay."""
OVERSHOOT = 0.4
"""Radians by which the speed alone may carry a joint away."""
FASTEST = 25.0
"""Radians a second of a joint beyond which a speed is a fault of the recording, which is not taken over."""


def decay(
    offset: Floats, speed: Floats, frames: int, fps: float, seconds: float = SECONDS, overshoot: float = OVERSHOOT
) -> Floats:
    """Offsets ``(frames, ...)`` that begin at `offset` with the velocity `speed` (per second) and end at rest at 0.

    Quintics with zero acceleration at their start and zero value, speed and acceleration at their end. The one of the
    speed rises to 0.2 of the way that it would make in its time before it falls: a limb that was fast would be thrown
    far past both clips. So a fast one has less time, as much as takes it `overshoot` away.
    """
    norm = np.maximum(np.linalg.norm(speed, axis=-1, keepdims=True), 1e-9)
    own = np.clip(overshoot / (0.2 * norm), min(QUICKEST, seconds), seconds)
    times = (np.arange(frames) / fps).reshape(-1, *([1] * np.ndim(offset)))
    value, _ = decaying(np.clip(times / seconds, 0, 1))
    slope = decaying_speed(np.clip(times / own, 0, 1))
    return np.asarray(value * offset + slope * (speed * own), np.float32)


def going_on(previous: Floats) -> Floats:
    """Rotations ``(2, J, 4)``: the last of `previous` ``(P, J, 4)``, and where its speed takes it a frame later."""
    last = previous[-1]
    step = rot.multiply(last, rot.conjugate(previous[-2])) if len(previous) > 1 else None
    return np.stack([last, last if step is None else rot.normalize(rot.multiply(step, last))])


def limited(speed: Floats) -> Floats:
    """Angular velocities ``(..., n)`` of at most `FASTEST`."""
    norm = np.maximum(np.linalg.norm(speed, axis=-1, keepdims=True), 1e-9)
    return np.asarray(speed * np.minimum(1, FASTEST / norm))


def seconds_for(offset: float) -> float:
    """Seconds that an offset of so many radians takes to decay."""
    return float(np.clip(SECONDS * np.sqrt(offset / NEAR), SECONDS, LONGEST))
