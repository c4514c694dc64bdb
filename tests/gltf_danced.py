"""Characters' files as people have them, and what is in a written one by glTF's own rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from gltf_support import MIXAMO, Rig

from choreo.motion import rotations as rot
from choreo.types import Doubles

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
