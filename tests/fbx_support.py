"""What ufbx finds in an FBX file, posed by scipy's rotations; and rigs to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, rest_positions
from choreo.types import Body, Doubles, Floats, Material, Motion, RigMotion, Surface
from choreo_fbx.scene import Contents, read_contents


class Fbx:
    """Joints and skin of a file at any time, in metres with Y up."""

    def __init__(self, path: Path) -> None:
        self.contents: Contents = read_contents(path)
        self.names, self.told, self.arrays = self.contents.names, self.contents.told, self.contents.arrays

    def locals(self, time: float) -> list[tuple[Doubles, Rotation]]:
        places, turns = self.arrays["places"], self.arrays["turns"]
        found = [(place, Rotation.from_quat(turn)) for place, turn in zip(places, turns, strict=True)]
        for k, node in enumerate(self.told["stacks"][0]["nodes"]):
            at, turned = (self.arrays[f"stack0_node{k}_{what}"] for what in ("places", "turns"))
            place = np.array([np.interp(time, at[:, 0], at[:, column]) for column in (1, 2, 3)])
            clock = np.clip(time, turned[0, 0], turned[-1, 0])
            one = len(turned) == 1
            turn = (
                Rotation.from_quat(turned[0, 1:])
                if one
                else Slerp(turned[:, 0], Rotation.from_quat(turned[:, 1:]))(clock)
            )
            found[node] = (place, turn)
        return found

    def world(self, time: float) -> tuple[Doubles, list[Rotation]]:
        at: list[Doubles] = []
        turns: list[Rotation] = []
        for (place, turn), parent in zip(self.locals(time), self.arrays["parents"], strict=True):
            at.append(place if parent < 0 else at[parent] + turns[parent].apply(place))
            turns.append(turn if parent < 0 else turns[parent] * turn)
        return np.array(at), turns

    def positions(self, time: float) -> dict[str, Doubles]:
        return dict(zip(self.names, self.world(time)[0], strict=True))

    def vertices(self, time: float) -> Doubles:
        """Of the first mesh, skinned."""
        (at, turns), vertices = self.world(time), self.arrays["mesh0_vertices"]
        out = np.zeros_like(vertices)
        for k, node in enumerate(self.told["meshes"][0]["bones"]):
            rows, weights, inverse = (
                self.arrays[f"mesh0_bone{k}_{what}"] for what in ("vertices", "weights", "inverse")
            )
            local = vertices[rows] @ inverse[:3, :3].T + inverse[:3, 3]
            out[rows] += weights[:, None] * (turns[node].apply(local) + at[node])
        return out


def on_a_rig(motion: Motion, *, up: str, unit: float) -> RigMotion:
    """A motion on a rig whose bones have axes of their own, below a root on the floor."""
    joints = len(motion.skeleton)
    one = np.array([1.0, 0, 0, 0])
    axes = rot.normalize(np.random.default_rng(5).normal(size=(joints, 4)))
    stand = rot.from_axis_angle(np.array([np.pi / 2, 0, 0])) if up == "z" else one
    positions, world = forward(motion.skeleton, motion.translation, motion.rotations)

    def placed(at: Floats, turns: Floats | Doubles) -> tuple[Doubles, Doubles]:
        places = rot.rotate(np.broadcast_to(stand, turns.shape), at.astype(np.float64)) / unit
        full = rot.multiply(
            rot.multiply(np.broadcast_to(stand, turns.shape), turns), np.broadcast_to(axes, turns.shape)
        )
        floor = places[..., :1, :].copy()
        floor[..., 2 if up == "z" else 1] = 0
        places = np.concatenate([floor, places], axis=-2)
        full = np.concatenate([np.broadcast_to(one, (*full.shape[:-2], 1, 4)), full], axis=-2)
        local_places, local_turns = places.copy(), full.copy()
        for joint, parent in enumerate(parents):
            if parent >= 0:
                back = rot.conjugate(full[..., parent, :])
                local_places[..., joint, :] = rot.rotate(back, places[..., joint, :] - places[..., parent, :])
                local_turns[..., joint, :] = rot.multiply(back, full[..., joint, :])
        return local_places, local_turns

    parents = np.concatenate([[-1], motion.skeleton.parents + 1])
    names = ("root", *(f"rig:{name}" for name in motion.skeleton.names))
    still = np.tile(one, (joints, 1))
    rest = placed(rest_positions(motion.skeleton), still)
    moved = placed(positions, world)
    canonical = np.arange(-1, joints)
    return RigMotion(names, parents, canonical, *rest, moved[0], rot.continuous(moved[1]), motion.fps, unit, up)


def textured(body: Body) -> Body:
    """A body with two materials: one with a picture, one red."""
    from dataclasses import replace

    rng = np.random.default_rng(3)
    picture = rng.integers(0, 256, (6, 5, 4), dtype=np.uint8)
    materials = (Material("cloth", texture=0, alpha="mask"), Material("lips", (0.8, 0.1, 0.2, 1.0)))
    of = (np.arange(len(body.faces)) % 2).astype(np.int32)
    uv = rng.random((len(body.vertices), 2)).astype(np.float32)
    return replace(body, surface=Surface(uv, of, materials, (picture,)))


def corners(told: dict[str, Any], name: str) -> Any:
    """Values of a mesh at its faces' corners."""
    return told[f"mesh0_{name}s"][told[f"mesh0_{name}"]]
