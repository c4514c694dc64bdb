"""Characters that others made dance whole, on their soles, in the file that is written and in the video alike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from motion_support import stepping_dance

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_points
from choreo.motion.kinematics import forward, rest_positions
from choreo.types import Body, Doubles, Motion
from choreo.video.bodies import fit_motion, load_body
from choreo_gltf.character import dance_on

DANCERS = ("Knight.glb", "RobotExpressive.glb")
FLAT = 5
"""Triangles of two corners that a file may have: nothing of them is seen."""


def triangles(path: Path) -> int:
    """Count the triangles of all meshes of a file."""
    raw = path.read_bytes()
    document = json.loads(raw[20 : 20 + int.from_bytes(raw[12:16], "little")])
    primitives = [each for mesh in document["meshes"] for each in mesh["primitives"]]
    return int(sum(document["accessors"][each["indices"]]["count"] for each in primitives)) // 3


def lowest(body: Body, motion: Motion) -> Doubles:
    """Height of the feet's lowest vertex in each frame, ``(T,)``: swords may go through the floor, soles may not."""
    positions, world = forward(motion.skeleton, motion.translation, motion.rotations)
    rest = rest_positions(body.skeleton)
    feet = [body.skeleton.index(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "foot")]
    strongest = body.joint_indices[np.arange(len(body.vertices)), body.weights.argmax(axis=1)]
    chosen = np.flatnonzero(np.isin(strongest, feet))
    heights = np.zeros((len(motion), len(chosen)))
    for k in range(4):
        joint = body.joint_indices[chosen, k]
        turned = rot.rotate(world[:, joint], (body.vertices[chosen] - rest[joint])[None])
        heights += body.weights[chosen, k] * (positions[:, joint] + turned)[..., 1]
    return np.asarray(heights.min(axis=1))


@pytest.mark.parametrize("name", DANCERS)
def test_real_characters_are_whole_in_the_video_and_stand_on_the_floor(shared: Path, name: str) -> None:
    path = shared / "characters" / name
    body = load_body("gltf", file=path)
    assert triangles(path) - FLAT <= len(body.faces) <= triangles(path)
    dance = stepping_dance(2.0)
    fitted = fit_motion(dance, body)
    gap = lowest(body, fitted) - sole_points(dance)[..., 1].min(axis=1)
    assert np.abs(gap).max() < 0.03


@pytest.mark.parametrize("name", DANCERS)
def test_real_characters_dance_in_their_own_file(shared: Path, name: str, tmp_path: Path) -> None:
    path = shared / "characters" / name
    facts = dance_on(stepping_dance(1.0), path, tmp_path / "danced.glb")
    assert facts["joints"] > 15
    whole = len(load_body("gltf", file=tmp_path / "danced.glb").faces)
    assert triangles(path) - FLAT <= whole <= triangles(path)


def test_a_statue_is_refused(shared: Path) -> None:
    with pytest.raises(MotionError, match=r"CesiumMan\.glb: has no humanoid"):
        load_body("gltf", file=shared / "characters" / "CesiumMan.glb")
