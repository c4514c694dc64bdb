"""Forward kinematics, mirroring and skinning transforms, vectorised over time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from choreo.motion import parts
from choreo.motion import rotations as rot
from choreo.motion.skeleton import MIRROR
from choreo.types import Doubles, Floats, Ints, Motion, Skeleton

BLOCK = 1024
"""Frames that `forward` poses at a time, so that what it works on stays in the processor's cache."""


def forward(
    skeleton: Skeleton, translation: Floats, rotations: Floats, joints: Sequence[int] | None = None
) -> tuple[Floats, Floats]:
    """World positions and orientations of all joints, or of some.

    Parameters
    ----------
    translation
        ``(..., 3)`` world position of the root, metres.
    rotations
        ``(..., J, 4)`` local unit quaternions, wxyz.
    joints
        Indices of the K joints that are wanted, in the order of the results; only these and those above them are
        posed. All by default.

    Returns
    -------
    positions, world_rotations
        ``(..., K, 3)`` metres and ``(..., K, 4)``.
    """
    wanted = tuple(range(len(skeleton)) if joints is None else joints)
    order, levels, rows = _levels(tuple(skeleton.parents.tolist()), wanted)
    lead, kind = rotations.shape[:-2], rotations.dtype
    turns = rotations.reshape(-1, len(skeleton), 4)
    root = np.broadcast_to(translation, (*lead, 3)).reshape(-1, 3)
    positions, world = np.empty((len(turns), len(rows), 3), kind), np.empty((len(turns), len(rows), 4), kind)
    offsets = skeleton.offsets[order].T[..., None]
    for first in range(0, len(turns), BLOCK):
        block = slice(first, first + BLOCK)
        # Components first, then joints level by level, frames last: (4, J, T) and (3, J, T).
        local = np.ascontiguousarray(turns[block][:, order].transpose(2, 1, 0))
        turned, at = np.empty_like(local), np.empty((3, *local.shape[1:]), kind)
        turned[:, 0], at[:, 0] = local[:, 0], root[block].T
        for level, parents in levels:
            w, x, y, z = turned[:, parents]
            above = (w, x, y, z)
            lw, lx, ly, lz = local[:, level]
            for k, part in enumerate(parts.quaternion_product(above, (lw, lx, ly, lz))):
                turned[k, level] = part
            ox, oy, oz = offsets[:, level]
            for k, part in enumerate(parts.turned(above, (ox, oy, oz))):
                at[k, level] = at[k, parents] + part
        positions[block], world[block] = at[:, rows].transpose(2, 1, 0), turned[:, rows].transpose(2, 1, 0)
    return positions.reshape(*lead, len(rows), 3), world.reshape(*lead, len(rows), 4)


@lru_cache(maxsize=64)
def _levels(parents: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[Ints, list[tuple[slice, Ints]], Ints]:
    """Sort the joints above the `wanted` ones, and these, by their depth in the tree.

    Returns
    -------
    order, levels, rows
        ``(N,)`` joints in the order of their depth, the root first; of each depth from 1 on the slice of `order` that
        has it, with the places in `order` of the joints above; ``(K,)`` places in `order` of the `wanted` joints.
    """
    depths = {0: 0}
    for joint in wanted:
        chain = [joint]
        while chain[-1] not in depths:
            chain.append(parents[chain[-1]])
        for below, above in zip(chain[-2::-1], chain[:0:-1], strict=True):
            depths[below] = depths[above] + 1
    order = sorted(depths, key=lambda joint: (depths[joint], joint))
    place = {joint: k for k, joint in enumerate(order)}
    levels = []
    for depth in range(1, max(depths.values()) + 1):
        level = [joint for joint in order if depths[joint] == depth]
        first = place[level[0]]
        levels.append((slice(first, first + len(level)), np.array([place[parents[joint]] for joint in level])))
    return np.array(order), levels, np.array([place[joint] for joint in wanted])


def rest_positions(skeleton: Skeleton) -> Floats:
    """Joint positions ``(J, 3)`` in the rest pose, the root at its rest height."""
    positions = skeleton.offsets.copy()
    for joint in range(1, len(skeleton)):
        positions[joint] += positions[int(skeleton.parents[joint])]
    return positions


def hip_middle(skeleton: Skeleton) -> Floats:
    """Where the middle of the hip joints is from the root ``(3,)``, in the root's frame, metres."""
    return np.asarray(
        (skeleton.offsets[skeleton.index("left_hip")] + skeleton.offsets[skeleton.index("right_hip")]) / 2
    )


def root_from_hips(middle: Doubles, pelvis: Floats | Doubles, skeleton: Skeleton) -> Doubles:
    """Translation of the root that puts the middle of the hips where it was seen.

    Parameters
    ----------
    middle
        ``(T, 3)`` middle of the two hip joints, metres.
    pelvis
        ``(T, 4)`` orientations of the root.
    skeleton
        On the canonical names.

    Returns
    -------
    ``(T, 3)`` metres
    """
    return np.asarray(middle - rot.rotate(pelvis.astype(np.float64), hip_middle(skeleton).astype(np.float64)))


def skin_matrices(bind: Floats, positions: Floats, world_rotations: Floats) -> Floats:
    """Matrices that carry bind-pose vertices to the pose.

    Parameters
    ----------
    bind
        ``(J, 3)`` joint positions in the bind pose, whose orientations are all identity.
    positions, world_rotations
        ``(T, J, 3)`` and ``(T, J, 4)`` as `forward` gives them.

    Returns
    -------
    ``(T, J, 3, 4) float32``
    """
    turned = rot.to_matrix(world_rotations)
    moved = positions - np.einsum("...jab,jb->...ja", turned, bind)
    return np.concatenate([turned, moved[..., None]], axis=-1).astype(np.float32)


def skin_duals(bind: Floats, positions: Floats, world_rotations: Floats) -> Floats:
    """Unit dual quaternions of the same rigid motions as `skin_matrices`.

    Parameters
    ----------
    bind, positions, world_rotations
        As for `skin_matrices`.

    Returns
    -------
    ``(T, J, 8) float32``
        Rotation wxyz, then the dual part ``0.5 * (0, t) * rotation`` of the translation t in metres.
    """
    moved = positions - rot.rotate(world_rotations, bind)
    pure = np.concatenate([np.zeros_like(moved[..., :1]), moved], axis=-1)
    return np.concatenate([world_rotations, 0.5 * rot.multiply(pure, world_rotations)], axis=-1).astype(np.float32)


def mirror(motion: Motion) -> Motion:
    """Mirror a motion about the plane x = 0; canonical skeleton only.

    Joints change sides; of each quaternion y and z change sign, as a mirrored rotation about these axes runs backwards.
    """
    flip = np.array([1, 1, -1, -1], np.float32)
    contacts = None if motion.contacts is None else motion.contacts[:, [2, 3, 0, 1]]
    return Motion(
        motion.skeleton,
        motion.fps,
        motion.translation * np.array([-1, 1, 1], np.float32),
        motion.rotations[:, MIRROR] * flip,
        contacts,
        None if motion.hands is None else motion.hands[:, ::-1],
    )
