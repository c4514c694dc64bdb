"""Read skeletons and animations from GLB, glTF and VRM files; pygltflib parses, sizes are checked first."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.files import read_bytes, require_modest
from choreo.foreign.limits import GLTF_BYTES, GLTF_ITEMS, GLTF_TEXT_BYTES, GLTF_VALUES, KEY_VALUES, POSED_JOINTS
from choreo.motion import rotations as rot
from choreo.types import Doubles, Floats, Motion, Skeleton

MAX_NODES = 10_000
MAX_SECONDS = 7200.0
FPS = 60.0
TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


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
    """Parse a file.

    Raises
    ------
    MotionError
        When it cannot be read, is too large, or is no glTF.
    """
    raw = read_bytes(path, GLTF_BYTES, MotionError)
    try:
        _require_modest(raw, path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of chunks that it does not know
            document = _parsed(raw)
        if document is None or not isinstance(document.nodes, list) or not document.nodes:
            raise ValueError("no nodes")
        return document
    except MotionError:
        raise
    except Exception as error:
        raise MotionError(f"{path}: is not a glTF, GLB or VRM file ({type(error).__name__}: {error}).") from error


def _require_modest(raw: bytes, path: Path) -> None:
    """Refuse a file whose JSON would make too many objects: they are counted before pygltflib makes them."""
    text = raw
    if raw[:4] == b"glTF":
        length = int.from_bytes(raw[12:16], "little")
        if raw[16:20] != b"JSON" or length > len(raw) - 20:
            raise ValueError("its first part is not JSON, or the file is cut")
        text = raw[20 : 20 + length]
    if len(text) > GLTF_TEXT_BYTES:
        raise MotionError(f"{path}: {len(text):,} bytes of JSON, expected at most {GLTF_TEXT_BYTES:,}.")
    words = text.decode("utf-8")
    require_modest(words, str(path), MotionError, values=GLTF_VALUES)
    found = json.loads(words, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise ValueError("its JSON is no object")
    for name, items in found.items():
        if isinstance(items, list) and len(items) > GLTF_ITEMS:
            raise MotionError(f"{path}: {len(items):,} {name}, expected at most {GLTF_ITEMS:,}.")


def _no_number(word: str) -> float:
    """JSON has no such number, Python's reader has: it could not be written again."""
    raise ValueError(f"its JSON says {word}")


def _parsed(raw: bytes) -> Any:
    import pygltflib

    if raw[:4] == b"glTF":
        return pygltflib.GLTF2.load_from_bytes(raw)
    document = pygltflib.GLTF2.gltf_from_json(raw.decode("utf-8"))
    _embedded(document)
    return document


def _embedded(document: Any) -> None:
    """Take the one buffer of a JSON file from its data URI; other files are not followed."""
    import base64

    uri = document.buffers[0].uri or ""
    head, _, data = uri.partition(",")
    if not head.startswith("data:") or not head.endswith("base64"):
        raise ValueError("its buffer is in another file; save it as .glb")
    document.set_binary_blob(base64.b64decode(data, validate=True))
    document.buffers[0].uri = None


def values(document: Any, number: int) -> np.ndarray:
    """Numbers of an accessor ``(N, K)``.

    Raises
    ------
    ValueError
        When it points outside the file or has a form that is not read (sparse).
    """
    accessor = document.accessors[number]
    if accessor.sparse is not None or accessor.bufferView is None:
        raise ValueError("sparse accessors are not read")
    view = document.bufferViews[accessor.bufferView]
    dtype, width, count = np.dtype(TYPES[accessor.componentType]), SIZES[accessor.type], int(accessor.count)
    first = int(view.byteOffset or 0) + int(accessor.byteOffset or 0)
    stride = int(view.byteStride or dtype.itemsize * width)
    blob = document.binary_blob() or b""
    end = first + stride * (count - 1) + dtype.itemsize * width
    if count * width > KEY_VALUES:
        raise ValueError(f"an accessor of {count:,} elements")
    if count < 1 or first < 0 or stride < dtype.itemsize * width or end > len(blob):
        raise ValueError("an accessor points outside of the file")
    rows = np.ndarray((count, width), dtype, blob, first, (stride, dtype.itemsize))
    with np.errstate(invalid="ignore"):
        wide = rows.astype(np.float64)
    return wide / np.iinfo(dtype).max if accessor.normalized and dtype.kind in "iu" else wide


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


def read_animation(
    path: Path, number: int = 0, fps: float = FPS, joints: Mapping[str, str] | None = None
) -> tuple[Motion, Floats]:
    """An animation of a file on its own skeleton, and the rest rotations ``(J, 4)`` of that skeleton.

    `joints` are names of the nodes by canonical name, guessed when None.

    Raises
    ------
    MotionError
        When there is none or it cannot be read.
    """
    document = open_gltf(path)
    try:
        tree = tree_of(document)
        if not 0 <= number < len(document.animations or []):
            raise MotionError(
                f"{path}: has {len(document.animations or [])} animations, none with the number {number}."
            )
        return _sampled(tree, document.animations[number], fps, joints)
    except MotionError:
        raise
    except Exception as error:
        raise MotionError(f"{path}: its animation cannot be read ({type(error).__name__}: {error}).") from error


def _sampled(tree: Tree, animation: Any, fps: float, joints: Mapping[str, str] | None) -> tuple[Motion, Floats]:
    tracks, numbers = [], 0
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        if channel.target.path in ("rotation", "translation") and channel.target.node is not None:
            times = values(tree.document, sampler.input)[:, 0]
            rows = values(tree.document, sampler.output)
            numbers += times.size + rows.size
            if numbers > KEY_VALUES:
                raise ValueError(f"more than {KEY_VALUES:,} numbers of keys")
            if sampler.interpolation == "CUBICSPLINE":
                rows = rows[1::3]
            if len(rows) != len(times) or not np.isfinite(rows).all() or not (np.diff(times) > 0).all():
                raise ValueError("times and values of a channel do not belong together")
            tracks.append((channel.target.node, channel.target.path, times, rows))
    if not tracks:
        raise ValueError("nothing in it moves a joint")
    end = max(float(times[-1]) for _, _, times, _ in tracks)
    if not 0 <= end <= MAX_SECONDS:
        raise ValueError(f"it lasts {end:.3g} s")
    frames = int(end * fps + 1e-6) + 1
    if frames * len(tree.order) > POSED_JOINTS:
        raise ValueError(f"{frames:,} frames of {len(tree.order):,} nodes, expected at most {POSED_JOINTS:,} in all")
    clock = np.arange(frames) / fps
    turns, positions = np.repeat(tree.rest[None], len(clock), 0), np.repeat(tree.offsets[None], len(clock), 0)
    index = {node: k for k, node in enumerate(tree.order)}
    for node, what, times, rows in tracks:
        k = index[node]
        if what == "rotation":
            turns[:, k] = _slerped(times, rows[:, [3, 0, 1, 2]], clock)
        else:
            scale = tree.scales[tree.parents[k]] if tree.parents[k] >= 0 else 1.0
            positions[:, k] = np.stack([np.interp(clock, times, rows[:, c]) for c in range(3)], axis=1) * scale
    return humanoid(tree, positions, turns, fps, joints)


def _slerped(times: Doubles, rows: Doubles, clock: Doubles) -> Doubles:
    rows = rot.continuous(rot.normalize(rows))
    if len(times) == 1:
        return np.repeat(rows, len(clock), 0)
    low = np.clip(np.searchsorted(times, clock, side="right") - 1, 0, len(times) - 2)
    share = np.clip((clock - times[low]) / (times[low + 1] - times[low]), 0, 1)
    return np.asarray(rot.slerp(rows[low], rows[low + 1], share))


def humanoid(
    tree: Tree, positions: Doubles, turns: Doubles, fps: float, joints: Mapping[str, str] | None = None
) -> tuple[Motion, Floats]:
    """The part of the tree below the hips, whose path has everything above it in it."""
    from choreo.motion.families import guess_map

    joints = joints or guess_map(tree.names, tree.parents)[1]
    if joints["pelvis"] not in tree.names:
        raise ValueError(f"no joint is called {joints['pelvis']!r}")
    top = tree.names.index(joints["pelvis"])
    chain = [top]
    while tree.parents[chain[-1]] >= 0:
        chain.append(tree.parents[chain[-1]])
    position, turn = positions[:, chain[-1]], turns[:, chain[-1]]
    rest = tree.rest[chain[-1]]
    for joint in chain[-2::-1]:
        position = position + rot.rotate(turn, positions[:, joint])
        turn = rot.multiply(turn, turns[:, joint])
        rest = rot.multiply(rest, tree.rest[joint])
    inside = [top]
    for joint in range(len(tree.names)):
        if joint != top and tree.parents[joint] in inside:
            inside.append(joint)
    inside.sort()
    parents = [-1, *(inside.index(tree.parents[joint]) for joint in inside[1:])]
    offsets = tree.offsets[inside].copy()
    offsets[0] = position[0]
    part = turns[:, inside].copy()
    part[:, 0] = turn
    rests = tree.rest[inside].copy()
    rests[0] = rest
    skeleton = Skeleton(tuple(tree.names[joint] for joint in inside), np.array(parents), offsets.astype(np.float32))
    rotations = rot.continuous(rot.normalize(part)).astype(np.float32)
    return Motion(skeleton, fps, position.astype(np.float32), rotations), rests.astype(np.float32)
