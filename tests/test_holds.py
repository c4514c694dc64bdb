"""Holds: nothing moves from the first count to the last, and what is around them goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dance_support import step_clip

from choreo.errors import PlanError
from choreo.motion.contacts import contact_slide, contacts_of
from choreo.motion.kinematics import forward
from choreo.moves import load_moves, move_clip
from choreo.moves.holds import standing
from choreo.planfile.file import read_plan, write_plan
from choreo.planfile.manners import manner_words
from choreo.planfile.table import plan_table
from choreo.synthesis import perform
from choreo.synthesis.stillness import at_rest
from choreo.synthesis.stitch import perform_steps
from choreo.types import ChoreographyPlan, Clip, Doubles, Motion, PlanStep

NAMES = ("step-touch", "v-step", "grapevine", "star-jump", "snap-sway")
AUTHORED = [move_clip(load_moves()[name]) for name in NAMES]
RECORDED = [step_clip("walk", counts=8), step_clip("stroll", counts=8)]
FPS, BEAT = 60.0, 0.5


def plan_of(clips: list[Clip], holds: dict[int, tuple[tuple[int, int], ...]], start: float = 0.0) -> ChoreographyPlan:
    steps, count = list[PlanStep](), 0
    for number, clip in enumerate(clips):
        beats = tuple(BEAT * np.arange(count, count + clip.counts + 1))
        steps.append(
            PlanStep(
                clip.clip_id, clip.name, clip.dataset, clip.licence, False, count, beats, "A", 1.0, {}, clip.move,
                holds=holds.get(number, ()),
            )
        )  # fmt: skip
        count += clip.counts
    return ChoreographyPlan({"name": "song.wav"}, 4, 120.0, start, steps[-1].beats[-1], 0, tuple(steps))


def danced(plan: ChoreographyPlan, clips: list[Clip]) -> Motion:
    return perform(plan, {clip.clip_id: clip for clip in clips})


def speeds(motion: Motion) -> Doubles:
    """Of the quickest joint from each frame to the next, metres a second, ``(T - 1,)``."""
    positions, _ = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    return np.asarray(np.linalg.norm(np.diff(positions, axis=0), axis=-1).max(axis=-1) * motion.fps)


def frames(plan: ChoreographyPlan, number: int, span: tuple[int, int]) -> slice:
    """Ways from one frame to the next that lie between two counts of a step."""
    first, last = (FPS * (plan.steps[number].beats[k] - plan.start) for k in span)
    return slice(int(np.ceil(first - 1e-6)), int(np.floor(last + 1e-6)))


@pytest.mark.parametrize(
    "clips", [AUTHORED, [*RECORDED, AUTHORED[0], RECORDED[1], AUTHORED[1]]], ids=["moves", "mixed"]
)
@pytest.mark.parametrize("start", [0.0, 0.37])
def test_nothing_moves_in_a_hold_and_the_rest_is_danced(clips: list[Clip], start: float) -> None:
    holds = {0: ((6, 8),), 1: ((2, 4), (6, 7)), 2: ((0, 8),), 4: ((0, 2), (5, 8))}
    plan = plan_of(clips, holds, start)
    motion = danced(plan, clips)
    moving = speeds(motion)
    hands = np.zeros(1) if motion.hands is None else np.abs(np.diff(motion.hands, axis=0)).reshape(len(moving), -1)
    held = np.zeros(len(moving), bool)
    for number, spans in holds.items():
        for span in spans:
            inside = frames(plan, number, span)
            assert inside.stop - inside.start > 20
            assert moving[inside].max() == 0.0
            assert hands.ndim == 1 or hands[inside].max() == 0.0
            held[inside] = True
    assert np.median(moving[~held]) > 0.3
    assert moving.max() < 9
    # It comes to rest on the count: what is left of its speed before is little, a tenth of a second earlier more.
    at = frames(plan, 2, (0, 8)).start
    assert moving[at - 1] < 0.12 < moving[at - 45 : at - 10].max()


def test_holds_that_reach_beyond_either_end_of_a_dance_leave_its_length() -> None:
    plan = plan_of(AUTHORED[:2], {0: ((0, 2),), 1: ((5, 6), (7, 8))}, start=0.4)
    short = replace(plan, end=plan.steps[1].beats[6])
    motion = danced(short, AUTHORED)
    assert len(motion) == round((short.end - short.start) * FPS) + 1
    moving = speeds(motion)
    assert moving[: round(0.6 * FPS)].max() == 0.0
    assert moving[-round(0.45 * FPS) :].max() == 0.0


def test_feet_stand_while_a_dance_comes_to_rest_and_goes_on() -> None:
    plan = plan_of(AUTHORED, {1: ((2, 4),), 2: ((0, 8),)})
    assert np.quantile(contact_slide(danced(plan, AUTHORED)), 0.95) < 0.015


def test_nobody_is_held_in_the_air() -> None:
    jumping = [AUTHORED[3]]
    for count in range(1, AUTHORED[3].counts):
        plan = plan_of(jumping, {0: ((count, count + 1),)})
        motion = danced(plan, jumping)
        assert contacts_of(motion)[frames(plan, 0, (count, count + 1)).start].any()


def test_a_hold_changes_nothing_that_is_farther_away() -> None:
    plain, held = plan_of(AUTHORED, {}), plan_of(AUTHORED, {3: ((4, 6),)})
    before, after = danced(plain, AUTHORED), danced(held, AUTHORED)
    end = int(FPS * held.steps[3].beats[2])
    assert np.array_equal(before.rotations[:end], after.rotations[:end])
    assert np.array_equal(before.translation[:end], after.translation[:end])


def test_feet_stay_through_a_step_that_is_all_held() -> None:
    plan = plan_of(AUTHORED, {2: ((0, 8),)})
    motion = danced(plan, AUTHORED)
    inside = frames(plan, 2, (0, 8))
    assert np.array_equal(motion.translation[inside.start], motion.translation[inside.stop])
    assert speeds(motion)[inside.stop : inside.stop + 60].max() > 0.3
    move = standing(load_moves()["grapevine"])
    assert (move.feet, move.travel, move.turn, move.hold) == ((), (0.0, 0.0), 0.0, 0.0)


def test_a_part_of_a_dance_with_holds_has_the_bits_of_the_whole() -> None:
    plan, clips = plan_of(AUTHORED, {1: ((2, 4),), 2: ((0, 8),)}), {clip.clip_id: clip for clip in AUTHORED}
    whole = list(perform_steps(plan, clips))
    for number in (2, 3):
        (alone,) = perform_steps(plan, clips, first=number, last=number + 1, before=whole[number - 1].after)
        assert np.array_equal(alone.motion.rotations, whole[number].motion.rotations)
        assert np.array_equal(alone.motion.translation, whole[number].motion.translation)


def test_coming_to_rest_keeps_the_pace_and_ends_without_speed() -> None:
    clip = RECORDED[0]
    slow = at_rest(clip.motion, 120, BEAT)
    assert len(slow) == 121
    whole, rest = speeds(clip.motion), speeds(slow)
    begin = 120 - round(1.6 * BEAT * FPS)
    assert np.array_equal(slow.translation[: begin + 1], clip.motion.translation[: begin + 1])
    assert rest[begin] == pytest.approx(whole[begin], rel=0.35, abs=0.05)
    assert rest[-1] < 0.1


@pytest.mark.parametrize("bad", [[[2, 2]], [[-1, 2]], [[0, 99]], [[4, 6], [2, 3]], [[0, 4], [2, 6]]])
def test_holds_that_are_none_are_refused(bad: list[list[int]], tmp_path: Path) -> None:
    path = tmp_path / "song.plan.json"
    plan = plan_of(AUTHORED, {1: ((2, 4),)})
    write_plan(plan, path)
    assert read_plan(path).steps[1].holds == ((2, 4),)
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["steps"][1]["holds"] = bad
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(PlanError, match="step 1: holds: found"):
        read_plan(path)


def test_plans_without_holds_are_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "song.plan.json"
    write_plan(plan_of(AUTHORED, {}), path)
    raw = json.loads(path.read_text(encoding="utf-8"))
    for step in raw["steps"]:
        del step["holds"]
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert all(step.holds == () for step in read_plan(path).steps)


def test_people_read_which_counts_are_held() -> None:
    step = plan_of(AUTHORED, {}).steps[1]
    assert manner_words(replace(step, holds=((2, 4), (7, 8)))) == "still on counts 3-4, still on count 8"
    assert manner_words(replace(step, holds=((0, 8),))) == "still, as the step before ends"
    assert "still on counts 3-4" in plan_table(plan_of(AUTHORED, {1: ((2, 4),)}))
