"""Materials of a glTF or VRM file: what a body's surface takes over of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from choreo.types import Doubles, Material
from choreo_gltf.images import decoded, image_of, mean_light, packed

CLAMP = 33071
GAMMA = 2.2
"""Of colours in VRM 0.x, which are as Unity has them."""
SHADE_0 = (0.97, 0.81, 0.86)
"""Colour of the dark tone in VRM 0.x where the file says none."""


@dataclass(frozen=True, eq=False)
class Paint:
    """A material with where its texture comes from; `image` and `shade_image` are numbers of images, -1 for none."""

    material: Material
    image: int = -1
    shade_image: int = -1
    uv_set: int = 0
    offset: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    turn: float = 0.0
    clamp: tuple[bool, bool] = (False, False)

    def uv(self, uv: Doubles) -> Doubles:
        """Texture coordinates ``(V, 2)`` moved as `KHR_texture_transform` says, and clamped."""
        c, s = np.cos(self.turn), np.sin(self.turn)
        u, v = (uv * self.scale).T
        out = np.stack([c * u + s * v, c * v - s * u], axis=1) + self.offset
        return np.where(self.clamp, np.clip(out, 0, 1), out)


def paints_of(document: Any) -> list[Paint]:
    """All materials of a file, in its order."""
    older = ((document.extensions or {}).get("VRM") or {}).get("materialProperties") or []
    out = []
    for number, found in enumerate(document.materials or []):
        paint = _paint(document, found)
        told = older[number] if number < len(older) and isinstance(older[number], dict) else {}
        out.append(_of_vrm0(document, paint, told) if str(told.get("shader", "")).startswith("VRM/") else paint)
    return out


def _paint(document: Any, found: Any) -> Paint:
    """A material in the words of glTF, and of VRM 1.0's MToon."""
    extensions = found.extensions or {}
    metal = found.pbrMetallicRoughness
    colour, info = (1.0, 1.0, 1.0, 1.0), None
    if metal is not None:
        colour, info = _numbers(metal.baseColorFactor, colour), metal.baseColorTexture
    specular = extensions.get("KHR_materials_pbrSpecularGlossiness")
    if specular is not None:
        colour, info = _numbers(specular.get("diffuseFactor"), (1.0, 1.0, 1.0, 1.0)), specular.get("diffuseTexture")
    toon = extensions.get("VRMC_materials_mtoon")
    shading = "toon" if toon is not None else "unlit" if "KHR_materials_unlit" in extensions else "lit"
    strength = float((extensions.get("KHR_materials_emissive_strength") or {}).get("emissiveStrength", 1.0))
    emission = strength * np.array(_numbers(found.emissiveFactor, (0.0, 0.0, 0.0)))
    if found.emissiveTexture is not None and emission.any():
        emission = emission * _mean_of(document, found.emissiveTexture.index)
    material = Material(
        name=found.name or "",
        colour=colour,
        alpha={"MASK": "mask", "BLEND": "blend"}.get(found.alphaMode or "OPAQUE", "opaque"),
        cutoff=0.5 if found.alphaCutoff is None else float(found.alphaCutoff),
        shading=shading,
        shade=Material.shade if toon is None else _numbers(toon.get("shadeColorFactor"), (1.0, 1.0, 1.0)),
        emission=_triple(emission),
        double_sided=bool(found.doubleSided),
    )
    paint = _textured(document, Paint(material), info)
    shade = (toon or {}).get("shadeMultiplyTexture") or {}
    return replace(paint, shade_image=_image(document, shade.get("index")))


def _textured(document: Any, paint: Paint, info: Any) -> Paint:
    """With the texture of a texture info, an object of pygltflib's or a plain one."""
    told = info if isinstance(info, dict) else {} if info is None else vars(info)
    if told.get("index") is None or not 0 <= told["index"] < len(document.textures or []):
        return paint
    moved = (told.get("extensions") or {}).get("KHR_texture_transform") or {}
    texture = document.textures[told["index"]]
    clamp = (False, False)
    if texture.sampler is not None and 0 <= texture.sampler < len(document.samplers or []):
        sampler = document.samplers[texture.sampler]
        clamp = (sampler.wrapS == CLAMP, sampler.wrapT == CLAMP)
    return replace(
        paint,
        image=image_of(document, told["index"]),
        uv_set=int(moved.get("texCoord") or told.get("texCoord") or 0),
        offset=_numbers(moved.get("offset"), (0.0, 0.0)),
        scale=_numbers(moved.get("scale"), (1.0, 1.0)),
        turn=float(moved.get("rotation", 0.0)),
        clamp=clamp,
    )


def _of_vrm0(document: Any, paint: Paint, told: Mapping[str, Any]) -> Paint:
    """As VRM 0.x says beside the glTF material."""
    numbers, vectors = told.get("floatProperties") or {}, told.get("vectorProperties") or {}
    textures = told.get("textureProperties") or {}
    toon = told["shader"] == "VRM/MToon"
    colour = _numbers(vectors.get("_Color"), (1.0, 1.0, 1.0, 1.0))
    material = replace(
        paint.material,
        colour=(*_straight(colour), colour[3]),
        shading="toon" if toon else "unlit",
        shade=_straight(_numbers(vectors.get("_ShadeColor"), SHADE_0)),
    )
    if toon:
        light = np.array(_straight(_numbers(vectors.get("_EmissionColor"), (0.0, 0.0, 0.0))))
        if light.any() and isinstance(textures.get("_EmissionMap"), int):
            light = light * _mean_of(document, textures["_EmissionMap"])
        mode = int(numbers.get("_BlendMode", 0))
        material = replace(
            material,
            alpha=("opaque", "mask", "blend", "blend")[mode if 0 <= mode <= 3 else 0],
            cutoff=float(numbers.get("_Cutoff", 0.5)),
            emission=_triple(light),
            double_sided=int(numbers.get("_CullMode", 2)) == 0,
        )
    paint = replace(paint, material=material, shade_image=_image(document, textures.get("_ShadeTexture")))
    if paint.image < 0 and isinstance(textures.get("_MainTex"), int):
        paint = _textured(document, paint, {"index": textures["_MainTex"]})
    moved = _numbers(vectors.get("_MainTex"), (0.0, 0.0, 1.0, 1.0))
    if moved != (0.0, 0.0, 1.0, 1.0) and (paint.offset, paint.scale) == ((0.0, 0.0), (1.0, 1.0)):
        paint = replace(paint, offset=(moved[0], 1 - moved[1] - moved[3]), scale=(moved[2], moved[3]))
    return paint


def toned(paint: Paint, base: Doubles | None, shade: Doubles | None) -> Material:
    """A material whose dark tone is a factor on its texture; mean lights ``(3,)`` of that and of the tone's own."""
    material = paint.material
    if material.shading != "toon":
        return material
    light = np.array(material.shade) * (1.0 if shade is None else shade)
    if base is not None:
        light = light / np.maximum(base, 0.02)
    return replace(material, shade=_triple(np.clip(light, 0, 1)))


def _straight(colour: tuple[float, ...]) -> tuple[float, float, float]:
    return _triple(np.clip(np.array(colour[:3]), 0, None) ** GAMMA)


def _triple(light: np.ndarray) -> tuple[float, float, float]:
    a, b, c = (float(each) for each in light)
    return a, b, c


def _numbers(found: Any, usual: Any) -> Any:
    """As many finite numbers as `usual` has, else these."""
    if not isinstance(found, list | tuple) or len(found) < len(usual):
        return usual
    out = tuple(float(each) for each in found[: len(usual)])
    return out if np.isfinite(out).all() else usual


def _image(document: Any, texture: Any) -> int:
    known = isinstance(texture, int) and 0 <= texture < len(document.textures or [])
    return image_of(document, texture) if known else -1


def _mean_of(document: Any, texture: int) -> Doubles:
    number = _image(document, texture)
    return np.ones(3) if number < 0 else mean_light(decoded(packed(document, number), number, 64))


__all__ = ["Paint", "paints_of", "toned"]
