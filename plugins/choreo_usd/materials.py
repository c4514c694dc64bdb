"""Materials of a body as USD has them: UsdPreviewSurface, and a part of the mesh for each.

Specification: https://openusd.org/release/spec_usdpreviewsurface.html. It knows no toon; what is unlit shines.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from choreo.types import Material, Surface

ROUGH = 0.8
TEXTURES = "textures"
"""Folder of the pictures in a package."""


def picture_name(number: int) -> str:
    """Name of a texture's picture in the package."""
    return f"{TEXTURES}/{number}.png"


def add_materials(mesh: Any, surface: Surface, *, pictures: bool) -> None:
    """Give a mesh a surface's materials; without `pictures` what has a texture has the colours of the vertices."""
    from pxr import Sdf, UsdGeom, UsdShade, Vt

    stage = mesh.GetPrim().GetStage()
    places = np.stack([surface.uv[:, 0], 1 - surface.uv[:, 1]], axis=1).astype(np.float32)
    kind = Sdf.ValueTypeNames.TexCoord2fArray
    primvar = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar("st", kind, UsdGeom.Tokens.vertex)
    primvar.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(places)))
    mesh.CreateDoubleSidedAttr(any(material.double_sided for material in surface.materials))
    binding = UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim())
    for number, material in enumerate(surface.materials):
        faces = np.flatnonzero(surface.material_of == number).astype(np.int32)
        name = re.sub(r"\W", "_", f"M{number}_{material.name}", flags=re.ASCII)
        made = UsdShade.Material.Define(stage, f"/Dancer/Materials/{name}")
        _Shaders(stage, f"/Dancer/Materials/{name}", pictures).surface(made, material)
        if len(faces):
            part = binding.CreateMaterialBindSubset(name, Vt.IntArray.FromNumpy(faces))
            UsdShade.MaterialBindingAPI.Apply(part.GetPrim()).Bind(made)


class _Shaders:
    """The shaders of one material."""

    def __init__(self, stage: Any, path: str, pictures: bool) -> None:
        self._stage, self._path, self._pictures = stage, path, pictures

    def _shader(self, name: str, kind: str, **inputs: tuple[str, Any]) -> Any:
        from pxr import Sdf, UsdShade

        made = UsdShade.Shader.Define(self._stage, f"{self._path}/{name}")
        made.CreateIdAttr(kind)
        for key, (of, value) in inputs.items():
            made.CreateInput(key, getattr(Sdf.ValueTypeNames, of)).Set(value)
        return made

    def surface(self, made: Any, material: Material) -> None:
        """Put the material's surface together."""
        from pxr import Gf, Sdf

        types = Sdf.ValueTypeNames
        surface = self._shader("Surface", "UsdPreviewSurface", roughness=("Float", ROUGH), metallic=("Float", 0.0))
        unlit = material.shading == "unlit"
        emission = Gf.Vec3f(*material.emission)
        colour = surface.CreateInput("emissiveColor" if unlit else "diffuseColor", types.Color3f)
        other = surface.CreateInput("diffuseColor" if unlit else "emissiveColor", types.Color3f)
        other.Set(Gf.Vec3f(0) if unlit else emission)
        opacity = surface.CreateInput("opacity", types.Float)
        opacity.Set(1.0 if material.alpha == "opaque" else float(material.colour[3]))
        if material.alpha == "mask":
            surface.CreateInput("opacityThreshold", types.Float).Set(float(material.cutoff))
        if material.texture < 0:
            colour.Set(Gf.Vec3f(*material.colour[:3]))
        elif not self._pictures:
            reader = self._shader("Colours", "UsdPrimvarReader_float3", varname=("String", "displayColor"))
            colour.ConnectToSource(reader.CreateOutput("result", types.Float3))
        else:
            texture = self._texture(material)
            colour.ConnectToSource(texture.CreateOutput("rgb", types.Float3))
            if material.alpha != "opaque":
                opacity.ConnectToSource(texture.CreateOutput("a", types.Float))
        made.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")

    def _texture(self, material: Material) -> Any:
        from pxr import Gf, Sdf

        reader = self._shader("Places", "UsdPrimvarReader_float2", varname=("String", "st"))
        texture = self._shader(
            "Texture",
            "UsdUVTexture",
            file=("Asset", Sdf.AssetPath(picture_name(material.texture))),
            wrapS=("Token", "repeat"),
            wrapT=("Token", "repeat"),
            sourceColorSpace=("Token", "sRGB"),
            scale=("Float4", Gf.Vec4f(*material.colour)),
        )
        places = texture.CreateInput("st", Sdf.ValueTypeNames.Float2)
        places.ConnectToSource(reader.CreateOutput("result", Sdf.ValueTypeNames.Float2))
        return texture


def package(path: Path, layer: Any, surface: Surface | None) -> None:
    """Write a .usdz: the layer and its pictures in a zip that packs nothing and whose files begin on 64 bytes."""
    import io
    import tempfile
    import zipfile

    from PIL import Image

    with tempfile.TemporaryDirectory(prefix="choreo-usd-") as folder:
        inner = Path(folder) / "dance.usdc"
        layer.Export(str(inner))
        files = {inner.name: inner.read_bytes()}
    for number, pixels in enumerate(() if surface is None else surface.textures):
        stream = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG")
        files[picture_name(number)] = stream.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            begin = archive.fp.tell() + 30 + len(name) + 4  # type: ignore[union-attr]
            room = -begin % 64
            info.extra = (0x1986).to_bytes(2, "little") + room.to_bytes(2, "little") + bytes(room)
            archive.writestr(info, data)
