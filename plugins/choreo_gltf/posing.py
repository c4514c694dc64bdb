"""A canonical dance as turns and places of a character's nodes, whatever hangs on what in its file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.families import JointMap
from choreo.motion.joint_frames import mean_leg, unit
from choreo.motion.kinematics import forward, hip_middle
from choreo.motion.retarget import leg_of, rest_orientations
from choreo.motion.skeleton import CANONICAL, NAMES, PARENTS
from choreo.types import Doubles, Motion
from choreo_gltf.people import rest_places
from choreo_gltf.reader import Tree, rest_world

UPRIGHT = 0.8
"""Cosine to the vertical that the trunk at rest has at least in a character that stands."""
ONE = np.array([[1.0, 0, 0, 0]])


@dataclass(frozen=True, eq=False)
class Figure:
    """A character that is to dance.

    ``index``: nodes by canonical joint; ``at : (J, 3)`` and ``turns : (J, 4)`` of all nodes at rest in the world,
    standing upright; ``ideal``: how canonical bones ``(4,)`` are turned in that pose; ``carriers``: nodes that do not
    hang on the node that they go with, and that one, which is one of `index`; ``ratio``: length of the legs over ours.
    """

    tree: Tree
    index: dict[str, int]
    at: Doubles
    turns: Doubles
    ideal: dict[str, Doubles]
    carriers: dict[int, int]
    ratio: float

    @property
    def pelvis(self) -> int:
        """Node of the hips."""
        return self.index["pelvis"]


def upright_tree(tree: Tree, joints: JointMap) -> Tree:
    """The tree with a rest pose that stands, turned about the origin when the character lies in its file."""
    at = rest_places(tree, joints)
    shoulders = (at["left_shoulder"] + at["right_shoulder"])[0] / 2
    trunk = unit(shoulders - (at["left_hip"] + at["right_hip"])[0] / 2)
    if not np.isfinite(trunk).all() or trunk[1] > UPRIGHT:
        return tree
    turn = rot.between(trunk, np.array([0.0, 1, 0]))
    offsets, rest = tree.offsets.copy(), tree.rest.copy()
    for joint, parent in enumerate(tree.parents):
        if parent < 0:
            offsets[joint], rest[joint] = rot.rotate(turn, offsets[joint]), rot.multiply(turn, rest[joint])
    return replace(tree, offsets=offsets, rest=rest)


def figure_of(tree: Tree, joints: JointMap) -> Figure:
    """A character from its upright tree.

    Raises
    ------
    MotionError
        When its legs have no length.
    """
    index = {ours: tree.names.index(theirs) for ours, theirs in joints.items()}
    at, turns = rest_world(tree)
    rest_at = rest_places(tree, joints)
    ratio = leg_of(rest_at) / mean_leg(CANONICAL)
    return Figure(tree, index, at, turns, rest_orientations(rest_at), _carriers(tree, index, at), ratio)


def _above(name: str, index: dict[str, int]) -> str:
    """The nearest canonical joint above one that the character has."""
    while True:
        name = NAMES[PARENTS[NAMES.index(name)]]
        if name in index:
            return name


def lines_of(tree: Tree) -> list[set[int]]:
    """All nodes above each."""
    out: list[set[int]] = []
    for parent in tree.parents:
        out.append(out[parent] | {parent} if parent >= 0 else set())
    return out


def _carriers(tree: Tree, index: dict[str, int], at: Doubles) -> dict[int, int]:
    """Nodes that go with one which they do not hang on, as feet do that hang on the root for inverse kinematics."""
    lines = lines_of(tree)
    mapped = {joint: ours for ours, joint in index.items()}
    out: dict[int, int] = {}
    for ours, joint in index.items():
        if ours != "pelvis" and index[_above(ours, index)] not in lines[joint]:
            out[joint] = index[_above(ours, index)]
    place = {node: k for k, node in enumerate(tree.order)}
    skins = [[place[node] for node in skin.joints] for skin in tree.document.skins or []]
    ours_too = {joint for skin in skins if mapped.keys() & set(skin) for joint in skin}
    bones = [(index[_above(name, index)], joint) for name, joint in index.items() if name != "pelvis"]
    ends = [joint for joint in mapped if joint not in {above for above, _ in bones}]
    bones += [(joint, joint) for joint in ends]
    starts, stops = at[[a for a, _ in bones]], at[[b for _, b in bones]]
    for joint in sorted(ours_too):
        free = joint not in mapped and not lines[joint] & (mapped.keys() | out.keys())
        if free and joint not in lines[index["pelvis"]]:
            out[joint] = bones[int(np.argmin(_distances(at[joint], starts, stops)))][0]
    return out


def _distances(point: Doubles, starts: Doubles, stops: Doubles) -> Doubles:
    """From a point ``(3,)`` to segments ``(N, 3)``."""
    ways = stops - starts
    lengths = np.maximum(np.sum(ways * ways, axis=1), 1e-12)
    share = np.clip(np.sum((point - starts) * ways, axis=1) / lengths, 0, 1)
    return np.asarray(np.linalg.norm(starts + share[:, None] * ways - point, axis=1))


@dataclass(frozen=True, eq=False)
class Posed:
    """World turns ``(T, 4)`` and places ``(T, 3)`` of nodes, or ``(1, ...)`` of those that stay; and local turns."""

    turns: dict[int, Doubles]
    places: dict[int, Doubles]
    local: dict[int, Doubles]


def posed(figure: Figure, motion: Motion, unit: float, more: set[int], lift: Doubles | float = 0.0) -> Posed:
    """Pose the nodes that dance, those above them, and `more`.

    Parameters
    ----------
    motion
        On the canonical joints with the character's own bones, as `choreo.video.bodies.fit_bones` makes it.
    unit
        Metres of the motion in one unit of the file.
    lift
        ``(T,)`` by how much everything is higher, in the file's unit.
    """
    tree, index = figure.tree, figure.index
    _, ours = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    world = {
        k: rot.multiply(ours[:, NAMES.index(name)], rot.multiply(rot.conjugate(figure.ideal[name]), figure.turns[k]))
        for name, k in index.items()
    }
    world |= {
        k: rot.multiply(_moved(world, figure, by), figure.turns[k])
        for k, by in figure.carriers.items()
        if k not in world
    }
    hips = _hips(figure, motion, unit, world)
    hips[:, 1] += lift
    fixed = _carried_places(figure, world, hips)
    lines = lines_of(tree)
    needed = set().union(*(lines[k] | {k} for k in {*world, *more}))
    turns: dict[int, Doubles] = {}
    places: dict[int, Doubles] = {}
    local: dict[int, Doubles] = {}
    for joint in sorted(needed):
        parent = tree.parents[joint]
        above, origin = (turns[parent], places[parent]) if parent >= 0 else (ONE, np.zeros((1, 3)))
        inside = bool(lines[joint] & world.keys())
        step, own = (tree.offsets, tree.rest) if inside else (tree.places, tree.posed)
        turns[joint] = world[joint] if joint in world else rot.multiply(above, own[joint])
        if joint in world:
            local[joint] = rot.continuous(rot.normalize(rot.multiply(rot.conjugate(above), world[joint])))
        places[joint] = fixed[joint] if joint in fixed else origin + rot.rotate(above, step[joint])
    return Posed(turns, places, local)


def _moved(world: dict[int, Doubles], figure: Figure, by: int) -> Doubles:
    """How a node is turned ``(T, 4)`` from its rest, in the world."""
    return rot.multiply(world[by], rot.conjugate(figure.turns[by]))


def _hips(figure: Figure, motion: Motion, unit: float, world: dict[int, Doubles]) -> Doubles:
    """World places ``(T, 3)`` of the hips' node: the middle of its hip joints is where the motion's is."""
    index, at = figure.index, figure.at
    middle = (at[index["left_hip"]] + at[index["right_hip"]]) / 2
    target = motion.translation.astype(np.float64) / unit
    target += rot.rotate(motion.rotations[:, 0].astype(np.float64), hip_middle(motion.skeleton) / unit)
    return np.asarray(target - rot.rotate(_moved(world, figure, figure.pelvis), middle - at[figure.pelvis]))


def _carried_places(figure: Figure, world: dict[int, Doubles], hips: Doubles) -> dict[int, Doubles]:
    """World places of the hips and of nodes that hang elsewhere than they go."""
    index, at = figure.index, figure.at
    found = {figure.pelvis: hips}
    for name in NAMES[1:]:
        if name in index:
            above = index[_above(name, index)]
            found[index[name]] = found[above] + rot.rotate(_moved(world, figure, above), at[index[name]] - at[above])
    for joint, by in figure.carriers.items():
        if joint not in found:
            found[joint] = found[by] + rot.rotate(_moved(world, figure, by), at[joint] - at[by])
    return {joint: places for joint, places in found.items() if joint == figure.pelvis or joint in figure.carriers}


def local_places(figure: Figure, pose: Posed) -> dict[int, Doubles]:
    """Local places ``(T, 3)``, in the file's units, of the hips and of nodes that hang elsewhere than they go."""
    tree = figure.tree
    out = {}
    for joint in (figure.pelvis, *figure.carriers):
        parent = tree.parents[joint]
        place = pose.places[joint]
        if parent >= 0:
            place = rot.rotate(rot.conjugate(pose.turns[parent]), place - pose.places[parent]) / tree.scales[parent]
        out[joint] = place
    return out
