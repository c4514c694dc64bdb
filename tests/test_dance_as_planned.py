"""A plan is danced as it says: on which side, on which beats, from where on, with which foot; thanking whom."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from dance_support import step_clip
from motion_support import stepping_dance

from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide
from choreo.motion.ik import solve_leg
from choreo.motion.kinematics import forward, mirror, rest_positions
from choreo.motion.placement import PULL_BACK, TURN_BACK, placed
from choreo.motion.resample import sample
from choreo.motion.skeleton import CANONICAL
from choreo.planfile.credits import credits_text
from choreo.synthesis import perform
from choreo.synthesis.realise import realise
from choreo.synthesis.stitch import step_frames
from choreo.types import Body, ChoreographyPlan, Clip, Doubles, Motion, PlanStep
from choreo.video.bodies import load_body
from choreo.video.titles import short_credits

BEAT = 0.5


def steps_of(clips: list[Clip], sides: list[bool], first: float, beat: float = BEAT) -> tuple[PlanStep, ...]:
    """Steps one after the other from `first` seconds on."""
    made, count = [], 0
    for clip, side in zip(clips, sides, strict=True):
        beats = tuple(first + beat * np.arange(count, count + clip.counts + 1))
        costs: dict[str, float] = {}
        made.append(
            PlanStep(
                clip.clip_id, clip.name, clip.dataset, clip.licence, side, count, beats, "A", 1.0, costs, clip.move
            )
        )
        count += clip.counts
    return tuple(made)


def plan_of(clips: list[Clip], sides: list[bool], *, first: float = 0.0, start: float = 0.0) -> ChoreographyPlan:
    steps = steps_of(clips, sides, first)
    return ChoreographyPlan({"name": "song.wav"}, 4, 120.0, start, steps[-1].beats[-1], 0, steps)


def danced(plan: ChoreographyPlan, *clips: Clip) -> Motion:
    return perform(plan, {clip.clip_id: clip for clip in clips})


def positions(motion: Motion) -> Doubles:
    found, _ = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    return np.asarray(found)


def far(a: Motion, b: Motion) -> float:
    """Largest distance of a joint in two motions of one length, metres."""
    return float(np.linalg.norm(positions(a) - positions(b), axis=-1).max())


def part(motion: Motion, first: int, last: int) -> Motion:
    contacts = None if motion.contacts is None else motion.contacts[first:last]
    return Motion(motion.skeleton, motion.fps, motion.translation[first:last], motion.rotations[first:last], contacts)


CLIP = step_clip("walk", counts=8)


def test_a_step_is_danced_on_the_side_that_the_plan_says() -> None:
    plain, mirrored = (danced(plan_of([CLIP], [side]), CLIP) for side in (False, True))
    source = placed(CLIP.motion)
    moments = np.arange(0, 8, 1) * 30  # on the beats, where time runs as in the clip
    for found, wanted in ((plain, source), (mirrored, placed(mirror(CLIP.motion)))):
        np.testing.assert_allclose(positions(found)[moments], positions(wanted)[moments], atol=5e-3)
    assert far(plain, mirrored) > 0.3


def test_the_mirror_of_a_dance_is_the_other_side_of_it() -> None:
    """Joint by joint, without the library's own table of sides."""
    motion = stepping_dance(3.0)
    other, names = positions(mirror(motion)), motion.skeleton.names
    for joint, name in enumerate(names):
        side = name.replace("left", "*").replace("right", "left").replace("*", "right")
        np.testing.assert_allclose(
            other[:, names.index(side)], positions(motion)[:, joint] * [-1, 1, 1], atol=1e-5, err_msg=name
        )
    flipped = mirror(motion).contacts
    assert motion.contacts is not None
    assert flipped is not None
    assert (motion.contacts[:, 0] != motion.contacts[:, 2]).any()
    np.testing.assert_array_equal(flipped, motion.contacts[:, [2, 3, 0, 1]])


@pytest.mark.parametrize(("first", "start"), [(0.0, 0.0), (6.0, 6.3), (6.0, 7.0)])
def test_from_wherever_a_plan_begins_its_steps_are_on_their_beats(first: float, start: float) -> None:
    clips = [step_clip(name, counts=8, bpm=bpm) for name, bpm in (("a", 120.0), ("b", 110.0), ("c", 126.0))]
    plan = plan_of([*clips, *clips], [False, True] * 3, first=first, start=start)
    motion = danced(plan, *clips)
    assert len(motion) == round((plan.end - start) * 60) + 1
    for step, span in zip(plan.steps, step_frames(plan), strict=True):
        assert span.start == max(0, round((step.beats[0] - start) * 60))
    # Away from seams the hands are where the clip has them, seen from the pelvis.
    for step in plan.steps:
        clip = {each.clip_id: each for each in clips}[step.clip_id]
        own = mirror(clip.motion) if step.mirror else clip.motion
        for count in (3, 5, 6):
            frame = round((step.beats[count] - start) * 60)
            there = sample(own, np.array([clip.beats[count]]))
            for hand in ("left_wrist", "right_wrist", "head"):
                assert seen_from_pelvis(motion, hand, frame) == pytest.approx(
                    seen_from_pelvis(there, hand, 0), abs=0.012
                ), (step.name, count, hand)


def seen_from_pelvis(motion: Motion, joint: str, frame: int) -> list[float]:
    at = positions(part(motion, frame, frame + 1))[0]
    back = rot.yaw(-np.asarray(rot.heading(motion.rotations[frame, 0]), np.float64))
    return [float(x) for x in rot.rotate(back, at[motion.skeleton.index(joint)] - at[0])]


@pytest.mark.parametrize(
    "order",
    [((0, False), (0, True)), ((0, True), (1, False), (2, False)), ((2, False), (1, True), (0, False), (2, True))],
    ids=["both sides", "other steps", "short steps"],
)
def test_each_foot_goes_on_as_itself_through_seams(order: tuple[tuple[int, bool], ...]) -> None:
    clips = [step_clip("a", counts=8), step_clip("b", counts=8, turn=-0.8), step_clip("c", counts=4, turn=0.3)]
    chosen = [clips[k] for k, _ in order]
    plan = plan_of(chosen, [side for _, side in order])
    motion = danced(plan, *clips)
    at, names = positions(motion), motion.skeleton.names
    speeds = np.linalg.norm(np.diff(at, axis=0), axis=-1) * 60
    for side in ("left", "right"):
        assert speeds[:, names.index(f"{side}_ankle")].max() < 5.0
    assert np.quantile(contact_slide(motion), 0.99) < 0.01
    assert at[:, [names.index("left_foot"), names.index("right_foot")], 1].min() > 0
    assert motion.contacts is not None
    # After every seam's half second the feet are where the clip has them, seen from the pelvis, and stand when it says.
    for step in plan.steps:
        clip = {each.clip_id: each for each in clips}[step.clip_id]
        own = mirror(clip.motion) if step.mirror else clip.motion
        count = step.counts - 1
        there = sample(own, np.array([clip.beats[count]]))
        frame = round(step.beats[count] * 60)
        for foot in ("left_ankle", "right_ankle"):
            found, wanted = (np.array(seen_from_pelvis(*each)) for each in ((motion, foot, frame), (there, foot, 0)))
            assert np.linalg.norm(found - wanted) < 0.08, (step.name, foot)
        begin, end = round(step.beats[0] * 60), round(step.beats[-1] * 60)
        assert own.contacts is not None
        same = motion.contacts[begin + 36 : end] == own.contacts[36 : end - begin]
        assert same.mean() > 0.95, step.name


def on_the_ball(name: str, tilt: float) -> Clip:
    """Standing, the left heel raised so that the foot is tilted; the right foot is said to stand on its heel only."""
    clip = step_clip(name, counts=8)
    count = len(clip.motion)
    rotations = np.zeros((count, 24, 4), np.float32)
    rotations[..., 0] = 1
    translation = np.tile(CANONICAL.offsets[0] - np.array([0, 0.08, 0], np.float32), (count, 1))
    rest = rest_positions(CANONICAL)
    turned = rot.from_axis_angle(np.tile(np.array([tilt, 0, 0]), (count, 1)))
    ball, ankle = CANONICAL.index("left_foot"), CANONICAL.index("left_ankle")
    raised = rest[ball] - rot.rotate(turned, CANONICAL.offsets[ball].astype(np.float64))
    flat = np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1))
    for side, target, world in (("left", raised, turned), ("right", np.tile(rest[ankle + 1], (count, 1)), flat)):
        rotations = solve_leg(
            CANONICAL, translation, rotations, side, target.astype(np.float32), world.astype(np.float32)
        )
    contacts = np.tile(np.array([tilt == 0, True, True, tilt == 0]), (count, 1))
    return replace(clip, motion=Motion(CANONICAL, 60.0, translation.astype(np.float32), rotations, contacts))


def test_a_foot_that_tilts_at_a_seam_does_so_on_what_stands() -> None:
    flat, raised = on_the_ball("flat", 0.0), on_the_ball("raised", 0.5)
    motion = danced(plan_of([flat, raised], [False, False]), flat, raised)
    ball = positions(motion)[238:290, CANONICAL.index("left_foot")]
    assert np.abs(np.diff(ball, axis=0)).max() * 60 < 0.02
    _, world = forward(motion.skeleton, motion.translation, motion.rotations)
    tilt = rot.to_axis_angle(world[[239, 280], CANONICAL.index("left_ankle")])[:, 0]
    np.testing.assert_allclose(tilt, [0.0, 0.5], atol=0.02)


def test_a_foot_that_turns_at_a_seam_turns_to_where_it_is_going() -> None:
    clip = step_clip("a", counts=8, turn=0.9)
    motion = danced(plan_of([clip, clip], [False, True]), clip)
    _, world = forward(motion.skeleton, motion.translation, motion.rotations)
    for side in ("left", "right"):
        yaw = np.unwrap(rot.heading(world[:, motion.skeleton.index(f"{side}_ankle")]))
        assert np.abs(np.diff(yaw)).max() * 60 < 8.0  # radians a second
        (first,) = np.flatnonzero(np.arange(len(yaw)) == 240)
        assert abs(yaw[first] - yaw[first - 1]) < 0.02


def test_steps_go_on_where_the_last_one_ended() -> None:
    clip = step_clip("a", counts=8, turn=0.5)
    plan = plan_of([clip] * 3, [False] * 3)
    motion = danced(plan, clip)
    headings = np.unwrap(rot.heading(motion.rotations[:, 0]))
    ground = motion.translation[:, [0, 2]]
    own = placed(clip.motion)
    away = np.linalg.norm(own.translation[-1, [0, 2]])
    turned = float(rot.heading(own.rotations[-1, 0]))
    assert away > 0.5
    for before, now in pairwise(step_frames(plan)):
        begin, end = ground[before.start], ground[now.start]
        assert np.linalg.norm(end - begin) == pytest.approx(away, abs=2 * PULL_BACK + 0.05)
        assert headings[now.start] - headings[before.start] == pytest.approx(turned, abs=TURN_BACK + 0.05)
    moved = np.linalg.norm(np.diff(ground, axis=0), axis=1) * 60
    assert moved.max() < 2.5
    assert np.abs(np.diff(headings)).max() * 60 < 4
    # Going on turned by half a radian each time, a little less for the audience's sake, bends the way to the left.
    assert ground[-1, 0] > 1.0


def test_transitions_bring_the_dancer_back_a_little() -> None:
    """A dance that walks and turns on and on ends nearer to the middle, and turned less, than its clips alone would."""
    clip = step_clip("a", counts=8, turn=0.0)
    motion = danced(plan_of([clip] * 4, [False] * 4), clip)
    away = float(np.linalg.norm(placed(clip.motion).translation[-1, [0, 2]]))
    reached = float(np.linalg.norm(motion.translation[-1, [0, 2]]))
    assert 4 * away - 3 * PULL_BACK - 0.05 < reached < 4 * away - 2.5 * PULL_BACK
    turning = step_clip("b", counts=8, turn=1.0)
    motion = danced(plan_of([turning] * 2, [False] * 2), turning)
    heading = np.unwrap(rot.heading(motion.rotations[:, 0]))[-1]
    assert heading == pytest.approx(2 * 1.0 - TURN_BACK, abs=0.05)


def test_a_step_cut_short_ends_at_rest_on_its_last_beat() -> None:
    clip = step_clip("a", counts=8)
    (step,) = steps_of([clip], [False], 0.0)
    cut = replace(step, beats=step.beats[:4])
    times = np.arange(0, cut.beats[-1] + 1e-9, 1 / 60)
    speeds = [
        np.linalg.norm(np.diff(realise(clip, each, times, 60.0, 0).translation, axis=0), axis=1) * 60
        for each in (step, cut)
    ]
    assert speeds[0][-1] > 0.3, "in the middle of its way"
    assert speeds[1][-1] < 0.1 * speeds[0][-1]
    np.testing.assert_allclose(speeds[1][:55], speeds[0][:55], atol=1e-3)


def test_credits_name_every_licence_and_who_is_to_be_cited() -> None:
    clips = [
        replace(CLIP, clip_id="1", name="waltz", dataset="one", licence="CC-BY-4.0", citation="Doe 2020"),
        replace(CLIP, clip_id="2", name="tango", dataset="one", licence="CC-BY-NC-4.0", citation="Roe 2021"),
        replace(CLIP, clip_id="3", name="polka", dataset="two", licence="CC0-1.0"),
        replace(CLIP, clip_id="4", name="unused", dataset="three", licence="secret"),
    ]
    plan = plan_of(clips[:3], [False] * 3)
    body = load_body()
    nobody = replace_body(body, licence="")
    assert "x (red, blue), y - licence: CC0" in credits_text(
        plan, {}, [replace(body, name=name, licence="CC0") for name in ("x (red)", "x (blue)", "y", "x (red)")]
    )
    text = credits_text(plan, {clip.clip_id: clip for clip in clips}, [body, nobody])
    lines = [line.strip() for line in text.splitlines()]
    assert "one - licence: CC-BY-4.0, CC-BY-NC-4.0" in lines
    assert "two - licence: CC0-1.0" in lines
    assert {"cite: Doe 2020", "cite: Roe 2021"} <= set(lines)
    assert "clips: tango, waltz" in lines
    assert f"{body.name} - licence: {body.licence}" in lines
    assert body.licence
    assert lines.count(f"{body.name} - licence: {body.licence}") == 1
    assert "song.wav" in lines[0]
    assert "secret" not in text
    in_film = short_credits(text).splitlines()
    assert in_film == [line for line in lines[: len(in_film) + 2] if not line.startswith("clips: ")]


def replace_body(body: Body, licence: str) -> Body:
    return replace(body, licence=licence)
