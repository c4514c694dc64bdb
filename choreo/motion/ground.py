"""Which way is up, and where the floor is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_points
from choreo.motion.kinematics import forward
from choreo.types import Doubles, Floats, Motion

DRIFT_SECONDS = 6.0
"""The floor may rise and sink over this time: cameras and sensors drift; a dancer does not float so slowly."""
DRIFT_LEAST = 0.015
"""Metres of drift from on which it is followed; less is measurement."""
SUPPORT_SECONDS = 1.0
"""Within this time a foot touches the floor; no dancer jumps for longer."""
SUPPORT_MOST = 0.10
"""Metres that feet may seem to float by because the dancer's legs and shoes are others than the skeleton's."""


def upright(motion: Motion, joints: Mapping[str, str]) -> Motion:
    """Turn the whole motion about the world's origin so that +Y is up, by where heads and feet are."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)

    def mean(*names: str) -> Doubles:
        found = [positions[:, motion.skeleton.index(joints[name])].mean(axis=0) for name in names]
        return np.mean(found, axis=0).astype(np.float64)

    up = mean("left_shoulder", "right_shoulder") - mean("left_ankle", "right_ankle")
    if not np.linalg.norm(up) > 1e-9:
        raise MotionError("shoulders and ankles are in one place; expected a standing humanoid.")
    axis = int(np.argmax(np.abs(up)))
    if axis == 1 and up[1] > 0:
        return motion
    direction = np.zeros(3)
    direction[axis] = np.sign(up[axis])
    return turned(motion, rot.between(direction, np.array([0.0, 1, 0])))


def turned(motion: Motion, turn: Doubles) -> Motion:
    """The whole motion turned by ``(4,)`` about the world's origin: root orientation and translation alike."""
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(turn.astype(np.float32), rotations[:, 0])
    moved = rot.rotate(turn, motion.translation.astype(np.float64))
    rotations = rot.continuous(rot.normalize(rotations)).astype(np.float32)
    return replace(motion, translation=moved.astype(np.float32), rotations=rotations)


def floor_curve(motion: Motion) -> Floats:
    """Height of the floor ``(T,)`` under a canonical motion: a low quantile of the soles, following slow drift.

    A jump or a held leg does not move it; a floor that is level within `DRIFT_LEAST` is taken for level.
    """
    points = sole_points(motion)
    low = points[..., 1].min(axis=1).astype(np.float64)
    level = float(np.quantile(low, 0.05))
    window = round(DRIFT_SECONDS * motion.fps)
    if len(low) < 2 * window:
        return np.full(len(low), level, np.float32)
    from scipy.ndimage import percentile_filter, uniform_filter1d

    # A percentile filter is slow and drift is too: it runs on about 60 samples a window.
    step = max(1, window // 60)
    thin = percentile_filter(low[::step], 10, size=max(3, window // step), mode="nearest")
    slow = uniform_filter1d(np.interp(np.arange(len(low)), np.arange(len(thin)) * step, thin), window, mode="nearest")
    if float(np.ptp(slow)) < DRIFT_LEAST:
        return np.full(len(low), level, np.float32)
    return np.asarray(slow, np.float32)


def floating(low: Doubles, fps: float) -> Doubles:
    """How far the feet float ``(T,)`` metres, from the height of the lowest sole above the floor ``(T,)``.

    The lower envelope over `SUPPORT_SECONDS`, smoothed and nowhere above the soles: jumps stay, but between them
    somebody stands on the floor.
    """
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    # Two averages over half the window: smoother than one, and still no wider together than the minimum that was taken
    # first, so that the result is nowhere above the soles.
    window = max(3, round(SUPPORT_SECONDS * fps) | 1)
    envelope = minimum_filter1d(np.clip(low, 0, SUPPORT_MOST), window, mode="nearest")
    half = max(3, (window // 2) | 1)
    return np.asarray(uniform_filter1d(uniform_filter1d(envelope, half, mode="nearest"), half, mode="nearest"))


def grounded(motion: Motion, near: float = 0.0) -> Motion:
    """The motion with its floor at ``y = 0``; as it is when the floor is nowhere farther than `near` metres off."""
    floor = floor_curve(motion)
    if float(np.abs(floor).max()) <= near:
        return motion
    translation = motion.translation.copy()
    translation[:, 1] -= floor
    moved = replace(motion, translation=translation)
    soles = sole_points(moved)[..., 1].min(axis=1)
    translation = translation.copy()
    translation[:, 1] -= floating(soles.astype(np.float64), motion.fps).astype(np.float32)
    return replace(motion, translation=translation)
