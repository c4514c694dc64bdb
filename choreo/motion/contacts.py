"""Where the soles are and when they stand: heel and ball of each foot."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.skeleton import CANONICAL
from choreo.types import Bools, Floats, Motion

HEEL_BACK = 0.045
"""Metres from the ankle back to the middle of the heel's print."""

POINTS = ("left_ankle", "left_foot", "right_ankle", "right_foot")
"""The joint that carries each sole point: left heel, left ball, right heel, right ball."""


def sole_offsets() -> Floats:
    """``(4, 3)`` from each carrying joint to its point on the floor in the rest pose."""
    rest = rest_positions(CANONICAL)
    offsets = np.zeros((4, 3), np.float32)
    for k, name in enumerate(POINTS):
        offsets[k] = (0.0, -rest[CANONICAL.index(name), 1], -HEEL_BACK if name.endswith("ankle") else 0.0)
    return offsets


def foot_points(positions: Floats, world_rotations: Floats) -> Floats:
    """Sole points ``(T, 4, 3)`` in metres from `forward`'s ``(T, J, 3)`` and ``(T, J, 4)``."""
    joints = [CANONICAL.index(name) for name in POINTS]
    return np.asarray(positions[:, joints] + rot.rotate(world_rotations[:, joints], sole_offsets()))


def sole_points(motion: Motion) -> Floats:
    """Sole points ``(T, 4, 3)`` in metres of a motion; only the legs are posed for them."""
    joints = [CANONICAL.index(name) for name in POINTS]
    positions, world = forward(motion.skeleton, motion.translation, motion.rotations, joints)
    return np.asarray(positions + rot.rotate(world, sole_offsets()))


def point_speeds(points: Floats, fps: float) -> Floats:
    """Horizontal speed of points ``(T, K, 3)`` in m/s, ``(T, K)``, central differences."""
    if len(points) < 2:
        return np.zeros(points.shape[:2], np.float32)
    return np.asarray(np.linalg.norm(np.gradient(points[..., [0, 2]], 1 / fps, axis=0), axis=-1), np.float32)


def floor_height(points: Floats) -> float:
    """Height in metres of the floor that the sole points ``(T, 4, 3)`` stand on: a low quantile."""
    return float(np.quantile(points[..., 1].min(axis=1), 0.05))


def detect_contacts(
    motion: Motion,
    *,
    height: float = 0.025,
    speed: float = 0.25,
    release: float = 1.6,
) -> Bools:
    """Find which sole points stand, with hysteresis.

    Parameters
    ----------
    height, speed
        A contact begins when a point is lower than `height` metres over the floor and slower than
        `speed` m/s, and ends when it exceeds `release` times either.

    Returns
    -------
    ``(T, 4) bool``: left heel, left ball, right heel, right ball.
    """
    points = sole_points(motion)
    above = points[..., 1] - floor_height(points)
    fast = point_speeds(points, motion.fps)
    strict = (above < height) & (fast < speed)
    loose = (above < release * height) & (fast < release * speed)
    return held(strict, loose)


def held(strict: Bools, loose: Bools) -> Bools:
    """Hysteresis ``(T, ...)`` along time: true where `strict` is, and from there on as long as `loose` stays true."""
    frames = np.arange(1, len(strict) + 1).reshape(-1, *([1] * (strict.ndim - 1)))
    begun = np.maximum.accumulate(np.where(strict, frames, 0), axis=0)
    ended = np.maximum.accumulate(np.where(strict | loose, 0, frames), axis=0)
    return np.asarray(begun > ended)


def contacts_of(motion: Motion) -> Bools:
    """Contacts ``(T, 4)`` that the motion brings, else those that `detect_contacts` finds."""
    return detect_contacts(motion) if motion.contacts is None else motion.contacts


def feet_down(contacts: Bools) -> Bools:
    """``(T, 2)``: whether any part of the left and the right foot is on the floor, of contacts ``(T, 4)``."""
    return np.asarray(contacts.reshape(-1, 2, 2).any(axis=-1))


def contact_slide(motion: Motion) -> Floats:
    """Horizontal speeds in m/s of all points while they stand, ``(N,)``; both frames of a step must stand."""
    points = sole_points(motion)
    return points_slide(points, contacts_of(motion), motion.fps)


def points_slide(points: Floats, contacts: Bools, fps: float) -> Floats:
    """`contact_slide` of sole points ``(T, 4, 3)`` in metres with their contacts ``(T, 4)``."""
    both = contacts[1:] & contacts[:-1]
    speeds = np.linalg.norm(np.diff(points[..., [0, 2]], axis=0), axis=-1) * fps
    return np.asarray(speeds[both], np.float32)
