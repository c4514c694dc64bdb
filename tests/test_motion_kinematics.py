from __future__ import annotations

import numpy as np
import pytest

from choreo.motion import rotations as rot
from choreo.motion.ik import solve_leg
from choreo.motion.kinematics import forward, mirror, rest_positions, skin_matrices
from choreo.motion.skeleton import CANONICAL, MIRROR
from choreo.types import Motion


def wobble(frames: int = 40, seed: int = 0, size: float = 0.3) -> Motion:
    rng = np.random.default_rng(seed)
    swing = np.sin(np.linspace(0, 6, frames))[:, None, None] * rng.normal(0, size, (1, 24, 3))
    translation = np.array([[0, CANONICAL.offsets[0, 1], 0]], np.float32).repeat(frames, 0)
    return Motion(CANONICAL, 60.0, translation, rot.from_axis_angle(swing).astype(np.float32))


def test_rest_pose_stands_at_the_offsets_and_above_the_floor() -> None:
    still = wobble(1, size=0.0)
    positions, _ = forward(CANONICAL, still.translation, still.rotations)
    np.testing.assert_allclose(positions[0], rest_positions(CANONICAL), atol=1e-6)
    assert positions[..., 1].min() > 0


def test_bones_keep_their_length() -> None:
    motion = wobble()
    positions, _ = forward(CANONICAL, motion.translation, motion.rotations)
    bones = np.linalg.norm(positions[:, 1:] - positions[:, CANONICAL.parents[1:]], axis=-1)
    wanted = np.linalg.norm(CANONICAL.offsets[1:], axis=-1)
    np.testing.assert_allclose(bones, np.broadcast_to(wanted, bones.shape), atol=1e-5)


def test_mirror_reflects_every_joint_and_twice_is_nothing() -> None:
    motion = wobble()
    positions, _ = forward(CANONICAL, motion.translation, motion.rotations)
    flipped = mirror(motion)
    reflected, _ = forward(CANONICAL, flipped.translation, flipped.rotations)
    np.testing.assert_allclose(reflected, positions[:, MIRROR] * [-1, 1, 1], atol=1e-5)
    np.testing.assert_array_equal(mirror(flipped).rotations, motion.rotations)


def test_skin_matrices_carry_joints_to_where_they_are() -> None:
    motion, bind = wobble(), rest_positions(CANONICAL)
    positions, world = forward(CANONICAL, motion.translation, motion.rotations)
    matrices = skin_matrices(bind, positions, world)
    carried = np.einsum("tjab,jb->tja", matrices[..., :3], bind) + matrices[..., 3]
    np.testing.assert_allclose(carried, positions, atol=1e-5)


@pytest.mark.parametrize("side", ["left", "right"])
def test_leg_reaches_its_target_with_the_knee_forward(side: str) -> None:
    motion = wobble(size=0.15)
    ankle, knee = CANONICAL.index(f"{side}_ankle"), CANONICAL.index(f"{side}_knee")
    rng = np.random.default_rng(1)
    target = (rest_positions(CANONICAL)[ankle] + rng.uniform([-0.15, 0.05, -0.2], [0.15, 0.3, 0.3], (40, 3))).astype(
        np.float32
    )
    foot = np.broadcast_to(np.array([1, 0, 0, 0], np.float32), (40, 4))
    forward_pole = np.broadcast_to(np.array([0, 0, 1], np.float32), (40, 3))
    solved = solve_leg(CANONICAL, motion.translation, motion.rotations, side, target, foot, forward_pole)
    reached, world = forward(CANONICAL, motion.translation, solved)
    np.testing.assert_allclose(reached[:, ankle], target, atol=1e-4)
    np.testing.assert_allclose(np.abs(world[:, ankle, 0]), 1, atol=1e-4)
    middle = (reached[:, CANONICAL.index(f"{side}_hip")] + reached[:, ankle]) / 2
    assert (reached[:, knee, 2] > middle[:, 2]).all()


def test_a_target_out_of_reach_is_approached_without_locking() -> None:
    motion = wobble(1, size=0.0)
    target = np.array([[0.1, -3.0, 0.0]], np.float32)
    solved = solve_leg(CANONICAL, motion.translation, motion.rotations, "left", target)
    reached, _ = forward(CANONICAL, motion.translation, solved)
    hip, ankle = CANONICAL.index("left_hip"), CANONICAL.index("left_ankle")
    upper, lower = (np.linalg.norm(CANONICAL.offsets[CANONICAL.index(n)]) for n in ("left_knee", "left_ankle"))
    assert np.linalg.norm(reached[0, ankle] - reached[0, hip]) < (upper + lower) * 0.999
