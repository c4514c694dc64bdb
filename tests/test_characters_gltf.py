"""Characters in files as people have them: saved in mid-stride, lying, scaled, two in one, with old animations."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gltf_support import MIXAMO, Rig
from motion_support import stepping_dance
from validator_support import issues

from choreo import plugins
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_points
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import CharacterOptions, Doubles, Motion
from choreo_gltf.character import dance_on, read_character

LIMBS = {
    f"{side}{theirs}": (f"{side.lower()}_{above}", f"{side.lower()}_{below}", f"{side}{end}")
    for side in ("Left", "Right")
    for theirs, end, above, below in (("UpLeg", "Leg", "hip", "knee"), ("Leg", "Foot", "knee", "ankle"),
                                      ("Arm", "ForeArm", "shoulder", "elbow"), ("ForeArm", "Hand", "elbow", "wrist"))
}  # fmt: skip
"""Joint at which each limb begins: the canonical two of it, and the joint at its end."""
STRIDE = {"LeftUpLeg": (-0.6, 0, 0), "RightUpLeg": (0.5, 0, 0), "RightLeg": (0.9, 0, 0), "Spine": (0, 0.2, 0),
          "LeftArm": (0, 0, -0.8), "RightArm": (0, 0.7, 0.3), "Hips": (0, 0.1, 0.05)}  # fmt: skip
"""Turns of joints, as rotation vectors, that the files have which were saved in mid-stride."""


def world_of(places: dict[str, tuple[str, tuple[float, float, float]]] = MIXAMO) -> dict[str, np.ndarray]:
    """Matrices ``(4, 4)`` of the joints at rest."""
    out: dict[str, np.ndarray] = {}
    for name, (above, place) in places.items():
        own = np.eye(4)
        own[:3, 3] = place
        out[name] = out[above] @ own if above else own
    return out


def corners(world: dict[str, np.ndarray], down: float = 0.09) -> dict[str, np.ndarray]:
    """Of a mesh: shoes that end `down` metres below the ankles, and a triangle at the head."""
    shoe = np.array([[x, -down, z] for x in (-0.04, 0.04) for z in (-0.06, 0.0, 0.1)])
    toes = np.array([[x, -down + 0.06, z] for x in (-0.03, 0.0, 0.03) for z in (0.0, 0.09)])
    out = {f"{side}Foot": shoe + world[f"{side}Foot"][:3, 3] for side in ("Left", "Right")}
    out |= {f"{side}ToeBase": toes + world[f"{side}ToeBase"][:3, 3] for side in ("Left", "Right")}
    return out | {"Head": world["Head"][:3, 3] + np.array([[0, 0.1, 0], [0.05, 0.2, 0], [-0.05, 0.2, 0]])}


def made(path: Path, rig: Rig | None = None, joints: dict[str, int] | None = None) -> Path:
    """A character with a mesh, bound where it stands."""
    rig = rig or Rig()
    joints = joints or rig.skeleton(rig.node("Armature"))
    world = world_of()
    rig.skinned(
        joints, {name: world[name] for name in joints}, {k: v for k, v in corners(world).items() if k in joints}
    )
    return rig.save(path)


def in_mid_stride(path: Path, up: str) -> Path:
    """The nodes are posed and the inverse bind matrices are not; with Z up in the space of the mesh or without."""
    rig = Rig()
    quarter = rot.from_axis_angle(np.array([-np.pi / 2, 0, 0]))
    flat = np.eye(4)
    flat[:3, :3] = rot.to_matrix(quarter) * 0.01
    top = rig.node("Armature", rotation=quarter[[1, 2, 3, 0]].tolist(), scale=[0.01, 0.01, 0.01])
    joints: dict[str, int] = {}
    world = world_of()
    for name, (above, _) in MIXAMO.items():
        local = np.linalg.inv(world[above] if above else flat) @ world[name]
        if not above:
            local[:3, :3] *= 100  # without the armature's scale, which the joints inherit
        axis = STRIDE.get(name, (0, 0, 0))
        turn = rot.multiply(rot.normalize(rot.from_matrix(local[:3, :3] / np.cbrt(np.linalg.det(local[:3, :3])))),
                            rot.from_axis_angle(np.array(axis, np.float64)))  # fmt: skip
        move = local[:3, 3] * (1.0 if not above else 100.0)
        joints[name] = rig.node(
            name, joints.get(above, top), translation=move.tolist(), rotation=turn[[1, 2, 3, 0]].tolist()
        )
    bound = {name: matrix @ np.diag([0.01, 0.01, 0.01, 1]) for name, matrix in world.items()}
    points = corners(world)
    if up == "armature":  # the mesh, too, is in the armature's space
        bound = {name: np.linalg.inv(flat) @ matrix for name, matrix in bound.items()}
        points = {name: (rows - flat[:3, 3]) @ np.linalg.inv(flat[:3, :3]).T for name, rows in points.items()}
    rig.skinned(joints, bound, points)
    return rig.save(path)


def with_feet_on_the_root(path: Path) -> Path:
    """A rig for inverse kinematics, and a bone of the skin that hangs on the root, too."""
    rig = Rig()
    top = rig.node("Root")
    world = world_of()
    joints: dict[str, int] = {}
    for name, (above, place) in MIXAMO.items():
        apart = name in ("LeftFoot", "RightFoot")
        at = world[name][:3, 3].tolist() if apart else list(place)
        joints[name] = rig.node(name, top if apart else joints.get(above, top), translation=[float(x) for x in at])
    joints["LeftLegTwist"] = rig.node("LeftLegTwist", top, translation=[0.09, 0.3, 0.0])
    world["LeftLegTwist"] = np.eye(4)
    world["LeftLegTwist"][:3, 3] = (0.09, 0.3, 0.0)
    rig.skinned(joints, world, corners(world))
    return rig.save(path)


def in_matrices(rig: Rig) -> None:
    """Say where nodes are by matrices."""
    for node in rig.json["nodes"]:
        if "translation" in node:
            matrix = np.eye(4)
            matrix[3, :3] = node.pop("translation")
            node["matrix"] = matrix.reshape(-1).tolist()


class Danced:
    """A written file, evaluated by glTF's own rules: matrices ``(T, 4, 4)`` of all nodes in all frames."""

    def __init__(self, path: Path) -> None:
        raw = path.read_bytes()
        size = int.from_bytes(raw[12:16], "little")
        self.json: dict[str, Any] = json.loads(raw[20 : 20 + size])
        self.blob = raw[28 + size :]
        self.dance = self.json["animations"][0]
        tracks: dict[tuple[int, str], np.ndarray] = {}
        for channel in self.dance["channels"]:
            rows = self.rows(self.dance["samplers"][channel["sampler"]]["output"])
            tracks[channel["target"]["node"], channel["target"]["path"]] = rows
        self.frames = max(len(rows) for rows in tracks.values())
        above = {child: k for k, node in enumerate(self.json["nodes"]) for child in node.get("children", [])}
        self.world: dict[int, np.ndarray] = {}
        for number in range(len(self.json["nodes"])):
            line = [number]
            while line[-1] in above:
                line.append(above[line[-1]])
            matrix = np.tile(np.eye(4), (self.frames, 1, 1))
            for each in reversed(line):
                matrix = matrix @ self._local(each, tracks)
            self.world[number] = matrix
        self.number = {node["name"]: k for k, node in reversed(list(enumerate(self.json["nodes"])))}

    def rows(self, number: int) -> np.ndarray:
        accessor = self.json["accessors"][number]
        view = self.json["bufferViews"][accessor["bufferView"]]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
        kind = {5121: "u1", 5123: "<u2", 5126: "<f4"}[accessor["componentType"]]
        count = accessor["count"] * width
        return np.frombuffer(self.blob, kind, count, view["byteOffset"]).reshape(-1, width).astype(np.float64)

    def _local(self, number: int, tracks: dict[tuple[int, str], np.ndarray]) -> np.ndarray:
        node = self.json["nodes"][number]
        if "matrix" in node:
            assert not any(each == number for each, _ in tracks)
            return np.array(node["matrix"], np.float64).reshape(1, 4, 4).transpose(0, 2, 1)
        move, turn, size = (
            tracks.get((number, name), np.array([node.get(name, rest)], np.float64))
            for name, rest in (("translation", [0, 0, 0]), ("rotation", [0, 0, 0, 1]), ("scale", [1, 1, 1]))
        )
        out = np.zeros((max(len(move), len(turn)), 4, 4))
        out[:, :3, :3] = rot.to_matrix(rot.normalize(turn[:, [3, 0, 1, 2]])) * size[:, None]
        out[:, :3, 3], out[:, 3, 3] = move, 1
        return out

    def at(self, name: str) -> Doubles:
        """Places ``(T, 3)`` of a node."""
        return self.world[self.number[name]][:, :3, 3]

    def lowest(self, skin: int = 0) -> Doubles:
        """Height ``(T,)`` of the lowest vertex of a skinned mesh."""
        node = next(each for each in self.json["nodes"] if each.get("skin") == skin)
        attributes = self.json["meshes"][node["mesh"]]["primitives"][0]["attributes"]
        points = np.pad(self.rows(attributes["POSITION"]), ((0, 0), (0, 1)), constant_values=1)
        bones = self.rows(attributes["JOINTS_0"])[:, 0].astype(int)
        inverse = self.rows(self.json["skins"][skin]["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        each = [self.world[joint] @ inverse[k] for k, joint in enumerate(self.json["skins"][skin]["joints"])]
        return np.asarray(np.stack([(each[bone] @ p)[:, 1] for bone, p in zip(bones, points, strict=True)]).min(axis=0))


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
