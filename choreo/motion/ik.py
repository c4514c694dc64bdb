"""Analytic two-bone inverse kinematics, vectorised over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.parts import dot, length
from choreo.motion.rotations import Array
from choreo.types import Floats, Skeleton

SLACK = 0.003
"""Share of the limb's length that is never used, so that a knee does not lock and pop."""
FORWARD = np.array([0.0, 0.0, 0.02], np.float32)
"""Pole of a straight knee, in the pelvis' frame: short, so that any bend that is there outweighs it."""


def _unit(v: Array) -> Array:
    return np.asarray(v / np.maximum(length(v), 1e-9))


def two_bone(root: Array, target: Array, pole: Array, bones: Sequence[tuple[float, float]]) -> tuple[Array, Array]:
    """Where the middle and the end of two-bone limbs go.

    Parameters
    ----------
    root, target
        ``(T, S, 3)`` positions in metres of the root of S limbs and of where their ends should be.
    pole
        ``(T, S, 3)`` directions in which the middle joints bend.
    bones
        Lengths of the upper and the lower bone of each limb, metres.

    Returns
    -------
    middle, end
        ``(T, S, 3)`` positions; `end` is `target` wherever it can be reached, else on the way to it.
    """
    along = target - root
    raw = length(along)

    def each(value: Callable[[float, float], float]) -> Array:
        """``(S, 1)``, worked out in double precision."""
        return np.array([[value(upper, lower)] for upper, lower in bones], raw.dtype)

    direction = along / np.maximum(raw, 1e-9)
    reach = np.clip(raw, each(lambda a, b: abs(a - b) + 1e-4), each(lambda a, b: (a + b) * (1 - SLACK)))
    squares = each(lambda a, _: a**2) + reach**2 - each(lambda _, b: b**2)
    cosine = np.clip(squares / (each(lambda a, _: 2 * a) * reach), -1, 1)
    sideways = pole - dot(pole, direction) * direction
    middle = root + each(lambda a, _: a) * (cosine * direction + np.sqrt(1 - cosine**2) * _unit(sideways))
    return middle, root + reach * direction


def bone_length(skeleton: Skeleton, joint: int) -> float:
    """Metres from a joint to the one above it."""
    return float(np.linalg.norm(skeleton.offsets[joint]))


def leg_length(skeleton: Skeleton, side: str) -> float:
    """Metres from hip to ankle with the knee straight."""
    return float(sum(np.linalg.norm(skeleton.offsets[skeleton.index(f"{side}_{j}")]) for j in ("knee", "ankle")))


def needed_drop(hips: Array, ankle: Array, length: float) -> Array:
    """Metres ``(T,)`` that the pelvis must sink for a leg of `length` to reach the ankle; positions ``(T, 3)``."""
    gap = hips - ankle
    flat = gap[:, 0] ** 2 + gap[:, 2] ** 2
    reach = length * (1 - 1.5 * SLACK)
    highest = np.sqrt(np.maximum(reach**2 - flat, 0.05**2))
    return np.asarray(np.maximum(gap[:, 1] - highest, 0))


def solve_legs(
    skeleton: Skeleton,
    translation: Floats,
    rotations: Floats,
    sides: Sequence[str],
    ankle_targets: Floats,
    feet_world: Floats | None = None,
    poles: Floats | None = None,
) -> Floats:
    """Bring ankles to their targets.

    Parameters
    ----------
    sides
        S of ``left`` and ``right``.
    ankle_targets
        ``(T, S, 3)`` metres, world.
    feet_world
        ``(T, S, 4)`` wanted world orientation of the feet; by default they keep the one they had.
    poles
        ``(T, S, 3)`` direction of the knees; by default where they bend now, forward when straight.

    Returns
    -------
    ``(T, J, 4)`` local rotations.
    """
    upper, middle, end = ([skeleton.index(f"{side}_{part}") for side in sides] for part in ("hip", "knee", "ankle"))
    joints = [*skeleton.parents[upper].tolist(), *upper, *middle, *end]
    positions, world = (
        each.reshape(len(each), 4, len(sides), -1) for each in forward(skeleton, translation, rotations, joints)
    )
    _, hip, knee, ankle = (positions[:, k] for k in range(4))
    above_world, hip_world = world[:, 0], world[:, 1]
    towards: Array | None = poles
    if towards is None:
        # The knee goes on bending where it bends now. A straight leg has no such direction, and a nearly straight
        # one a noisy one, hence the small constant.
        line = _unit(ankle - hip)
        bend = knee - hip
        bend = bend - dot(bend, line) * line
        towards = bend * 10 + rot.rotate(above_world, FORWARD)
    pairs = zip(middle, end, strict=True)
    bones = [(bone_length(skeleton, thigh), bone_length(skeleton, shin)) for thigh, shin in pairs]
    new_knee, new_ankle = two_bone(hip, ankle_targets, towards, bones)
    # Each bone is swung by the shortest arc from where it is, so that it keeps its twist; the shin is swung from where
    # the thigh's swing has carried it.
    thigh_world = rot.multiply(rot.between(knee - hip, new_knee - hip), hip_world)
    carried = rot.multiply(thigh_world, rotations[:, middle])
    swing = rot.between(rot.rotate(carried, skeleton.offsets[end]), new_ankle - new_knee)
    shin_world = rot.multiply(swing, carried)
    out = rotations.copy()
    out[:, upper] = rot.normalize(rot.multiply(rot.conjugate(above_world), thigh_world))
    out[:, middle] = rot.normalize(rot.multiply(rot.conjugate(thigh_world), shin_world))
    foot_world = world[:, 3] if feet_world is None else feet_world
    out[:, end] = rot.normalize(rot.multiply(rot.conjugate(shin_world), foot_world))
    return rot.continuous(out).astype(np.float32)


def solve_leg(
    skeleton: Skeleton,
    translation: Floats,
    rotations: Floats,
    side: str,
    ankle_target: Floats,
    foot_world: Floats | None = None,
    pole: Floats | None = None,
) -> Floats:
    """`solve_legs` of the ``left`` or the ``right`` leg alone; targets are ``(T, 3)``, ``(T, 4)`` and ``(T, 3)``."""
    foot, knee = (None if each is None else each[:, None] for each in (foot_world, pole))
    return solve_legs(skeleton, translation, rotations, (side,), ankle_target[:, None], foot, knee)
