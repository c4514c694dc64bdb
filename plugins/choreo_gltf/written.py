"""Put a dance into a character's own file: its animations, and nothing in it that nothing refers to."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles
from choreo_gltf.bind import directions
from choreo_gltf.container import PLAIN, Parts

NAME = "dance"


def with_dance(
    parts: Parts, turns: dict[int, Doubles], places: dict[int, Doubles], fps: float, *, keep: bool = True
) -> Parts:
    """A file with a dance as its first animation, and its own after it if they are kept.

    Parameters
    ----------
    turns, places
        Local rotations wxyz ``(T, 4)`` and places ``(T, 3)`` by node number, or ``(1, ...)`` of what does not move.
    """
    found = deepcopy(parts.json)
    own = found.get("animations") or []
    found["animations"] = []
    if keep:
        taken = {NAME}
        for animation in own:
            if animation.get("name") in taken:
                number = 2
                while f"{NAME} {number}" in taken:
                    number += 1
                animation["name"] = f"{NAME} {number}"
            if animation.get("name", "").startswith(NAME):
                taken.add(animation["name"])
            found["animations"].append(animation)
    found, blob = tidied(found, parts.blob)
    writer = _Writer(found, blob)
    for node in {*turns, *places}:
        _without_matrix(found["nodes"][node])
    counts = sorted({len(rows) for rows in (*turns.values(), *places.values())})
    clocks = {count: writer.add((np.arange(count) / fps)[:, None], bounds=True) for count in counts}
    dance: dict[str, Any] = {"name": NAME, "channels": [], "samplers": []}
    for path, rows in (("translation", places), ("rotation", turns)):
        for node, values in rows.items():
            dance["channels"].append({"sampler": len(dance["samplers"]), "target": {"node": node, "path": path}})
            output = writer.add(values[:, [1, 2, 3, 0]] if path == "rotation" else values)
            dance["samplers"].append({"input": clocks[len(values)], "output": output, "interpolation": "LINEAR"})
    found["animations"].insert(0, dance)
    return Parts(found, bytes(writer.blob))


class _Writer:
    """Adds accessors to a file."""

    def __init__(self, found: dict[str, Any], blob: bytes) -> None:
        self.found, self.blob = found, bytearray(blob)

    def add(self, rows: Doubles, *, bounds: bool = False) -> int:
        """An accessor of rows ``(N, K)``."""
        flat = np.ascontiguousarray(rows, "<f4")
        self.blob += bytes(-len(self.blob) % 4)
        views, accessors = self.found.setdefault("bufferViews", []), self.found.setdefault("accessors", [])
        views.append({"buffer": 0, "byteOffset": len(self.blob), "byteLength": flat.nbytes})
        self.blob += flat.tobytes()
        kind = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[flat.shape[1]]
        accessor = {"bufferView": len(views) - 1, "componentType": 5126, "count": len(flat), "type": kind}
        if bounds:
            accessor |= {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}
        accessors.append(accessor)
        return len(accessors) - 1


def _without_matrix(node: dict[str, Any]) -> None:
    """Say where a node is by translation, rotation and scale: what is animated may have no matrix."""
    said = node.pop("matrix", None)
    if said is None:
        return
    matrix = np.array(said, np.float64).reshape(4, 4).T
    turn = directions(matrix[None])[0]
    scale = np.diag(turn.T @ matrix[:3, :3])
    node["translation"] = matrix[:3, 3].tolist()
    node["rotation"] = rot.normalize(rot.from_matrix(turn))[[1, 2, 3, 0]].tolist()
    if np.abs(scale - 1).max() > 1e-6:
        node["scale"] = scale.tolist()


def tidied(found: dict[str, Any], blob: bytes) -> tuple[dict[str, Any], bytes]:
    """A file without accessors, views and bytes that nothing refers to; unchanged where that cannot be told."""
    extensions = set(found.get("extensionsUsed") or ())
    if any(name not in PLAIN and not name.startswith("KHR_materials_") for name in extensions - {"KHR_xmp"}):
        return found, blob
    if "EXT_mesh_gpu_instancing" in extensions:
        return found, blob
    references = list(_references(found))
    accessors, views = found.get("accessors") or [], found.get("bufferViews") or []
    used = sorted({holder[key] for holder, key in references})
    new = {number: k for k, number in enumerate(used)}
    kept = [accessors[number] for number in used]
    holders = [each for each in (*kept, *(found.get("images") or [])) if each.get("bufferView") is not None]
    holders += [
        part for each in kept if each.get("sparse") for part in (each["sparse"]["indices"], each["sparse"]["values"])
    ]
    seen = sorted({holder["bufferView"] for holder in holders})
    if sum(views[number]["byteLength"] for number in seen) > len(blob):
        return found, blob
    for holder, key in references:
        holder[key] = new[holder[key]]
    out = bytearray()
    for number in seen:
        view = views[number]
        out += bytes(-len(out) % 8)
        first = view.get("byteOffset", 0)
        view["byteOffset"] = len(out)
        out += blob[first : first + view["byteLength"]]
    place = {number: k for k, number in enumerate(seen)}
    for holder in holders:
        holder["bufferView"] = place[holder["bufferView"]]
    for name, items in (("accessors", kept), ("bufferViews", [views[number] for number in seen])):
        found.pop(name, None)
        if items:
            found[name] = items
    return found, bytes(out)


def _references(found: dict[str, Any]) -> Any:
    """Each place that says an accessor's number: the object that has it, and under which key."""
    for mesh in found.get("meshes") or []:
        for primitive in mesh.get("primitives") or []:
            for holder in (primitive.get("attributes") or {}, *(primitive.get("targets") or [])):
                yield from ((holder, key) for key in holder)
            if "indices" in primitive:
                yield primitive, "indices"
    for skin in found.get("skins") or []:
        if "inverseBindMatrices" in skin:
            yield skin, "inverseBindMatrices"
    for animation in found.get("animations") or []:
        for sampler in animation.get("samplers") or []:
            yield from ((sampler, key) for key in ("input", "output"))
