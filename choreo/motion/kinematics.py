"""Forward kinematics, mirroring and skinning transforms, vectorised over time."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.skeleton import MIRROR
from choreo.types import Doubles, Floats, Motion, Skeleton


def forward(skeleton: Skeleton, translation: Floats, rotations: Floats) -> tuple[Floats, Floats]:
    """World positions and orientations of all joints.

    Parameters
    ----------
    translation
        ``(..., 3)`` world position of the root, metres.
    rotations
        ``(..., J, 4)`` local unit quaternions, wxyz.

    Returns
    -------
    positions, world_rotations
        ``(..., J, 3)`` metres and ``(..., J, 4)``.
    """
    positions = np.empty((*rotations.shape[:-1], 3), dtype=rotations.dtype)
    world = np.empty_like(rotations)
    positions[..., 0, :], world[..., 0, :] = translation, rotations[..., 0, :]
    for joint in range(1, len(skeleton)):
        parent = int(skeleton.parents[joint])
        above = world[..., parent, :]
        world[..., joint, :] = rot.multiply(above, rotations[..., joint, :])
        positions[..., joint, :] = positions[..., parent, :] + rot.rotate(above, skeleton.offsets[joint])
    return positions, world


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
    )
