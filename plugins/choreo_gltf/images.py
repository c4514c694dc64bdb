"""Textures of a glTF file as small RGBA pictures; sizes are read from their headers before a pixel is unpacked."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
from typing import Any

import numpy as np

from choreo.foreign.limits import PICTURE_BYTES, TEXTURE_PIXELS, TEXTURES
from choreo.types import Bytes, Doubles
from choreo.video.colours import linear_light

LARGE, SMALL = 2048, 1024
"""Longest side in pixels that textures are reduced to: the small one where there are many."""
BUDGET = 6 * LARGE * LARGE
"""Pixels of all textures together from which on each is made small."""
FORMATS = ("PNG", "JPEG", "WEBP")


def image_of(document: Any, texture: int) -> int:
    """Number of a texture's image, of a form that Pillow reads; -1 when it has none (KTX2)."""
    found = document.textures[texture]
    extensions = found.extensions or {}
    number = extensions.get("EXT_texture_webp", {}).get("source", found.source)
    if number is None or not 0 <= int(number) < len(document.images or []):
        return -1
    return -1 if (document.images[number].mimeType or "") == "image/ktx2" else int(number)


def packed(document: Any, number: int) -> bytes:
    """Bytes of an image as they are in the file.

    Raises
    ------
    ValueError
        When they are not in the file, or too many.
    """
    image = document.images[number]
    if image.bufferView is not None:
        view = document.bufferViews[image.bufferView]
        first, length = int(view.byteOffset or 0), int(view.byteLength)
        blob = document.binary_blob() or b""
        if view.buffer != 0 or first < 0 or length < 0 or first + length > len(blob):
            raise ValueError(f"image {number} lies outside of the file")
        return bytes(blob[first : first + length])
    head, _, data = (image.uri or "").partition(",")
    if not head.startswith("data:") or not head.endswith("base64"):
        raise ValueError(f"image {number} is in another file; save the character as .glb")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError(f"image {number} cannot be decoded ({error})") from error


def size_in(raw: bytes, number: int) -> tuple[int, int]:
    """Width and height by the header.

    Raises
    ------
    ValueError
        When it is no PNG, JPEG or WebP, or has more than `TEXTURE_PIXELS`.
    """
    from PIL import Image

    if len(raw) > PICTURE_BYTES:
        raise ValueError(f"image {number} has {len(raw):,} bytes, expected at most {PICTURE_BYTES:,}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
                width, height = picture.size
    except Exception as error:  # decoders raise whatever a broken file leads them to
        raise ValueError(f"image {number} is no PNG, JPEG or WebP that can be read ({type(error).__name__})") from error
    if width * height > TEXTURE_PIXELS:
        raise ValueError(f"image {number} has {width} x {height} pixels, expected at most {TEXTURE_PIXELS:,} in all")
    return width, height


def decoded(raw: bytes, number: int, side: int) -> Bytes:
    """A picture ``(h, w, 4)``, sRGB with straight alpha, no side longer than `side`.

    Raises
    ------
    ValueError
        When it is broken.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
                picture.draft("RGB", (side, side))
                whole = picture.convert("RGBA")
    except Exception as error:
        raise ValueError(f"image {number} is broken ({type(error).__name__})") from error
    longest = max(whole.size)
    if longest > side:
        size = tuple(max(1, round(length * side / longest)) for length in whole.size)
        # Colour and alpha apart: what is behind a transparent texel must not bleed, nor must it turn black.
        colour = whole.convert("RGB").resize(size, Image.Resampling.BOX)
        colour.putalpha(whole.getchannel("A").resize(size, Image.Resampling.BOX))
        whole = colour
    return np.asarray(whole, np.uint8)


def textures_of(document: Any, wanted: list[int]) -> dict[int, Bytes]:
    """Pictures by the number of their image.

    Raises
    ------
    ValueError
        When one cannot be read, or there are more than `TEXTURES`.
    """
    if len(wanted) > TEXTURES:
        raise ValueError(f"{len(wanted)} textures, expected at most {TEXTURES}")
    raws = {number: packed(document, number) for number in wanted}
    total = sum(_reduced_pixels(*size_in(raw, number)) for number, raw in raws.items())
    side = LARGE if total <= BUDGET else SMALL
    return {number: decoded(raw, number, side) for number, raw in raws.items()}


def _reduced_pixels(width: int, height: int) -> float:
    return width * height * min(1.0, LARGE / max(width, height, 1)) ** 2


def linear(colours: np.ndarray) -> Doubles:
    """SRGB of 0 to 255 as linear light."""
    return linear_light(np.asarray(colours, np.float64) / 255)


def srgb(light: np.ndarray) -> Bytes:
    """Linear light as sRGB of 0 to 255."""
    value = np.clip(light, 0, 1)
    bent = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(bent * 255), np.uint8)


def mean_light(texture: Bytes) -> Doubles:
    """Mean linear colour ``(3,)`` of a texture, each texel as much as it is opaque."""
    few = texture[:: max(1, texture.shape[0] // 64), :: max(1, texture.shape[1] // 64)].reshape(-1, 4)
    weight = few[:, 3:].astype(np.float64) + 1e-3
    return np.asarray((linear(few[:, :3]) * weight).sum(axis=0) / weight.sum())


def sampled(texture: Bytes, uv: np.ndarray) -> Doubles:
    """Linear colours ``(V, 3)`` of a texture around ``uv (V, 2)``: means over cells of its 64th part."""
    height, width = texture.shape[:2]
    rows, columns = min(64, height), min(64, width)
    light = linear(np.arange(256))[texture[..., :3]].astype(np.float32)
    cell_y, cell_x = np.arange(height) * rows // height, np.arange(width) * columns // width
    sums = np.add.reduceat(light, np.searchsorted(cell_y, np.arange(rows)), axis=0)
    sums = np.add.reduceat(sums, np.searchsorted(cell_x, np.arange(columns)), axis=1)
    counts = np.bincount(cell_y)[:, None] * np.bincount(cell_x)[None]
    cells = sums / counts[..., None]
    within = uv - np.floor(uv)
    x = np.minimum((within[:, 0] * columns).astype(np.int64), columns - 1)
    y = np.minimum((within[:, 1] * rows).astype(np.int64), rows - 1)
    return np.asarray(cells[y, x], np.float64)


__all__ = ["decoded", "image_of", "linear", "mean_light", "packed", "sampled", "size_in", "srgb", "textures_of"]
