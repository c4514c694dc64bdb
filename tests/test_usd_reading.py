"""Skeletons in USD as text, read without a USD library."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from motion_support import gap_degrees, gap_mm, stepping_dance

from choreo import plugins
from choreo.datasets import convert as conversion
from choreo.errors import MotionError
from choreo.motion.kinematics import forward
from choreo.types import Motion
from choreo_usd.layer import Scanner
from choreo_usd.skeleton import read_animation


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(2.0, fps=60.0)


@pytest.fixture(scope="module")
def written(known: Motion, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pxr")
    path = tmp_path_factory.mktemp("usd") / "dance.usda"
    plugins.load("exporters", "usd").export(known, path)
    return path


def test_what_was_written_is_read_back(known: Motion, written: Path) -> None:
    back = conversion.read_take(written).motion
    assert len(back) == len(known)
    assert back.fps == pytest.approx(60)
    assert gap_mm(known, back) < 1
    assert gap_degrees(known, back) < 0.5


def test_another_rate_unit_axis_and_root_are_the_same_dance(known: Motion, written: Path, tmp_path: Path) -> None:
    """By Pixar's own library: in centimetres, Z up, time codes of 30 a second, under a joint that turns all."""
    from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel, Vt

    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 0.01)
    stage.SetTimeCodesPerSecond(30)
    UsdSkel.Root.Define(stage, "/Other")
    skeleton = known.skeleton
    names = [f"my_{name}" for name in skeleton.names]
    paths = ["root"]
    for joint, name in enumerate(names):
        paths.append(f"{paths[int(skeleton.parents[joint]) + 1]}/{name}")
    # Y up to Z up, which the joint on top undoes nothing of: it turns the dance by 90 degrees about X.
    half = float(np.sqrt(0.5))
    bones = UsdSkel.Skeleton.Define(stage, "/Other/Bones")
    bones.CreateJointsAttr(Vt.TokenArray(paths))
    turn = Gf.Matrix4d().SetRotate(Gf.Rotation(Gf.Vec3d(1, 0, 0), 90))
    offsets = [Gf.Matrix4d().SetTranslate(Gf.Vec3d(*map(float, 100 * offset))) for offset in skeleton.offsets]
    bones.CreateRestTransformsAttr(Vt.Matrix4dArray([turn, *offsets]))
    animation = UsdSkel.Animation.Define(stage, "/Other/Anim")
    animation.CreateJointsAttr(Vt.TokenArray(paths))
    turns, places = animation.CreateRotationsAttr(), animation.CreateTranslationsAttr()
    for frame in range(len(known)):
        rows = [Gf.Quatf(half, half, 0, 0), *(Gf.Quatf(*map(float, q)) for q in known.rotations[frame])]
        here = np.concatenate([[[0, 0, 0]], 100 * known.translation[frame][None], 100 * skeleton.offsets[1:]])
        turns.Set(Vt.QuatfArray(rows), 7 + frame / 2)
        places.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(here, np.float32)), 7 + frame / 2)
    UsdSkel.BindingAPI.Apply(bones.GetPrim()).CreateAnimationSourceRel().SetTargets([Sdf.Path("/Other/Anim")])
    path = tmp_path / "other.usda"
    path.write_text(stage.GetRootLayer().ExportToString())
    motion, _ = read_animation(path, {"pelvis": "my_pelvis"})
    assert motion.fps == pytest.approx(60)
    there, back = (forward(m.skeleton, m.translation, m.rotations)[0] for m in (known, motion))
    np.testing.assert_allclose(back[:, : there.shape[1]], there, atol=1e-3)


def test_the_grammar_s_odd_corners() -> None:
    text = '''#usda 1.0
(
    "a comment without a name"
    defaultPrim = "A" # and one behind
    metersPerUnit = 0.01
    customLayerData = { string note = "} ) ]"; dictionary deep = { int[] n = [1, 2] } }
    subLayers = [ @./other.usda@ (offset = 2; scale = 1) ]
)
over "A" ( prepend references = @no.usda@</B> , variants = { string look = "red" } )
{
    custom string words = """two
lines with "marks" and } in them"""
    token[] joints = ["a", "a/b]c"]; uniform bool open
    float3[] empty = []
    prepend rel there = [</A>, </B>]
    point3f[] p.timeSamples = { 0: [(1, 2, 3)], 1.5: None, 2e1: [(4, -5.5e-1, inf)], }
    double x (
        doc = "an attribute without a value"
    )
    double x.connect = </B.y>
    variantSet "look" = { "red" { def Mesh "no" { int k = 3 } } "blue" ( active = false ) { } }
    class Scope "B" { def "C" { int n = -7 } }
}
'''
    layer = Scanner(text).layer()
    (a,) = layer.inside
    assert layer.values["metersPerUnit"] == 0.01
    assert (a.kind, a.name) == ("", "A")
    assert a.values["joints"] == ["a", "a/b]c"]
    assert a.values["words"].endswith('"marks" and } in them')
    samples = a.values["p.timeSamples"]
    assert list(samples) == ["0", "1.5", "2e1"]
    np.testing.assert_allclose(samples["2e1"], [4, -0.55, np.inf])
    assert [(each.kind, each.name) for each in layer.all()[1:]] == [("", "A"), ("Scope", "B"), ("", "C")]
    assert layer.all()[-1].values == {"n": -7.0}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"#usda 1.0", "PXR-USDC", "does not begin with '#usda'"),
        (r"SkelAnimation", "Scope", "has no SkelAnimation with rotations over time"),
        (r"timeCodesPerSecond = 24", "timeCodesPerSecond = 0", "timeCodesPerSecond is 0.0, expected a positive number"),
        (r"metersPerUnit = 1", 'metersPerUnit = "one"', "metersPerUnit is 'one'"),
        (r"rotations.timeSamples = \{", "rotations.timeSamples = { -9: [(1, 0, 0, 0)],", "rotations are not 4 numbers"),
        (r"\n\}\s*$", "", "found '', expected"),
        (r'"pelvis", ', '"pelvis", "pelvis", ', "each once"),
    ],
)
def test_what_does_not_fit_is_told(old: str, new: str, said: str, written: Path, tmp_path: Path) -> None:
    text = written.read_text()
    changed = re.sub(old, new, text)
    assert changed != text
    path = tmp_path / "bad.usda"
    path.write_text(changed)
    with pytest.raises(MotionError, match=rf"bad\.usda.*{re.escape(said)}"):
        conversion.read_take(path)


def test_depth_and_length_have_bounds(tmp_path: Path, written: Path) -> None:
    path = tmp_path / "deep.usda"
    path.write_text("#usda 1.0\n" + 'def "a" {' * 5000)
    with pytest.raises(MotionError, match="more than 60 deep"):
        conversion.read_take(path)
    path.write_text(re.sub(r"\n {12}48: ", "\n            4800000: ", written.read_text()))
    with pytest.raises(MotionError, match="lasts 200000 s"):
        conversion.read_take(path)


def test_other_files_are_not_followed(written: Path, tmp_path: Path) -> None:
    path = tmp_path / "refers.usda"
    path.write_text(f'#usda 1.0\n(subLayers = [@{written}@])\ndef "A" (references = @{written}@) {{ }}\n')
    with pytest.raises(MotionError, match="has no SkelAnimation"):
        conversion.read_take(path)


def test_its_joints_can_be_listed(written: Path) -> None:
    names, parents = plugins.load("datasets", "usd").joint_tree(written)
    assert names[:2] == ("pelvis", "left_hip")
    assert list(parents[:2]) == [-1, 0]
