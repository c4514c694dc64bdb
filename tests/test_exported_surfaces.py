"""Textures and materials of a body in the files that are written of it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from file_readers import Glb
from PIL import Image
from render_support import dancing
from surface_support import checker, motley, quarters, sheet
from validator_support import issues

from choreo import plugins
from choreo.types import Body, Material
from choreo.video.bodies import load_body


def glb_of(body: Body, folder: Path) -> Glb:
    path = folder / "a.glb"
    plugins.load("exporters", "glb").export(dancing(4), path, body=body)
    return Glb.read(path)


def picture(glb: Glb, texture: int) -> np.ndarray:
    """Pixels ``(h, w, 4)`` of a texture."""
    image = glb.document["images"][glb.document["textures"][texture]["source"]]
    assert image["mimeType"] == "image/png"
    view = glb.document["bufferViews"][image["bufferView"]]
    data = glb.blob[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def test_glb_has_a_primitive_for_each_material(tmp_path: Path) -> None:
    body = motley(load_body())
    assert body.surface is not None
    glb = glb_of(body, tmp_path)
    (node,) = glb.shown_meshes()
    primitives = glb.document["meshes"][node["mesh"]]["primitives"]
    found: dict[str, int] = {}
    for each in primitives:
        faces = glb.values(each["indices"]).astype(int).reshape(-1, 3)
        number = each["material"]
        found[glb.document["materials"][number]["name"]] = len(faces)
        np.testing.assert_array_equal(faces, body.faces[body.surface.material_of == number])
        np.testing.assert_allclose(glb.values(each["attributes"]["TEXCOORD_0"]), body.surface.uv)
        assert "COLOR_0" not in each["attributes"]
    assert len(found) == 5
    assert sum(found.values()) == len(body.faces)


def test_glb_keeps_what_a_material_says(tmp_path: Path) -> None:
    body = sheet(
        Material("skin", (0.5, 0.6, 0.7, 1.0), 1, shading="toon", shade=(0.1, 0.2, 0.3)),
        Material("hair", texture=0, alpha="mask", cutoff=0.3, double_sided=True),
        Material("glass", (1.0, 1.0, 1.0, 0.4), alpha="blend", shading="unlit"),
        Material("lamp", texture=1, emission=(4.0, 2.0, 0.0)),
        textures=(checker(32, 4, 0), quarters()),
    )
    glb = glb_of(body, tmp_path)
    skin, hair, glass, lamp = glb.document["materials"]
    assert skin["pbrMetallicRoughness"]["baseColorFactor"] == [0.5, 0.6, 0.7, 1.0]
    toon = skin["extensions"]["VRMC_materials_mtoon"]
    assert toon["shadeColorFactor"] == [0.1, 0.2, 0.3]
    assert toon["shadeMultiplyTexture"]["index"] == skin["pbrMetallicRoughness"]["baseColorTexture"]["index"]
    assert (hair["alphaMode"], hair["alphaCutoff"], hair["doubleSided"]) == ("MASK", 0.3, True)
    assert glass["alphaMode"] == "BLEND"
    assert "KHR_materials_unlit" in glass["extensions"]
    assert "KHR_materials_unlit" not in lamp.get("extensions", {})
    assert lamp["emissiveFactor"] == [1.0, 0.5, 0.0]
    assert lamp["extensions"]["KHR_materials_emissive_strength"] == {"emissiveStrength": 4.0}
    assert set(glb.document["extensionsUsed"]) == {name for each in (skin, hair, glass, lamp)
                                                   for name in each.get("extensions", {})}  # fmt: skip
    np.testing.assert_array_equal(picture(glb, hair["pbrMetallicRoughness"]["baseColorTexture"]["index"]),
                                  checker(32, 4, 0))  # fmt: skip
    np.testing.assert_array_equal(picture(glb, lamp["pbrMetallicRoughness"]["baseColorTexture"]["index"]), quarters())
    assert len(glb.document["images"]) == 2


def test_the_validator_of_khronos_finds_no_error_in_textured_bodies(tmp_path: Path) -> None:
    glb_of(motley(load_body()), tmp_path)
    found: dict[str, Any] = issues(tmp_path / "a.glb")
    assert found["numErrors"] == 0, found["messages"]
    warnings = {each["code"] for each in found["messages"] if each["severity"] == 1}
    assert warnings <= {"MULTIPLE_EXTENSIONS"}, "MToon with unlit under it, as VRM has it"


def shown(stage: Any) -> dict[str, tuple[int, Any]]:
    """Faces and surface shader of each material of a stage's one mesh."""
    from pxr import UsdGeom, UsdShade

    (mesh,) = (prim for prim in stage.Traverse() if prim.GetTypeName() == "Mesh")
    found = {}
    for subset in UsdShade.MaterialBindingAPI(mesh).GetMaterialBindSubsets():
        material = UsdShade.MaterialBindingAPI(subset.GetPrim()).ComputeBoundMaterial()[0]
        surface = material.ComputeSurfaceSource()[0]
        found[material.GetPrim().GetName()[3:]] = (len(subset.GetIndicesAttr().Get()), surface)
    valid, reason = UsdGeom.Subset.ValidateFamily(UsdGeom.Imageable(mesh), UsdGeom.Tokens.face, "materialBind")
    assert valid, reason
    return found


def test_usdz_has_textures_in_it(tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdShade, UsdValidation

    body = motley(load_body())
    assert body.surface is not None
    path = tmp_path / "a.usdz"
    plugins.load("exporters", "usdz").export(dancing(4), path, body=body)
    stage = Usd.Stage.Open(str(path))
    found = shown(stage)
    assert {name: count for name, (count, _) in found.items()} == {
        material.name: int((body.surface.material_of == k).sum()) for k, material in enumerate(body.surface.materials)
    }
    arms = found["arms"][1]
    assert arms.GetInput("opacityThreshold").Get() == 0.5
    texture = UsdShade.Shader(arms.GetInput("diffuseColor").GetConnectedSource()[0].GetPrim())
    assert texture.GetInput("file").Get().path == "textures/2.png"
    assert arms.GetInput("opacity").GetConnectedSource()[1] == "a"
    assert found["thighs"][1].GetInput("emissiveColor").HasConnectedSource()
    with zipfile.ZipFile(path) as archive, archive.open("textures/0.png") as file:
        np.testing.assert_array_equal(np.asarray(Image.open(file).convert("RGBA")), quarters())
        assert all((each.header_offset + 30 + len(each.filename) + len(each.extra)) % 64 == 0
                   and each.compress_type == zipfile.ZIP_STORED for each in archive.infolist())  # fmt: skip
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    faults = UsdValidation.ValidationContext(validators).Validate(stage)
    assert [fault.GetMessage() for fault in faults] == []
    (mesh,) = (prim for prim in stage.Traverse() if prim.GetTypeName() == "Mesh")
    places = np.array(mesh.GetAttribute("primvars:st").Get())
    np.testing.assert_allclose(places, body.surface.uv * [1, -1] + [0, 1], atol=1e-6)


def test_usd_as_text_has_colours_of_vertices_where_textures_would_be(tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdShade

    path = tmp_path / "a.usda"
    plugins.load("exporters", "usd").export(dancing(4), path, body=motley(load_body()))
    stage = Usd.Stage.Open(str(path))
    found = shown(stage)
    trunk = found["trunk"][1]
    reader = UsdShade.Shader(trunk.GetInput("diffuseColor").GetConnectedSource()[0].GetPrim())
    assert reader.GetInput("varname").Get() == "displayColor"
    assert found["shins"][1].GetInput("opacity").Get() == 0.5
    assert ".png" not in path.read_text()


@pytest.mark.parametrize("name", ["glb", "usd", "usdz"])
def test_the_same_body_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    exporter = plugins.load("exporters", name)
    for file in ("a", "b"):
        exporter.export(dancing(4), tmp_path / file, body=motley(load_body()))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
