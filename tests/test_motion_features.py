from __future__ import annotations

import numpy as np
import pytest

from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide, detect_contacts, foot_points, held
from choreo.motion.features import energy_level, motion_beats, rhythm
from choreo.motion.kinematics import forward
from choreo.motion.resample import resample, sample
from choreo.motion.skeleton import CANONICAL
from choreo.types import Motion


def standing(frames: int, fps: float = 60.0) -> Motion:
    rotations = np.zeros((frames, 24, 4), np.float32)
    rotations[..., 0] = 1
    translation = np.array([[0, CANONICAL.offsets[0, 1], 0]], np.float32).repeat(frames, 0)
    return Motion(CANONICAL, fps, translation, rotations)


def swinging(hz: float, seconds: float = 4.0, fps: float = 60.0) -> Motion:
    """Both arms swing like pendulums: speed is least at the turning points, twice a period."""
    still = standing(int(seconds * fps) + 1, fps)
    angle = np.sin(2 * np.pi * hz * np.arange(len(still)) / fps)
    rotations = still.rotations.copy()
    for name in ("left_shoulder", "right_shoulder"):
        rotations[:, CANONICAL.index(name)] = rot.from_axis_angle(np.stack([0 * angle, angle, 0 * angle], -1))
    return Motion(CANONICAL, fps, still.translation, rotations)


def test_standing_still_is_all_contact_and_no_energy() -> None:
    motion = standing(30)
    assert detect_contacts(motion).all()
    assert energy_level(motion) == 0
    assert contact_slide(motion).max() == 0
    np.testing.assert_array_equal(rhythm(motion, np.array([0.0, 0.2, 0.4])), np.zeros(4))


def test_soles_are_on_the_floor_in_the_rest_pose() -> None:
    motion = standing(1)
    points = foot_points(*forward(CANONICAL, motion.translation, motion.rotations))
    np.testing.assert_allclose(points[..., 1], 0, atol=1e-6)


def test_a_foot_in_the_air_and_a_sliding_one_do_not_stand() -> None:
    motion = standing(60)
    moved = motion.translation.copy()
    moved[20:40, 1] += 0.2
    jumped = detect_contacts(Motion(CANONICAL, 60.0, moved, motion.rotations))
    assert not jumped[21:39].any()
    assert jumped[:18].all()
    slid = motion.translation.copy()
    slid[:, 0] = np.arange(60) / 60
    assert not detect_contacts(Motion(CANONICAL, 60.0, slid, motion.rotations)).any()


def test_pendulum_beats_are_its_turning_points() -> None:
    beats = motion_beats(swinging(1.0))
    np.testing.assert_allclose(beats, np.arange(0.25, 4, 0.5), atol=1 / 60)


def test_faster_swinging_has_more_energy() -> None:
    levels = [energy_level(swinging(hz)) for hz in (0.25, 0.5, 1.0)]
    assert 0 < levels[0] < levels[1] < levels[2] <= 1


def test_rhythm_is_where_the_swing_turns() -> None:
    beats = np.arange(0.25, 3.9, 0.5)
    accents = rhythm(swinging(1.0), beats)
    assert accents[0::2].min() > 2 * accents[1::2].max()


@pytest.mark.parametrize("fps", [24.0, 30.0, 50.0, 120.0])
def test_resampling_keeps_time_and_pose(fps: float) -> None:
    motion = swinging(0.5)
    again = resample(resample(motion, fps), 60.0)
    assert abs(again.duration - motion.duration) <= 1 / min(fps, 60.0) + 1e-6
    frames = min(len(again), len(motion)) - 3
    close = 1 - np.abs(np.sum(again.rotations[:frames] * motion.rotations[:frames], axis=-1))
    assert close.max() < 2e-4


def test_sampling_at_its_own_times_changes_nothing() -> None:
    motion = swinging(1.0)
    again = sample(motion, np.arange(len(motion)) / 60.0)
    np.testing.assert_allclose(again.rotations, motion.rotations, atol=1e-6)
    np.testing.assert_allclose(again.translation, motion.translation, atol=1e-6)


def test_hysteresis_is_the_loop_over_frames() -> None:
    rng = np.random.default_rng(6)
    for frames in (0, 1, 2, 300):
        strict, loose = rng.random((frames, 4)) < 0.2, rng.random((frames, 4)) < 0.7
        wanted, before = np.zeros((frames, 4), bool), np.zeros(4, bool)
        for t in range(frames):
            before = strict[t] | (loose[t] & before)
            wanted[t] = before
        np.testing.assert_array_equal(held(strict, loose), wanted)
