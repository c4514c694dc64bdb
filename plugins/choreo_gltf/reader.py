"""Read skeletons and animations from GLB, glTF and VRM files; pygltflib parses, sizes are checked first."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.types import Doubles
from choreo_gltf.bind import bound_joints, turn_of
from choreo_gltf.container import Parts, read_parts
from choreo_gltf.numbers import values

MAX_NODES = 10_000


@dataclass(frozen=True, eq=False)
class Tree:
    """The nodes of a file, parents before children.

    ``order : (J,)`` node numbers; ``names``, each once: of nodes that are called alike the joints of skins come first,
    and others have their number behind theirs, ``Arm#12``; ``parents : (J,)``. ``rest : (J, 4)`` local rotations wxyz
    and ``offsets : (J, 3)`` in the pose that the meshes were bound in, ``posed`` and ``places`` as the file has them;
    scales of ancestors, ``scales : (J,)``, are multiplied in.
    """

    document: Any
    order: list[int]
    names: tuple[str, ...]
    parents: list[int]
    offsets: Doubles
    rest: Doubles
    scales: Doubles
    places: Doubles
    posed: Doubles
    parts: Parts | None = None

    @property
    def world_rest(self) -> Doubles:
        """World positions ``(J, 3)`` at rest."""
        return rest_world(self)[0]


def open_gltf(path: Path) -> Any:
    """Parse a file: pygltflib's document of it, with one buffer in which nothing is compressed.

    Raises
    ------
    MotionError
        When it cannot be read, is too large, needs what is not known, or is no glTF.
    """
    return open_parts(path)[0]


def open_parts(path: Path, *, animations: bool = True) -> tuple[Any, Parts]:
    """As `open_gltf`, without `animations` on request, and the same file as it is written again.

    Raises
    ------
    MotionError
    """
    try:
        parts = read_parts(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = parsed(parts, animations=animations)
        if not isinstance(document.nodes, list) or not document.nodes:
            raise ValueError("no nodes")
        return document, parts
    except MotionError:
        raise
    except Exception as error:
        raise MotionError(f"{path}: is not a glTF, GLB or VRM file ({type(error).__name__}: {error}).") from error


def parsed(parts: Parts, *, animations: bool = True) -> Any:
    """A file as pygltflib's document, without its `animations` on request.

    Characters of games have some dozen of these with thousands of channels and accessors, over whose fields pygltflib
    thinks for seconds: plain ones are made here.
    """
    import pygltflib

    many = ("accessors", "bufferViews")
    rest = {name: each for name, each in parts.json.items() if name not in many}
    if not animations:
        rest.pop("animations", None)
    document = pygltflib.GLTF2.gltf_from_json(json.dumps(rest))
    for name, kind in zip(many, (pygltflib.Accessor, pygltflib.BufferView), strict=True):
        known = {each.name for each in fields(kind)}
        setattr(document, name, [_plain(name, kind, each, known) for each in parts.json.get(name) or []])
    document.set_binary_blob(parts.blob)
    return document


def _plain(name: str, kind: Any, found: dict[str, Any], known: set[str]) -> Any:
    """An accessor or a view; one of numbers that are given apart has objects within."""
    import pygltflib

    if isinstance(found.get("sparse"), dict):
        return getattr(pygltflib.GLTF2.gltf_from_json(json.dumps({name: [found]})), name)[0]
    return kind(**{key: value for key, value in found.items() if key in known})


def tree_of(document: Any, parts: Parts | None = None) -> Tree:
    """Read the nodes.

    Raises
    ------
    ValueError
        When they are no tree.
    """
    nodes = document.nodes
    if len(nodes) > MAX_NODES:
        raise ValueError(f"{len(nodes)} nodes")
    above = [-1] * len(nodes)
    for number, node in enumerate(nodes):
        for child in node.children or []:
            if not 0 <= child < len(nodes) or above[child] >= 0 or child == number:
                raise ValueError("the nodes are no tree")
            above[child] = number
    order = [number for number, parent in enumerate(above) if parent < 0]
    for number in order:
        order.extend(nodes[number].children or [])
    if len(order) != len(nodes):
        raise ValueError("the nodes are no tree")
    index = {number: k for k, number in enumerate(order)}
    parents = [index[above[number]] if above[number] >= 0 else -1 for number in order]
    count = len(order)
    places, posed, scales = np.zeros((count, 3)), np.zeros((count, 4)), np.ones(count)
    for k, number in enumerate(order):
        move, turn, size = local_of(nodes[number])
        parent = scales[parents[k]] if parents[k] >= 0 else 1.0
        places[k], posed[k], scales[k] = parent * move, turn, parent * size
    tree = Tree(document, order, _named(document, order), parents, places, posed, scales, places, posed, parts)
    return _bound(tree)


def _named(document: Any, order: list[int]) -> tuple[str, ...]:
    """Names of the nodes, each once."""
    jointed = {node for skin in document.skins or [] for node in skin.joints}
    taken: set[str] = set()
    names: dict[int, str] = {}
    for number in sorted(order, key=lambda number: number not in jointed):
        name = document.nodes[number].name or f"node{number}"
        names[number] = name if name not in taken else f"{name}#{number}"
        taken.add(names[number])
    return tuple(names[number] for number in order)


def _bound(tree: Tree) -> Tree:
    """A tree whose rest pose is that of its skins."""
    found = bound_joints(tree.document, tree.order, tree.parents, world_matrices(tree))
    if not found:
        return tree
    positions, turns = tree.places.copy(), tree.posed.copy()
    offsets, rest = tree.places.copy(), tree.posed.copy()
    for joint, parent in enumerate(tree.parents):
        if parent >= 0:
            positions[joint] = positions[parent] + rot.rotate(turns[parent], positions[joint])
            turns[joint] = rot.multiply(turns[parent], turns[joint])
        if joint in found:
            positions[joint], turns[joint] = found[joint][:3, 3], turn_of(found[joint])
        back = rot.conjugate(turns[parent]) if parent >= 0 else np.array([1.0, 0, 0, 0])
        offsets[joint] = rot.rotate(back, positions[joint] - positions[parent]) if parent >= 0 else positions[joint]
        rest[joint] = rot.multiply(back, turns[joint])
    return replace(tree, offsets=offsets, rest=rest)


def rest_world(tree: Tree) -> tuple[Doubles, Doubles]:
    """World positions ``(J, 3)`` and orientations ``(J, 4)`` of the nodes at rest."""
    positions, turns = tree.offsets.copy(), tree.rest.copy()
    for joint, parent in enumerate(tree.parents):
        if parent >= 0:
            positions[joint] = positions[parent] + rot.rotate(turns[parent], tree.offsets[joint])
            turns[joint] = rot.multiply(turns[parent], tree.rest[joint])
    return positions, turns


def world_matrices(tree: Tree) -> Doubles:
    """Matrices ``(J, 4, 4)`` of the nodes as the file has them."""
    out = np.stack([matrix_of(tree.document.nodes[number]) for number in tree.order])
    for joint, parent in enumerate(tree.parents):
        if parent >= 0:
            out[joint] = out[parent] @ out[joint]
    return out


def read_tree(path: Path, *, animations: bool = True) -> Tree:
    """The nodes of a file, whose document has no animations where these are not wanted.

    Raises
    ------
    MotionError
        When it cannot be read or its nodes are no tree.
    """
    document, parts = open_parts(path, animations=animations)
    try:
        return tree_of(document, parts)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, np.linalg.LinAlgError) as error:
        raise MotionError(f"{path}: its skeleton cannot be read ({error}).") from error


def local_of(node: Any) -> tuple[Doubles, Doubles, float]:
    """Translation, rotation wxyz and (mean) scale of a node."""
    if node.matrix is not None:
        matrix = np.array(node.matrix, np.float64).reshape(4, 4).T
        size = float(np.cbrt(abs(np.linalg.det(matrix[:3, :3])))) or 1.0
        return matrix[:3, 3], turn_of(matrix), size
    turn = np.array(node.rotation or [0, 0, 0, 1], np.float64)[[3, 0, 1, 2]]
    size = float(np.mean(np.abs(node.scale))) if node.scale else 1.0
    return np.array(node.translation or [0, 0, 0], np.float64), rot.normalize(turn), size or 1.0


def matrix_of(node: Any) -> Doubles:
    """Matrix ``(4, 4)`` of a node."""
    if node.matrix is not None:
        return np.array(node.matrix, np.float64).reshape(4, 4).T
    move, turn, _ = local_of(node)
    out = np.eye(4)
    out[:3, :3] = rot.to_matrix(turn) * np.array(node.scale or [1, 1, 1], np.float64)
    out[:3, 3] = move
    return out


__all__ = [
    "Tree", "local_of", "matrix_of", "open_gltf", "open_parts", "parsed", "read_tree", "rest_world", "tree_of",
    "values", "world_matrices",
]  # fmt: skip
