"""Limbs keep their volume when they bend and their girth when they twist."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from render_support import capsule_body
from skin_support import kept_girth, kept_volume, turned

from choreo.motion.kinematics import rest_positions, skin_duals, skin_matrices
from choreo.types import Body, Floats
from choreo.video.bodies import load_body, roundness
from choreo_raster.skin import skin_vertices


@cache
def dancer() -> Body:
    return load_body(fingers=False)


def blended_matrices(body: Body, positions: Floats, world: Floats) -> Floats:
    """What is called linear blend skinning, as glTF has it."""
    matrices = skin_matrices(rest_positions(body.skeleton), positions[None], world[None])[0]
    each = np.einsum("vk,vkij->vij", body.weights, matrices[body.joint_indices])
    return np.asarray(np.einsum("vij,vj->vi", each[:, :, :3], body.vertices) + each[:, :, 3])


def drawn(body: Body, positions: Floats, world: Floats, share: Floats | None = None) -> tuple[Floats, Floats]:
    """Vertices and normals as the renderers have them."""
    out = np.zeros((2, len(body.vertices), 3), np.float32)
    duals = skin_duals(rest_positions(body.skeleton), positions[None], world[None])[0]
    skin_vertices(
        body.vertices, body.normals.astype(np.float32), body.joint_indices.astype(np.int32),
        body.weights.astype(np.float32), roundness(body) if share is None else share, duals, out[0], out[1],
    )  # fmt: skip
    return out[0], out[1]


def skinned(body: Body, positions: Floats, world: Floats) -> Floats:
    return drawn(body, positions, world)[0]


@pytest.mark.parametrize(
    ("joint", "reach", "bend", "linear", "ours"),
    [
        ("left_elbow", 0.12, {"left_elbow": (0, -130, 0)}, 0.835, 0.855),
        ("left_knee", 0.18, {"left_knee": (130, 0, 0)}, 0.87, 0.92),
        ("left_hip", 0.20, {"left_hip": (-100, 0, 0)}, 0.77, 0.79),
    ],
)
def test_a_bent_limb_keeps_more_of_its_volume(
    joint: str, reach: float, bend: dict[str, tuple[float, float, float]], linear: float, ours: float
) -> None:
    assert kept_volume(dancer(), blended_matrices, joint, reach, bend) < linear
    assert kept_volume(dancer(), skinned, joint, reach, bend) > ours


def test_a_bent_limb_does_not_swell() -> None:
    for degrees in range(20, 160, 20):
        for joint, bend in (("left_elbow", (0, -degrees, 0)), ("left_knee", (degrees, 0, 0))):
            assert kept_volume(dancer(), skinned, joint, 0.15, {joint: bend}) < 1.02


@pytest.mark.parametrize("side", [-90, 90])
def test_a_twisted_forearm_keeps_its_girth(side: float) -> None:
    bone, twist = ("left_elbow", "left_wrist"), {"left_wrist": (side, 0, 0)}
    assert kept_girth(dancer(), blended_matrices, bone, twist) < 0.75
    assert kept_girth(dancer(), skinned, bone, twist) > 0.99


def test_a_twisted_upper_arm_keeps_its_girth() -> None:
    bone, twist = ("left_shoulder", "left_elbow"), {"left_elbow": (90, 0, 0)}
    assert kept_girth(dancer(), blended_matrices, bone, twist) < 0.75
    assert kept_girth(dancer(), skinned, bone, twist) > 0.93


def test_without_roundness_it_is_the_matrices() -> None:
    body = dancer()
    posed = turned(body, left_elbow=(10, -130, 20), right_knee=(100, 0, 0), pelvis=(0, 170, 0), spine1=(0, 30, 20))
    places, _ = drawn(body, *posed, share=np.zeros(len(body.vertices), np.float32))
    assert np.abs(places - blended_matrices(body, *posed)).max() < 1e-5


def test_what_hangs_on_one_joint_moves_rigidly() -> None:
    body = capsule_body()
    posed = turned(body, left_elbow=(10, -130, 20), pelvis=(0, 200, 0), spine2=(40, 0, 0))
    places, normals = drawn(body, *posed)
    assert np.abs(places - blended_matrices(body, *posed)).max() < 1e-5
    assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-5


def test_the_sign_of_a_quaternion_does_not_matter() -> None:
    body = dancer()
    positions, world = turned(body, left_elbow=(0, -100, 0), left_hip=(-60, 0, 0))
    other = world.copy()
    other[::2] *= -1
    assert np.abs(skinned(body, positions, world) - skinned(body, positions, other)).max() < 1e-5


def test_a_full_turn_of_the_whole_body_changes_nothing() -> None:
    body = dancer()
    still, round_ = (skinned(body, *turned(body, pelvis=(0, angle, 0))) for angle in (0, 360))
    assert np.abs(still - round_).max() < 1e-5
