"""Materials and their textures, which lie in the file itself.

A picture beside the file is lost when one of the two is moved, and a file that is written by itself is whole or not
there; Unity, Unreal, Blender, Maya and Godot all take pictures out of the file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import numpy as np

from choreo.types import Body, Bytes, Material
from choreo.video.colours import linear_light
from choreo_fbx.document import Document, put
from choreo_fbx.palette import Palette

Colour = tuple[float, float, float]

NAME = "dancer"
"""Of the one material of a body without a surface."""


def add_materials(document: Document, body: Body, node: np.int64, palette: Palette | None) -> None:
    """Add the materials of a body to its node, in their order."""
    pictures, materials = _seen(body, palette)
    stem = re.sub(r"[^\w-]+", "_", body.name).strip("_") or "texture"
    there: dict[tuple[int, Colour], np.int64] = {}
    for material in materials:
        number = _material(document, material)
        document.connect(number, node)
        if material.texture >= 0:
            key = (material.texture, (*material.colour[:3],))
            if key not in there:
                picture = tinted(pictures[material.texture], key[1])
                there[key] = _texture(document, f"{stem}_{len(there)}", picture)
            document.connect(there[key], number, "DiffuseColor")
            if material.alpha != "opaque":
                document.connect(there[key], number, "TransparentColor")


def _seen(body: Body, palette: Palette | None) -> tuple[Sequence[Bytes], Sequence[Material]]:
    """Pictures and materials of a body, with or without a surface."""
    if body.surface is not None:
        return body.surface.textures, body.surface.materials
    if palette is not None:
        return (palette.picture,), (Material(NAME, texture=0),)
    return (), (Material(NAME),)


def tinted(picture: Bytes, colour: Colour) -> Bytes:
    """A picture ``(h, w, 4)`` times a linear colour: a material of FBX has either a colour or a picture."""
    if colour == (1.0, 1.0, 1.0):
        return picture
    shown = picture[..., :3] / 255
    linear = linear_light(shown) * np.clip(colour, 0, 1)
    shown = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    return np.concatenate([np.round(255 * shown).astype(np.uint8), picture[..., 3:]], axis=-1)


def _material(document: Document, material: Material) -> np.int64:
    record, number = document.object("Material", material.name, "Material")
    record.add("Version", 102)
    record.add("ShadingModel", "lambert")
    record.add("MultiLayer", 0)
    into = record.add("Properties70")
    colour = material.colour[:3] if material.texture < 0 else (1.0, 1.0, 1.0)  # some multiply it with the picture
    alpha = material.colour[3] if material.alpha == "blend" else 1.0
    put(into, "DiffuseColor", "Color", *map(float, colour))
    put(into, "DiffuseFactor", "Number", 1.0)
    put(into, "EmissiveColor", "Color", *map(float, material.emission))
    put(into, "EmissiveFactor", "Number", 1.0 if any(material.emission) else 0.0)
    put(into, "AmbientColor", "Color", 0.0, 0.0, 0.0)
    put(into, "TransparentColor", "Color", *[1.0 - float(alpha)] * 3)
    put(into, "TransparencyFactor", "Number", 1.0 - float(alpha))
    put(into, "Opacity", "double", float(alpha))
    return number


def _texture(document: Document, name: str, picture: Bytes) -> np.int64:
    """Add a picture and its texture; returns the texture's id."""
    file = f"{name}.png"
    video, its_number = document.object("Video", name, "Video", "Clip")
    video.add("Type", "Clip")
    put(video.add("Properties70"), "Path", "KString", file)
    video.add("UseMipMap", 0)
    video.add("Filename", file)
    video.add("RelativeFilename", file)
    video.add("Content", as_png(picture))
    texture, number = document.object("Texture", name, "Texture")
    texture.add("Type", "TextureVideoClip")
    texture.add("Version", 202)
    texture.add("TextureName", f"{name}\x00\x01Texture")
    texture.add("Media", f"{name}\x00\x01Video")
    texture.add("FileName", file)
    texture.add("RelativeFilename", file)
    put(texture.add("Properties70"), "UVSet", "KString", "UVMap")
    document.connect(its_number, number)
    return number


def as_png(picture: Bytes) -> bytes:
    """A picture ``(h, w, 4)`` as PNG, without alpha where all of it is opaque."""
    from PIL import Image

    whole = bool((picture[..., 3] == 255).all())
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture[..., :3] if whole else picture)).save(stream, "PNG")
    return stream.getvalue()
