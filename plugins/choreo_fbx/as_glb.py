"""An FBX file as GLB: what choreo does with characters and their motion, it does with GLB."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import ChoreoError, MotionError
from choreo.types import Doubles
from choreo_fbx.meshes import add_materials, add_meshes
from choreo_fbx.rest import rest_locals
from choreo_fbx.scene import Contents, read_contents
from choreo_gltf.build import Builder

STILL = 1e-7
"""By how much a node's place or rotation in the file may differ from rest without a key of its own."""
EDGE = 1e-4
"""Seconds beyond the end of an animation up to which its keys are kept."""


@contextmanager
def glb_of(path: Path) -> Iterator[Path]:
    """A GLB with what is in an FBX file, for a block; errors in it name the FBX file.

    Raises
    ------
    MotionError
        When it cannot be read.
    """
    contents = read_contents(path)
    with tempfile.TemporaryDirectory(prefix="choreo-fbx-") as folder:
        file = Path(folder) / f"{path.stem}.glb"
        try:
            _written(contents, path, file)
        except (ValueError, IndexError, KeyError) as error:
            raise MotionError(f"{path}: what is in it does not fit together ({error}).") from error
        try:
            yield file
        except ChoreoError as error:
            raise type(error)(error.message.replace(str(file), str(path))) from error


def _written(contents: Contents, path: Path, file: Path) -> None:
    builder = Builder()
    if not contents.names:
        raise ValueError("it has no nodes")
    rest = rest_locals(contents)
    _add_nodes(builder, contents, rest)
    materials = add_materials(builder, contents, path)
    add_meshes(builder, contents, materials)
    for number, stack in enumerate(contents.told["stacks"]):
        if stack["nodes"] and stack["seconds"] > 0:
            _animate(builder, contents, number, stack, rest)
    builder.save(file)


def _add_nodes(builder: Builder, contents: Contents, rest: tuple[Doubles, Doubles, Doubles]) -> None:
    parents = contents.arrays["parents"]
    for node, name in enumerate(contents.names):
        place, turn, size = (part[node].astype(float).tolist() for part in rest)
        children = [int(child) for child in np.flatnonzero(parents == node)]
        more = {} if np.allclose(size, 1, atol=1e-6) else {"scale": size}
        builder.document.nodes.append(
            builder.lib.Node(name=name, translation=place, rotation=turn, children=children, **more)
        )
    builder.document.scenes[0].nodes = [int(node) for node in np.flatnonzero(parents < 0)]


def _animate(
    builder: Builder, contents: Contents, number: int, stack: dict[str, Any], rest: tuple[Doubles, Doubles, Doubles]
) -> None:
    """Add a stack; a node that does not move in it stands where the file has it, which need not be at rest."""
    animation = builder.lib.Animation(name=stack["name"], channels=[], samplers=[])
    clocks: dict[bytes, int] = {}
    for what, path, at_rest in (("places", "translation", rest[0]), ("turns", "rotation", rest[1])):
        own = contents.arrays[what]
        keys = {node: contents.arrays[f"stack{number}_node{k}_{what}"] for k, node in enumerate(stack["nodes"])}
        for node in range(len(own)):
            rows = _kept(keys[node], stack["seconds"]) if node in keys and len(keys[node]) else None
            if rows is None:
                if np.abs(own[node] - at_rest[node]).max() <= STILL:
                    continue
                rows = np.concatenate([[0.0], own[node]])[None]
            times = rows[:, 0].astype(np.float32)
            if times.tobytes() not in clocks:
                clocks[times.tobytes()] = builder.add(times, bounds=True)
            builder.channel(animation, clocks[times.tobytes()], node, path, rows[:, 1:])
    builder.document.animations.append(animation)


def _kept(rows: Doubles, seconds: float) -> Doubles:
    """Keys ``(K, 1 + C)`` within an animation, each later than the one before it also in single precision."""
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    inside = rows[(rows[:, 0] >= -EDGE) & (rows[:, 0] <= seconds + EDGE)]
    rows = (inside if len(inside) else rows[:1]).copy()
    rows[:, 0] = np.maximum(rows[:, 0], 0.0)
    later = np.diff(rows[:, 0].astype(np.float32)) > 0
    return np.asarray(rows[np.concatenate([[True], later])])
