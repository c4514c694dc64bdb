"""Of all nodes of a file the humanoid's, as a skeleton that hangs on its hips, and its motion."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.families import JointMap
from choreo.motion.skeleton import NAMES, PARENTS
from choreo.types import Doubles, Floats, Motion, Skeleton
from choreo_gltf.reader import Tree, rest_world


def humanoid(tree: Tree, positions: Doubles, turns: Doubles, fps: float, joints: JointMap) -> tuple[Motion, Floats]:
    """The part of the tree that hangs on the hips, whose path has everything above it in it.

    Joints that hang elsewhere, as feet do for inverse kinematics, hang on the limb that they belong to.

    Parameters
    ----------
    positions, turns
        ``(T, J, 3)`` and ``(T, J, 4)``, local.

    Returns
    -------
    motion
        On that skeleton, whose bones are as long as at rest.
    rest
        Local rotations ``(J, 4)`` of it.
    """
    index = {ours: tree.names.index(theirs) for ours, theirs in joints.items()}
    top = index["pelvis"]
    parents = _hung(tree, index)
    inside = [top]
    for joint in inside:
        inside.extend(k for k, parent in enumerate(parents) if parent == joint)
    place = {joint: k for k, joint in enumerate(inside)}
    at, rest_turns = rest_world(tree)
    offsets, rests = tree.offsets[inside].copy(), tree.rest[inside].copy()
    part = turns[:, inside].copy()
    moved, turned = _world(tree, top, positions, turns)
    offsets[0], rests[0], part[:, 0] = moved[0], rest_turns[top], turned
    for joint in inside[1:]:
        if parents[joint] != tree.parents[joint]:
            above, k = parents[joint], place[joint]
            back = rot.conjugate(rest_turns[above])
            offsets[k], rests[k] = rot.rotate(back, at[joint] - at[above]), rot.multiply(back, rest_turns[joint])
            over = rot.conjugate(_world(tree, above, positions, turns)[1])
            part[:, k] = rot.multiply(over, _world(tree, joint, positions, turns)[1])
    skeleton = Skeleton(
        tuple(tree.names[joint] for joint in inside),
        np.array([-1, *(place[parents[joint]] for joint in inside[1:])]),
        offsets.astype(np.float32),
    )
    rotations = rot.continuous(rot.normalize(part)).astype(np.float32)
    return Motion(skeleton, fps, moved.astype(np.float32), rotations), rests.astype(np.float32)


def _hung(tree: Tree, index: dict[str, int]) -> list[int]:
    """Parents of the nodes, those of joints that hang elsewhere than on their limb mended."""
    parents = list(tree.parents)
    for ours, joint in index.items():
        line, above = [], parents[joint]
        while above >= 0:
            line.append(above)
            above = parents[above]
        name = ours
        while name != "pelvis":
            name = NAMES[PARENTS[NAMES.index(name)]]
            if name in index:
                if index[name] not in line and joint != index[name]:
                    parents[joint] = index[name]
                break
    return parents


def _world(tree: Tree, joint: int, positions: Doubles, turns: Doubles) -> tuple[Doubles, Doubles]:
    """World places ``(T, 3)`` and turns ``(T, 4)`` of one node."""
    line = [joint]
    while tree.parents[line[-1]] >= 0:
        line.append(tree.parents[line[-1]])
    place, turn = positions[:, line[-1]], turns[:, line[-1]]
    for each in line[-2::-1]:
        place = place + rot.rotate(turn, positions[:, each])
        turn = rot.multiply(turn, turns[:, each])
    return place, turn
