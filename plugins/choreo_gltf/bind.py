"""Where the joints of skins are in the pose that the meshes were bound in, whatever pose the nodes are in.

A vertex is bound where the inverse of its joint's inverse bind matrix says, in the space of its mesh. How that space
lies in the world is not written; at rest it is each joint's matrix times its inverse bind matrix, for all joints the
same. Where these differ the file was saved in another pose, and of the likely spaces the one is taken in which the
bound joints are nearest to the nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles, Ints
from choreo_gltf.numbers import values

FAR = 1.0
"""Radians and shares of the size from which on a space is not believed: another axis points up in it."""
SAME = 0.002
"""Most that joints of a file at rest are off the pose of binding, in radians, and in shares of the skeleton's size."""


def bound_joints(document: Any, order: Sequence[int], parents: Sequence[int], world: Doubles) -> dict[int, Doubles]:
    """World matrices ``(4, 4)`` of joints as they were bound, by place in `order`; of skins that are in another pose.

    Parameters
    ----------
    parents
        ``(J,)``.
    world
        ``(J, 4, 4)`` of the nodes as the file has them.

    Raises
    ------
    ValueError, IndexError
        When a skin points outside the file.
    """
    place = {node: k for k, node in enumerate(order)}
    found: dict[int, Doubles] = {}
    for skin in sorted(document.skins or [], key=lambda each: -len(each.joints)):
        if skin.inverseBindMatrices is None or not skin.joints:
            continue
        joints = np.array([place[node] for node in skin.joints])
        inverse = values(document, skin.inverseBindMatrices)[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)
        if len(inverse) < len(joints):
            raise ValueError("a skin has fewer matrices than joints")
        sound = np.isfinite(inverse).all(axis=(1, 2)) & np.isfinite(world[joints]).all(axis=(1, 2))
        sound[sound] = np.abs(np.linalg.det(inverse[sound][:, :3, :3])) > 1e-12
        joints, bound = joints[sound], np.linalg.inv(inverse[sound])
        if len(joints) < 3:
            continue
        space = _space(bound, world[joints], joints, parents, world)
        if space is not None:
            for joint, matrix in zip(joints, space @ bound, strict=True):
                found.setdefault(int(joint), matrix)
    return found


def _space(bound: Doubles, nodes: Doubles, joints: Ints, parents: Sequence[int], world: Doubles) -> Doubles | None:
    """The matrix ``(4, 4)`` that puts a mesh's space into the world; None when the nodes are as they were bound."""
    size = float(np.ptp(nodes[:, :3, 3], axis=0).max())
    inside = {int(joint): k for k, joint in enumerate(joints)}
    pairs = np.array([(k, inside[parents[j]]) for j, k in inside.items() if parents[j] in inside]).reshape(-1, 2)
    lengths = [np.linalg.norm(each[pairs[:, 0], :3, 3] - each[pairs[:, 1], :3, 3], axis=1) for each in (nodes, bound)]
    long = (lengths[0] > 1e-3 * size) & (lengths[1] > 0)
    if not size > 0 or long.sum() < 2:
        return None
    scale = float(np.median(lengths[0][long] / lengths[1][long]))
    own = nodes @ np.linalg.inv(bound)
    if _cost(own[0] @ bound, nodes, size, np.max) < SAME:
        return None
    top = min(joints, key=int)
    spaces = [np.eye(4)]
    if parents[top] >= 0:
        spaces.append(world[parents[top]])
    spaces.append(own[list(joints).index(top)])
    candidates = []
    for space in spaces:
        turn = rot.to_matrix(turn_of(space))
        moved = np.eye(4)
        moved[:3, :3] = turn * scale
        told = float(np.cbrt(abs(np.linalg.det(space[:3, :3]))))
        gaps = nodes[:, :3, 3] - bound[:, :3, 3] @ moved[:3, :3].T
        exact = abs(told / scale - 1) < 1e-3
        moved[:3, 3] = space[:3, 3] if exact else np.median(gaps, axis=0)
        candidates.append(moved)
    costs = [_cost(space @ bound, nodes, size, np.median) for space in candidates]
    if min(costs[:-1]) < FAR:
        del costs[-1]  # the topmost joint may be turned as the pose is
    best = min(range(len(costs)), key=lambda k: (costs[k] > min(costs) + 0.02, k))
    return candidates[best]


def _cost(bound: Doubles, nodes: Doubles, size: float, how: Any) -> float:
    """How far joints are from where they were bound: radians and shares of the size together."""
    cosines = (np.einsum("jab,jab->j", directions(bound), directions(nodes)) - 1) / 2
    gaps = np.linalg.norm(bound[:, :3, 3] - nodes[:, :3, 3], axis=1) / size
    return float(how(np.arccos(np.clip(cosines, -1, 1)))) + float(how(gaps))


def directions(matrices: Doubles) -> Doubles:
    """The rotations ``(J, 3, 3)`` nearest to matrices ``(J, 3, 3)`` or ``(J, 4, 4)`` with scales in them."""
    u, _, v = np.linalg.svd(np.asarray(matrices, np.float64)[:, :3, :3])
    u[:, :, 2] *= np.sign(np.linalg.det(u @ v))[:, None]
    return np.asarray(u @ v)


def turn_of(matrix: Doubles) -> Doubles:
    """The rotation wxyz ``(4,)`` nearest to a matrix ``(3, 3)`` or ``(4, 4)`` with scales in it."""
    return np.asarray(rot.normalize(rot.from_matrix(directions(matrix[None])[0])))


__all__ = ["bound_joints", "turn_of"]
