"""Which pose of a dance is strong: limbs far out, and held."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from render_support import capsule_body, dancing, standing, turned

from choreo.motion.repair import sliced
from choreo.motion.strong_poses import pose_strength, reach, stillness
from choreo.types import Motion
from choreo.video import build_scene
from choreo.video.pictures import cell_frames


def raised(angles: np.ndarray, fps: float = 30.0) -> Motion:
    """Both arms lifted by radians from hanging down, frame by frame."""
    base = standing(len(angles), fps)
    arms = {"left_shoulder": -1.2 + angles, "right_shoulder": 1.2 - angles}
    return Motion(base.skeleton, fps, base.translation, turned(arms, 2, len(angles)))


def test_arms_up_reach_farther_than_arms_down() -> None:
    far = reach(raised(np.array([0.0, 1.2, 2.4])))
    assert far[0] < far[1] < far[2]


def test_a_held_pose_is_stronger_than_one_passed_through() -> None:
    """Arms go up, stay there for a second and go on: of two poses alike the held one is strong."""
    angles = np.concatenate([np.linspace(0, 1.6, 31), np.full(30, 1.6), np.linspace(1.6, 3.0, 30)])
    motion = raised(angles)
    still = stillness(motion)
    assert still[45] > 0.95
    assert still[15] < 0.5 * still[45]
    strength = pose_strength([motion])
    assert strength[45] > strength[27]
    assert strength[45] > strength[64]


def test_strength_is_of_all_dancers() -> None:
    up, down = raised(np.full(20, 2.0)), raised(np.zeros(20))
    np.testing.assert_allclose(pose_strength([up, down]), (pose_strength([up]) + pose_strength([down])) / 2)


@settings(max_examples=20, deadline=None)
@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(1, 40))
def test_strength_does_not_depend_on_the_place(x: float, z: float, count: int) -> None:
    motion = sliced(dancing(60), 0, count)
    moved = Motion(motion.skeleton, motion.fps, motion.translation + np.array([x, 0, z], np.float32), motion.rotations)
    np.testing.assert_allclose(pose_strength([moved]), pose_strength([motion]), atol=2e-3)
    assert len(pose_strength([motion])) == count


def test_neighbouring_cells_of_a_contact_sheet_show_different_moments() -> None:
    """A pose that is held over the border of two spans is in both the strongest."""
    motion = raised(np.concatenate([np.zeros(30), np.full(21, 2.4), np.zeros(30)]))
    scene = build_scene(motion, capsule_body(), fps=30.0, width=64, height=36)
    first, second = cell_frames(scene, 2, 1).tolist()
    strength = pose_strength([motion])
    assert first <= 40 <= second
    assert second - first >= 16
    assert strength[first] == strength[:40].max()
    assert strength[second] == strength[first + 16 :].max()
