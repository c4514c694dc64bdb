"""Files read by nothing of ours have the dance in them: where each joint is at several times, and the skin."""

from __future__ import annotations

import base64
import csv
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from file_readers import Bvh, Glb, Positions, blend, chain, joint_matrices, of_motion, read_vmd, skinned
from motion_support import stepping_dance
from scipy.spatial.transform import Rotation
from validator_support import issues, validator

from choreo import plugins
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Body, Doubles, Motion
from choreo.video.bodies import fit_motion, load_body

TIMES = (0.0, 0.7, 1.5, 2.4, 3.0)
CLOSE = 2e-4
"""Metres."""


@pytest.fixture(scope="module")
def known() -> Motion:
    """Fifty frames a second: a rate that no format has for its own."""
    return stepping_dance(3.0, fps=50.0)


@pytest.fixture(scope="module")
def body() -> Body:
    return load_body()


def written(name: str, motion: Motion, folder: Path) -> Path:
    exporter = plugins.load("exporters", name)
    path = folder / f"dance{exporter.suffix}"
    exporter.export(motion, path)
    return path


def assert_same(found: Positions, wanted: Positions, within: float = CLOSE) -> None:
    assert set(wanted) <= set(found)
    for name, position in wanted.items():
        np.testing.assert_allclose(found[name], position, atol=within, err_msg=name)


def test_the_dance_looks_the_same_from_no_side(known: Motion) -> None:
    """Else the comparisons below would not see a mirrored or turned file."""
    at = of_motion(known, 1.5)
    mirrored = {name: at[name.replace("left", "*").replace("right", "left").replace("*", "right")] for name in at}
    flip = np.array([-1, 1, 1])
    assert max(float(np.linalg.norm(at[name] - mirrored[name] * flip)) for name in at) > 0.3
    assert abs(at["pelvis"][0]) > 0.03
    assert abs(at["pelvis"][2]) > 0.2
    assert np.linalg.norm(of_motion(known, 0.7)["left_ankle"] - at["left_ankle"]) > 0.1


def test_glb_joints_and_skin(known: Motion, body: Body, tmp_path: Path) -> None:
    glb = Glb.read(written("glb", known, tmp_path))
    (mesh,) = glb.shown_meshes()
    assert "skin" in mesh
    for time in TIMES:
        assert_same(glb.positions(time), of_motion(known, time))
        np.testing.assert_allclose(glb.vertices(time), skinned(body, fit_motion(known, body), time), atol=CLOSE)
    clock = glb.values(glb.document["animations"][0]["samplers"][0]["input"])
    assert clock[-1, 0] == pytest.approx(known.duration)


def test_glb_colours_normals_and_weights(known: Motion, body: Body, tmp_path: Path) -> None:
    glb = Glb.read(written("glb", known, tmp_path))
    (node,) = glb.shown_meshes()
    (primitive,) = glb.document["meshes"][node["mesh"]]["primitives"]
    points, normals, colours, weights = (
        glb.values(primitive["attributes"][name]) for name in ("POSITION", "NORMAL", "COLOR_0", "WEIGHTS_0")
    )
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    light = np.where(colours <= 0.0031308, 12.92 * colours, 1.055 * colours ** (1 / 2.4) - 0.055)[:, :3]
    np.testing.assert_allclose(255 * light, body.colours, atol=0.6)
    faces = glb.values(primitive["indices"]).astype(int).reshape(-1, 3)
    corners = points[faces]
    outside = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert np.mean((outside * normals[faces].mean(axis=1)).sum(axis=1) > 0) > 0.95
    volume = np.einsum("fa,fa->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0.03, "counter-clockwise from outside"


def test_a_scene_viewer_finds_the_mesh(known: Motion, body: Body, tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    scene = trimesh.load(written("glb", known, tmp_path), process=False)
    (mesh,) = scene.dump()
    assert len(mesh.faces) == len(body.faces)
    np.testing.assert_allclose(mesh.vertices, body.vertices, atol=1e-5)


@pytest.mark.parametrize("name", ["glb", "vrma", "character"])
def test_the_validator_of_khronos_finds_nothing(name: str, known: Motion, tmp_path: Path) -> None:
    validator()
    path = written("glb" if name == "character" else name, known, tmp_path)
    if name == "character":
        from choreo_gltf.character import dance_on

        dance_on(known, path, tmp_path / "me.glb")
        path = tmp_path / "me.glb"
    found = issues(path)
    assert (found["numErrors"], found["numWarnings"]) == (0, 0), found["messages"]


VRM = {
    "hips": "pelvis", "spine": "spine1", "chest": "spine2", "upperChest": "spine3", "neck": "neck", "head": "head",
    "leftUpperLeg": "left_hip", "rightUpperLeg": "right_hip", "leftLowerLeg": "left_knee",
    "rightLowerLeg": "right_knee", "leftFoot": "left_ankle", "rightFoot": "right_ankle", "leftToes": "left_foot",
    "rightToes": "right_foot", "leftShoulder": "left_collar", "rightShoulder": "right_collar",
    "leftUpperArm": "left_shoulder", "rightUpperArm": "right_shoulder", "leftLowerArm": "left_elbow",
    "rightLowerArm": "right_elbow", "leftHand": "left_wrist", "rightHand": "right_wrist",
}  # fmt: skip
"""VRM's humanoid bones, by its specification, and the joints they turn at."""


def test_vrma_bones(known: Motion, tmp_path: Path) -> None:
    glb = Glb.read(written("vrma", known, tmp_path))
    bones = glb.document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]
    assert set(VRM) < set(bones)
    assert len(bones) == len(VRM) + 30  # and three for each finger
    for time in TIMES:
        worlds, wanted = glb.worlds(time), of_motion(known, time)
        assert_same(
            {VRM[name]: worlds[bone["node"]][:3, 3] for name, bone in bones.items() if name in VRM},
            {name: wanted[name] for name in VRM.values()},
        )
    assert glb.values(glb.document["animations"][0]["samplers"][0]["input"])[-1, 0] == pytest.approx(known.duration)


def test_bvh_joints(known: Motion, tmp_path: Path) -> None:
    bvh = Bvh(written("bvh", known, tmp_path))
    assert bvh.frame_time == pytest.approx(1 / 50)
    assert bvh.count == len(known)
    for time in TIMES:
        assert_same(bvh.positions(time), of_motion(known, time))


@pytest.mark.parametrize("order", ["XYZ", "YXZ", "ZYX"])
def test_bvh_in_other_orders(order: str, known: Motion, tmp_path: Path) -> None:
    from choreo_bvh import BvhExporter

    BvhExporter(order).export(known, tmp_path / "a.bvh")
    bvh = Bvh(tmp_path / "a.bvh")
    assert [channel[0] for channel in bvh.channels[1]] == list(order)
    assert_same(bvh.positions(1.5), of_motion(known, 1.5))


def test_csv_joints(known: Motion, tmp_path: Path) -> None:
    with written("csv", known, tmp_path).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(known)
    for time in TIMES:
        row = min(rows, key=lambda each: abs(float(each["seconds"]) - time))
        assert float(row["seconds"]) == pytest.approx(time, abs=1e-5)
        found = {name: np.array([float(row[f"{name}_{axis}"]) for axis in "xyz"]) for name in NAMES}
        assert_same(found, of_motion(known, time))


def smpl_positions(poses: Doubles, root: Doubles) -> Positions:
    """Of SMPL's joints from axis-angles ``(24, 3)``, on the canonical bones."""
    return chain(NAMES, CANONICAL.parents, CANONICAL.offsets, root, [Rotation.from_rotvec(each) for each in poses])


def test_smpl_joints(known: Motion, tmp_path: Path) -> None:
    with np.load(written("smpl", known, tmp_path), allow_pickle=False) as arrays:
        poses, path, fps = arrays["smpl_poses"], arrays["smpl_trans"] / arrays["smpl_scaling"], float(arrays["fps"])
    assert (fps, len(poses)) == (known.fps, len(known))
    for time in TIMES:
        frame = round(time * fps)
        assert_same(smpl_positions(poses[frame].reshape(24, 3), path[frame]), of_motion(known, time))


def test_amass_joints(known: Motion, tmp_path: Path) -> None:
    """Z is up there: turning back by a quarter about X gives our axes."""
    with np.load(written("amass", known, tmp_path), allow_pickle=False) as arrays:
        poses, path, fps = arrays["poses"], arrays["trans"], float(arrays["mocap_framerate"])
    assert (fps, len(poses)) == (known.fps, len(known))
    upright = Rotation.from_euler("x", -90, degrees=True)
    for time in TIMES:
        frame = round(time * fps)
        body = np.zeros((24, 3))
        body[:22] = poses[frame, :66].reshape(22, 3)
        body[0] = (upright * Rotation.from_rotvec(body[0])).as_rotvec()
        wanted = {name: at for name, at in of_motion(known, time).items() if not name.endswith("hand")}
        assert_same(smpl_positions(body, upright.apply(path[frame])), wanted)


MMD_ARM = ("センター", "上半身", "上半身2", "{0}肩", "{0}腕")
METRES = 0.08
"""Of MMD's unit."""


def test_vmd_bones(known: Motion, tmp_path: Path) -> None:
    """Left-handed: z runs the other way. The body's path, the feet's IK and the upper arms are what is seen."""
    keys = read_vmd(written("vmd", known, tmp_path))
    for name, each in keys.items():
        assert each[:, 0].tolist() == list(range(91)), name
    rest = chain(NAMES, CANONICAL.parents, CANONICAL.offsets, CANONICAL.offsets[0], [Rotation.identity()] * 24)
    flip = np.array([1, 1, -1])

    def turn(name: str, frame: int) -> Rotation:
        x, y, z, w = keys[name][frame, 4:]
        return Rotation.from_quat([-x, -y, z, w])

    for time in (0.0, 0.7, 1.5, 2.4, 3.0):
        frame = round(30 * time)
        now = of_motion(stepping_dance(3.0, fps=30.0), frame / 30)
        for name, joint in (("センター", "pelvis"), ("左足ＩＫ", "left_ankle"), ("右足ＩＫ", "right_ankle")):
            moved = keys[name][frame, 1:4] * flip * METRES
            np.testing.assert_allclose(moved, now[joint] - rest[joint], atol=0.01, err_msg=f"{name} {time}")
        for letter, side, sign in (("左", "left", 1), ("右", "right", -1)):
            world = Rotation.identity()
            for bone in MMD_ARM:
                world = world * turn(bone.format(letter), frame)
            hanging = np.array([sign * np.cos(np.radians(35)), -np.sin(np.radians(35)), 0])
            arm = now[f"{side}_elbow"] - now[f"{side}_shoulder"]
            np.testing.assert_allclose(world.apply(hanging), arm / np.linalg.norm(arm), atol=0.03)


def test_usd_joints_and_skin(known: Motion, body: Body, tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom, UsdSkel

    stage = Usd.Stage.Open(str(written("usd", known, tmp_path)))
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    metres = UsdGeom.GetStageMetersPerUnit(stage)
    root = UsdSkel.Root(stage.GetDefaultPrim())
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.PrimDefaultPredicate)
    (binding,) = cache.ComputeSkelBindings(root, Usd.PrimDefaultPredicate)
    query, (skin,) = cache.GetSkelQuery(binding.GetSkeleton()), binding.GetSkinningTargets()
    names = [path.rpartition("/")[2] for path in query.GetJointOrder()]
    mesh = UsdGeom.Mesh(skin.GetPrim())
    for time in TIMES:
        code = time * stage.GetTimeCodesPerSecond()
        moved = query.ComputeJointSkelTransforms(code)
        found = {name: metres * np.array(each.ExtractTranslation()) for name, each in zip(names, moved, strict=True)}
        assert_same(found, of_motion(known, time))
        points = mesh.GetPointsAttr().Get()
        assert skin.ComputeSkinnedPoints(query.ComputeSkinningTransforms(code), points, code)
        np.testing.assert_allclose(metres * np.array(points), skinned(body, fit_motion(known, body), time), atol=CLOSE)
    # Blender plays a time code a frame, 24 of them a second.
    assert (stage.GetTimeCodesPerSecond(), stage.GetFramesPerSecond()) == (24, 24)
    (animation,) = (each for each in stage.Traverse() if each.GetTypeName() == "SkelAnimation")
    assert len(UsdSkel.Animation(animation).GetRotationsAttr().GetTimeSamples()) == len(known)
    assert stage.GetEndTimeCode() / stage.GetTimeCodesPerSecond() == pytest.approx(known.duration)
    faces = np.array(mesh.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3)
    corners = np.array(mesh.GetPointsAttr().Get())[faces].astype(np.float64)
    assert mesh.GetOrientationAttr().Get() == "rightHanded"
    assert np.einsum("fa,fa->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6 > 0.03


def test_usd_s_own_validators_find_nothing(known: Motion, tmp_path: Path) -> None:
    pytest.importorskip("pxr")
    from pxr import Usd, UsdValidation

    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 10
    stage = Usd.Stage.Open(str(written("usd", known, tmp_path)))
    issues = UsdValidation.ValidationContext(validators).Validate(stage)
    assert [issue.GetMessage() for issue in issues] == []


def test_the_web_page_s_joints_and_skin(known: Motion, body: Body, tmp_path: Path) -> None:
    """30 frames a second there, in 16-bit numbers, deflated."""
    page = written("web", known, tmp_path).read_text(encoding="utf-8")
    facts, data = (re.findall(rf'id="{name}">(.*?)</script>', page, re.S)[0] for name in ("facts", "data"))
    told, blob = json.loads(facts), zlib.decompress(base64.b64decode(data))

    def array(place: list[Any]) -> np.ndarray:
        return np.frombuffer(blob, f"<{place[0]}", place[2], place[1])

    mesh, (dance,) = told["body"], told["dances"]
    (dancer,) = dance["dancers"]
    frames = dancer["frames"]
    assert (frames - 1) / dance["fps"] == pytest.approx(known.duration)
    turns = np.cumsum(array(dancer["rotations"]).reshape(-1, frames).astype(np.int64), axis=1).astype(np.int16)
    quaternions = turns.reshape(51, 4, frames).transpose(2, 0, 1) / 32767
    path = array(dancer["translation"]).reshape(-1, 3)
    points = np.array(mesh["low"]) + array(mesh["positions"]).reshape(-1, 3) * np.array(mesh["step"])
    for time in (0.0, 1.5, 3.0):
        frame = round(time * dance["fps"])
        local = [Rotation.from_quat(each) for each in quaternions[frame]]
        found = chain(tuple(mesh["joints"]), mesh["parents"], mesh["offsets"], path[frame], local)
        assert_same(found, of_motion(known, time), 1e-3)
        still = np.tile(fit_motion(known, body).rotations[:1], (len(path), 1, 1))
        shown = Motion(body.skeleton, 30.0, path.astype(np.float32), still)
        matrices = joint_matrices(body.skeleton, shown, frame, local)
        weights = array(mesh["weights"]).reshape(-1, 4) / 255
        moved = blend(points, weights, array(mesh["indices"]).reshape(-1, 4).astype(int), matrices)
        np.testing.assert_allclose(moved, skinned(body, fit_motion(known, body), time), atol=5e-3)
