"""Which way is up, and where the floor is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.types import Doubles, Motion

DRIFT_SECONDS = 6.0
"""The floor may rise and sink over this time: cameras and sensors drift; a dancer does not float so slowly."""
DRIFT_LEAST = 0.015
"""Metres of drift from on which it is followed; less is measurement."""


def upright(motion: Motion, joints: Mapping[str, str]) -> Doubles | None:
    """The turn ``(4,)`` of the whole motion after which +Y is up, by where heads and feet are; None when it is."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)

    def mean(*names: str) -> Doubles:
        found = [positions[:, motion.skeleton.index(joints[name])].mean(axis=0) for name in names]
        return np.mean(found, axis=0).astype(np.float64)

    up = mean("left_shoulder", "right_shoulder") - mean("left_ankle", "right_ankle")
    if not np.linalg.norm(up) > 1e-9:
        raise MotionError("shoulders and ankles are in one place; expected a standing humanoid.")
    axis = int(np.argmax(np.abs(up)))
    if axis == 1 and up[1] > 0:
        return None
    direction = np.zeros(3)
    direction[axis] = np.sign(up[axis])
    return np.asarray(rot.between(direction, np.array([0.0, 1, 0])))


def turned(motion: Motion, turn: Doubles) -> Motion:
    """The whole motion turned by ``(4,)`` about the world's origin: root orientation and translation alike."""
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(turn.astype(np.float32), rotations[:, 0])
    moved = rot.rotate(turn, motion.translation.astype(np.float64))
    rotations = rot.continuous(rot.normalize(rotations)).astype(np.float32)
    return replace(motion, translation=moved.astype(np.float32), rotations=rotations)


def drift_of(low: Doubles, fps: float) -> Doubles:
    """How far the floor is ``(T,)`` from 0, from the height of the lowest point ``(T,)``: slow drift is followed.

    A jump or a held leg does not move it; a floor that is level within `DRIFT_LEAST` is taken for level.
    """
    level = float(np.quantile(low, 0.05))
    window = round(DRIFT_SECONDS * fps)
    if len(low) < 2 * window:
        return np.full(len(low), level)
    from scipy.ndimage import percentile_filter, uniform_filter1d

    # A percentile filter is slow and drift is too: it runs on about 60 samples a window.
    step = max(1, window // 60)
    thin = percentile_filter(low[::step], 10, size=max(3, window // step), mode="nearest")
    slow = uniform_filter1d(np.interp(np.arange(len(low)), np.arange(len(thin)) * step, thin), window, mode="nearest")
    if float(np.ptp(slow)) < DRIFT_LEAST:
        return np.full(len(low), level)
    return np.asarray(slow)
