"""Inertialised seams: the incoming clip alone, plus an offset that dies away (Bollo, GDC 2016/2018)."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.easing import decaying
from choreo.types import Floats, Motion

SECONDS = 0.5
"""The feet have paths of their own, so that the body may take its time: a slower change pushes less."""


def decay(offset: Floats, speed: Floats, frames: int, fps: float, seconds: float = SECONDS) -> Floats:
    """Offsets ``(frames, ...)`` that begin at `offset` with `speed` (per second) and end at rest at 0.

    Quintic with zero acceleration at its start and zero value, speed and acceleration at its end.
    The speed is limited so that the offset does not overshoot by much.
    """
    limit = 4 * np.linalg.norm(offset, axis=-1, keepdims=True) / seconds + 0.5
    norm = np.maximum(np.linalg.norm(speed, axis=-1, keepdims=True), 1e-9)
    velocity = speed * np.minimum(1, limit / norm) * seconds
    s = np.clip(np.arange(frames) / (fps * seconds), 0, 1).reshape(-1, *([1] * np.ndim(offset)))
    value, slope = decaying(s)
    return np.asarray(value * offset + slope * velocity, np.float32)


def _log_step(after: Floats, before: Floats) -> Floats:
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
    """`incoming` with its beginning bent so that it goes on from `previous`; contacts unchanged."""
    return Motion(
        incoming.skeleton,
        incoming.fps,
        blend_positions(previous.translation, incoming.translation, incoming.fps),
        rot.continuous(blend_rotations(previous.rotations, incoming.rotations, incoming.fps)),
        incoming.contacts,
    )
