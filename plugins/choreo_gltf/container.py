"""The outer form of glTF files: their JSON as one object and their numbers as one buffer, wherever these are."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from choreo.errors import MotionError
from choreo.foreign.files import read_bytes, require_modest
from choreo.foreign.limits import GLTF_BYTES, GLTF_ITEMS, GLTF_TEXT_BYTES, GLTF_VALUES
from choreo_gltf.buffers import file_below, joined

PLAIN = frozenset({
    "EXT_lights_ies", "EXT_lights_image_based", "EXT_mesh_gpu_instancing", "EXT_mesh_manifold", "EXT_texture_avif",
    "EXT_texture_webp", "KHR_animation_pointer", "KHR_lights_punctual", "KHR_mesh_quantization",
    "KHR_node_hoverability", "KHR_node_selectability", "KHR_node_visibility", "KHR_texture_basisu",
    "KHR_texture_transform", "KHR_xmp", "KHR_xmp_json_ld", "MSFT_lod", "MSFT_packing_normalRoughnessMetallic",
    "MSFT_packing_occlusionRoughnessMetallic", "MSFT_texture_dds", "VRM", "VRMC_materials_mtoon",
    "VRMC_node_constraint", "VRMC_springBone", "VRMC_springBone_extended_collider", "VRMC_vrm", "VRMC_vrm_animation",
})  # fmt: skip
"""Required extensions that change neither nodes nor where numbers are, so that a reader of poses may pass over them."""
UNPACKED = ("EXT_meshopt_compression", "KHR_draco_mesh_compression")
"""Those that are taken out of a file when it is read: what it holds is then plain."""


@dataclass(frozen=True, eq=False)
class Parts:
    """A file's JSON and its one buffer; nothing in it is compressed any more."""

    json: dict[str, Any]
    blob: bytes


def read_parts(path: Path) -> Parts:
    """Read a file; a JSON file's buffers may be in it, or in files beside it.

    Raises
    ------
    MotionError
        When it cannot be read, is too large, or needs an extension that is not known.
    ValueError, TypeError, KeyError, IndexError, AttributeError
        When it is no glTF.
    """
    raw = read_bytes(path, GLTF_BYTES, MotionError)
    text, chunk = _split(raw)
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
    require_known(found, path)
    return Parts(found, joined(found, chunk, path))


def buffer_files(path: Path) -> list[Path]:
    """Files of buffers beside a file; none of one that cannot be read, which is told when it is."""
    try:
        text, _ = _split(read_bytes(path, GLTF_BYTES, MotionError))
        words = text.decode("utf-8")
        require_modest(words, str(path), MotionError, values=GLTF_VALUES)
        uris = [buffer.get("uri") for buffer in json.loads(words).get("buffers") or []]
        return [file_below(uri, path) for uri in uris if uri is not None and not uri.startswith("data:")]
    except (MotionError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return []


def _split(raw: bytes) -> tuple[bytes, bytes | None]:
    """JSON and binary chunk of a GLB file; the bytes themselves and None of another."""
    if raw[:4] != b"glTF":
        return raw, None
    length = int.from_bytes(raw[12:16], "little")
    if raw[16:20] != b"JSON" or length > len(raw) - 20:
        raise ValueError("its first part is not JSON, or the file is cut")
    text, at = raw[20 : 20 + length], 20 + length
    while at + 8 <= len(raw):
        size = int.from_bytes(raw[at : at + 4], "little")
        if raw[at + 4 : at + 8] == b"BIN\0":
            return text, raw[at + 8 : at + 8 + size]
        at += 8 + size
    return text, None


def _no_number(word: str) -> float:
    """JSON has no such number, Python's reader has: it could not be written again."""
    raise ValueError(f"its JSON says {word}")


def require_known(found: dict[str, Any], path: Path) -> None:
    """Make sure that nothing is required that is not understood.

    Raises
    ------
    MotionError
    """
    for name in found.get("extensionsRequired") or []:
        if name not in PLAIN and name not in UNPACKED and not str(name).startswith("KHR_materials_"):
            raise MotionError(
                f"{path}: needs the extension {name!r}, which choreo does not know. Save it without that: Blender "
                "can, and gltf-transform."
            )


def glb_bytes(found: dict[str, Any], blob: bytes) -> bytes:
    """A GLB file of JSON and a buffer; ``buffers`` is set."""
    blob += bytes(-len(blob) % 4)
    if blob:
        found = {**found, "buffers": [{"byteLength": len(blob)}]}
    else:
        found = {name: value for name, value in found.items() if name != "buffers"}
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    if blob:
        body += struct.pack("<I4s", len(blob), b"BIN\0") + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body
