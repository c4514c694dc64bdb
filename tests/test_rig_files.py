"""Files on the rigs of other programs: what is read from them, and which formats can have which rig."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks
from test_looping import swaying

from choreo import Rigging, generate
from choreo.cli.app import run
from choreo.datasets.convert import read_take
from choreo.errors import InputError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.rig_names import RIGS as TABLE
from choreo.motion.rigs import put_on_rig, rest_world, rig_positions, skin_joints
from choreo.options import RIGS
from choreo.pipeline.delivery import resolve_delivery
from choreo.plugins import load
from choreo.types import Motion
from choreo.video.bodies import fit_motion, load_body
from choreo_bvh import read_bvh
from choreo_gltf.glb_rig import inverse_bind, merged_weights


@pytest.fixture(scope="module")
def dance() -> Motion:
    return swaying(4.0, period=1.7, drift=0.2)


def test_the_command_line_knows_every_rig() -> None:
    assert set(RIGS) == set(TABLE)


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("up", ["y", "z"])
def test_a_bvh_has_the_rigs_joints_where_they_are(rig: str, up: str, dance: Motion, tmp_path: Path) -> None:
    rigged = put_on_rig(dance, rig, up=up)
    load("exporters", "bvh").export_rig(rigged, tmp_path / "x.bvh")
    read = read_bvh(tmp_path / "x.bvh")
    assert set(read.skeleton.names) <= set(rigged.names)
    assert read.fps == dance.fps
    positions, _ = forward(read.skeleton, read.translation, read.rotations)
    wanted, _ = rig_positions(rigged)
    numbers = [rigged.names.index(name) for name in read.skeleton.names]
    away = np.abs(positions - wanted[:, numbers] * rigged.unit)
    # A reader takes bones as rigid: joints that slide against a bone which stands for two are a little off.
    assert away.max() < (0.05 if rig in ("roblox", "mmd") else 1e-4)


@pytest.mark.parametrize("rig", RIGS)
def test_choreo_reads_its_own_rigs(rig: str, dance: Motion, tmp_path: Path) -> None:
    load("exporters", "bvh").export_rig(put_on_rig(dance, rig, up="y"), tmp_path / "x.bvh")
    back = read_take(tmp_path / "x.bvh").motion
    ours, _ = forward(dance.skeleton, dance.translation, dance.rotations)
    theirs, _ = forward(back.skeleton, back.translation, back.rotations)
    away = np.linalg.norm(theirs - theirs[:, :1] - (ours - ours[:, :1]), axis=-1)
    assert len(theirs) == len(ours)
    assert float(away[:, [4, 5, 7, 8, 12, 18, 19, 20, 21]].mean()) < 0.03


def nodes_of(path: Path) -> tuple[Any, np.ndarray, list[str]]:
    """A GLB's document, joints' places ``(T, J, 3)`` as its animation has them, and the joints' names."""
    import pygltflib

    document = pygltflib.GLTF2().load(str(path))
    blob = document.binary_blob()

    def values(number: int) -> np.ndarray:
        accessor = document.accessors[number]
        view = document.bufferViews[accessor.bufferView]
        flat = np.frombuffer(blob[view.byteOffset : view.byteOffset + view.byteLength], np.float32)
        return flat.reshape(accessor.count, -1).astype(np.float64)

    joints = document.skins[0].joints
    animation = document.animations[0]
    times = values(animation.samplers[0].input)[:, 0]
    translations = np.stack([np.tile(document.nodes[k].translation, (len(times), 1)) for k in joints], axis=1)
    rotations = np.stack([np.tile(document.nodes[k].rotation, (len(times), 1)) for k in joints], axis=1)
    for channel in animation.channels:
        kind = translations if channel.target.path == "translation" else rotations
        kind[:, channel.target.node] = values(animation.samplers[channel.sampler].output)
    parents = {child: k for k in joints for child in document.nodes[k].children}
    places, turns = np.empty_like(translations), np.empty((len(times), len(joints), 4))
    for k in joints:
        own = rotations[:, k][:, [3, 0, 1, 2]]
        above = parents.get(k)
        turns[:, k] = own if above is None else rot.multiply(turns[:, above], own)
        offset = translations[:, k] if above is None else rot.rotate(turns[:, above], translations[:, k])
        places[:, k] = offset if above is None else places[:, above] + offset
    return document, places, [document.nodes[k].name for k in joints]


@pytest.mark.parametrize("rig", RIGS)
def test_a_glb_has_joints_skin_and_rest_pose(rig: str, dance: Motion, tmp_path: Path) -> None:
    body = load_body()
    fitted = fit_motion(dance, body)
    rigged = put_on_rig(fitted, rig, unit="m", up="y")
    load("exporters", "glb").export_rig(rigged, tmp_path / "x.glb", body=body)
    document, places, names = nodes_of(tmp_path / "x.glb")
    assert tuple(names) == rigged.names
    ours, _ = forward(body.skeleton, fitted.translation, fitted.rotations)
    known = rigged.canonical >= 0
    assert np.abs(places[:, known] - ours[:, rigged.canonical[known]]).max() < 1e-4
    assert document.accessors[document.animations[0].samplers[0].input].max[0] == pytest.approx(dance.duration)
    at, turns = rest_world(rigged)
    bind = inverse_bind(rigged).reshape(-1, 4, 4).transpose(0, 2, 1)
    assert np.allclose(np.einsum("jab,jb->ja", bind[:, :3, :3], at) + bind[:, :3, 3], 0, atol=1e-6)
    assert np.allclose(bind[:, :3, :3] @ rot.to_matrix(turns), np.eye(3), atol=1e-6)
    skin = skin_joints(rigged, body.skeleton)
    rest = rest_positions(body.skeleton)
    exact = [k for k, joint in enumerate(skin) if rigged.canonical[joint] == k]
    assert np.allclose(at[skin[exact]], rest[exact], atol=1e-5)


def test_weights_on_one_bone_are_added() -> None:
    indices, weights = merged_weights(
        np.array([[3, 5, 3, 0], [1, 2, 4, 6]]), np.array([[0.2, 0.3, 0.5, 0], [1, 1, 1, 1]])
    )
    assert indices.tolist() == [[3, 5, 0, 0], [1, 2, 4, 6]]
    assert np.allclose(weights, [[0.7, 0.3, 0, 0], [0.25] * 4])


def test_a_table_has_the_rigs_names_and_unit(dance: Motion, tmp_path: Path) -> None:
    rigged = put_on_rig(dance, "unreal")
    load("exporters", "csv").export_rig(rigged, tmp_path / "x.csv")
    head, *rows = (tmp_path / "x.csv").read_text().splitlines()
    assert head.startswith("seconds,root_x,root_y,root_z,pelvis_x")
    wanted, _ = rig_positions(rigged)
    assert np.allclose([float(each) for each in rows[30].split(",")[1:]], wanted[30].reshape(-1), atol=1e-5)


def test_usd_says_unit_and_axis(dance: Motion, tmp_path: Path) -> None:
    usd = pytest.importorskip("pxr.Usd")
    from pxr import UsdGeom, UsdSkel

    rigged = put_on_rig(dance, "unreal")
    load("exporters", "usd").export_rig(rigged, tmp_path / "x.usda")
    stage = usd.Stage.Open(str(tmp_path / "x.usda"))
    assert UsdGeom.GetStageUpAxis(stage) == "Z"
    assert UsdGeom.GetStageMetersPerUnit(stage) == pytest.approx(0.01)
    skeleton = UsdSkel.Skeleton.Get(stage, "/Dancer/Skeleton")
    assert skeleton.GetJointsAttr().Get()[1] == "root/pelvis"
    places = np.array([matrix.ExtractTranslation() for matrix in skeleton.GetBindTransformsAttr().Get()])
    assert np.allclose(places, rest_world(rigged)[0], atol=1e-4)
    animation = UsdSkel.Animation(stage.GetPrimAtPath("/Dancer/Dance"))
    code = 20 / rigged.fps * stage.GetTimeCodesPerSecond()
    moved = np.array(animation.GetTranslationsAttr().Get(code))
    assert np.allclose(moved, rigged.translations[20], atol=1e-3)


def test_formats_say_what_they_can_have() -> None:
    bvh, glb, vmd = (load("exporters", name) for name in ("bvh", "glb", "vmd"))
    both = resolve_delivery(Rigging(rig="unreal"), {"bvh": bvh, "glb": glb})
    assert (both.forms["bvh"].unit, both.forms["bvh"].up) == ("cm", "z")
    assert (both.forms["glb"].unit, both.forms["glb"].up) == ("m", "y")
    assert resolve_delivery(Rigging(rig="smpl"), {"bvh": bvh}).forms["bvh"].unit == "m"
    assert resolve_delivery(Rigging(root="floor"), {"bvh": bvh}).forms["bvh"].unit == "cm"
    assert resolve_delivery(Rigging(loop=True), {"vmd": vmd}).forms == {}
    with pytest.raises(InputError, match=r"--units cm: glb files always have m; leave --units out"):
        resolve_delivery(Rigging(units="cm"), {"glb": glb})
    with pytest.raises(InputError, match="A character of yours keeps its own rig"):
        resolve_delivery(Rigging(rig="mmd"), {})
    with pytest.raises(InputError, match=r"--up z: glb files always have y"):
        resolve_delivery(Rigging(up="z"), {"glb": glb})
    with pytest.raises(
        InputError, match=r"--rig mmd: vmd files have a rig of their own; bvh, .*glb.* can have another"
    ):
        resolve_delivery(Rigging(rig="mmd"), {"vmd": vmd})


def test_convert_writes_a_loop_in_place_on_a_rig(
    dance: Motion, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load("exporters", "bvh").export(dance, tmp_path / "in.bvh")
    options = ("--rig", "unreal", "--in-place", "--loop", "--fps", "24", "--json")
    assert run(["convert", str(tmp_path / "in.bvh"), str(tmp_path / "out.bvh"), *options]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["notes"][0].startswith("the loop in the motion files is 0:00")
    read = read_bvh(tmp_path / "out.bvh")
    assert read.fps == 24
    positions, _ = forward(read.skeleton, read.translation, read.rotations)
    assert np.abs(positions[-1] - positions[0]).max() < 1e-4
    assert np.ptp(read.translation[:, :2], axis=0).max() < 0.2
    assert 0.8 < float(read.translation[:, 2].mean()) < 1.1


def test_up_is_of_the_recording_or_of_what_is_written(dance: Motion, tmp_path: Path) -> None:
    source = tmp_path / "in.bvh"
    load("exporters", "bvh").export_rig(put_on_rig(dance, "choreo", unit="cm", up="z"), source)
    for words in (["--up", "z"], ["--up-of", "z"], ["--up-of", "z", "--up", "y"]):
        assert run(["convert", str(source), str(tmp_path / "y.bvh"), *words]) == 0
        assert float(read_bvh(tmp_path / "y.bvh").translation[:, 1].mean()) == pytest.approx(0.95, abs=0.05), words
    words = ["--up-of", "z", "--rig", "smpl", "--up", "z"]
    assert run(["convert", str(source), str(tmp_path / "z.bvh"), *words]) == 0
    assert float(read_bvh(tmp_path / "z.bvh").translation[:, 2].mean()) == pytest.approx(0.95, abs=0.05)


def test_mistakes_are_told_before_anything_is_written(
    dance: Motion, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.bvh"
    load("exporters", "bvh").export(dance, source)
    assert run(["convert", str(source), str(tmp_path / "out.glb"), "--rig", "unreal", "--up", "z"]) == 2
    assert "glb files always have y" in capsys.readouterr().err
    assert not (tmp_path / "out.glb").exists()
    assert run(["convert", str(source), str(tmp_path / "out.bvh"), "--rig", "unreel"]) == 2
    assert run(["render", str(source), "--rig", "unreal"]) == 2
    assert "choreo convert" in capsys.readouterr().err


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=9, bpm=110)


@pytest.mark.slow
def test_generated_dances_come_on_a_rig_and_loop_on_bars(clicks: Path, tmp_path: Path) -> None:
    rigging = Rigging(rig="unreal", loop=True)
    made = generate(clicks, output=tmp_path / "x", formats=("bvh", "glb"), rig=rigging)
    assert "pelvis" in made.files["bvh"].read_text()
    assert any(line.startswith("the loop in the motion files") for line in made.warnings)
    _, places, names = nodes_of(made.files["glb"])
    assert names[:2] == ["root", "pelvis"]
    steps = np.linalg.norm(np.diff(places, axis=0), axis=-1).mean(axis=1)
    assert float(np.linalg.norm(places[-1] - places[0], axis=-1).mean()) <= 1.5 * float(np.median(steps))
    with pytest.raises(InputError, match="--rig unreal: no motion file is asked for"):
        generate(clicks, output=tmp_path / "y", formats=("plan",), rig="unreal")
