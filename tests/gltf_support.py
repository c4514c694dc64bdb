"""Small rigged characters as glTF, made in memory: what they hold is known."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

MIXAMO: dict[str, tuple[str, tuple[float, float, float]]] = {
    "Hips": ("", (0, 0.95, 0)), "Spine": ("Hips", (0, 0.1, 0)), "Spine1": ("Spine", (0, 0.12, 0)),
    "Spine2": ("Spine1", (0, 0.12, 0)), "Neck": ("Spine2", (0, 0.16, 0)), "Head": ("Neck", (0, 0.1, 0)),
    **{f"{side}{name}": (above if above in ("Hips", "Spine2") else side + above, (sign * x, y, z))
       for side, sign in (("Left", 1), ("Right", -1)) for name, above, (x, y, z) in (
        ("UpLeg", "Hips", (0.09, -0.05, 0)), ("Leg", "UpLeg", (0, -0.42, 0)), ("Foot", "Leg", (0, -0.40, 0)),
        ("ToeBase", "Foot", (0, -0.06, 0.13)), ("Shoulder", "Spine2", (0.06, 0.1, 0)),
        ("Arm", "Shoulder", (0.12, 0, 0)), ("ForeArm", "Arm", (0.27, 0, 0)), ("Hand", "ForeArm", (0.25, 0, 0)))},
}  # fmt: skip
"""Joints by Mixamo's names: the one above, and metres from it, arms out to the sides."""


class Rig:
    """A file that grows: nodes, accessors and what else a test puts into `json`."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": []}], "nodes": [], "bufferViews": [],
            "accessors": [],
        }  # fmt: skip
        self.blob = bytearray()
        self.more: list[dict[str, Any]] = []

    def add(self, rows: np.ndarray, **said: Any) -> int:
        """An accessor of rows ``(N,)`` or ``(N, K)``."""
        codes = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
        kinds = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
        flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
        accessor = {"componentType": codes[flat.dtype.name], "count": len(flat), "type": kinds[flat.shape[1]]}
        self.json["accessors"].append(accessor | {"bufferView": self.view(flat.tobytes())} | said)
        return len(self.json["accessors"]) - 1

    def view(self, data: bytes) -> int:
        """A bufferView of bytes."""
        self.blob += bytes(-len(self.blob) % 4)
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data)})
        self.blob += data
        return len(self.json["bufferViews"]) - 1

    def node(self, name: str, parent: int = -1, **said: Any) -> int:
        """A node under another, or of the scene."""
        number = len(self.json["nodes"])
        self.json["nodes"].append({"name": name} | said)
        if parent < 0:
            self.json["scenes"][0]["nodes"].append(number)
        else:
            self.json["nodes"][parent].setdefault("children", []).append(number)
        return number

    def skeleton(self, parent: int = -1, prefix: str = "", leave_out: Sequence[str] = ()) -> dict[str, int]:
        """Nodes of `MIXAMO` by name."""
        made: dict[str, int] = {}
        for name, (above, place) in MIXAMO.items():
            if name not in leave_out:
                made[name] = self.node(prefix + name, made.get(above, parent), translation=[float(x) for x in place])
        return made

    def draco_triangle(self, corners: np.ndarray) -> tuple[int, int]:
        """A mesh of one triangle ``(3, 3)`` that Draco has compressed; accessors of its places and its corners."""
        import DracoPy

        data = DracoPy.encode(corners, np.array([[0, 1, 2]], np.uint32), quantization_bits=14)
        accessors = self.json["accessors"]
        bounds = {"min": corners.min(axis=0).tolist(), "max": corners.max(axis=0).tolist()}
        accessors.append({"componentType": 5126, "count": 3, "type": "VEC3"} | bounds)
        accessors.append({"componentType": 5123, "count": 3, "type": "SCALAR"})
        places, numbers = len(accessors) - 2, len(accessors) - 1
        said = {"bufferView": self.view(data), "attributes": {"POSITION": 0}}
        self.json.setdefault("meshes", []).append(
            {
                "primitives": [
                    {
                        "attributes": {"POSITION": places},
                        "indices": numbers,
                        "extensions": {"KHR_draco_mesh_compression": said},
                    }
                ]
            }
        )
        self.json["extensionsUsed"] = self.json["extensionsRequired"] = ["KHR_draco_mesh_compression"]
        return places, numbers

    def skinned(self, joints: dict[str, int], world: dict[str, np.ndarray], corners: dict[str, np.ndarray]) -> int:
        """A mesh whose corners ``(N, 3)``, in the world, hang on one joint each; returns its node.

        `world` is the ``(4, 4)`` matrix of each joint in the pose of binding.
        """
        names = list(joints)
        places = np.concatenate([corners[name] for name in corners]).astype(np.float32)
        owner = np.concatenate([np.full(len(corners[name]), names.index(name)) for name in corners])
        bones = np.zeros((len(places), 4), np.uint8)
        bones[:, 0] = owner
        weights = np.zeros((len(places), 4), np.float32)
        weights[:, 0] = 1
        inverse = np.stack([np.linalg.inv(world[name]).T for name in names]).astype(np.float32)
        attributes = {
            "POSITION": self.add(places, min=places.min(axis=0).tolist(), max=places.max(axis=0).tolist()),
            "JOINTS_0": self.add(bones),
            "WEIGHTS_0": self.add(weights),
        }
        corner = np.arange(len(places) // 3 * 3, dtype=np.uint16)
        primitive = {"attributes": attributes, "indices": self.add(corner)}
        meshes, skins = self.json.setdefault("meshes", []), self.json.setdefault("skins", [])
        meshes.append({"primitives": [primitive]})
        skins.append({"joints": list(joints.values()), "inverseBindMatrices": self.add(inverse.reshape(-1, 16))})
        return self.node("Body", mesh=len(meshes) - 1, skin=len(skins) - 1)

    def animation(
        self, name: str, node: int, path: str, times: np.ndarray, rows: np.ndarray, way: str = "LINEAR"
    ) -> None:
        """An animation of one node."""
        clock = self.add(times.astype(np.float32), min=[float(times.min())], max=[float(times.max())])
        sampler = {"input": clock, "output": self.add(rows.astype(np.float32)), "interpolation": way}
        channel = {"sampler": 0, "target": {"node": node, "path": path}}
        self.json.setdefault("animations", []).append({"name": name, "channels": [channel], "samplers": [sampler]})

    def save(self, path: Path) -> Path:
        """Write the file as GLB, or as glTF with a file beside it."""
        found = dict(self.json)
        for name in ("bufferViews", "accessors"):
            if not found[name]:
                del found[name]
        blob = bytes(self.blob) + bytes(-len(self.blob) % 4)
        if blob:
            found["buffers"] = [{"byteLength": len(blob)}, *self.more]
        if path.suffix == ".gltf":
            found["buffers"][0]["uri"] = path.with_suffix(".bin").name
            path.with_suffix(".bin").write_bytes(blob)
            path.write_text(json.dumps(found), encoding="utf-8")
            return path
        text = json.dumps(found).encode()
        text += b" " * (-len(text) % 4)
        body = struct.pack("<I4s", len(text), b"JSON") + text
        if blob:
            body += struct.pack("<I4s", len(blob), b"BIN\0") + blob
        path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)
        return path
