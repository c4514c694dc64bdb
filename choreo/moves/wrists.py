"""Wrists: what is written, and hands that trail the forearm and flick through (overlapping action)."""

from __future__ import annotations

import numpy as np

from choreo.motion.parts import cross
from choreo.motion.rotations import Array, conjugate, from_axis_angle, multiply, rotate, slerp, to_axis_angle
from choreo.motion.skeleton import both
from choreo.moves.pelvis import Turns, euler
from choreo.moves.springs import soften, trail
from choreo.types import Skeleton

SIGNS = np.array([1.0, -1.0])  # left and right
HERTZ, DAMPING = 2.6, 0.34
"""Of a hand on its wrist: slow enough to lag in a swing, little enough damped to flick through at its end."""
DRAG = 2.2
"""Radians a second of the forearm that one metre a second of the wrist is worth: a hand is dragged like a brush."""
LOOSE = np.array([0.45, 0.7, 1.0])
"""How much of it is danced: roll, to the sides, bent."""
MOST = np.array([0.35, 0.42, 0.95])
"""Radians about the same axes that a hand trails at most."""
BENT = 1.35
"""Radians that a wrist is bent at most, written and trailing."""
AT_EASE = -0.14
"""Radians that a wrist is bent when nothing is written."""
FINGERS, FOLLOW = 0.12, 0.35
"""Radians that the knuckles are closed, and the share of the wrist's trailing that they take on top."""


def lag(forearm: Array, wrist: Array, loose: Array, fps: float, *, cyclic: bool) -> Array:
    """Rotation vectors ``(T, 2, 3)`` in the forearms' frames by which loose hands are behind.

    Parameters
    ----------
    forearm
        ``(T, 2, 4)`` orientations and ``wrist (T, 2, 3)`` places of the wrists, in the dancer's frame.
    loose
        ``(T, 2)`` how much of it is danced.
    """
    turns = to_axis_angle(multiply(conjugate(forearm[:-1]), forearm[1:])) * fps
    moved = np.diff(wrist, axis=0) * fps
    before = (turns[-1:], moved[-1:]) if cyclic else (turns[:1], moved[:1])
    after = (turns[:1], moved[:1]) if cyclic else (turns[-1:], moved[-1:])
    turning, moving = (
        0.5 * (np.concatenate([a, m]) + np.concatenate([m, b]))
        for a, m, b in zip(before, (turns, moved), after, strict=True)
    )
    along = np.stack([SIGNS, 0 * SIGNS, 0 * SIGNS], axis=-1) + np.zeros_like(moving)
    carried = turning + DRAG * cross(along, rotate(conjugate(forearm), moving))
    behind = trail(soften(carried, fps, 0.03, cyclic=cyclic), fps, HERTZ, DAMPING, cyclic=cyclic)
    return np.asarray(MOST * np.tanh(behind * LOOSE * loose[..., None] / MOST))


def pose_wrists(
    skeleton: Skeleton, rotations: Array, roll: Array, flex: Array, behind: Array, flat: Array, planted: Array
) -> None:
    """Pose wrists and knuckles of ``rotations (T, J, 4)`` in place; forearms are posed.

    Parameters
    ----------
    roll, flex
        ``(T, 2)`` radians as written; the roll is shared by forearm and wrist.
    behind
        ``(T, 2, 3)`` rotation vectors of trailing hands (`lag`).
    flat, planted
        ``(T, 2, 4)`` orientations, in the forearms' frames, of hands on the floor and ``(T, 2)`` how much they are.
    """
    zero = np.zeros_like(roll)
    elbows, wrists, fingers = (both(skeleton, part) for part in ("elbow", "wrist", "hand"))
    half = euler(Turns(zero, -0.5 * roll, zero))
    bent = BENT * np.tanh((SIGNS * (flex + AT_EASE) + behind[..., 2]) / BENT)
    free = multiply(half, from_axis_angle(np.stack([behind[..., 0], behind[..., 1], bent], axis=-1)))
    rotations[:, elbows] = multiply(rotations[:, elbows], slerp(half, _still(half), planted))
    rotations[:, wrists] = slerp(free, flat, planted)
    closed = SIGNS * FINGERS + FOLLOW * behind[..., 2]
    rotations[:, fingers] = euler(Turns(zero, zero, closed * (1 - planted)))


def _still(like: Array) -> Array:
    out = np.zeros_like(like)
    out[..., 0] = 1.0
    return out
