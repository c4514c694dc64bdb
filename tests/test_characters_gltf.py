"""Characters in files as people have them: saved in mid-stride, lying, scaled, two in one, with old animations."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from gltf_danced import Danced, corners, in_matrices, in_mid_stride, made, with_feet_on_the_root, world_of
from gltf_support import MIXAMO, Rig
from motion_support import stepping_dance
from validator_support import issues

from choreo import plugins
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_points
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import CharacterOptions, Motion
from choreo_gltf.character import dance_on, read_character

LIMBS = {
    f"{side}{theirs}": (f"{side.lower()}_{above}", f"{side.lower()}_{below}", f"{side}{end}")
    for side in ("Left", "Right")
    for theirs, end, above, below in (("UpLeg", "Leg", "hip", "knee"), ("Leg", "Foot", "knee", "ankle"),
                                      ("Arm", "ForeArm", "shoulder", "elbow"), ("ForeArm", "Hand", "elbow", "wrist"))
}  # fmt: skip
"""Joint at which each limb begins: the canonical two of it, and the joint at its end."""


@pytest.fixture(scope="module")
def dance() -> Motion:
    return stepping_dance(2.0)


def require_danced(dance: Motion, path: Path, prefix: str = "", arms: bool = True) -> Danced:
    """The limbs point where ours do, are as long as in the file, and the lowest sole is as high as ours."""
    danced = Danced(path)
    ours, _ = forward(dance.skeleton, dance.translation, dance.rotations)
    assert danced.frames == len(dance)
    for start, (above, below, end) in LIMBS.items():
        if prefix + end not in danced.number and not arms:
            continue
        bone = danced.at(prefix + end) - danced.at(prefix + start)
        wanted = ours[:, NAMES.index(below)] - ours[:, NAMES.index(above)]
        cosine = np.sum(bone * wanted, axis=1) / np.linalg.norm(bone, axis=1) / np.linalg.norm(wanted, axis=1)
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 1, start
        assert np.abs(np.linalg.norm(bone, axis=1) - np.linalg.norm(MIXAMO[end][1])).max() < 1e-4, end
    return danced


def require_on_floor(danced: Danced, dance: Motion, ratio: float, skin: int = 0) -> None:
    ours = sole_points(dance)[..., 1].min(axis=1)
    assert np.abs(danced.lowest(skin) - ratio * ours).max() < 0.002


def test_a_plain_character(dance: Motion, tmp_path: Path) -> None:
    facts = dance_on(dance, made(tmp_path / "a.glb"), tmp_path / "o.glb")
    danced = require_danced(dance, tmp_path / "o.glb")
    require_on_floor(danced, dance, facts["leg_ratio"])
    assert (facts["joints"], facts["humanoids"]) == (22, 1)
    assert danced.dance["name"] == "dance"


@pytest.mark.parametrize("up", ["armature", "mesh"])
def test_a_character_saved_in_mid_stride(up: str, dance: Motion, tmp_path: Path) -> None:
    path, world = in_mid_stride(tmp_path / "a.glb", up), world_of()
    tree, names = read_character(path)
    rest = dict(zip(tree.names, tree.world_rest, strict=True))
    for name in MIXAMO:
        assert np.abs(rest[name] - world[name][:3, 3]).max() < 1e-3, name
    assert names["left_knee"] == "LeftLeg"
    facts = dance_on(dance, path, tmp_path / "o.glb")
    danced = require_danced(dance, tmp_path / "o.glb")
    require_on_floor(danced, dance, facts["leg_ratio"])
    neck = danced.world[danced.number["Neck"]][0, :3, :3] * 100
    assert np.abs(neck.T @ neck - np.eye(3)).max() < 1e-4


def test_a_character_that_lies_stands_up(dance: Motion, tmp_path: Path) -> None:
    rig = Rig()
    turn = rot.from_axis_angle(np.array([np.pi / 2, 0, 0]))
    joints = rig.skeleton(rig.node("Armature", rotation=turn[[1, 2, 3, 0]].tolist(), translation=[0.4, 0.2, 0.1]))
    lying = np.eye(4)
    lying[:3, :3], lying[:3, 3] = rot.to_matrix(turn), (0.4, 0.2, 0.1)
    world = {name: lying @ matrix for name, matrix in world_of().items()}
    points = {name: rows @ lying[:3, :3].T + lying[:3, 3] for name, rows in corners(world_of()).items()}
    rig.skinned(joints, world, points)
    facts = dance_on(dance, rig.save(tmp_path / "a.glb"), tmp_path / "o.glb")
    require_on_floor(require_danced(dance, tmp_path / "o.glb"), dance, facts["leg_ratio"])


def test_soles_are_where_the_mesh_ends(dance: Motion, tmp_path: Path) -> None:
    """Platform shoes, and a skeleton whose origin is at the hips."""
    rig = Rig()
    joints = rig.skeleton(rig.node("Armature", translation=[0, -0.95, 0]))
    world = world_of()
    for matrix in world.values():
        matrix[1, 3] -= 0.95
    rig.skinned(joints, world, corners(world, down=0.25))
    facts = dance_on(dance, rig.save(tmp_path / "a.glb"), tmp_path / "o.glb")
    require_on_floor(require_danced(dance, tmp_path / "o.glb"), dance, facts["leg_ratio"])


def test_feet_that_hang_on_the_root_stay_on_the_legs(dance: Motion, tmp_path: Path) -> None:
    facts = dance_on(dance, with_feet_on_the_root(tmp_path / "a.glb"), tmp_path / "o.glb")
    danced = require_danced(dance, tmp_path / "o.glb")
    require_on_floor(danced, dance, facts["leg_ratio"])
    gap = np.linalg.norm(danced.at("LeftLegTwist") - danced.at("LeftLeg"), axis=1)
    assert np.ptp(gap) < 1e-4


def test_nodes_with_matrices(dance: Motion, tmp_path: Path) -> None:
    rig = Rig()
    joints = rig.skeleton(rig.node("Armature"))
    in_matrices(rig)
    facts = dance_on(dance, made(tmp_path / "a.glb", rig, joints), tmp_path / "o.glb")
    require_on_floor(require_danced(dance, tmp_path / "o.glb"), dance, facts["leg_ratio"])


def test_names_that_are_there_twice(dance: Motion, tmp_path: Path) -> None:
    """A mesh's node is called as a bone is, before it in the file."""
    rig = Rig()
    for name in ("Hips", "Head", "LeftLeg", "RightArm"):
        rig.node(name)
    joints = rig.skeleton(rig.node("Armature"))
    made(tmp_path / "a.glb", rig, joints)
    dance_on(dance, tmp_path / "a.glb", tmp_path / "o.glb")
    danced = Danced(tmp_path / "o.glb")
    moved = {channel["target"]["node"] for channel in danced.dance["channels"]}
    assert moved == set(joints.values())


def test_a_second_humanoid_is_danced_when_asked_for(dance: Motion, tmp_path: Path) -> None:
    rig = Rig()
    scene = rig.node("Scene")
    first = rig.skeleton(rig.node("One", scene))
    second = rig.skeleton(rig.node("Two", scene, translation=[2.0, 0, 0]))
    world = world_of()
    rig.skinned(first, world, corners(world))
    rig.skinned(second, world, corners(world))
    path = rig.save(tmp_path / "a.glb")
    for number, joints in ((None, first), (0, first), (1, second)):
        facts = dance_on(dance, path, tmp_path / "o.glb", CharacterOptions(humanoid=number))
        moved = {channel["target"]["node"] for channel in Danced(tmp_path / "o.glb").dance["channels"]}
        assert moved == set(joints.values())
        assert facts["humanoids"] == 2
    with pytest.raises(MotionError, match=r"a\.glb: has no humanoid 2\. There are: 0, whose hips are 'Hips'; 1, .*#"):
        dance_on(dance, path, tmp_path / "o.glb", CharacterOptions(humanoid=2))


def test_which_of_two_dances_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    for number in range(2):
        rig.skeleton(rig.node(f"Armature{number}"))
    path = rig.save(tmp_path / "a.glb")
    writer = plugins.load("characters", "gltf")
    writer.check(path, CharacterOptions(humanoid=1))
    assert not caplog.records
    writer.check(path)
    assert "a.glb has 2 humanoids; the first dances, whose hips are 'Hips'" in caplog.text


def test_a_map_overrules_names(dance: Motion, tmp_path: Path) -> None:
    rig = Rig()
    joints = rig.skeleton(rig.node("Armature"), prefix="q_")
    for number, node in enumerate(rig.json["nodes"]):
        node["name"] = f"x{number}"
    made(tmp_path / "a.glb", rig, joints)
    table = {"left_hip": "LeftUpLeg", "left_knee": "LeftLeg", "left_ankle": "LeftFoot", "right_hip": "RightUpLeg",
             "right_knee": "RightLeg", "right_ankle": "RightFoot", "left_shoulder": "LeftArm",
             "left_elbow": "LeftForeArm", "right_shoulder": "RightArm", "right_elbow": "RightForeArm"}  # fmt: skip
    told = {ours: f"x{joints[theirs]}" for ours, theirs in table.items()}
    facts = dance_on(dance, tmp_path / "a.glb", tmp_path / "o.glb", CharacterOptions(joints=told))
    assert facts["joints"] == len(table) + 1
    moved = {channel["target"]["node"] for channel in Danced(tmp_path / "o.glb").dance["channels"]}
    assert joints["Hips"] in moved
    with pytest.raises(MotionError, match=r"a\.glb: the map names the joint 'x99'"):
        read_character(tmp_path / "a.glb", CharacterOptions(joints=told | {"left_hip": "x99"}))
    del told["left_knee"]
    with pytest.raises(MotionError, match=r"a\.glb: the map lacks left_knee"):
        read_character(tmp_path / "a.glb", CharacterOptions(joints=told))


def test_own_animations_stay_or_go_with_their_numbers(dance: Motion, tmp_path: Path) -> None:
    rig = Rig()
    joints = rig.skeleton(rig.node("Armature"))
    turns = np.array([[0, 0, 0, 1], [0, 0.6, 0, 0.8]])
    for name in ("Idle", "dance"):
        rig.animation(name, joints["Head"], "rotation", np.array([0.0, 1.5]), turns)
    rig.add(np.full((50_000, 3), 7.0, np.float32))  # nobody uses them
    path = made(tmp_path / "a.glb", rig, joints)
    dance_on(dance, path, tmp_path / "kept.glb")
    kept = Danced(tmp_path / "kept.glb")
    assert [each["name"] for each in kept.json["animations"]] == ["dance", "Idle", "dance 2"]
    idle = kept.json["animations"][1]
    np.testing.assert_array_equal(kept.rows(idle["samplers"][0]["output"]), turns.astype(np.float32))
    dance_on(dance, path, tmp_path / "new.glb", CharacterOptions(keep_animations=False))
    new = Danced(tmp_path / "new.glb")
    assert [each["name"] for each in new.json["animations"]] == ["dance"]
    for danced, others in ((kept, 4), (new, 0)):
        assert len(danced.json["accessors"]) == 5 + others + 1 + len(danced.dance["samplers"])
        assert len(danced.json["bufferViews"]) == len(danced.json["accessors"])
        assert not (danced.rows(0) == 7).any()
    assert (tmp_path / "new.glb").stat().st_size < 200_000


def test_vrm_0_looks_back_as_its_files_do(dance: Motion, tmp_path: Path) -> None:
    """Programs turn these by half a turn (three-vrm's `VRMUtils.rotateVRM0`), so the dance faces -Z."""
    rig = Rig()
    half = rot.yaw(np.pi)
    joints = rig.skeleton(rig.node("Root", rotation=half[[1, 2, 3, 0]].tolist()))
    bones = {"hips": "Hips", "spine": "Spine", "neck": "Neck", "head": "Head"}
    for side in ("Left", "Right"):
        for bone, name in (("UpperLeg", "UpLeg"), ("LowerLeg", "Leg"), ("Foot", "Foot"), ("UpperArm", "Arm"),
                           ("LowerArm", "ForeArm"), ("Hand", "Hand")):  # fmt: skip
            bones[side.lower() + bone] = side + name
    human = [{"bone": bone, "node": joints[name]} for bone, name in bones.items()]
    rig.json["extensions"] = {"VRM": {"humanoid": {"humanBones": human}, "secondaryAnimation": {"boneGroups": []}}}
    rig.json["extensionsUsed"] = ["VRM"]
    path = rig.save(tmp_path / "a.vrm")
    dance_on(dance, path, tmp_path / "o.glb")
    danced = Danced(tmp_path / "o.glb")
    ours, _ = forward(dance.skeleton, dance.translation, dance.rotations)
    across = danced.at("LeftArm") - danced.at("RightArm")
    wanted = ours[:, NAMES.index("left_shoulder")] - ours[:, NAMES.index("right_shoulder")]
    turned = wanted * [-1, 1, -1]
    assert (
        np.sum(across * turned, axis=1) > 0.9 * np.linalg.norm(across, axis=1) * np.linalg.norm(turned, axis=1)
    ).all()
    assert danced.json["extensions"] == rig.json["extensions"]


@pytest.mark.parametrize("kind", ["plain", "stride", "matrix", "apart"])
def test_the_validator_of_khronos_finds_no_error(kind: str, dance: Motion, tmp_path: Path) -> None:
    if kind == "stride":
        path = in_mid_stride(tmp_path / "a.glb", "armature")
    elif kind == "apart":
        path = with_feet_on_the_root(tmp_path / "a.glb")
    else:
        rig = Rig()
        joints = rig.skeleton(rig.node("Armature"))
        if kind == "matrix":
            in_matrices(rig)
        else:
            rig.animation("Idle", joints["Head"], "rotation", np.array([0.0, 1.5]), np.tile([0.0, 0, 0, 1], (2, 1)))
        path = made(tmp_path / "a.glb", rig, joints)
    dance_on(dance, path, tmp_path / "o.glb")
    found = issues(tmp_path / "o.glb")
    assert found["numErrors"] == 0, found["messages"]


def test_the_same_file_comes_out_twice(dance: Motion, tmp_path: Path) -> None:
    path = made(tmp_path / "a.glb")
    for name in ("b", "c"):
        dance_on(dance, path, tmp_path / f"{name}.glb")
    assert (tmp_path / "b.glb").read_bytes() == (tmp_path / "c.glb").read_bytes()
    assert struct.unpack("<I", (tmp_path / "b.glb").read_bytes()[8:12])[0] == (tmp_path / "b.glb").stat().st_size
