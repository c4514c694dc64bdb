"""The soles of a character's own meshes, and how much higher or lower it has to dance for them to touch the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import POINTS, sole_offsets, sole_points
from choreo.motion.retarget import facing_of
from choreo.motion.skeleton import SIDES
from choreo.types import Doubles, Ints, Motion
from choreo_gltf.people import rest_places
from choreo_gltf.posing import Figure, Posed, lines_of
from choreo_gltf.reader import Tree, values, world_matrices

WAYS = 96
"""Directions, half of a sphere, in which the outermost vertex of a foot is kept: the others touch no floor."""
INFLUENCES = 8
BLOCK = 512
"""Frames at a time."""


@dataclass(frozen=True, eq=False)
class Soles:
    """Points of the feet.

    ``at : (V, K, 3)`` where each of the nodes ``joints : (V, K)`` has them at rest, in the world, and with which
    ``weights : (V, K)``; ``sides : (V,)`` 0 left, 1 right.
    """

    at: Doubles
    joints: Ints
    weights: Doubles
    sides: Ints


def soles_of(figure: Figure) -> Soles:
    """The outermost vertices of both feet; of a character without any, where our own soles would be.

    Raises
    ------
    ValueError, IndexError
        When a mesh points outside the file.
    """
    found = _meshes(figure, _sides(figure, "ankle"))
    if len({int(part.sides[0]) for part in found}) < 2:  # boots may hang on the shins
        found = _meshes(figure, _sides(figure, "knee"))
    for number in (0, 1):
        if not any((part.sides == number).any() for part in found):
            found.append(_ours(figure, number))
    width = max(part.joints.shape[1] for part in found)
    wide = [_widened(part, width) for part in found]
    return Soles(
        *(np.concatenate([getattr(part, name) for part in wide]) for name in ("at", "joints", "weights", "sides"))
    )


def _sides(figure: Figure, part: str) -> Ints:
    """Which leg's ``(J,)`` each node is of, from a joint on down; -1 for others."""
    lines = lines_of(figure.tree)
    sides = np.full(len(lines), -1)
    for number, side in enumerate(SIDES):
        mine = {
            figure.index[name] for name in (f"{side}_{part}", f"{side}_ankle", f"{side}_foot") if name in figure.index
        }
        mine |= {joint for joint, by in figure.carriers.items() if by in mine}
        for joint, line in enumerate(lines):
            if joint in mine or line & mine:
                sides[joint] = number
    return sides


def _widened(part: Soles, width: int) -> Soles:
    more = width - part.joints.shape[1]
    return Soles(
        np.pad(part.at, ((0, 0), (0, more), (0, 0)), mode="edge"),
        np.pad(part.joints, ((0, 0), (0, more)), mode="edge"),
        np.pad(part.weights, ((0, 0), (0, more))),
        part.sides,
    )


def _ours(figure: Figure, side: int) -> Soles:
    """Our own heel and ball on a character's ankle, in its size."""
    facing = rot.yaw(
        facing_of(rest_places(figure.tree, {ours: figure.tree.names[k] for ours, k in figure.index.items()}))
    )
    ankle = "left_ankle" if side == 0 else "right_ankle"
    names = POINTS[2 * side : 2 * side + 2]
    joints = np.array([[figure.index.get(name, figure.index[ankle])] for name in names])
    down = figure.ratio * rot.rotate(
        facing.astype(np.float64), sole_offsets()[2 * side : 2 * side + 2].astype(np.float64)
    )
    at = figure.at[joints] + down[:, None]
    at[..., 1] = at[0, :, 1]
    return Soles(at, joints, np.ones((2, 1)), np.full(2, side))


def _meshes(figure: Figure, sides: Ints) -> list[Soles]:
    """Outermost vertices of every mesh that hangs on the feet."""
    tree, document = figure.tree, figure.tree.document
    place = {node: k for k, node in enumerate(tree.order)}
    nodes = world_matrices(tree)
    moves = _to_rest(figure, nodes)
    out: list[Soles] = []
    for node in document.nodes:
        if node.mesh is None:
            continue
        here = place[document.nodes.index(node)] if node.skin is None else -1
        for primitive in document.meshes[node.mesh].primitives:
            if primitive.attributes.POSITION is None:
                continue
            points = values(document, primitive.attributes.POSITION)
            if node.skin is None:
                if sides[here] < 0:
                    continue
                joints, weights = np.full((len(points), 1), here), np.ones((len(points), 1))
                binds = {here: nodes[here]}
            else:
                skin = document.skins[node.skin]
                bones = np.array([place[joint] for joint in skin.joints])
                if not (sides[bones] >= 0).any():
                    continue
                slots, weights = _influences(document, primitive.attributes, len(points))
                joints = bones[np.minimum(slots, len(bones) - 1)]
                binds = {
                    bone: nodes[bone] @ inverse for bone, inverse in zip(bones, _inverses(document, skin), strict=True)
                }
            out += _outermost(
                points, joints, weights, sides, {bone: moves[bone] @ each for bone, each in binds.items()}
            )
    return out


def _to_rest(figure: Figure, nodes: Doubles) -> Doubles:
    """Rigid matrices ``(J, 4, 4)`` from where the file has each node to where it is at rest."""
    tree: Tree = figure.tree
    turns, places = tree.posed.copy(), tree.places.copy()
    for joint, parent in enumerate(tree.parents):
        if parent >= 0:
            places[joint] = places[parent] + rot.rotate(turns[parent], places[joint])
            turns[joint] = rot.multiply(turns[parent], turns[joint])
    out = np.tile(np.eye(4), (len(turns), 1, 1))
    out[:, :3, :3] = rot.to_matrix(rot.multiply(figure.turns, rot.conjugate(turns)))
    out[:, :3, 3] = figure.at - np.einsum("jab,jb->ja", out[:, :3, :3], nodes[:, :3, 3])
    return out


def _inverses(document: Any, skin: Any) -> Doubles:
    if skin.inverseBindMatrices is None:
        return np.tile(np.eye(4), (len(skin.joints), 1, 1))
    rows = values(document, skin.inverseBindMatrices)[: len(skin.joints)]
    return np.asarray(rows.reshape(-1, 4, 4).transpose(0, 2, 1))


def _influences(document: Any, attributes: Any, count: int) -> tuple[Ints, Doubles]:
    """Slots and weights ``(V, K)`` of the vertices of a mesh."""
    slots, weights = [], []
    for number in range(INFLUENCES // 4):
        joints, heavy = (getattr(attributes, f"{name}_{number}", None) for name in ("JOINTS", "WEIGHTS"))
        if joints is None or heavy is None:
            break
        slots.append(values(document, joints).astype(np.int64))
        weights.append(values(document, heavy))
    if not slots:
        return np.zeros((count, 1), np.int64), np.ones((count, 1))
    shares = np.maximum(np.nan_to_num(np.concatenate(weights, axis=1)), 0)
    return np.maximum(np.concatenate(slots, axis=1), 0), shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)


def _outermost(points: Doubles, joints: Ints, weights: Doubles, sides: Ints, binds: dict[int, Doubles]) -> list[Soles]:
    """Of the vertices ``(V, 3)`` of one mesh those of each foot, and of each node of it, that are outermost."""
    out: list[Soles] = []
    heaviest = joints[np.arange(len(joints)), weights.argmax(axis=1)]
    whole = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    for side in (0, 1):
        share = np.sum(weights * (sides[joints] == side), axis=1)
        for bone in sorted({int(joint) for joint in np.unique(heaviest) if sides[joint] == side}):
            mine = np.flatnonzero((share >= 0.5) & (heaviest == bone))
            if not len(mine):
                continue
            at = whole[mine] @ binds[bone].T
            kept = mine[np.unique((at[:, :3] @ _ways().T).argmax(axis=0))]
            each = np.stack([
                np.stack([whole[vertex] @ binds[int(joint)][:3].T for joint in joints[vertex]]) for vertex in kept
            ])  # fmt: skip
            if np.isfinite(each).all():
                out.append(Soles(each, joints[kept], weights[kept], np.full(len(kept), side)))
    return out


def _ways() -> Doubles:
    """Directions ``(WAYS, 3)`` evenly over the lower three quarters of a sphere (Fibonacci lattice)."""
    k = np.arange(WAYS) + 0.5
    height = 0.5 - 1.5 * k / WAYS
    angle = np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(np.maximum(1 - height**2, 0))
    return np.stack([flat * np.cos(angle), height, flat * np.sin(angle)], axis=1)


def heights(soles: Soles, figure: Figure, pose: Posed, frames: int) -> Doubles:
    """Height ``(T, 2)`` of the lowest point of each foot."""
    out = np.empty((frames, 2))
    used = sorted({int(joint) for joint in np.unique(soles.joints)})
    column = {joint: k for k, joint in enumerate(used)}
    columns = np.vectorize(column.__getitem__)(soles.joints)
    for first in range(0, frames, BLOCK):
        part = slice(first, min(first + BLOCK, frames))
        size = part.stop - part.start
        up = np.empty((size, len(used), 3))
        base = np.empty((size, len(used)))
        for joint, k in column.items():
            turns, places = (each if len(each) == 1 else each[part] for each in (pose.turns[joint], pose.places[joint]))
            back = rot.multiply(figure.turns[joint], rot.conjugate(turns))
            up[:, k] = rot.rotate(back, np.array([0.0, 1, 0]))  # the height after a turn, of a place before it
            base[:, k] = places[:, 1] - up[:, k] @ figure.at[joint]
        each = np.einsum("tvkc,vkc->tvk", up[:, columns], soles.at) + base[:, columns]
        lows = np.einsum("tvk,vk->tv", each, soles.weights)
        for side in (0, 1):
            out[part, side] = lows[:, soles.sides == side].min(axis=1)
    return out


def lift_of(motion: Motion, figure: Figure, low: Doubles) -> Doubles:
    """How much higher ``(T,)`` the character has to be for its lowest sole ``low (T, 2)`` to be where ours is."""
    ours = sole_points(motion)[..., 1].astype(np.float64).min(axis=1)
    return np.asarray(ours * figure.ratio - low.min(axis=1))
