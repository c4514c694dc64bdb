"""Materials and textures of a body, put into a glTF file."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from choreo.types import Bytes, Material, Surface
from choreo_gltf.build import Builder

UNLIT, TOON, BRIGHTER = "KHR_materials_unlit", "VRMC_materials_mtoon", "KHR_materials_emissive_strength"
LINEAR, SMOOTH, REPEAT = 9729, 9987, 10497
TOONY = 0.9
"""How sharp the border between two tones is: MToon's default, which the renderers have."""


def add_materials(builder: Builder, surface: Surface) -> None:
    """Write a surface's materials, in their order, and the textures that they use, each once, as PNG."""
    textures: dict[int, int] = {}
    for material in surface.materials:
        if material.texture >= 0 and material.texture not in textures:
            textures[material.texture] = _texture(builder, surface.textures[material.texture])
        builder.document.materials.append(_material(builder, material, textures.get(material.texture)))
    used = {name for each in builder.document.materials for name in each.extensions or {}}
    builder.document.extensionsUsed = sorted({*(builder.document.extensionsUsed or ()), *used})


def _material(builder: Builder, material: Material, texture: int | None) -> Any:
    lib = builder.lib
    info = None if texture is None else lib.TextureInfo(index=texture)
    most = max(1.0, *material.emission)
    extensions: dict[str, Any] = {}
    if material.shading != "lit":
        extensions[UNLIT] = {}  # also under MToon, for programs that know none, as VRM's own writers do
    if material.shading == "toon":
        tone: dict[str, Any] = {
            "specVersion": "1.0", "shadeColorFactor": list(material.shade), "shadingToonyFactor": TOONY,
        }  # fmt: skip
        extensions[TOON] = tone if texture is None else {**tone, "shadeMultiplyTexture": {"index": texture}}
    if most > 1 and not extensions:
        extensions[BRIGHTER] = {"emissiveStrength": most}
    return lib.Material(
        name=material.name,
        pbrMetallicRoughness=lib.PbrMetallicRoughness(
            baseColorFactor=list(material.colour), baseColorTexture=info, metallicFactor=0.0, roughnessFactor=0.8
        ),
        emissiveFactor=[part / most for part in material.emission],
        alphaMode=material.alpha.upper(),
        alphaCutoff=material.cutoff if material.alpha == "mask" else None,
        doubleSided=material.double_sided,
        extensions=extensions,
    )


def _texture(builder: Builder, pixels: Bytes) -> int:
    from PIL import Image

    lib, document = builder.lib, builder.document
    file = io.BytesIO()
    whole = bool((pixels[..., 3] == 255).all())
    Image.fromarray(np.ascontiguousarray(pixels[..., :3] if whole else pixels)).save(file, "PNG")
    while len(builder.blob) % 4:
        builder.blob.append(0)
    data = file.getvalue()
    document.bufferViews.append(lib.BufferView(buffer=0, byteOffset=len(builder.blob), byteLength=len(data)))
    builder.blob += data
    document.images.append(lib.Image(bufferView=len(document.bufferViews) - 1, mimeType="image/png"))
    if not document.samplers:
        document.samplers.append(lib.Sampler(magFilter=LINEAR, minFilter=SMOOTH, wrapS=REPEAT, wrapT=REPEAT))
    document.textures.append(lib.Texture(source=len(document.images) - 1, sampler=0))
    return len(document.textures) - 1
