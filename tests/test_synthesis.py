from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dance_support import song, sway_clip, swaying_motion
from hypothesis import given, settings
from hypothesis import strategies as st
from motion_support import dance as dancing

from choreo.errors import PlanError
from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide
from choreo.motion.kinematics import forward
from choreo.motion.placement import placed
from choreo.motion.resample import sample
from choreo.music import phrases
from choreo.planning import plan
from choreo.retrieval import retrieve
from choreo.synthesis import broken_guarantees, guarantees, perform
from choreo.synthesis.blend import blend_positions, blended
from choreo.synthesis.checks import strained
from choreo.synthesis.footsteps import SolePath, blend_foot, is_far, release, releases
from choreo.synthesis.inertia import decay
from choreo.synthesis.realise import with_soles
from choreo.synthesis.warp import clip_times, slowed_on_beats
from choreo.types import ChoreographyPlan, Clip, Motion


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.2, 2.0), min_size=2, max_size=12))
def test_warp_is_monotone_and_meets_the_beats(gaps: list[float]) -> None:
    steps = np.cumsum([0.3, *gaps])
    clip = np.arange(len(steps), dtype=float) * 0.5
    times = np.linspace(steps[0] - 0.2, steps[-1] + 0.2, 300)
    assert (np.diff(clip_times(clip, steps, times)) > 0).all()
    np.testing.assert_allclose(clip_times(clip, steps, steps), clip, atol=1e-9)


def test_offsets_die_away_smoothly() -> None:
    offset, speed = np.array([0.1, 0.0, 0.0], np.float32), np.array([0.2, 0, 0], np.float32)
    curve = decay(offset, speed, 60, 60.0)
    np.testing.assert_allclose(curve[0], offset)
    assert (curve[1, 0] - curve[0, 0]) * 60 == pytest.approx(0.2, abs=0.03)
    assert np.abs(curve[30:]).max() == 0
    assert curve[:, 0].max() < 0.12


def test_a_blended_seam_keeps_pose_and_speed() -> None:
    first = swaying_motion(1.2, 1.0, 0.5)
    second = placed(swaying_motion(2.0, 0.5, 0.3), np.array([0.05, 0.0], np.float32), 0.1)
    joined = blended(first, second)
    np.testing.assert_allclose(joined.translation[0], first.translation[-1], atol=1e-6)
    gap = rot.multiply(joined.rotations[0], rot.conjugate(first.rotations[-1]))
    assert np.abs(rot.to_axis_angle(gap)).max() < 1e-4
    before = rot.to_axis_angle(rot.multiply(first.rotations[-1], rot.conjugate(first.rotations[-2])))
    after = rot.to_axis_angle(rot.multiply(joined.rotations[1], rot.conjugate(joined.rotations[0])))
    assert np.abs(after - before).max() * 60 < 0.3
    np.testing.assert_allclose(joined.rotations[30:], second.rotations[30:], atol=1e-5)


def test_a_body_that_was_moving_goes_on_at_its_speed() -> None:
    walked = np.stack([np.arange(6) / 200, np.zeros(6), np.zeros(6)], axis=1).astype(np.float32)  # 0.3 m/s
    stands = np.tile(walked[-1], (60, 1))
    joined = blend_positions(walked, stands, 60.0)
    assert (joined[1, 0] - joined[0, 0]) * 60 == pytest.approx(0.3, abs=0.05)
    np.testing.assert_allclose(joined[30:], stands[30:], atol=1e-6)


NOWHERE = np.zeros(3, np.float32)


def carried(standing: np.ndarray, far: float, turn: float = 0.0) -> SolePath:
    """A foot that stands still in its clip, brought there from `far` metres beside it."""
    offset = np.array([far, 0, 0], np.float32)
    when = release(standing, is_far(offset, turn), 60.0)
    return blend_foot(np.zeros((len(standing), 3), np.float32), standing, offset, NOWHERE, turn, when, 60.0)


def test_a_standing_foot_keeps_a_small_offset_until_it_lifts() -> None:
    standing = np.ones(60, bool)
    standing[20:40] = False
    path = carried(standing, 0.02)
    np.testing.assert_allclose(path.point[:20, 0], 0.02, atol=1e-6)
    np.testing.assert_allclose(path.point[41:, 0], 0, atol=1e-6)
    np.testing.assert_array_equal(path.standing, standing)


def test_a_far_standing_foot_takes_a_step() -> None:
    path = carried(np.ones(60, bool), 0.2)
    assert path.point[:, 1].max() > 0.02
    assert not path.standing[2:17].any()
    moving = np.abs(np.diff(path.point[:, 0])) > 1e-5
    assert not (moving & path.standing[1:] & path.standing[:-1]).any()


def test_two_feet_that_have_to_step_do_so_one_after_the_other() -> None:
    standing = np.ones((90, 2), bool)
    standing[50:, 1] = False  # the right foot lifts first in the clip, so the left one is put in its place first
    left, right = releases(standing, (True, True), 60.0)
    assert left.stepping
    assert right.stepping
    assert (left.begin, left.end) == (0, 18)
    assert right.begin == left.end
    assert right.end <= 50
    alone = releases(standing, (True, False), 60.0)[0]
    assert (alone.begin, alone.end) == (0, 24)


def test_a_foot_in_the_air_lands_before_the_other_steps() -> None:
    standing = np.ones((90, 2), bool)
    standing[:20, 1] = False
    left, right = releases(standing, (True, True), 60.0)
    assert right.begin == 0
    assert left.begin == right.end == 20


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=12, max_size=60),
    st.integers(3, 24),
)
def test_a_foot_that_stands_at_a_seam_does_not_step_while_the_other_does(
    stands: list[tuple[bool, bool]], length: int
) -> None:
    standing = np.repeat(np.array([(True, True), *stands]), length, axis=0)
    both = releases(standing, (True, True), 60.0)
    if all(each.stepping for each in both):
        later = int(both[1].begin > both[0].begin)
        own_swing = not standing[both[later].begin : both[later].begin + 1, later].all()
        assert own_swing or both[later].begin >= both[1 - later].end


def test_a_foot_in_the_air_goes_on_at_its_speed_and_never_below_the_floor() -> None:
    standing = np.zeros(60, bool)
    standing[24:] = True
    path = np.zeros((60, 3), np.float32)
    path[:, 1] = 0.1
    speed, offset = np.array([0.4, -2.0, 0.0], np.float32), np.array([0.1, 0.0, 0.0], np.float32)
    going = blend_foot(path, standing, offset, speed, 0.0, release(standing, True, 60.0), 60.0)
    np.testing.assert_allclose(going.point[0], [0.1, 0.1, 0.0], atol=1e-6)
    assert (going.point[1, 0] - going.point[0, 0]) * 60 > 0.1
    np.testing.assert_allclose(going.point[24:], path[24:], atol=1e-5)
    assert going.point[:, 1].min() >= 0.1 - 1e-6


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=2, max_size=90), st.floats(0, 0.4), st.floats(-1.5, 1.5))
def test_feet_that_stand_do_not_slide(standing: list[bool], far: float, turn: float) -> None:
    stands = np.repeat(np.array(standing), 2)
    path = carried(stands, far, turn)
    both = path.standing[1:] & path.standing[:-1]
    assert np.abs(np.diff(path.point, axis=0)[both]).max(initial=0) < 1e-4
    assert not (path.standing & ~stands).any()


@pytest.fixture(scope="module")
def clips() -> dict[str, Clip]:
    made = [sway_clip(n, size=0.2 + 0.1 * k, bpm=100 + 10 * k) for k, n in enumerate("abcd")]
    return {clip.clip_id: clip for clip in made}


def dance(clips: dict[str, Clip], seconds: float = 21.3, start: float = 0.0) -> ChoreographyPlan:
    music = song(seconds + start, first=0.4)
    parts = phrases(music)
    listed = list(clips.values())
    return plan(music, parts, listed, retrieve(music, parts, listed), start=start, end=start + seconds)


@pytest.mark.parametrize("seconds", [1.0, 3.3, 21.3])
@pytest.mark.parametrize("start", [0.0, 5.17])
def test_length_is_exact(clips: dict[str, Clip], seconds: float, start: float) -> None:
    motion = perform(dance(clips, seconds, start), clips)
    assert len(motion) == round(seconds * 60) + 1


def test_the_same_plan_gives_the_same_bits(clips: dict[str, Clip]) -> None:
    sheet = dance(clips)
    first, second = perform(sheet, clips), perform(sheet, clips)
    assert first.rotations.tobytes() == second.rotations.tobytes()
    assert first.translation.tobytes() == second.translation.tobytes()


def test_nothing_pops_slides_or_sinks(clips: dict[str, Clip]) -> None:
    sheet = dance(clips)
    motion = perform(sheet, clips)
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    jumps = np.linalg.norm(np.diff(positions, axis=0), axis=-1) * 60
    assert jumps.max() < 6
    assert np.quantile(contact_slide(motion), 0.99) < 0.01
    assert guarantees(motion, sheet, clips)["penetration"] < 0.005


def test_a_missing_clip_is_named(clips: dict[str, Clip]) -> None:
    sheet = dance(clips)
    with pytest.raises(PlanError, match=sheet.steps[0].name):
        perform(sheet, {})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.25, 1.5), min_size=2, max_size=12), st.floats(0, 0.3))
def test_settling_keeps_the_beats_and_never_goes_back(gaps: list[float], share: float) -> None:
    beats = np.cumsum([0.4, *gaps])
    np.testing.assert_allclose(slowed_on_beats(beats, beats, share), beats, atol=1e-9)
    times = np.linspace(beats[0] - 0.2, beats[-1] + 0.2, 400)
    assert (np.diff(slowed_on_beats(times, beats, share)) > -1e-9).all()


def test_settling_is_slow_on_the_beat_and_quick_between() -> None:
    beats = np.arange(6, dtype=float) * 0.5
    pace = np.diff(slowed_on_beats(np.arange(1.0, 2.0, 0.001), beats, 0.3)) / 0.001
    assert pace[0] == pytest.approx(0.7, abs=0.01)
    assert pace[250] == pytest.approx(1.3, abs=0.01)


def test_soles_of_a_warped_recording_stand_where_they_stood() -> None:
    source = dancing(4.0)
    source = Motion(source.skeleton, source.fps, source.translation, source.rotations, np.ones((len(source), 4), bool))
    times = np.linspace(0.1, 3.7, 197) ** 1.03
    warped = with_soles(sample(source, times, fps=60.0), source, times)
    assert np.quantile(contact_slide(warped), 0.99) < 1e-3
    assert np.quantile(contact_slide(sample(source, times, fps=60.0)), 0.99) > np.quantile(contact_slide(warped), 0.99)


def test_broken_guarantees_name_the_bar_and_what_to_do(clips: dict[str, Clip]) -> None:
    sheet = dance(clips)
    kept = guarantees(perform(sheet, clips), sheet, clips)
    calm = {**kept, "contact_slide_p95": 0.0, "worst_seam": 1.0}
    steady = replace(sheet, steps=tuple(replace(step, warp=1.0) for step in sheet.steps))
    assert broken_guarantees(calm, steady) == []
    hasty = replace(steady, steps=(steady.steps[0], replace(steady.steps[1], warp=1.4), *steady.steps[2:]))
    bar = steady.steps[0].counts // sheet.metre
    assert broken_guarantees(calm, hasty)[0].startswith(f"bar {bar}: {steady.steps[1].name} is danced at 1.40")
    slow = replace(steady, steps=(steady.steps[0], replace(steady.steps[1], warp=0.7), *steady.steps[2:]))
    assert broken_guarantees(calm, slow) == []
    assert strained(calm, steady) == []
    assert strained(calm, slow)[0].startswith(f"bar {bar}: {steady.steps[1].name} is danced at 0.70")
    jerk = {**calm, "worst_seam": 9.0, "worst_seam_bar": 6.0}
    assert "choreo edit --swap 6" in broken_guarantees(jerk, steady)[0]
    assert "2.0 cm/s" in broken_guarantees({**calm, "contact_slide_p95": 0.02}, steady)[0]
    gliding = {**calm, "contact_slide_p95": 0.1, "source_slide_p95": 0.095}
    assert broken_guarantees(gliding, steady) == []  # the recordings do it, too
    assert "at most 8.8 are promised" in broken_guarantees({**gliding, "source_slide_p95": 0.08}, steady)[0]
    assert "off the floor in 5 %" in broken_guarantees({**calm, "floating": 0.05}, steady)[0]
