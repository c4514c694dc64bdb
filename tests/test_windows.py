"""A window of bars is the whole dance's, bit for bit; and what one step does to the unevenness of others: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from cli_support import write_clicks

from choreo.errors import InputError
from choreo.motion import rotations as rot
from choreo.motion.repair import sliced
from choreo.options import Choosing
from choreo.pipeline import make_plan
from choreo.pipeline.plan_to_dance import perform_bars
from choreo.planfile import step_bars
from choreo.synthesis import perform
from choreo.synthesis.joining import GrowingDance, StepMotion, joined
from choreo.synthesis.realise import realise
from choreo.synthesis.seeds import step_seeds
from choreo.synthesis.stitch import dance_frames, perform_steps, step_frames
from choreo.types import ChoreographyPlan, Clip, Motion

Danced = tuple[ChoreographyPlan, dict[str, Clip], Motion, list[StepMotion]]


@pytest.fixture(scope="module")
def danced(tmp_path_factory: pytest.TempPathFactory, database: str) -> Danced:
    song = write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=45, bpm=112)
    _, plan, clips = make_plan(song, choosing=Choosing(db=database, seed=3))
    return plan, clips, perform(plan, clips), list(perform_steps(plan, clips))


def same(window: Motion, whole: Motion, first: int) -> bool:
    span = slice(first, first + len(window))
    assert whole.contacts is not None
    assert window.contacts is not None
    pairs = zip(
        (window.translation, window.rotations, window.contacts),
        (whole.translation, whole.rotations, whole.contacts),
        strict=True,
    )
    return all(one.tobytes() == other[span].tobytes() for one, other in pairs)


def test_the_steps_are_the_whole_dance(danced: Danced) -> None:
    plan, _, whole, steps = danced
    assert len(steps) == len(plan.steps) > 6
    assert same(joined(steps), whole, 0)
    assert len(joined(steps)) == len(whole)
    for step, span in zip(steps, step_frames(plan), strict=True):
        assert (step.first_frame, len(step.motion)) == (span.start, len(span))


def test_a_dance_grows_as_its_frames_are_asked_for(danced: Danced) -> None:
    plan, _, whole, steps = danced
    shown = [sliced(step.motion, 0, len(step.motion) - 1) for step in steps[:-1]] + [steps[-1].motion]
    assert whole.rotations.tobytes() == np.concatenate([each.rotations for each in shown]).tobytes()
    assert whole.translation.tobytes() == np.concatenate([each.translation for each in shown]).tobytes()
    taken: list[int] = []

    def fresh() -> Iterator[StepMotion]:
        for step in steps:
            taken.append(step.number)
            yield step

    dance = GrowingDance(fresh(), dance_frames(plan))
    seam = steps[1].first_frame
    assert same(dance.part(3, seam), whole, 3)
    assert taken == [0]
    assert same(dance.part(0, seam + 1), whole, 0)  # the frame that two steps share is the later one's
    assert taken == [0, 1]
    assert same(dance.part(seam - 5, steps[4].first_frame), whole, seam - 5)
    assert taken == [0, 1, 2, 3]
    assert same(dance.whole(), whole, 0)
    assert len(dance.whole()) == len(whole)
    assert len(taken) == len(steps)


def test_a_dance_does_not_grow_beyond_its_end(danced: Danced) -> None:
    _, _, whole, steps = danced
    begin = steps[1].first_frame
    short = GrowingDance(iter(steps[1:]), 40)
    assert same(short.part(10, 60), whole, begin + 10)
    assert len(short.whole()) == 40


def test_any_window_has_the_bits_of_the_whole_dance(danced: Danced) -> None:
    plan, clips, whole, steps = danced
    bars = step_bars(plan)
    for first in range(1, len(steps)):
        last = min(first + 3, len(steps))
        window = perform_bars(plan, clips, bars[first][0], bars[last - 1][1], before=steps[first - 1].after)
        assert [step.number for step in window] == list(range(first, last))
        motion = joined(window)
        # The last frame is shown by the step behind the window.
        shown = sliced(motion, 0, len(motion) - 1) if last < len(steps) else motion
        assert same(shown, whole, window[0].first_frame), first


def test_a_window_without_a_past_begins_where_it_is_told(danced: Danced) -> None:
    plan, clips, _, _ = danced
    bar = step_bars(plan)[4][0]
    (step,) = perform_bars(plan, clips, bar, bar + 1, ground=np.array([0.4, -0.2], np.float32), facing=0.5)
    (plain,) = perform_bars(plan, clips, bar, bar + 1)
    turned = rot.rotate(rot.yaw(0.5), plain.motion.translation.astype(float))
    np.testing.assert_allclose(step.motion.translation, turned + np.array([0.4, 0, -0.2]), atol=1e-5)
    turn = rot.wrap_angle(rot.heading(step.motion.rotations[:, 0]) - rot.heading(plain.motion.rotations[:, 0]))
    np.testing.assert_allclose(turn, 0.5, atol=1e-5)


def test_bars_that_are_not_there(danced: Danced) -> None:
    plan, clips, _, _ = danced
    with pytest.raises(InputError, match="has the bars 0 to"):
        perform_bars(plan, clips, 900, 901)


def test_splitting_a_step_leaves_the_others_as_they_were(danced: Danced) -> None:
    plan, clips, _, _ = danced
    number = next(n for n, step in enumerate(plan.steps) if n and step.counts == 2 * plan.metre)
    step, half = plan.steps[number], plan.metre
    parts = (
        replace(step, beats=step.beats[: half + 1]),
        replace(step, beats=step.beats[half:], first_beat=step.first_beat + half),
    )
    split = replace(plan, steps=(*plan.steps[:number], *parts, *plan.steps[number + 1 :]))
    before, after = step_seeds(plan), step_seeds(split)
    assert after[:number] == before[:number]
    assert after[number + 2 :] == before[number + 1 :]
    last = plan.steps[-1]
    times = np.arange(last.beats[0], last.beats[-1], 1 / 60)
    danced_before = realise(clips[last.clip_id], last, times, 60.0, before[-1])
    assert np.array_equal(realise(clips[last.clip_id], last, times, 60.0, after[-1]).rotations, danced_before.rotations)


def test_seeds_of_bars_without_a_beat_of_their_own_differ(danced: Danced) -> None:
    plan, _, _, _ = danced
    lead = replace(plan, steps=tuple(replace(step, first_beat=0) for step in plan.steps))
    assert len(set(step_seeds(lead))) == len(lead.steps)
    assert len(set(step_seeds(plan))) == len(plan.steps)
    assert step_seeds(replace(plan, seed=plan.seed + 5)) == [seed + 5 for seed in step_seeds(plan)]


def test_a_canon_is_danced_with_the_unevenness_of_the_first(danced: Danced) -> None:
    from choreo.synthesis.canon import delayed

    plan, clips, _, _ = danced
    late, _ = delayed(plan, clips, 2 * plan.metre, fps=60.0)
    seeds = {step.first_beat: seed for step, seed in zip(plan.steps, step_seeds(plan), strict=True)}
    own = [(step, seed) for step, seed in zip(late.steps, step_seeds(late), strict=True) if step.dataset == "starter"]
    moved = [(step, seed) for step, seed in own if step.clip_id in clips]
    assert len(moved) > 3
    assert all(seed == seeds[step.first_beat] for step, seed in moved)
