"""Transitions by inertialisation (Bollo, GDC 2016/2018): the incoming clip plus an offset that decays.

A cross-fade would need both clips over the transition and would average their poses. Here the outgoing clip gives only
its last pose and velocity: what separates them from the incoming clip's first is an offset, added to the incoming clip
and taken to zero.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.easing import decaying
from choreo.motion.hands import blended_hands, hands_of
from choreo.types import Floats, Motion

FINGERS_SECONDS = 0.2
"""How long fingers take to go over from one shape to another."""
SECONDS = 0.5
"""How long the offset takes to decay. Long, since a slower change accelerates less; the feet do not wait for it, they
have paths of their own (`choreo.synthesis.footsteps`)."""


def decay(offset: Floats, speed: Floats, frames: int, fps: float, seconds: float = SECONDS) -> Floats:
    """Offsets ``(frames, ...)`` that begin at `offset` with the velocity `speed` (per second) and end at rest at 0.

    Quintic with zero acceleration at its start and zero value, speed and acceleration at its end.
    """
    # The speed's quintic rises to 0.2 * speed * seconds before it falls: a limb that was fast at a small offset would
    # be thrown far past both clips. Limited to four offsets in `seconds`, the sum stays within 1.64 offsets; the
    # constant lets slow motion keep its speed however small the offset is.
    limit = 4 * np.linalg.norm(offset, axis=-1, keepdims=True) / seconds + 0.5
    norm = np.maximum(np.linalg.norm(speed, axis=-1, keepdims=True), 1e-9)
    velocity = speed * np.minimum(1, limit / norm) * seconds
    s = np.clip(np.arange(frames) / (fps * seconds), 0, 1).reshape(-1, *([1] * np.ndim(offset)))
    value, slope = decaying(s)
    return np.asarray(value * offset + slope * velocity, np.float32)


def _log_step(after: Floats, before: Floats) -> Floats:
    """Rotation vectors ``(J, 3)`` in radians that lead from `before` to `after`."""
    return rot.to_axis_angle(rot.multiply(after, rot.conjugate(before)))


def blend_rotations(previous: Floats, incoming: Floats, fps: float) -> Floats:
    """Continue ``(P, J, 4)`` smoothly with ``(T, J, 4)``, whose first frame is at the last of `previous`."""
    offset = _log_step(previous[-1], incoming[0])
    speed = np.zeros_like(offset)
    if len(previous) > 1 and len(incoming) > 1:
        speed = (_log_step(previous[-1], previous[-2]) - _log_step(incoming[1], incoming[0])) * fps
    added = rot.from_axis_angle(decay(offset, speed, len(incoming), fps))
    return np.asarray(rot.normalize(rot.multiply(added, incoming)), np.float32)


def blend_positions(previous: Floats, incoming: Floats, fps: float) -> Floats:
    """Continue ``(P, 3)`` smoothly with ``(T, 3)``, whose first frame is at the last of `previous`."""
    offset = previous[-1] - incoming[0]
    speed = np.zeros_like(offset)
    if len(previous) > 1 and len(incoming) > 1:
        speed = (previous[-1] - previous[-2] - incoming[1] + incoming[0]) * fps
    return np.asarray(incoming + decay(offset, speed, len(incoming), fps), np.float32)


def blended(previous: Motion, incoming: Motion) -> Motion:
    """`incoming` with an offset on its beginning, by which it goes on from `previous`; contacts unchanged."""
    hands = incoming.hands
    if hands is not None or previous.hands is not None:
        hands = blended_hands(hands_of(previous)[-1], hands_of(incoming), FINGERS_SECONDS, incoming.fps)
    return replace(
        incoming,
        translation=blend_positions(previous.translation, incoming.translation, incoming.fps),
        rotations=rot.continuous(blend_rotations(previous.rotations, incoming.rotations, incoming.fps)),
        hands=hands,
    )
