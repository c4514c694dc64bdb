"""Read skeletons and animations from GLB, glTF and VRM files; pygltflib parses, sizes are checked first."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.types import Doubles
from choreo_gltf.container import Parts, read_parts
from choreo_gltf.numbers import values

MAX_NODES = 10_000


@dataclass(frozen=True, eq=False)
class Tree:
    """The nodes of a file, parents before children.

    ``order : (J,)`` node numbers; ``parents : (J,)``; ``rest : (J, 4)`` local rotations wxyz and
    ``offsets : (J, 3)`` at rest, scales of ancestors multiplied in; ``names``.
    """

    document: Any
    order: list[int]
    names: tuple[str, ...]
    parents: list[int]
    offsets: Doubles
    rest: Doubles
    scales: Doubles


def open_gltf(path: Path) -> Any:
    """Parse a file: pygltflib's document of it, with one buffer in which nothing is compressed.

    Raises
    ------
    MotionError
        When it cannot be read, is too large, needs what is not known, or is no glTF.
    """
    return open_parts(path)[0]


def open_parts(path: Path) -> tuple[Any, Parts]:
    """As `open_gltf`, and the same file as it is written again.

    Raises
    ------
    MotionError
    """
    try:
        parts = read_parts(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            document = parsed(parts)
        if not isinstance(document.nodes, list) or not document.nodes:
            raise ValueError("no nodes")
        return document, parts
    except MotionError:
        raise
    except Exception as error:
        raise MotionError(f"{path}: is not a glTF, GLB or VRM file ({type(error).__name__}: {error}).") from error


def parsed(parts: Parts) -> Any:
    """A file as pygltflib's document."""
    import pygltflib

    document = pygltflib.GLTF2.gltf_from_json(json.dumps(parts.json))
    document.set_binary_blob(parts.blob)
    return document


def tree_of(document: Any) -> Tree:
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
    count = len(order)
    offsets, rest, scales = np.zeros((count, 3)), np.zeros((count, 4)), np.ones(count)
    for k, number in enumerate(order):
        move, turn, size = local_of(nodes[number])
        parent = scales[index[above[number]]] if above[number] >= 0 else 1.0
        offsets[k], rest[k], scales[k] = parent * move, turn, parent * size
    names = tuple(nodes[number].name or f"node{number}" for number in order)
    parents = [index[above[number]] if above[number] >= 0 else -1 for number in order]
    return Tree(document, order, names, parents, offsets, rest, scales)


def read_tree(path: Path) -> Tree:
    """The nodes of a file.

    Raises
    ------
    MotionError
        When it cannot be read or its nodes are no tree.
    """
    document = open_gltf(path)
    try:
        return tree_of(document)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise MotionError(f"{path}: its skeleton cannot be read ({error}).") from error


def local_of(node: Any) -> tuple[Doubles, Doubles, float]:
    """Translation, rotation wxyz and (mean) scale of a node."""
    if node.matrix is not None:
        matrix = np.array(node.matrix, np.float64).reshape(4, 4).T
        size = float(np.cbrt(abs(np.linalg.det(matrix[:3, :3])))) or 1.0
        return matrix[:3, 3], rot.from_matrix(matrix[:3, :3] / size), size
    turn = np.array(node.rotation or [0, 0, 0, 1], np.float64)[[3, 0, 1, 2]]
    size = float(np.mean(np.abs(node.scale))) if node.scale else 1.0
    return np.array(node.translation or [0, 0, 0], np.float64), rot.normalize(turn), size or 1.0


__all__ = ["Tree", "local_of", "open_gltf", "open_parts", "parsed", "read_tree", "tree_of", "values"]
