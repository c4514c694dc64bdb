from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_support import capsule_body, dancing, standing

from choreo.errors import InputError, MotionError
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.types import CameraPath, Motion, Skeleton
from choreo.video import build_scene, follow_camera, project
from choreo.video.scene import poses_at


def inside(motions: Sequence[Motion], camera: CameraPath, width: int, height: int, margin: float = 0.03) -> bool:
    """All joints of all frames lie in the picture, a share of its smaller side away from the edge."""
    edge = margin * min(width, height)
    for motion in motions:
        positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
        for frame in range(len(motion)):
            x, y, depth = project(positions[frame], camera, frame, width, height).T
            if depth.min() <= 0 or x.min() < edge or y.min() < edge:
                return False
            if x.max() > width - edge or y.max() > height - edge:
                return False
    return True


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1080, 1920), (720, 720), (640, 360), (2000, 500)])
def test_every_joint_stays_in_the_picture(width: int, height: int) -> None:
    motion = dancing(180)
    camera = follow_camera([motion], width=width, height=height, fps=30)
    assert inside([motion], camera, width, height)


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 6), st.floats(0.3, 9), st.floats(-3.2, 3.2))
def test_framing_holds_for_any_travel(reach: float, speed: float, turn: float) -> None:
    count = 60
    time = np.arange(count) / 30
    base = dancing(count, reach=0)
    path = np.stack([reach * np.sin(speed * time), 0 * time, reach * np.cos(speed * time + turn)], axis=1)
    motion = Motion(CANONICAL, 30.0, (base.translation + path).astype(np.float32), base.rotations)
    assert inside([motion], follow_camera([motion], width=1280, height=720, fps=30), 1280, 720)


def test_several_dancers_are_all_in_the_picture() -> None:
    motions = [standing(30, x=-2.5), dancing(30), standing(30, x=2.5, z=-1.0)]
    camera = follow_camera(motions, width=1280, height=720, fps=30)
    assert inside(motions, camera, 1280, 720)


def test_the_crown_is_in_the_picture() -> None:
    motion = standing(3)
    camera = follow_camera([motion], width=1280, height=720, fps=30)
    top = np.array([[0.0, 1.85, 0.0]], np.float32)
    assert project(top, camera, 1, 1280, 720)[0, 1] > 20


def test_the_camera_is_calm_and_does_not_lag() -> None:
    motion = dancing(300)
    camera = follow_camera([motion], width=1280, height=720, fps=30)
    eye = camera.eye.astype(np.float64)
    acceleration = np.diff(eye, 2, axis=0) * 30**2
    dancer = np.diff(motion.translation.astype(np.float64), 2, axis=0) * 30**2
    assert np.abs(acceleration).max() < 0.6 * np.abs(dancer).max()
    x, followed = motion.translation[:, 0], camera.target[:, 0]
    shifts = {k: np.corrcoef(x[30:-30], np.roll(followed, k)[30:-30])[0, 1] for k in range(-15, 16)}
    best = max(shifts, key=shifts.__getitem__)
    assert abs(best) <= 2


def test_a_still_dancer_has_a_still_camera_at_eye_level() -> None:
    camera = follow_camera([standing(40)], width=1280, height=720, fps=30)
    assert np.ptp(camera.eye, axis=0).max() < 1e-5
    assert 1.2 < camera.eye[0, 1] < 1.45
    assert camera.eye[0, 2] > 3.5
    assert camera.eye[0, 0] > 0.3


def test_the_same_motion_gives_the_same_camera() -> None:
    first, second = (follow_camera([dancing(50)], width=640, height=360, fps=30) for _ in range(2))
    assert first.eye.tobytes() == second.eye.tobytes()
    assert first.target.tobytes() == second.target.tobytes()


def test_the_scene_has_a_pose_for_every_video_frame() -> None:
    motion = dancing(121, fps=60.0)
    scene = build_scene(motion, capsule_body(4, 4), fps=25, width=64, height=36)
    assert len(scene) == 51
    np.testing.assert_allclose(scene.performers[0][1].translation[25], motion.translation[60], atol=1e-5)


def test_one_frame_and_one_pixel() -> None:
    scene = build_scene(standing(1), capsule_body(4, 4), fps=30, width=1, height=1)
    assert len(scene) == 1
    assert np.isfinite(scene.camera.eye).all()


def test_a_shorter_partner_holds_the_last_pose() -> None:
    short, long = standing(10), dancing(40)
    scene = build_scene([short, long], capsule_body(4, 4), fps=30, width=64, height=36)
    assert {len(motion) for _, motion in scene.performers} == {40}
    np.testing.assert_allclose(scene.performers[0][1].translation[-1], short.translation[-1], atol=1e-6)


def test_poses_between_frames_turn_the_short_way() -> None:
    rotations = np.zeros((2, 24, 4), np.float32)
    rotations[..., 0] = 1
    angle = 0.2
    rotations[1, 5] = -np.array([np.cos(angle / 2), np.sin(angle / 2), 0, 0])
    motion = Motion(CANONICAL, 10.0, np.zeros((2, 3), np.float32), rotations)
    half = poses_at(motion, np.array([0.05]), 20.0).rotations[0, 5]
    np.testing.assert_allclose(np.abs(half), [np.cos(angle / 4), np.sin(angle / 4), 0, 0], atol=1e-4)


def test_bones_that_are_not_the_body_s_are_refused() -> None:
    other = Skeleton(CANONICAL.names, CANONICAL.parents, CANONICAL.offsets * np.float32(1.1))
    motion = Motion(other, 30.0, *(getattr(standing(2), name) for name in ("translation", "rotations")))
    with pytest.raises(MotionError, match="fit_motion"):
        build_scene(motion, capsule_body(4, 4), fps=30, width=64, height=36)


@pytest.mark.parametrize("change", [{"width": 0}, {"height": -2}, {"fps": 0.0}])
def test_senseless_sizes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="positive"):
        build_scene(standing(2), capsule_body(4, 4), **{"fps": 30.0, "width": 64, "height": 36, **change})


def test_too_few_bodies_are_refused() -> None:
    bodies = [capsule_body(4, 4)] * 2
    with pytest.raises(InputError, match="3 motions and 2 bodies"):
        build_scene([standing(2)] * 3, bodies, fps=30, width=64, height=36)
