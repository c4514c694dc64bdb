"""Analytic two-bone inverse kinematics, vectorised over time."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.rotations import Array
from choreo.types import Floats, Skeleton

SLACK = 0.003
"""Share of the limb's length that is never used, so that a knee does not lock and pop."""
FORWARD = np.array([0.0, 0.0, 0.02], np.float32)
"""Pole of a straight knee, in the pelvis' frame: short, so that any bend that is there outweighs it."""


def _unit(v: Floats) -> Floats:
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9))


def two_bone(root: Floats, target: Floats, pole: Floats, upper: float, lower: float) -> tuple[Floats, Floats]:
    """Where the middle and the end of a two-bone limb go.

    Parameters
    ----------
    root, target
        ``(T, 3)`` positions in metres of the limb's root and of where its end should be.
    pole
        ``(T, 3)`` direction in which the middle joint bends.
    upper, lower
        Bone lengths in metres.

    Returns
    -------
    middle, end
        ``(T, 3)`` positions; `end` is `target` wherever it can be reached, else on the way to it.
    """
    along = target - root
    raw = np.linalg.norm(along, axis=-1, keepdims=True)
    direction = _unit(along)
    reach = np.clip(raw, abs(upper - lower) + 1e-4, (upper + lower) * (1 - SLACK))
    cosine = np.clip((upper**2 + reach**2 - lower**2) / (2 * upper * reach), -1, 1)
    sideways = pole - np.sum(pole * direction, axis=-1, keepdims=True) * direction
    middle = root + upper * (cosine * direction + np.sqrt(1 - cosine**2) * _unit(sideways))
    return middle, root + reach * direction


def leg_length(skeleton: Skeleton, side: str) -> float:
    """Metres from hip to ankle with the knee straight."""
    return float(sum(np.linalg.norm(skeleton.offsets[skeleton.index(f"{side}_{j}")]) for j in ("knee", "ankle")))


def needed_drop(hips: Array, ankle: Array, length: float) -> Array:
    """Metres ``(T,)`` that the pelvis must sink for a leg of `length` to reach the ankle; positions ``(T, 3)``."""
    gap = hips - ankle
    flat = np.sum(gap[:, [0, 2]] ** 2, axis=-1)
    reach = length * (1 - 1.5 * SLACK)
    highest = np.sqrt(np.maximum(reach**2 - flat, 0.05**2))
    return np.asarray(np.maximum(gap[:, 1] - highest, 0))


def _aim(
    skeleton: Skeleton,
    translation: Floats,
    rotations: Floats,
    chain: tuple[int, int, int],
    target: Floats,
    pole: Floats | None,
) -> tuple[Floats, Floats]:
    """Aim thigh and shin; returns new local rotations and the new world orientation of the shin."""
    upper, middle, end = chain
    positions, world = forward(skeleton, translation, rotations)
    parent_world = world[:, int(skeleton.parents[upper])]
    if pole is None:
        # The knee goes on bending where it bends now. A straight leg has no such direction, and a nearly straight
        # one a noisy one, hence the small constant.
        line = _unit(positions[:, end] - positions[:, upper])
        bend = positions[:, middle] - positions[:, upper]
        bend = bend - np.sum(bend * line, axis=-1, keepdims=True) * line
        pole = bend * 10 + rot.rotate(parent_world, FORWARD)
    lengths = [float(np.linalg.norm(skeleton.offsets[j])) for j in (middle, end)]
    knee, ankle = two_bone(positions[:, upper], target, pole, *lengths)
    out = rotations.copy()
    # Each bone is swung by the shortest arc from where it is, so that it keeps its twist; the shin is swung from where
    # the thigh's swing has carried it.
    aim = rot.between(positions[:, middle] - positions[:, upper], knee - positions[:, upper])
    upper_world = rot.multiply(aim, world[:, upper])
    carried = rot.rotate(rot.multiply(upper_world, rotations[:, middle]), skeleton.offsets[end])
    middle_world = rot.multiply(rot.between(carried, ankle - knee), rot.multiply(upper_world, rotations[:, middle]))
    out[:, upper] = rot.normalize(rot.multiply(rot.conjugate(parent_world), upper_world))
    out[:, middle] = rot.normalize(rot.multiply(rot.conjugate(upper_world), middle_world))
    return out, middle_world


def solve_leg(
    skeleton: Skeleton,
    translation: Floats,
    rotations: Floats,
    side: str,
    ankle_target: Floats,
    foot_world: Floats | None = None,
    pole: Floats | None = None,
) -> Floats:
    """Bring an ankle to its targets.

    Parameters
    ----------
    side
        ``left`` or ``right``.
    ankle_target
        ``(T, 3)`` metres, world.
    foot_world
        ``(T, 4)`` wanted world orientation of the foot; by default it keeps the one it had.
    pole
        ``(T, 3)`` direction of the knee; by default where it bends now, forward when straight.

    Returns
    -------
    ``(T, J, 4)`` local rotations.
    """
    hip, knee, ankle = (skeleton.index(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
    if foot_world is None:
        foot_world = forward(skeleton, translation, rotations)[1][:, ankle]
    out, shin_world = _aim(skeleton, translation, rotations, (hip, knee, ankle), ankle_target, pole)
    out[:, ankle] = rot.normalize(rot.multiply(rot.conjugate(shin_world), foot_world))
    return rot.continuous(out).astype(np.float32)
