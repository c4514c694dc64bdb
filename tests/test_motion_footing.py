"""Feet of recordings: what the source's own heels and balls say, and that ours do the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from motion_support import on_other_skeleton, stepping_dance

from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_points
from choreo.motion.families import FAMILIES, guess_map
from choreo.motion.foot_lock import planted
from choreo.motion.footing import Footing, footing, own_footing, resampled
from choreo.motion.joint_frames import orient
from choreo.motion.kinematics import forward
from choreo.motion.landing import flattened, floating, landed
from choreo.motion.retarget import retarget
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.motion.toes import with_toes
from choreo.types import Motion, Skeleton

FPS = 60.0
LEVELS = np.array([0.08, 0.05, 0.02, 0.0])
"""Metres at which heel and ball of either foot stand in `walk`: a shoe with a heel on one side only."""


def walk(rise: float = 0.0) -> np.ndarray:
    """Tracks ``(360, 4, 3)``: 2 s on both feet, the left one takes a step of a second to a floor `rise` higher."""
    points = np.zeros((360, 4, 3))
    points[:, :, 1] = LEVELS
    points[:, 2:, 0] = -0.2
    points[:, [1, 3], 2] = 0.15
    s = np.clip((np.arange(360) - 120) / 60, 0, 1)
    eased = s * s * (3 - 2 * s)
    points[:, :2, 2] += 0.6 * eased[:, None]
    points[:, :2, 1] += (0.2 * np.sin(np.pi * s) ** 2 + rise * eased)[:, None]
    return points


@pytest.mark.parametrize("rise", [0.0, 0.02, -0.02])
def test_each_point_stands_at_its_own_level_and_on_an_uneven_floor(rise: float) -> None:
    found = footing(walk(rise), FPS)
    standing = np.r_[5:115, 185:355]
    assert found.clearance[standing].max() < 0.002
    assert found.still[standing].all()
    assert found.clearance[150, :2] == pytest.approx([0.2, 0.2], abs=0.02)
    assert not found.down[150, :2].any()
    assert found.down[:, 2:].all()


def test_a_gliding_foot_is_down_and_not_still() -> None:
    points = walk()
    points[120:180, :2, 1] = LEVELS[:2]
    found = footing(points, FPS)
    assert found.down.all()
    assert not found.still[135:165, :2].any()
    assert found.still[:, 2:].all()


def test_in_a_jump_nothing_is_down_and_slow_drift_is_the_floor() -> None:
    points = np.tile(walk()[:1], (1800, 1, 1))
    points[..., 1] += np.linspace(0, 0.2, 1800)[:, None]
    points[900:924, :, 1] += 0.3 * np.sin(np.linspace(0, np.pi, 24))[:, None]
    found = footing(points, FPS)
    assert not found.down[906:918].any()
    assert found.on_floor()[np.r_[0:895, 930:1800]].mean() > 0.99


def test_who_stands_on_the_toes_is_on_the_floor() -> None:
    points = np.tile(walk()[:1], (240, 1, 1))
    share = np.clip((np.arange(240) - 60) / 12, 0, 1)
    points[:, [0, 2], 1] += 0.12 * share[:, None]
    points[:, [1, 3], 1] += 0.045 * share[:, None]  # markers on top of the shoe rise with the heel
    assert not footing(points, FPS).on_floor()[200]
    markers = footing(points, FPS, toes=0.08)
    assert markers.down[200, [1, 3]].all()
    assert not markers.down[200, [0, 2]].any()


def test_tracks_at_another_rate() -> None:
    line = np.arange(10.0)[:, None, None] * np.ones(3)
    np.testing.assert_allclose(resampled(line, 100.0, 50.0, 5)[:, 0, 0], [0, 2, 4, 6, 8])


def test_a_body_is_lowered_to_where_its_feet_stand() -> None:
    motion = stepping_dance()
    found = own_footing(motion)
    lifted = motion.translation.copy()
    lifted[:, 1] += 0.1
    back, shift = landed(replace(motion, translation=lifted), found)
    np.testing.assert_allclose(back.translation[:, 1], motion.translation[:, 1], atol=0.012)
    assert np.abs(back.translation[:, 1] - motion.translation[:, 1] - shift.min(axis=(1, 2))).max() < 0.03
    assert floating(replace(motion, translation=lifted), found) == 1.0
    assert floating(motion, found) == 0.0


def test_feet_in_shoes_with_heels_lie_flat() -> None:
    motion = stepping_dance()
    _, world = forward(CANONICAL, motion.translation, motion.rotations.astype(np.float64))
    bones = {name: np.asarray(world[:, k], np.float64) for k, name in enumerate(NAMES)}
    pitch = rot.from_axis_angle(np.array([0.5, 0.0, 0.1]))
    shod = bones | {name: rot.multiply(bones[name], pitch) for name in ("left_ankle", "left_foot")}
    flat = flattened(shod, own_footing(motion), motion.fps)
    for name in ("left_ankle", "right_ankle"):
        up, own = (rot.rotate(turn[name], np.array([0.0, 1.0, 0.0])) for turn in (flat, bones))
        assert np.degrees(np.arccos(np.clip(np.sum(up * own, axis=-1), -1, 1))).max() < 2


def sliding(speed: float, *, still: bool) -> tuple[Motion, Motion]:
    """A dancer carried sideways, said to stand or not, and what planting makes of it."""
    motion = stepping_dance(2.0)
    start = np.repeat(motion.rotations[:1], len(motion), 0)
    path = np.repeat(motion.translation[:1], len(motion), 0)
    path[:, 0] += np.arange(len(motion), dtype=np.float32) * speed / 60
    carried = Motion(CANONICAL, 60.0, path, start, np.full((len(motion), 4), still))
    return carried, planted(carried)


def test_what_stands_still_is_locked_and_what_glides_is_not() -> None:
    _, locked = sliding(0.05, still=True)
    points = sole_points(locked)
    assert np.ptp(points[..., 0], axis=0).max() < 0.002
    carried, free = sliding(0.05, still=False)
    np.testing.assert_allclose(sole_points(free), sole_points(carried), atol=0.002)


def test_dancers_with_other_proportions_stand_where_they_stood() -> None:
    motion = stepping_dance(6.0)
    other = on_other_skeleton(motion, FAMILIES["smpl"])
    offsets = other.skeleton.offsets.copy()
    for name, factor in (("L_Knee", 1.12), ("R_Knee", 1.12), ("L_Ankle", 0.9), ("R_Ankle", 0.9), ("L_Foot", 1.3)):
        offsets[other.skeleton.names.index(name)] *= factor
    tall = replace(other, skeleton=Skeleton(other.skeleton.names, other.skeleton.parents, offsets))
    fixed, report = retarget(tall)
    assert report.floating == 0
    assert report.slide_after < 0.003
    assert fixed.contacts is not None
    assert fixed.contacts.any(axis=1).mean() > 0.9
    low = sole_points(fixed)[..., 1]
    assert low.min() > -0.002
    assert float(np.quantile(low[fixed.contacts], 0.95)) < 0.01


def test_upper_arms_lie_above_the_elbows_whatever_they_are_called() -> None:
    """Daz and Poser call the upper arm lShldr, and the collar lCollar."""
    motion = stepping_dance()
    names = FAMILIES["daz"] | {"left_shoulder": "lZzz", "right_shoulder": "rZzz"}
    other = on_other_skeleton(motion, names)
    family, joints = guess_map(other.skeleton.names, other.skeleton.parents.tolist())
    assert family == "guessed"
    assert joints["left_shoulder"] == "lZzz"
    assert joints["left_collar"] == "lCollar"
    _, report = retarget(other)
    assert report.end_error < 0.01


def test_collars_are_raised_with_the_shoulders() -> None:
    motion = stepping_dance(2.0)
    placed, turned = forward(CANONICAL, motion.translation, motion.rotations)
    places, world = placed.astype(np.float64), turned.astype(np.float64)
    at = {name: places[:, k].copy() for k, name in enumerate(NAMES)}
    up = rot.rotate(world[:, NAMES.index("spine3")], np.array([0.0, 1.0, 0.0]))
    for side in ("left", "right"):
        for part in ("shoulder", "elbow", "wrist", "hand"):
            at[f"{side}_{part}"][60:] += 0.04 * up[60:]
    found = orient(at, chest=world[:, NAMES.index("spine3")])
    angle = rot.to_axis_angle(rot.multiply(rot.conjugate(found["spine3"]), found["left_collar"]))[:, 2]
    bone = float(np.linalg.norm(CANONICAL.offsets[NAMES.index("left_shoulder")]))
    assert angle[90] - angle[30] == pytest.approx(0.04 / bone, rel=0.15)


def test_footing_of_one_frame() -> None:
    found = footing(walk()[:1], FPS)
    assert isinstance(found, Footing)
    assert found.down.all()


def test_toes_lie_on_the_floor_under_a_lifted_heel() -> None:
    motion = stepping_dance(1.0)
    plain = np.zeros_like(motion.rotations)
    plain[..., 0] = 1
    tiptoe = rot.from_axis_angle(np.array([0.6, 0.0, 0.0]))
    feet = np.tile(tiptoe, (len(motion), 2, 1))
    balls = np.tile([0.0, 0.2], (len(motion), 1))
    bent = with_toes(CANONICAL, plain, feet, balls)
    left, right = (NAMES.index(f"{side}_foot") for side in ("left", "right"))
    ahead = rot.rotate(rot.multiply(feet[:, 0], bent[:, left].astype(np.float64)), np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(ahead[:, 1], 0, atol=1e-5)  # flat under the left heel
    np.testing.assert_array_equal(bent[:, right], plain[:, right])  # in the air they go with the foot
    own = plain.copy()
    own[5, left] = rot.from_axis_angle(np.array([-0.3, 0.0, 0.0]))
    np.testing.assert_array_equal(with_toes(CANONICAL, own, feet, balls), own)  # the recording's own toes stay
