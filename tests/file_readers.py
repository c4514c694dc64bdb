"""Readers of what choreo writes that share no code with it: by the formats' specifications, with scipy's rotations.

Each gives world positions of joints, in metres with +Y up, at a time in seconds.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from choreo.types import Body, Doubles, Motion, Skeleton

Positions = dict[str, Doubles]
SHAPES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
TYPES = {5120: "i1", 5122: "<i2", 5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}


def chain(names: tuple[str, ...], parents: Any, offsets: Any, root: Any, turns: list[Rotation]) -> Positions:
    """Positions of a tree of joints from local rotations, the root at `root`."""
    at: list[Doubles] = []
    world: list[Rotation] = []
    for joint, parent in enumerate(parents):
        if parent < 0:
            at.append(np.asarray(root, np.float64))
            world.append(turns[joint])
        else:
            at.append(at[parent] + world[parent].apply(np.asarray(offsets[joint], np.float64)))
            world.append(world[parent] * turns[joint])
    return dict(zip(names, at, strict=True))


def of_motion(motion: Motion, time: float) -> Positions:
    """What the files are compared with: the motion itself, at a time that is one of its frames."""
    frame = round(time * motion.fps)
    assert abs(frame / motion.fps - time) < 1e-6
    turns = [Rotation.from_quat(q[[1, 2, 3, 0]]) for q in motion.rotations[frame].astype(np.float64)]
    skeleton = motion.skeleton
    return chain(skeleton.names, skeleton.parents, skeleton.offsets, motion.translation[frame], turns)


def skinned(body: Body, motion: Motion, time: float) -> Doubles:
    """Vertices of a body ``(V, 3)`` by linear blend skinning, at a time that is a frame of the motion."""
    frame = round(time * motion.fps)
    turns = [Rotation.from_quat(q[[1, 2, 3, 0]]) for q in motion.rotations[frame].astype(np.float64)]
    return blend(body.vertices, body.weights, body.joint_indices, joint_matrices(body.skeleton, motion, frame, turns))


def joint_matrices(skeleton: Skeleton, motion: Motion, frame: int, turns: list[Rotation]) -> Doubles:
    """``(J, 4, 4)`` from the T-pose to a frame."""
    still = [Rotation.identity()] * len(turns)
    rest = chain(skeleton.names, skeleton.parents, skeleton.offsets, skeleton.offsets[0], still)
    at = chain(skeleton.names, skeleton.parents, skeleton.offsets, motion.translation[frame], turns)
    world: list[Rotation] = []
    found = np.tile(np.eye(4), (len(turns), 1, 1))
    for joint, parent in enumerate(skeleton.parents):
        world.append(turns[joint] if parent < 0 else world[parent] * turns[joint])
        found[joint, :3, :3] = world[joint].as_matrix()
        found[joint, :3, 3] = at[skeleton.names[joint]] - world[joint].apply(rest[skeleton.names[joint]])
    return found


def blend(vertices: Any, weights: Any, joints: Any, matrices: Doubles) -> Doubles:
    """Linear blend skinning ``(V, 3)``."""
    bound = np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1).astype(np.float64)
    return np.asarray(np.einsum("vk,vkab,vb->va", np.asarray(weights, np.float64), matrices[joints], bound)[:, :3])


@dataclass
class Glb:
    """A binary glTF: its JSON and its block of bytes."""

    document: dict[str, Any]
    blob: bytes

    @classmethod
    def read(cls, path: Path) -> Glb:
        raw = path.read_bytes()
        magic, version, total = struct.unpack("<4sII", raw[:12])
        assert (magic, version, total) == (b"glTF", 2, len(raw))
        length, kind = struct.unpack("<I4s", raw[12:20])
        assert kind == b"JSON"
        size, kind = struct.unpack("<I4s", raw[20 + length : 28 + length])
        assert kind == b"BIN\0"
        return cls(json.loads(raw[20 : 20 + length]), raw[28 + length : 28 + length + size])

    def values(self, accessor: int) -> Doubles:
        """Numbers of an accessor ``(N, K)``, whole ones normalised where it says so."""
        facts = self.document["accessors"][accessor]
        view = self.document["bufferViews"][facts["bufferView"]]
        kind, width = np.dtype(TYPES[facts["componentType"]]), SHAPES[facts["type"]]
        begin = view.get("byteOffset", 0) + facts.get("byteOffset", 0)
        stride = view.get("byteStride", kind.itemsize * width)
        found = np.ndarray((facts["count"], width), kind, self.blob, begin, (stride, kind.itemsize))
        scale = np.iinfo(kind).max if facts.get("normalized") else 1
        return found.astype(np.float64) / scale

    def moved(self, time: float) -> dict[int, dict[str, Doubles]]:
        """What the first animation sets at a time, by node and path."""
        found: dict[int, dict[str, Doubles]] = {}
        animation = self.document["animations"][0]
        for channel in animation["channels"]:
            sampler = animation["samplers"][channel["sampler"]]
            times, values = self.values(sampler["input"])[:, 0], self.values(sampler["output"])
            time = min(max(time, times[0]), times[-1])
            if channel["target"]["path"] == "rotation":
                value = Slerp(times, Rotation.from_quat(values))(time).as_quat()
            else:
                value = np.array([np.interp(time, times, column) for column in values.T])
            found.setdefault(channel["target"]["node"], {})[channel["target"]["path"]] = value
        return found

    def worlds(self, time: float) -> dict[int, Doubles]:
        """World matrices ``(4, 4)`` of the nodes that the scene shows, at a time of the animation."""
        nodes, moved = self.document["nodes"], self.moved(time)
        found: dict[int, Doubles] = {}

        def visit(number: int, above: Doubles) -> None:
            here = {**nodes[number], **moved.get(number, {})}
            own = np.eye(4)
            own[:3, :3] = Rotation.from_quat(here.get("rotation", [0, 0, 0, 1])).as_matrix() * here.get("scale", 1)
            own[:3, 3] = here.get("translation", [0, 0, 0])
            found[number] = above @ own
            for child in nodes[number].get("children", []):
                visit(child, found[number])

        for number in self.document["scenes"][self.document.get("scene", 0)]["nodes"]:
            visit(number, np.eye(4))
        return found

    def positions(self, time: float) -> Positions:
        """World positions of the shown nodes by name."""
        return {self.document["nodes"][k]["name"]: world[:3, 3] for k, world in self.worlds(time).items()}

    def shown_meshes(self) -> list[dict[str, Any]]:
        """Nodes of the scene that have a mesh."""
        return [self.document["nodes"][k] for k in self.worlds(0.0) if "mesh" in self.document["nodes"][k]]

    def vertices(self, time: float) -> Doubles:
        """Vertices of the scene's skinned mesh at a time."""
        (node,) = self.shown_meshes()
        (primitive,) = self.document["meshes"][node["mesh"]]["primitives"]
        attributes, skin = primitive["attributes"], self.document["skins"][node["skin"]]
        worlds = self.worlds(time)
        inverse = self.values(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        matrices = np.stack([worlds[joint] @ inverse[k] for k, joint in enumerate(skin["joints"])])
        names = ("POSITION", "WEIGHTS_0", "JOINTS_0")
        points, weights, joints = (self.values(attributes[name]) for name in names)
        return blend(points, weights, joints.astype(int), matrices)


class Bvh:
    """A BVH file: channels in the order in which they are written, turns applied in that order, centimetres."""

    def __init__(self, path: Path) -> None:
        lines = iter(path.read_text(encoding="utf-8").split("\n"))
        self.names, self.parents, self.offsets, self.channels = list[str](), list[int](), list[Any](), list[Any]()
        stack: list[int] = []
        tip = False
        for line in lines:
            words = line.split()
            if words[:1] == ["MOTION"]:
                break
            if words[0] in ("ROOT", "JOINT"):
                self.parents.append(stack[-1] if stack else -1)
                self.names.append(words[1])
            elif words[0] == "End":
                tip = True
            elif words[0] == "{":
                stack.append(len(self.names) - 1)
            elif words[0] == "}":
                stack.pop()
                tip = False
            elif words[0] == "OFFSET" and not tip:
                self.offsets.append(np.array(words[1:], float) / 100)
            elif words[0] == "CHANNELS":
                self.channels.append(words[2:])
        self.count = int(next(lines).split()[1])
        self.frame_time = float(next(lines).split()[2])
        self.rows = np.array([line.split() for line in lines if line.strip()], float)
        assert len(self.rows) == self.count

    def positions(self, time: float) -> Positions:
        """Of all joints at the frame nearest to a time."""
        row = iter(self.rows[round(time / self.frame_time)])
        turns, root = [], np.zeros(3)
        for joint, channels in enumerate(self.channels):
            turn = Rotation.identity()
            for channel in channels:
                value = next(row)
                if channel.endswith("position"):
                    root["XYZ".index(channel[0])] = value / 100
                    assert joint == 0
                else:
                    turn = turn * Rotation.from_euler(channel[0].lower(), value, degrees=True)
            turns.append(turn)
        return chain(tuple(self.names), self.parents, self.offsets, root, turns)


def read_vmd(path: Path) -> dict[str, np.ndarray]:
    """Keys of each bone ``(K, 8)``: frame, position and quaternion xyzw, as the file has them (left-handed)."""
    raw = path.read_bytes()
    assert raw[:25] == b"Vocaloid Motion Data 0002"
    (count,) = struct.unpack("<I", raw[50:54])
    found: dict[str, list[tuple[float, ...]]] = {}
    for k in range(count):
        name, frame, *numbers = struct.unpack("<15sI7f", raw[54 + 111 * k : 54 + 111 * k + 47])
        found.setdefault(name.split(b"\0")[0].decode("cp932"), []).append((frame, *numbers))
    return {name: np.array(keys) for name, keys in found.items()}
