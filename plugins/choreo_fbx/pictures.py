"""Pictures of an FBX file as PNG or JPEG: those in it, and those of a plain name in its folder."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path

from choreo.errors import InputError
from choreo.foreign.files import read_bytes
from choreo.foreign.limits import PICTURE_BYTES, PICTURE_PIXELS
from choreo_fbx.scene import Contents

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "TGA")
AS_THEY_ARE = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""First bytes of what glTF has, too."""


def pictures_of(contents: Contents, path: Path) -> dict[int, tuple[bytes, str, bool]]:
    """Bytes, MIME type, and whether something of it is transparent, of each texture whose picture can be had."""
    found: dict[int, tuple[bytes, str, bool]] = {}
    total = 0
    for number, texture in enumerate(contents.told["textures"]):
        raw = contents.arrays[f"texture{number}"].tobytes() if f"texture{number}" in contents.arrays else b""
        ready = _ready(raw or _beside(path, texture["file"]))
        if ready is not None and total + len(ready[0]) <= PICTURE_BYTES:
            found[number], total = ready, total + len(ready[0])
    return found


def _beside(path: Path, name: str) -> bytes:
    """The picture of a name in the file's folder; what lies elsewhere is not followed."""
    plain = re.split(r"[\\/]", name)[-1]
    if plain in ("", ".", ".."):
        return b""
    try:
        return read_bytes(path.parent / plain, PICTURE_BYTES)
    except InputError:
        return b""


def _ready(raw: bytes) -> tuple[bytes, str, bool] | None:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, which are checked here
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
                if picture.size[0] * picture.size[1] > PICTURE_PIXELS:
                    return None
                clear = "A" in picture.getbands() or "transparency" in picture.info
                kind = next((kind for start, kind in AS_THEY_ARE.items() if raw.startswith(start)), "")
                if kind:
                    return raw, kind, clear
                stream = io.BytesIO()
                picture.convert("RGBA" if clear else "RGB").save(stream, "PNG")
                return stream.getvalue(), "image/png", clear
    except Exception:  # noqa: BLE001  decoders raise whatever a broken file leads them to
        return None
