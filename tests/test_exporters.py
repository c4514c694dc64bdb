from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_support import write_bvh
from motion_support import gap_degrees, gap_mm, on_other_skeleton, stepping_dance

from choreo import plugins
from choreo.cli.app import run
from choreo.datasets import convert as conversion
from choreo.errors import ChoreoError, InputError, MotionError
from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.testing import check_exporters
from choreo.types import Motion
from choreo.video.bodies import fit_motion, load_body

ROUND = {
    "bvh": ("bvh", 1.0, 0.5),
    "glb": ("mixamo", 1.0, 0.5),
    "fbx": ("fbx", 1.0, 0.5),
    "smpl": ("smpl", 1.0, 0.5),
    "amass": ("amass", 1.0, 0.5),
}
"""Exporter: its reader, millimetres, degrees."""


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(4.0)


@pytest.mark.parametrize("name", plugins.available("exporters"))
def test_the_contract(name: str) -> None:
    if name == "usd":
        pytest.importorskip("pxr")
    check_exporters(plugins.load("exporters", name))


@pytest.mark.parametrize("name", ROUND)
def test_what_is_written_is_read_back(name: str, known: Motion, tmp_path: Path) -> None:
    reader, millimetres, degrees = ROUND[name]
    exporter = plugins.load("exporters", name)
    path = tmp_path / f"dance{exporter.suffix}"
    exporter.export(known, path)
    back = conversion.read_take(path, reader=reader).motion
    assert len(back) == len(known)
    assert back.fps == known.fps
    assert gap_mm(known, back) < millimetres
    assert gap_degrees(known, back) < degrees


def test_vmd_and_vrma_keep_the_dance(known: Motion, tmp_path: Path) -> None:
    for name, reader in (("vmd", "vmd"), ("vrma", "mixamo")):
        exporter = plugins.load("exporters", name)
        path = tmp_path / f"dance{exporter.suffix}"
        exporter.export(known, path)
        back = conversion.read_take(path, reader=reader).motion
        from choreo.motion.resample import resample

        assert gap_mm(resample(known, back.fps), back) < 45, name


def glb_parts(path: Path) -> tuple[dict[str, Any], bytes]:
    raw = path.read_bytes()
    magic, version, total = struct.unpack("<4sII", raw[:12])
    assert (magic, version, total) == (b"glTF", 2, len(raw))
    length, kind = struct.unpack("<I4s", raw[12:20])
    assert kind == b"JSON"
    return json.loads(raw[20 : 20 + length]), raw[28 + length :]


def test_a_glb_has_mesh_skin_and_animation(known: Motion, tmp_path: Path) -> None:
    plugins.load("exporters", "glb").export(known, tmp_path / "a.glb")
    document, blob = glb_parts(tmp_path / "a.glb")
    body = load_body()
    assert [node["name"] for node in document["nodes"][:24]] == list(NAMES)
    assert document["skins"][0]["joints"] == list(range(51))
    primitive = document["meshes"][0]["primitives"][0]["attributes"]
    assert set(primitive) == {"POSITION", "NORMAL", "COLOR_0", "JOINTS_0", "WEIGHTS_0"}
    positions = document["accessors"][primitive["POSITION"]]
    assert positions["count"] == len(body.vertices)
    assert positions["min"] == pytest.approx(body.vertices.min(axis=0).tolist())
    assert len(document["animations"][0]["channels"]) == 52
    assert len(blob) >= document["buffers"][0]["byteLength"]


def test_skinning_as_gltf_says_gives_our_vertices(known: Motion, tmp_path: Path) -> None:
    """Nodes times inverse bind matrices, computed from the file, against our own skinning."""
    from choreo.motion.kinematics import rest_positions, skin_matrices
    from choreo_gltf.reader import open_gltf, tree_of, values

    plugins.load("exporters", "glb").export(known, tmp_path / "a.glb")
    document = open_gltf(tmp_path / "a.glb")
    tree = tree_of(document)
    inverse = values(document, document.skins[0].inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1)
    frame = 37
    world: list[np.ndarray] = []
    for k, node in enumerate(tree.order[:52]):
        if node >= 51:
            world.append(np.eye(4))
            continue
        turn, move = tree.rest[k], tree.offsets[k]
        for channel in document.animations[0].channels:
            if channel.target.node == node:
                row = values(document, document.animations[0].samplers[channel.sampler].output)[frame]
                if channel.target.path == "rotation":
                    turn = row[[3, 0, 1, 2]]
                else:
                    move = row
        own = np.eye(4)
        own[:3, :3], own[:3, 3] = rot.to_matrix(turn), move
        world.append(own if tree.parents[k] < 0 else world[tree.parents[k]] @ own)
    column = {node: k for k, node in enumerate(tree.order)}
    joints = np.stack([world[column[node]] @ inverse[node] for node in range(51)])
    body = load_body()
    bound = np.concatenate([body.vertices, np.ones((len(body.vertices), 1))], axis=1)
    theirs = np.einsum("vk,vkab,vb->va", body.weights, joints[body.joint_indices], bound)[:, :3]
    shown = fit_motion(known, body)
    at, turned = forward(body.skeleton, shown.translation[[frame]], shown.rotations[[frame]])
    ours = np.einsum(
        "vk,vkab,vb->va",
        body.weights,
        skin_matrices(rest_positions(body.skeleton), at, turned)[0][body.joint_indices],
        bound,
    )
    np.testing.assert_allclose(theirs, ours, atol=1e-3)


def test_vrma_names_vrms_bones(known: Motion, tmp_path: Path) -> None:
    plugins.load("exporters", "vrma").export(known, tmp_path / "a.vrma")
    document, _ = glb_parts(tmp_path / "a.vrma")
    bones = document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]
    needed = {"hips", "spine", "head", "leftUpperLeg", "rightLowerArm", "leftHand", "rightFoot"}
    assert needed <= bones.keys()
    assert "VRMC_vrm_animation" in document["extensionsUsed"]
    assert document["nodes"][bones["leftUpperLeg"]["node"]]["name"] == "leftUpperLeg"


def test_usd_opens_with_its_skeleton(known: Motion, tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdSkel

    plugins.load("exporters", "usd").export(known, tmp_path / "a.usda")
    stage = Usd.Stage.Open(str(tmp_path / "a.usda"))
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    rate = stage.GetTimeCodesPerSecond() / known.fps
    assert stage.GetEndTimeCode() == pytest.approx(rate * (len(known) - 1))
    cache = UsdSkel.Cache()
    root = UsdSkel.Root(stage.GetPrimAtPath("/Dancer"))
    cache.Populate(root, Usd.PrimDefaultPredicate)
    query = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/Dancer/Skeleton")))
    moved = query.ComputeJointSkelTransforms(30 * rate)
    theirs = np.array([list(matrix.ExtractTranslation()) for matrix in moved])
    ours = forward(known.skeleton, known.translation[[30]], known.rotations[[30]])[0][0]
    np.testing.assert_allclose(theirs[: len(ours)], ours, atol=1e-4)


def test_csv_has_a_column_a_coordinate(known: Motion, tmp_path: Path) -> None:
    plugins.load("exporters", "csv").export(known, tmp_path / "a.csv")
    table = np.genfromtxt(tmp_path / "a.csv", delimiter=",", names=True)
    assert len(table) == len(known)
    ours = forward(known.skeleton, known.translation, known.rotations)[0]
    np.testing.assert_allclose(table["left_wrist_y"], ours[:, NAMES.index("left_wrist"), 1], atol=1e-5)


@pytest.mark.parametrize(
    "pair", ["bvh glb", "glb bvh", "bvh vmd", "vmd npz", "npz bvh", "bvh csv", "bvh vrma", "vrma glb"]
)
def test_any_reader_to_any_exporter(
    pair: str, known: Motion, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = pair.split()
    source, target = tmp_path / f"a.{first}", tmp_path / f"new/b.{second}"
    plugins.load("exporters", {"npz": "smpl"}.get(first, first)).export(known, source)
    assert run(["convert", str(source), str(target)]) == 0
    assert target.stat().st_size > 1000
    assert str(target) in capsys.readouterr().out


def test_convert_says_what_it_cannot(known: Motion, tmp_path: Path) -> None:
    path = write_bvh(known, tmp_path)
    with pytest.raises(InputError, match="no exporter writes"):
        conversion.convert(path, tmp_path / "a.xyz")
    with pytest.raises(MotionError, match="no such file"):
        conversion.convert(tmp_path / "none.bvh", tmp_path / "a.glb")
    (tmp_path / "a.docx").write_text("no motion")
    with pytest.raises(InputError, match="no reader knows"):
        conversion.convert(tmp_path / "a.docx", tmp_path / "a.glb")
    assert not (tmp_path / "a.glb").exists()


def test_maps_are_printed_and_followed(known: Motion, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {ours: f"bone{k}" for k, ours in enumerate(NAMES)}
    path = tmp_path / "odd.bvh"
    plugins.load("exporters", "bvh").export(on_other_skeleton(known, names), path)
    assert run(["convert", str(path), "--show-map"]) == 0
    shown = capsys.readouterr().out
    assert f'left_knee = "bone{NAMES.index("left_knee")}"' in shown
    (tmp_path / "shown.toml").write_text(shown)
    assert conversion.read_take(path, joints=tmp_path / "shown.toml").motion.rotations.shape[1] == len(NAMES)
    told = "[joints]\n" + "".join(f'{ours} = "{theirs}"\n' for ours, theirs in names.items())
    (tmp_path / "map.toml").write_text(told)
    assert run(["convert", str(path), str(tmp_path / "a.glb"), "--map", str(tmp_path / "map.toml")]) == 0
    back = conversion.read_take(tmp_path / "a.glb").motion
    assert gap_mm(known, back) < 10  # a foot that lifts slowly is held for a moment longer


def character(path: Path, *, size: float, arms_down: float, vrm: bool = False) -> Path:
    """A rig with other names, another size, lowered arms, its hips under an armature that is turned and scaled."""
    import pygltflib as lib

    from choreo_gltf.build import Builder

    still = stepping_dance(1.0)
    still = Motion(
        still.skeleton, 60.0, still.translation[:1], still.rotations[:1] * 0 + np.eye(4, dtype=np.float32)[0]
    )
    other = on_other_skeleton(still, FAMILIES["mixamo"], scale=100 * size, arms_down=arms_down)
    builder = Builder()
    document = builder.document
    names = other.skeleton.names if not vrm else tuple(f"b{k}" for k in range(len(other.skeleton)))
    for joint, name in enumerate(names):
        children = [int(k) for k in np.flatnonzero(other.skeleton.parents == joint)]
        offset = other.skeleton.offsets[joint].astype(float)
        if joint == 0:  # under an armature whose Z is up
            offset = np.array([offset[0], -offset[2], offset[1]])
        turn = rot.from_axis_angle(np.array([np.pi / 2, 0, 0])) if joint == 0 else np.array([1.0, 0, 0, 0])
        document.nodes.append(
            lib.Node(name=name, translation=offset.tolist(), rotation=turn[[1, 2, 3, 0]].tolist(), children=children)
        )
    turn = rot.from_axis_angle(np.array([-np.pi / 2, 0, 0]))
    document.nodes.append(
        lib.Node(name="Armature", children=[0], rotation=turn[[1, 2, 3, 0]].tolist(), scale=[0.01, 0.01, 0.01])
    )
    document.scenes[0].nodes = [len(names)]
    if vrm:
        present = [ours for ours in NAMES if ours in FAMILIES["mixamo"]]
        humans = {}
        for k, ours in enumerate(present):
            theirs = FAMILIES["vrm"][ours]
            humans[theirs[:1].lower() + theirs[1:]] = {"node": k}
        document.extensionsUsed = ["VRMC_vrm"]
        document.extensions = {"VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": humans}}}
    builder.save(path)
    return path


@pytest.mark.parametrize(("size", "arms", "vrm"), [(1.0, 0.0, False), (0.6, 0.7, False), (1.3, 0.3, True)])
def test_a_character_of_the_users_dances(size: float, arms: float, vrm: bool, known: Motion, tmp_path: Path) -> None:
    from choreo_gltf.character import dance_on, joints_of, rest_world
    from choreo_gltf.reader import open_gltf, tree_of
    from choreo_gltf.sampling import read_animation

    path = character(tmp_path / "me.glb", size=size, arms_down=arms, vrm=vrm)
    told = dance_on(known, path, tmp_path / "out.glb")
    assert told["leg_ratio"] == pytest.approx(size, rel=0.01)
    assert told["joints"] == len(FAMILIES["mixamo"])
    document = open_gltf(tmp_path / "out.glb")
    tree = tree_of(document)
    joints = joints_of(tree)
    theirs, _, _ = read_animation(tmp_path / "out.glb", fps=known.fps, joints=joints)
    positions, _ = forward(theirs.skeleton, theirs.translation, theirs.rotations)
    ours, _ = forward(known.skeleton, known.translation, known.rotations)
    count = min(len(positions), len(ours))
    for name in ("left_wrist", "right_ankle", "head", "left_knee"):
        found = positions[:count, theirs.skeleton.index(joints[name])]
        assert np.abs(found - size * ours[:count, NAMES.index(name)]).max() < 0.02 * size, name
    assert rest_world(tree)[0].shape == (len(tree.names), 3)


def test_characters_that_cannot_dance(known: Motion, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from choreo_gltf.character import dance_on

    (tmp_path / "text.glb").write_text("no model")
    with pytest.raises(MotionError, match="not a glTF"):
        dance_on(known, tmp_path / "text.glb", tmp_path / "o.glb")
    import pygltflib as lib

    box = lib.GLTF2(scene=0, scenes=[lib.Scene(nodes=[0])], nodes=[lib.Node(name="box")])
    box.save(str(tmp_path / "box.gltf"))
    with pytest.raises(ChoreoError):
        dance_on(known, tmp_path / "box.gltf", tmp_path / "o.glb")
    song = tmp_path / "song.wav"
    from test_music_audio import tone, write_wav

    write_wav(song, tone(3.0))
    assert run(["generate", str(song), "--character", str(tmp_path / "text.glb"), "-o", str(tmp_path / "out")]) == 2
    assert "text.glb" in capsys.readouterr().err
