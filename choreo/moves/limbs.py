"""Two-bone IK of hinged limbs: elbows and knees bend about their own axes, so that the skin does not twist.

``choreo.motion.ik`` aims each bone by the shortest arc, which keeps what a captured limb had. An authored limb has
nothing to keep, so here the plane of the bend sets the twist.
"""

from __future__ import annotations

import numpy as np

from choreo.motion.ik import two_bone
from choreo.motion.rotations import Array, between, conjugate, from_axis_angle, from_matrix, multiply, rotate
from choreo.types import Skeleton

SHOULDER_TWIST = 0.6
"""Share of an upper arm's twist that the shoulder takes; the elbow takes the rest."""


def _basis(along: Array, bend: Array) -> Array:
    """Frames ``(..., 3, 3)`` whose first column is `along`, the second as near to `bend` as that allows."""
    first = along / np.linalg.norm(along, axis=-1, keepdims=True)
    bend = bend - np.sum(bend * first, axis=-1, keepdims=True) * first
    second = bend / np.maximum(np.linalg.norm(bend, axis=-1, keepdims=True), 1e-9)
    return np.stack([first, second, np.cross(first, second)], axis=-1)


def _turn(rest: Array, rest_bend: Array, along: Array, bend: Array) -> Array:
    """Orientation ``(T, 4)`` of a bone along `along` that bends towards `bend`, from its rest and rest bend."""
    return np.asarray(from_matrix(_basis(along, bend) @ _basis(rest, rest_bend).T))


def _part_of_twist(plain: Array, full: Array, along: Array, share: float) -> Array:
    """Twist `plain` about the bone `along` by a share of the twist of `full`, without jumps between turns."""
    axis = along / np.linalg.norm(along, axis=-1, keepdims=True)
    between_them = multiply(full, conjugate(plain))
    angle = 2 * np.arctan2(np.sum(between_them[:, 1:] * axis, axis=-1), between_them[:, 0])
    # A share of an angle is not the same for angles that differ by a turn: it must be continuous, and on the whole the
    # smallest.
    angle = np.unwrap(angle)
    angle -= 2 * np.pi * np.round(np.median(angle) / (2 * np.pi))
    return np.asarray(multiply(from_axis_angle(axis * (share * angle)[:, None]), plain))


def pose_limb(
    skeleton: Skeleton,
    rotations: Array,
    chain: tuple[str, str, str],
    root: Array,
    parent_world: Array,
    target: Array,
    pole: Array,
    flexes: tuple[float, float, float],
    twist: float = 1.0,
) -> Array:
    """Set the two upper joints of `chain` in ``rotations (T, J, 4)`` in place.

    Parameters
    ----------
    chain
        Joint names: limb root, middle, end.
    root, parent_world
        ``(T, 3)`` position of the limb's root and ``(T, 4)`` orientation of the joint above it.
    target, pole
        ``(T, 3)`` where the end goes and the direction in which the middle joint points.
    flexes
        Where the lower bone swings to when the limb flexes in the rest pose: forward for an elbow, back
        for a knee.
    twist
        Share of the upper bone's twist given to the first joint.

    Returns
    -------
    ``(T, 4)`` world orientation of the lower bone.
    """
    upper, middle, end = (skeleton.index(name) for name in chain)
    bones = [skeleton.offsets[joint].astype(float) for joint in (middle, end)]
    bend_to = np.array(flexes)
    lengths = [(float(np.linalg.norm(bones[0])), float(np.linalg.norm(bones[1])))]
    knee, tip = (each[:, 0] for each in two_bone(root[:, None], target[:, None], pole[:, None], lengths))
    first, second = knee - root, tip - knee
    hinge = np.cross(pole, tip - root)
    upper_world = _turn(bones[0], bend_to, first, np.cross(hinge, first))
    lower_world = _turn(bones[1], bend_to, second, np.cross(hinge, second))
    if twist < 1.0:
        plain = multiply(parent_world, between(bones[0], rotate(conjugate(parent_world), first)))
        upper_world = _part_of_twist(plain, upper_world, first, twist)
    rotations[:, upper] = multiply(conjugate(parent_world), upper_world)
    rotations[:, middle] = multiply(conjugate(upper_world), lower_world)
    return np.asarray(lower_world)
