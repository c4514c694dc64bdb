"""The canonical T-pose of a character: where its joints are in it, and how each part gets there from its rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.families import JointMap
from choreo.motion.hands import FINGERS
from choreo.motion.joint_frames import unit
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES, PARENTS, SIDES
from choreo.types import Doubles, FingerRig, Ints, Skeleton
from choreo_gltf.fingers import Bend, bends_of
from choreo_gltf.people import humans_of
from choreo_gltf.posing import figure_of
from choreo_gltf.reader import Tree

NEAR_CHILD = 0.05
"""Share of a bone that is left to a joint which the rig lacks: it lies near the next one, whose place then depends
nearly only on joints that the rig has, as in the character's own file."""


@dataclass(frozen=True, eq=False)
class Stance:
    """The joints of a body made of a character, in the file's units: `J` canonical ones and those of fingers.

    ``rest : (J, 3)`` where they are in the file's rest pose; ``turns : (J, 4)`` wxyz how each is turned from there into
    the T-pose, and ``places : (J, 3)`` where it is then; ``carriers : (N,)`` the joint that each node goes with;
    ``inside : (N,)`` whether a node belongs to the humanoid.
    """

    names: tuple[str, ...]
    parents: Ints
    rest: Doubles
    turns: Doubles
    places: Doubles
    carriers: Ints
    inside: np.ndarray
    fingers: FingerRig | None

    def skeleton(self, scale: float, lift: Doubles) -> Skeleton:
        """Bones of the T-pose times `scale`, moved by ``lift (3,)``."""
        places = self.places * scale + lift
        offsets = np.where(self.parents[:, None] >= 0, places - places[self.parents], places)
        return Skeleton(self.names, self.parents, offsets.astype(np.float32))

    def posed(self, points: Doubles, joints: Ints, weights: Doubles) -> tuple[Doubles, Doubles]:
        """Skin ``points (V, 3)`` of the rest pose into the T-pose; these and the matrices ``(V, 3, 3)``."""
        matrices = rot.to_matrix(self.turns)
        moves = self.places - np.einsum("jab,jb->ja", matrices, self.rest)
        turned = np.einsum("vi,viab->vab", weights, matrices[joints])
        moved = np.einsum("vab,vb->va", turned, points) + np.einsum("vi,via->va", weights, moves[joints])
        return moved, turned


def stance_of(tree: Tree, joints: JointMap) -> Stance:
    """How a character gets from its rest pose into the canonical T-pose, facing +Z."""
    figure = figure_of(tree, joints)
    index, positions, turns = figure.index, figure.at, figure.turns
    back = np.stack([rot.conjugate(figure.ideal[name]) for name in NAMES])
    rest, places = _placed({ours: positions[k] for ours, k in index.items()}, back)
    bends = bends_of(tree, index, positions, turns, humans_of(tree))
    names, parents, extra, rig = _fingered(bends, positions, turns, rest, back, "left_hand" in index)
    carried = {k: NAMES.index(ours) for ours, k in reversed(list(index.items()))}
    for node, joint, _ in extra:
        if node >= 0:
            carried.setdefault(node, joint)
    for node, by in figure.carriers.items():
        carried.setdefault(node, carried[by])
    for node, joint, above in extra:
        point = rest[above] if node < 0 else positions[node]
        rest = np.concatenate([rest, point[None]])
        places = np.concatenate([places, (places[above] + rot.rotate(back[above], point - rest[above]))[None]])
        back = np.concatenate([back, back[above][None]])
        assert len(rest) == joint + 1
    carriers, inside = _carriers(tree.parents, carried)
    return Stance(names, parents, rest, back, places, carriers, inside, rig)


def _placed(at: Mapping[str, Doubles], back: Doubles) -> tuple[Doubles, Doubles]:
    """Canonical joints ``(24, 3)`` at rest and in the T-pose, from those that the rig has at rest."""
    rest, there = np.zeros((len(NAMES), 3)), np.zeros(len(NAMES), bool)
    for joint, name in enumerate(NAMES):
        if name in at:
            rest[joint], there[joint] = at[name], True
    if not there[0]:
        rest[0], there[0] = (at["left_hip"] + at["right_hip"]) / 2, True
    for joint in range(1, len(NAMES)):
        if not there[joint]:
            rest[joint] = _between(joint, rest, there, back)
    places = np.zeros_like(rest)
    for joint in range(1, len(NAMES)):
        above = int(PARENTS[joint])
        places[joint] = places[above] + rot.rotate(back[above], rest[joint] - rest[above])
    return rest, places


def _between(joint: int, rest: Doubles, there: np.ndarray, back: Doubles) -> Doubles:
    """Where a joint is that the rig lacks: next to the one below it, or as far out as ours is."""
    above, depth, below = int(PARENTS[joint]), 1, joint
    while not there[below]:
        follower = next((k for k in range(below + 1, len(NAMES)) if PARENTS[k] == below), -1)
        if follower < 0:
            break
        below, depth = follower, depth + 1
    if there[below]:
        return np.asarray(rest[below] + NEAR_CHILD * (depth - 1) * (rest[above] - rest[below]))
    ends = (above, int(PARENTS[above]))
    if NAMES[joint] in ("spine1", "spine2", "spine3", "neck", "head"):
        ends = (NAMES.index("left_shoulder"), NAMES.index("left_hip"))
    ours = rest_positions(CANONICAL)
    size = np.linalg.norm(rest[ends[0]] - rest[ends[1]]) / np.linalg.norm(ours[ends[0]] - ours[ends[1]])
    ahead = CANONICAL.offsets[joint].astype(np.float64) * size
    return np.asarray(rest[above] + rot.rotate(rot.conjugate(back[above]), ahead))


def _fingered(
    bends: list[Bend], positions: Doubles, turns: Doubles, rest: Doubles, back: Doubles, has_hands: bool
) -> tuple[tuple[str, ...], Ints, list[tuple[int, int, int]], FingerRig | None]:
    """Names and parents of all joints with two for each finger; node, number and parent of each; their rig.

    None of a character one of whose hands has no fingers; a single finger that is missing has joints without a node.
    """
    chains: dict[tuple[int, int], list[Bend]] = {}
    for bend in bends:
        chains.setdefault((bend.side, bend.finger), []).append(bend)
    if {side for side, _ in chains} != {0, 1}:
        return NAMES, PARENTS, [], None
    names, parents, extra = list(NAMES), PARENTS.tolist(), []
    numbers, axes, rests = np.zeros((2, 5, 2), np.int64), np.zeros((2, 5, 2, 3)), np.full((2, 5, 2), np.nan)
    for side, finger, joint in np.ndindex(2, 5, 2):
        chain = chains.get((side, finger), [])
        base = NAMES.index(f"{SIDES[side]}_{'hand' if finger and has_hands else 'wrist'}")
        above = int(numbers[side, finger, 0]) if joint else base
        numbers[side, finger, joint] = len(names)
        node = chain[joint].node if joint < len(chain) else -1
        extra.append((node, len(names), above))
        names.append(f"{SIDES[side]}_{FINGERS[finger]}{joint + 1}")
        parents.append(above)
        axis = np.array([0.0, 0.0, 1.0])
        if node >= 0:
            axis = rot.rotate(back[base], rot.rotate(turns[node], chain[joint].axis))
            rests[side, finger, joint] = sum(bend.rest for bend in (chain[:1] if joint == 0 else chain[1:]))
        axes[side, finger, joint] = unit(axis)
    known = np.isfinite(rests)
    rest = np.where(known, rests, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    rig = FingerRig(numbers, axes.astype(np.float32), rest.astype(np.float32))
    return tuple(names), np.array(parents), extra, rig


def _carriers(parents: list[int], carried: Mapping[int, int]) -> tuple[Ints, np.ndarray]:
    """Joint that each node goes with, that of the nearest node above it which has one; the pelvis above all."""
    carriers, inside = np.zeros(len(parents), np.int64), np.zeros(len(parents), bool)
    for node, parent in enumerate(parents):
        carriers[node] = carried.get(node, carriers[parent] if parent >= 0 else 0)
        inside[node] = node in carried or (parent >= 0 and inside[parent])
    return carriers, inside


__all__ = ["Stance", "stance_of"]
