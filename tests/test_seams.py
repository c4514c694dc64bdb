"""Where one clip goes over into the next: limbs, knees, arms, snaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dance_support import swaying_motion
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_support import dance

from choreo.metrics import seam_spikiness
from choreo.motion import rotations as rot
from choreo.motion.body_shape import arm_depths
from choreo.motion.kinematics import forward
from choreo.motion.knees import knee_poles
from choreo.motion.repair import sliced
from choreo.motion.resample import sample
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.motion.snaps import joint_accelerations, worst_snap
from choreo.synthesis import calm as calm_module
from choreo.synthesis.arms import TOLERANCE, arms_outside
from choreo.synthesis.blend import blended
from choreo.synthesis.calm import Usual, calmed, own_accelerations
from choreo.synthesis.inertia import LONGEST, SECONDS
from choreo.synthesis.realise import gone_on
from choreo.types import Floats, Motion

ARM = float(np.linalg.norm(CANONICAL.offsets[NAMES.index("left_elbow")]))
FOREARM = float(np.linalg.norm(CANONICAL.offsets[NAMES.index("left_wrist")]))


def posed(frames: int, **turns: Floats | tuple[float, float, float]) -> Motion:
    """Standing upright, some joints turned by rotation vectors ``(3,)`` or ``(frames, 3)``."""
    rotations = np.zeros((frames, 24, 4), np.float32)
    rotations[..., 0] = 1
    for name, turn in turns.items():
        each = np.broadcast_to(np.asarray(turn, np.float32), (frames, 3))
        rotations[:, NAMES.index(name)] = rot.from_axis_angle(each)
    translation = np.tile(CANONICAL.offsets[0], (frames, 1)).astype(np.float32)
    return Motion(CANONICAL, 60.0, translation, rotations, np.ones((frames, 4), bool))


def places(motion: Motion) -> Floats:
    return forward(motion.skeleton, motion.translation, motion.rotations)[0]


def snaps(*motions: Motion) -> Floats:
    """Accelerations of motions that follow each other, each beginning with the last frame of the one before."""
    return joint_accelerations(np.concatenate([places(motions[0]), *(places(each)[1:] for each in motions[1:])]), 60.0)


def test_turns_of_a_straight_arm_that_cancel_do_not_shake_the_hand() -> None:
    frames, rng = 60, np.random.default_rng(3)
    twist = np.zeros((frames, 3), np.float32)
    twist[:, 0] = rng.uniform(-1.5, 1.5, frames)
    down = np.array([0, 0, -0.6], np.float32)
    plain = posed(frames, left_shoulder=down)
    told = rot.multiply(rot.from_axis_angle(np.tile(down, (frames, 1))), rot.from_axis_angle(twist))
    shaken = plain.rotations.copy()
    shaken[:, NAMES.index("left_shoulder")] = told
    shaken[:, NAMES.index("left_elbow")] = rot.from_axis_angle(-twist)
    before = posed(3, left_shoulder=(0.2, 0.9, 0.3), left_elbow=(0, -1.2, 0))
    joined = blended(before, replace(plain, rotations=shaken))
    np.testing.assert_allclose(places(joined), places(blended(before, plain)), atol=2e-3)


@pytest.mark.parametrize(("turned", "below"), [("left_shoulder", "left_elbow"), ("spine2", "head")])
@settings(max_examples=60, deadline=None)
@given(
    far=st.lists(st.floats(-1.4, 1.4), min_size=3, max_size=3),
    was=st.lists(st.floats(-4, 4), min_size=3, max_size=3),
    own=st.lists(st.floats(-4, 4), min_size=3, max_size=3),
)
def test_a_joint_keeps_its_speed_however_far_it_has_to_go(
    far: list[float], was: list[float], own: list[float], turned: str, below: str
) -> None:
    seconds = (np.arange(60)[:, None] / 60).astype(np.float32)
    turn = (np.array(far) + np.array(was) * (seconds[:3] - seconds[2])).astype(np.float32)
    before = posed(3, **{turned: turn})
    joined = blended(before, posed(60, **{turned: (np.array(own) * seconds).astype(np.float32)}))
    joint = NAMES.index(below)
    ways = np.diff(np.concatenate([places(before)[1:, joint], places(joined)[1:2, joint]]), axis=0) * 60
    # Neighbouring steps differ by an acceleration over 1/60 s: what the turns have, and the start of the blend.
    assert np.linalg.norm(ways[1] - ways[0]) < 0.6


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 2.6), st.sampled_from(["spine3", "left_shoulder"]))
def test_a_large_offset_accelerates_no_more_than_its_quintic(far: float, name: str) -> None:
    before, after = posed(3, **{name: (0.0, far, 0.0)}), posed(90)
    time = SECONDS if name != "spine3" else min(LONGEST, SECONDS * max(1.0, far**0.5))
    reach = np.linalg.norm(places(after)[0, NAMES.index("left_hand")] - places(after)[0, NAMES.index(name)])
    most = reach * np.hypot(5.78 * far / time**2, (1.875 * far / time) ** 2)
    assert snaps(before, blended(before, after)).max() < 1.05 * most + 0.5


def test_a_clip_does_not_stop_at_its_ends() -> None:
    turning = np.zeros((31, 3), np.float32)
    turning[:, 1] = 2.0 * np.arange(31) / 60
    motion = posed(31, pelvis=turning)
    times = np.array([-0.5, 0.0, 29.5, 30.0, 30.5]) / 60
    shown = sample(gone_on(motion), times + 1 / 60)
    np.testing.assert_allclose(rot.heading(shown.rotations[:, 0]), 2.0 * times, atol=1e-4)


def test_knees_of_straight_legs_keep_bending_forward() -> None:
    rng = np.random.default_rng(0)
    legs = np.zeros((80, 3, 2, 3))
    legs[:, 0, :, 1], legs[:, 1, :, 1] = 0.9, 0.45
    legs[:, 1, :, 0], legs[:, 1, :, 2] = rng.normal(0, 0.02, (2, 80, 2))
    feet = np.zeros((80, 2, 4))
    feet[..., 0] = 1
    poles = knee_poles(feet[:, 0], legs, feet, 60.0)
    assert (poles[..., 2] > 0.04).all()
    ways = np.arctan2(poles[..., 0], poles[..., 2])
    assert np.abs(np.diff(ways, axis=0)).max() < np.radians(6)


def test_knees_begin_where_they_are() -> None:
    legs = np.zeros((60, 3, 2, 3))
    legs[:, 0, :, 1], legs[:, 1, :, 1], legs[:, 1, :, 0] = 0.9, 0.45, 0.1
    feet = np.zeros((60, 2, 4))
    feet[..., 0] = 1
    poles = knee_poles(feet[:, 0], legs, feet, 60.0, begins=True)
    np.testing.assert_allclose(poles[0, :, 2] / poles[0, :, 0], 0, atol=1e-6)
    assert (poles[-1, :, 2] > 0.03).all()


def through_the_trunk(frames: int = 49) -> tuple[Motion, Motion]:
    """A hand that goes from before the chest into it and out again; and a clip that is outside throughout."""
    s = np.linspace(0, 1, frames)[:, None]
    elbow = np.array([0.0, -1.8, 0.0]) - np.array([0.0, 0.9, 0.0]) * np.sin(np.pi * s) ** 2
    path = posed(frames, left_shoulder=(0.0, -1.1, -0.3), left_elbow=elbow)
    return path, posed(frames, left_shoulder=(0.0, -1.1, -0.3), left_elbow=(0.0, -1.8, 0.0))


def test_an_arm_is_led_around_the_trunk() -> None:
    path, clip = through_the_trunk()
    before = arm_depths(places(path)).depth
    assert before.max() > 0.05
    assert before[[0, -1]].max() < 0
    out = arms_outside(path, clip, len(path))
    assert arm_depths(places(out)).depth.max() < 0.012
    for frame in (0, -1):
        np.testing.assert_allclose(out.rotations[frame], path.rotations[frame], atol=1e-6)
    right = [k for k, name in enumerate(NAMES) if not name.startswith("left_")]
    np.testing.assert_array_equal(out.rotations[:, right], path.rotations[:, right])
    turned = rot.to_axis_angle(rot.multiply(out.rotations, rot.conjugate(path.rotations)))
    assert np.abs(np.diff(turned, axis=0)).max() * 60 < 12


def test_an_arm_that_both_clips_have_at_the_body_stays_there() -> None:
    path, _ = through_the_trunk()
    deepest = int(arm_depths(places(path)).depth.max(axis=(1, 2)).argmax())
    inside = replace(path, rotations=np.repeat(path.rotations[deepest : deepest + 1], len(path), 0))
    assert arms_outside(inside, inside, len(inside)) is inside


def test_capsules_are_as_thick_as_the_body() -> None:
    chest = places(posed(1))
    hand, wrist, elbow = (NAMES.index(f"left_{part}") for part in ("hand", "wrist", "elbow"))
    spine, neck = chest[0, NAMES.index("spine3")], chest[0, NAMES.index("neck")]
    front = (spine + neck) / 2 + np.array([0, 0, 0.03])
    for gap in (0.1, 0.2):
        chest[0, [hand, wrist, elbow]] = front + np.array([0, 0, gap])
        assert arm_depths(chest).depth[0, 0, 0] == pytest.approx(0.112 + 0.045 - gap, abs=0.01)
    chest[0, [hand, wrist, elbow]] = front + np.array([0.2, 0, 0])
    assert arm_depths(chest).depth[0, 0, 0] == pytest.approx(0.112 + 0.045 - 0.77 * 0.2, abs=0.01)


def snapped(motion: Motion, frame: int) -> Motion:
    rotations = motion.rotations.copy()
    joint = NAMES.index("left_shoulder")
    rotations[frame, joint] = rot.multiply(
        rot.from_axis_angle(np.array([0, 0.2, 0], np.float32)), rotations[frame, joint]
    )
    return replace(motion, rotations=rotations)


def usual_of(motion: Motion) -> Usual:
    return Usual(np.zeros(24, np.float32)).with_step(snaps(motion))


@pytest.mark.parametrize("frame", [6, 226])
def test_a_snap_at_an_end_is_calmed(frame: int) -> None:
    whole = dance(5.0)
    before, piece = sliced(whole, 28, 30), snapped(sliced(whole, 29, 271), frame)
    usual = usual_of(whole)
    calm, _ = calmed(piece, before, usual, goes_on=True)
    joints = [NAMES.index(name) for name in ("left_elbow", "left_wrist", "left_hand")]
    there = slice(frame - 6, frame + 7)
    assert (snaps(piece)[there][:, joints] / usual.limits[joints]).max() > 5
    assert (snaps(calm)[there][:, joints] / usual.limits[joints]).max() < 1.6
    far = slice(60, 180)
    np.testing.assert_array_equal(calm.rotations[far], piece.rotations[far])
    for kept in (0, -1):
        np.testing.assert_allclose(calm.rotations[kept], piece.rotations[kept], atol=1e-6)
    ankles = [NAMES.index("left_ankle"), NAMES.index("right_ankle")]
    np.testing.assert_allclose(places(calm)[:, ankles], places(piece)[:, ankles], atol=2e-3)


def around_the_hip(frames: int = 41) -> Motion:
    """An arm that hangs, swings from before the body to behind it, and makes way for the hip in a sharp corner."""
    s = np.linspace(-1, 1, frames)[:, None].astype(np.float32)
    swing = rot.from_axis_angle(np.array([1, 0, 0], np.float32) * 0.7 * s)
    raised = rot.from_axis_angle(np.array([0, 0, 1], np.float32) * (0.8 * (1 - np.abs(s)) - 1.95))
    motion = posed(frames)
    motion.rotations[:, NAMES.index("left_shoulder")] = rot.multiply(swing, raised)
    return motion


def test_calming_takes_no_arm_through_the_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = around_the_hip()
    before, piece = sliced(whole, 0, 2), sliced(whole, 1, len(whole))
    was = float(np.maximum(arm_depths(places(piece)).depth, 0).max())
    limits = Usual(np.full(24, 2.0, np.float32), 1000)
    arm = [NAMES.index("left_shoulder"), NAMES.index("left_elbow")]

    def deepest() -> float:
        calm, _ = calmed(piece, before, limits, goes_on=True)
        for kept in (0, -1):
            np.testing.assert_allclose(calm.rotations[kept, arm], piece.rotations[kept, arm], atol=1e-6)
        return float(arm_depths(places(calm)).depth.max())

    assert deepest() <= was + 2 * TOLERANCE  # each end of a step may take one
    monkeypatch.setattr(calm_module, "_deeper", lambda *_: False)
    assert deepest() > was + 4 * TOLERANCE


def test_a_recording_that_is_wild_by_itself_is_calmed_no_further_than_that() -> None:
    whole = dance(5.0)
    before, piece = sliced(whole, 28, 30), snapped(sliced(whole, 29, 271), 6)
    limits = Usual(np.full(24, 0.5, np.float32), 100000)  # nothing can be danced as calmly
    own = own_accelerations(piece)
    np.testing.assert_array_equal(own[20], snaps(piece)[18:23].max(axis=0))
    alone, _ = calmed(piece, before, limits, goes_on=False)
    beside, _ = calmed(piece, before, limits, goes_on=False, own=own)
    over = [float((np.maximum(snaps(each)[1:38] / own[1:38], 1)).max()) for each in (alone, beside)]
    assert over[1] <= over[0]
    arms = [NAMES.index(name) for name in ("left_shoulder", "right_shoulder")]
    moved = [float(np.abs(each.rotations[:42, arms] - piece.rotations[:42, arms]).max()) for each in (alone, beside)]
    assert moved[0] > 0.02
    assert moved[1] < moved[0] / 4


def test_what_is_usual_is_left_alone() -> None:
    whole = swaying_motion(5.0, 0.5, 0.4)
    limits = Usual(2 * snaps(whole).max(axis=0), 1000)
    calm, after = calmed(sliced(whole, 29, 271), sliced(whole, 28, 30), limits, goes_on=True)
    np.testing.assert_array_equal(calm.rotations, whole.rotations[29:271])
    assert after.frames > limits.frames


def test_the_worst_seam_is_of_the_joint_that_does_more_than_it_does_elsewhere() -> None:
    rng = np.random.default_rng(1)
    positions = np.cumsum(rng.normal(0, 1e-4, (1200, 24, 3)), axis=0)
    positions[:, 20] *= 20
    positions[600, 5] += 0.002
    times = np.arange(1200) / 60
    found = worst_snap(joint_accelerations(positions, 60.0), times, np.array([5.0, 10.0, 15.0]))
    assert (found.joint, found.number) == (NAMES[5], 1)
    assert found.time == pytest.approx(10.0, abs=0.02)
    assert found.ratio > 4
    positions[:, 5] = np.nan
    assert worst_snap(joint_accelerations(positions, 60.0), times, np.array([5.0, 10.0, 15.0])).joint != NAMES[5]
    assert worst_snap(joint_accelerations(positions, 60.0), times, np.zeros(0)).ratio == 0


def test_an_arm_in_the_trunk_after_a_seam_is_measured() -> None:
    path, clip = through_the_trunk()
    positions = np.concatenate([places(clip)] * 4 + [places(path)] + [places(clip)] * 4).astype(np.float64)
    scores = seam_spikiness(positions, 60, np.array([4 * 49 / 60]))
    assert scores.arm_depth == pytest.approx(float(arm_depths(places(path)).depth.max()), abs=1e-5)
    assert scores.arm_elsewhere == 0
