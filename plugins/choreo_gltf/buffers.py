"""Join the buffers of a glTF file to one, and put what is compressed into it plainly."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from choreo.errors import MotionError
from choreo.foreign.files import read_bytes
from choreo.foreign.limits import GLTF_BYTES, PICTURE_BYTES
from choreo_gltf import draco, meshopt

MESHOPT, DRACO = "EXT_meshopt_compression", "KHR_draco_mesh_compression"
PICTURES = {
    b"\x89PNG\r\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
    b"\xabKTX 20": "image/ktx2",
}
"""How pictures begin, and what they are."""
EXPANDED_BYTES = 128 << 20
"""Most that the compressed parts of a file may become together: two million vertices with all their numbers."""


def joined(found: dict[str, Any], chunk: bytes | None, path: Path) -> bytes:
    """Bytes of all buffers one after another, as `found` is changed to say.

    Parameters
    ----------
    found
        The file's JSON; its views, buffers, primitives and extensions are changed.
    chunk
        The binary part of a GLB file.
    path
        Where buffers in files beside it are looked for.

    Raises
    ------
    MotionError
        When a buffer is not there, or what is compressed cannot be read.
    ValueError, TypeError, KeyError, IndexError, AttributeError
        When the JSON is none of glTF.
    """
    buffers = found.get("buffers") or []
    views = found.get("bufferViews") or []
    blob, starts = bytearray(), []
    for number, buffer in enumerate(buffers):
        blob += bytes(-len(blob) % 8)
        starts.append(len(blob))
        blob += _content(number, buffer, chunk, path)
        if len(blob) > GLTF_BYTES:
            raise MotionError(f"{path}: its buffers have over {GLTF_BYTES:,} bytes together.")
    packed = {
        number: _taken(view, MESHOPT) for number, view in enumerate(views) if MESHOPT in (view.get("extensions") or {})
    }
    for view in views:
        _moved(view, starts)
    _meshopt(found, blob, packed, starts, path)
    if _uses_draco(found):
        draco.unpack(found, blob, EXPANDED_BYTES, path)
    for name in (MESHOPT, DRACO):
        _forget(found, name)
    _pictures(found, blob, path)
    if blob:
        found["buffers"] = [{"byteLength": len(blob)}]
    return bytes(blob)


def _content(number: int, buffer: dict[str, Any], chunk: bytes | None, path: Path) -> bytes:
    """Bytes of a buffer; none of one that only stands for what is compressed."""
    uri = buffer.get("uri")
    if uri is None:
        fallback = MESHOPT in (buffer.get("extensions") or {})
        return chunk if number == 0 and chunk is not None and not fallback else b""
    head, comma, data = uri.partition(",")
    if head.startswith("data:"):
        if not comma or not head.endswith("base64"):
            raise ValueError("a data URI of a buffer is not in base64")
        return base64.b64decode(data, validate=True)
    return read_bytes(file_below(uri, path), GLTF_BYTES, MotionError)


def _pictures(found: dict[str, Any], blob: bytearray, path: Path) -> None:
    """Take the pictures that lie beside the file into the buffer; others stay where they are said to be."""
    for image in found.get("images") or []:
        uri = image.get("uri")
        if not isinstance(uri, str) or uri.startswith("data:"):
            continue
        try:
            data = read_bytes(file_below(uri, path), PICTURE_BYTES, MotionError)
        except MotionError:
            continue
        kind = next((kind for begin, kind in PICTURES.items() if data.startswith(begin)), "")
        if not kind or (kind == "image/webp" and data[8:12] != b"WEBP"):
            continue
        if len(blob) + len(data) > GLTF_BYTES:
            raise MotionError(f"{path}: its buffers and pictures have over {GLTF_BYTES:,} bytes together.")
        blob += bytes(-len(blob) % 8)
        views = found.setdefault("bufferViews", [])
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(data)})
        blob += data
        del image["uri"]
        image |= {"bufferView": len(views) - 1, "mimeType": kind}


def file_below(uri: str, path: Path) -> Path:
    """The file in the folder of `path`, or in a folder in there, that a URI means.

    Raises
    ------
    MotionError
        When it means a file elsewhere, or one that a link leads to: such are not opened.
    """
    parts = unquote(uri).split("/")
    links = [path.parent.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    signs = any(sign in part for part in parts for sign in '\\:\0*?"<>|')
    if any(part in ("", ".", "..") for part in parts) or signs or any(link.is_symlink() for link in links):
        raise MotionError(
            f"{path}: its buffer is in another file, {uri[:80]!r}. Only files in the same folder, or in one in it, "
            "are read; save it as .glb, or put that file beside it."
        )
    return links[-1]


def _taken(view: dict[str, Any], name: str) -> dict[str, Any]:
    """An extension of a view, which then has it no more."""
    said: dict[str, Any] = view["extensions"].pop(name)
    if not view["extensions"]:
        del view["extensions"]
    return said


def _moved(view: dict[str, Any], starts: list[int]) -> None:
    """Make a view one of the joined buffer."""
    first = starts[_whole(view["buffer"])] + _whole(view.get("byteOffset", 0))
    view["buffer"] = 0
    view["byteOffset"] = first


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"a place in a buffer is {value!r}")
    return value


def _meshopt(
    found: dict[str, Any], blob: bytearray, packed: dict[int, dict[str, Any]], starts: list[int], path: Path
) -> None:
    """Decode the views that something refers to; others become empty places."""
    used = {item.get("bufferView") for name in ("accessors", "images") for item in found.get(name) or []}
    used |= {
        (part or {}).get("bufferView")
        for item in found.get("accessors") or []
        for part in ((item.get("sparse") or {}).get("indices"), (item.get("sparse") or {}).get("values"))
    }
    source, room = bytes(blob), EXPANDED_BYTES
    for number, said in packed.items():
        view = found["bufferViews"][number]
        count, stride = _whole(said["count"]), _whole(said["byteStride"])
        room -= count * stride
        if room < 0:
            raise MotionError(f"{path}: its compressed parts have over {EXPANDED_BYTES:,} bytes, which is too large.")
        if number not in used:
            data = bytes(min(count * stride, 4))
        else:
            start, size = _whole(said.get("byteOffset", 0)), _whole(said["byteLength"])
            first = starts[_whole(said["buffer"])] + start
            try:
                data = meshopt.decoded(
                    source[first : first + size], count, stride, str(said["mode"]), str(said.get("filter", "NONE"))
                )
            except (ValueError, IndexError, KeyError) as error:
                raise MotionError(
                    f"{path}: its bufferView {number}, compressed by meshopt, cannot be read ({error})."
                ) from error
        blob += bytes(-len(blob) % 8)
        view["byteOffset"], view["byteLength"] = len(blob), len(data)
        blob += data


def _uses_draco(found: dict[str, Any]) -> bool:
    return any(
        DRACO in (primitive.get("extensions") or {})
        for mesh in found.get("meshes") or []
        for primitive in mesh.get("primitives") or []
    )


def _forget(found: dict[str, Any], name: str) -> None:
    """Take an extension out of the lists of those that are used."""
    for key in ("extensionsUsed", "extensionsRequired"):
        if name in (found.get(key) or []):
            found[key] = [other for other in found[key] if other != name]
            if not found[key]:
                del found[key]
