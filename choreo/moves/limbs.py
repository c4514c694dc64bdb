"""Two-bone IK of hinged limbs: elbows and knees bend about their own axes, so that the skin does not twist.

``choreo.motion.ik`` aims each bone by the shortest arc, which keeps what a captured limb had. An authored limb has
nothing to keep, so here the plane of the bend sets the twist.
"""

from __future__ import annotations

import numpy as np

from choreo.motion.ik import two_bone
from choreo.motion.parts import cross, dot, length
from choreo.motion.rotations import Array, between, conjugate, from_axis_angle, from_matrix, multiply, rotate
from choreo.motion.skeleton import both
from choreo.types import Skeleton

SHOULDER_TWIST = 0.6
"""Share of an upper arm's twist that the shoulder takes; the elbow takes the rest."""


def _basis(along: Array, bend: Array) -> Array:
    """Frames ``(..., 3, 3)`` whose first column is `along`, the second as near to `bend` as that allows."""
    first = along / length(along)
    bend = bend - dot(bend, first) * first
    second = bend / np.maximum(length(bend), 1e-9)
    return np.stack([first, second, cross(first, second)], axis=-1)


def _turn(rest: Array, rest_bend: Array, along: Array, bend: Array) -> Array:
    """Orientations ``(T, S, 4)`` of bones along `along` that bend towards `bend`, from ``(S, 3)`` rest and its bend."""
    return np.asarray(from_matrix(_basis(along, bend) @ _basis(rest, rest_bend).swapaxes(-1, -2)))


def _part_of_twist(plain: Array, full: Array, along: Array, share: float) -> Array:
    """Twist `plain` about the bones `along` by a share of the twist of `full`, without jumps between turns."""
    axis = along / length(along)
    between_them = multiply(full, conjugate(plain))
    angle = 2 * np.arctan2(dot(between_them[..., 1:], axis)[..., 0], between_them[..., 0])
    # A share of an angle is not the same for angles that differ by a turn: it must be continuous, and on the whole the
    # smallest.
    angle = np.unwrap(angle, axis=0)
    angle -= 2 * np.pi * np.round(np.median(angle, axis=0) / (2 * np.pi))
    return np.asarray(multiply(from_axis_angle(axis * (share * angle)[..., None]), plain))


def pose_limbs(
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
    """Set the two upper joints of a limb of both sides in ``rotations (T, J, 4)`` in place.

    Parameters
    ----------
    chain
        Joint names without their side: limb root, middle, end.
    root, parent_world
        ``(T, 2, 3)`` positions of the limbs' roots and ``(T, 2, 4)`` orientations of the joints above them.
    target, pole
        ``(T, 2, 3)`` where the ends go and the directions in which the middle joints point.
    flexes
        Where the lower bone swings to when the limb flexes in the rest pose: forward for an elbow, back
        for a knee.
    twist
        Share of the upper bone's twist given to the first joint.

    Returns
    -------
    ``(T, 2, 4)`` world orientations of the lower bones.
    """
    upper, middle, end = (both(skeleton, part) for part in chain)
    bones = [skeleton.offsets[joints].astype(float) for joints in (middle, end)]
    bend_to = np.array(flexes)
    upper_bones, lower_bones = ([float(np.linalg.norm(bone)) for bone in rest] for rest in bones)
    knee, tip = two_bone(root, target, pole, list(zip(upper_bones, lower_bones, strict=True)))
    first, second = knee - root, tip - knee
    hinge = cross(pole, tip - root)
    upper_world = _turn(bones[0], bend_to, first, cross(hinge, first))
    lower_world = _turn(bones[1], bend_to, second, cross(hinge, second))
    if twist < 1.0:
        plain = multiply(parent_world, between(bones[0], rotate(conjugate(parent_world), first)))
        upper_world = _part_of_twist(plain, upper_world, first, twist)
    rotations[:, upper] = multiply(conjugate(parent_world), upper_world)
    rotations[:, middle] = multiply(conjugate(upper_world), lower_world)
    return np.asarray(lower_world)
