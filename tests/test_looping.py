"""Dances that end where they begin: pose, place and speed go on when they begin anew."""

from dataclasses import replace

import numpy as np
import pytest

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.in_place import floor_path, in_place, is_loop
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.synthesis.looping import loop_ends, looped
from choreo.types import Floats, Motion


def swaying(seconds: float, *, period: float = 2.0, drift: float = 0.0, turn: float = 0.0, fps: float = 30.0) -> Motion:
    """All joints swing with a period, the pelvis drifts to the left by so many m/s and turns by so many rad/s."""
    clock = np.arange(round(seconds * fps) + 1) / fps
    generator = np.random.default_rng(5)
    axes = generator.normal(0, 0.15, (len(CANONICAL), 3))
    axes[[1, 2, 4, 5, 7, 8]] *= 0.3
    phases = generator.uniform(0, 6, (1, len(CANONICAL), 1))
    rotations = rot.from_axis_angle(axes * np.sin(2 * np.pi / period * clock[:, None, None] + phases))
    rotations[:, 0] = rot.multiply(rot.yaw(turn * clock), rotations[:, 0])
    bob = 0.95 + 0.02 * np.sin(4 * np.pi / period * clock)
    translation = np.stack([drift * clock, bob, np.zeros(len(clock))], axis=1)
    return Motion(CANONICAL, fps, translation.astype(np.float32), rot.continuous(rotations).astype(np.float32))


def joints(motion: Motion) -> Floats:
    """Where the joints are."""
    return forward(motion.skeleton, motion.translation, motion.rotations)[0]


def test_a_dance_that_repeats_is_cut_where_it_does() -> None:
    motion = swaying(11.3)
    first, last = loop_ends([motion])
    assert (last - first) % 60 == 0
    assert last - first == 300
    loop = looped(motion, first, last)
    assert len(loop) == 301
    assert np.abs(joints(loop) - joints(motion)[first : last + 1]).max() < 0.01


def test_loops_begin_and_end_on_bars() -> None:
    motion = swaying(12.0)
    bars = np.arange(0.5, 12, 2.0)
    first, last = loop_ends([motion], bars)
    assert {first / 30, last / 30} <= set(bars.tolist())
    assert loop_ends([motion], np.array([5.0])) == (0, 360)


@pytest.mark.parametrize(("drift", "turn"), [(0.0, 0.0), (0.15, 0.0), (0.0, 0.1), (-0.3, -0.15)])
@pytest.mark.parametrize("seconds", [3.3, 9.0])
def test_pose_place_and_speed_go_on(seconds: float, drift: float, turn: float) -> None:
    motion = swaying(seconds, period=3.7, drift=drift, turn=turn)
    loop = looped(motion, *loop_ends([motion]))
    here = joints(loop)
    steps = np.linalg.norm(np.diff(here, axis=0), axis=-1)
    typical = float(np.median(steps.mean(axis=1)))
    assert np.linalg.norm(here[-1] - here[0], axis=-1).max() <= 1.5 * typical
    assert np.abs(here[-1] - here[0]).max() < 1e-6
    change = np.linalg.norm((here[1] - here[0]) - (here[-1] - here[-2]), axis=-1)
    assert change.max() < 0.02
    assert change.mean() < 0.5 * typical
    assert steps.max() < 0.25
    assert is_loop(loop)


def test_in_place_keeps_loops_closed() -> None:
    motion = swaying(8.0, drift=0.1)
    loop = looped(motion, *loop_ends([motion]))
    still = in_place(loop)
    assert is_loop(still)
    path = floor_path(loop)
    assert np.array_equal(path[0], path[-1])
    assert np.abs((path[1] - path[0]) - (path[-1] - path[-2])).max() < 1e-3


def test_hands_and_contacts_stay_with_the_frames() -> None:
    motion = swaying(6.0, period=3.7)
    hands = np.linspace(0, 1, len(motion), dtype=np.float32)[:, None, None, None] * np.ones((1, 2, 5, 2), np.float32)
    motion = replace(motion, hands=hands, contacts=np.ones((len(motion), 4), bool))
    first, last = loop_ends([motion])
    loop = looped(motion, first, last)
    assert loop.hands is not None
    assert loop.contacts is not None
    assert np.array_equal(loop.hands[-1], loop.hands[0])
    assert np.allclose(loop.hands[: len(loop) // 2], hands[first : first + len(loop) // 2])


def test_what_is_too_short_is_told() -> None:
    with pytest.raises(MotionError, match=r"a motion of 0\.80 s: found less than 1 s"):
        loop_ends([swaying(0.8)])
