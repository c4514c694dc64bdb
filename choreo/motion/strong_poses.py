"""How strong each pose of a dance is: limbs far out, and held rather than passed through.

Two things make a still picture of a dance: the body reaches far, and it has arrived. The first is the mean distance of
wrists, ankles and head from the pelvis. The second is how little wrists, ankles, head and pelvis move, beside the
second around: dancers slow down or stop where an accent lands, and the minima of that speed are the kinematic beats of
Li et al. (AI Choreographer, 2021; `choreo.motion.features.motion_beats`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.motion.blocks import blocks
from choreo.motion.features import END_EFFECTORS, smooth
from choreo.motion.kinematics import forward
from choreo.types import Doubles, Motion

AROUND = 0.5
"""Seconds on either side whose mean speed a moment's is compared with."""
CALM = 0.1
"""Metres a second that count for nothing: below them the body is still."""
STILLNESS = 0.12
"""Metres by which wrists, ankles and head may reach less far in a pose that is held instead of passed through."""


def pose_strength(motions: Sequence[Motion]) -> Doubles:
    """Strength ``(T,)`` of each frame's pose in metres: the reach of its limbs, and up to `STILLNESS` for being held.

    Parameters
    ----------
    motions
        Of all dancers, of one length and rate; the mean over them counts.
    """
    strengths = []
    for motion in motions:
        ends = _ends(motion)
        strengths.append(_reach(ends) + STILLNESS * _stillness(ends, motion.fps))
    return np.asarray(np.mean(strengths, axis=0))


def reach(motion: Motion) -> Doubles:
    """Mean distance ``(T,)`` of wrists, ankles and head from the pelvis, metres."""
    return _reach(_ends(motion))


def stillness(motion: Motion) -> Doubles:
    """How nearly each frame ``(T,)`` is a stop: 1 where nothing moves, 0 at the mean speed of the second around."""
    return _stillness(_ends(motion), motion.fps)


def _ends(motion: Motion) -> Doubles:
    """Where wrists, ankles, head and pelvis, the last, are: ``(T, 6, 3)`` metres."""
    joints = [motion.skeleton.index(name) for name in END_EFFECTORS]
    out = np.empty((len(motion), len(joints), 3))
    for block in blocks(len(motion)):
        at, _ = forward(motion.skeleton, motion.translation[block], motion.rotations[block])
        out[block] = at[:, joints]
    return out


def _reach(ends: Doubles) -> Doubles:
    return np.asarray(np.linalg.norm(ends[:, :-1] - ends[:, -1:], axis=-1).mean(axis=-1))


def _stillness(ends: Doubles, fps: float) -> Doubles:
    if len(ends) < 2:
        return np.ones(len(ends))
    pace = np.linalg.norm(np.gradient(ends, 1 / fps, axis=0), axis=-1).mean(axis=-1).astype(np.float32)
    slow, around = smooth(pace, max(1, round(0.03 * fps))), smooth(pace, max(1, round(AROUND * fps)))
    return np.asarray(np.clip(1 - np.maximum(slow - CALM, 0) / np.maximum(around, CALM), 0, 1), np.float64)


__all__ = ["pose_strength", "reach", "stillness"]
