"""Materials and their textures, which lie in the file itself.

A picture beside the file is lost when one of the two is moved, and a file that is written by itself is whole or not
there; Unity, Unreal, Blender, Maya and Godot all take pictures out of the file.
"""

from __future__ import annotations

import io
import re

import numpy as np

from choreo.types import Body, Bytes, Material
from choreo_fbx.document import Document, put

PLAIN = Material("dancer", (0.8, 0.8, 0.8, 1.0))
"""Of a body that has colours alone: they are multiplied with it."""


def add_materials(document: Document, body: Body, node: np.int64) -> None:
    """Add the materials of a body to its node, in their order."""
    surface = body.surface
    textures = () if surface is None else surface.textures
    stem = re.sub(r"[^\w-]+", "_", body.name).strip("_") or "texture"
    there = [_texture(document, f"{stem}_{k}", picture) for k, picture in enumerate(textures)]
    for material in (PLAIN,) if surface is None else surface.materials:
        number = _material(document, material)
        document.connect(number, node)
        if material.texture >= 0:
            document.connect(there[material.texture], number, "DiffuseColor")
            if material.alpha != "opaque":
                document.connect(there[material.texture], number, "TransparentColor")


def _material(document: Document, material: Material) -> np.int64:
    record, number = document.object("Material", material.name, "Material")
    record.add("Version", 102)
    record.add("ShadingModel", "lambert")
    record.add("MultiLayer", 0)
    into = record.add("Properties70")
    colour, alpha = material.colour[:3], material.colour[3] if material.alpha == "blend" else 1.0
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
