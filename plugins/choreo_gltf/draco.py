"""Meshes compressed by Draco (KHR_draco_mesh_compression), through the package DracoPy where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo_gltf.numbers import SIZES, TYPES

NAME = "KHR_draco_mesh_compression"
POINTS = 5_000_000
"""Most vertices or corners of a mesh."""


def unpack(found: dict[str, Any], blob: bytearray, room: int, path: Path) -> None:
    """Decode the primitives, put their numbers at the end of `blob` and say so in `found`.

    Parameters
    ----------
    room
        Bytes that they may take.

    Raises
    ------
    MotionError
        When DracoPy is not installed, or a mesh cannot be decoded.
    """
    try:
        import DracoPy
    except ImportError:
        raise MotionError(
            f"{path}: its meshes are compressed with Draco. Install the package DracoPy (pip install "
            "'choreo-dance[draco]'), or save it without compression: in Blender's export, or by "
            "npx @gltf-transform/cli copy IN.glb OUT.glb."
        ) from None
    for mesh in found.get("meshes") or []:
        for primitive in mesh.get("primitives") or []:
            said = (primitive.get("extensions") or {}).pop(NAME, None)
            if said is None:
                continue
            wanted = [*primitive["attributes"].values(), *([primitive["indices"]] if "indices" in primitive else [])]
            room -= sum(_bytes_of(found["accessors"][number]) for number in wanted)
            if room < 0:
                raise MotionError(f"{path}: its meshes compressed with Draco are too large.")
            view = found["bufferViews"][said["bufferView"]]
            data = bytes(blob[view["byteOffset"] : view["byteOffset"] + view["byteLength"]])
            try:
                decoded = DracoPy.decode(data)
            except Exception as error:
                raise MotionError(f"{path}: a mesh compressed with Draco cannot be decoded ({error}).") from error
            if not primitive["extensions"]:
                del primitive["extensions"]
            if "indices" in primitive:
                _put(found, blob, primitive["indices"], np.asarray(decoded.faces).reshape(-1, 1), 34963, path)
            known = {part["unique_id"]: part["data"] for part in decoded.attributes}
            for name, key in said["attributes"].items():
                if name in primitive["attributes"] and key in known:
                    _put(found, blob, primitive["attributes"][name], np.asarray(known[key]), 34962, path)


def _bytes_of(accessor: dict[str, Any]) -> int:
    count = accessor["count"]
    if not isinstance(count, int) or not 1 <= count <= POINTS:
        raise ValueError(f"an accessor of {count} elements")
    return count * SIZES[accessor["type"]] * np.dtype(TYPES[accessor["componentType"]]).itemsize


def _put(found: dict[str, Any], blob: bytearray, number: int, rows: np.ndarray, target: int, path: Path) -> None:
    """Give an accessor its numbers."""
    accessor = found["accessors"][number]
    dtype, width = np.dtype(TYPES[accessor["componentType"]]), SIZES[accessor["type"]]
    rows = rows.reshape(len(rows), -1)
    if rows.shape != (accessor["count"], width):
        raise MotionError(
            f"{path}: a mesh compressed with Draco has {rows.shape[0]:,} x {rows.shape[1]} numbers where "
            f"{accessor['count']:,} x {width} are promised."
        )
    step = -(-dtype.itemsize * width // 4) * 4 if target == 34962 else dtype.itemsize * width
    wide = np.zeros((len(rows), step), np.uint8)
    wide[:, : dtype.itemsize * width] = np.ascontiguousarray(rows.astype(dtype)).view(np.uint8).reshape(len(rows), -1)
    blob += bytes(-len(blob) % 8)
    view = {"buffer": 0, "byteOffset": len(blob), "byteLength": wide.nbytes, "target": target}
    if step != dtype.itemsize * width:
        view["byteStride"] = step
    blob += wide.tobytes()
    found.setdefault("bufferViews", []).append(view)
    accessor["bufferView"] = len(found["bufferViews"]) - 1
    if "min" in accessor or "max" in accessor:  # of the places before they were rounded
        kept = rows.astype(dtype)
        accessor["min"], accessor["max"] = kept.min(axis=0).tolist(), kept.max(axis=0).tolist()
    accessor.pop("byteOffset", None)
