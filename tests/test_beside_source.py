"""A dance beside its recordings: the slide and the air that they have are kept, and none is added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from dance_support import step_clip

from choreo.motion.contacts import detect_contacts
from choreo.synthesis import perform
from choreo.synthesis.beside_source import Recordings, eroded
from choreo.synthesis.checks import broken_guarantees, guarantees
from choreo.types import ChoreographyPlan, Clip, Motion, PlanStep

BEGIN = 1.0
"""Second of the song at which the recording is danced."""


def recording(*, slide: float = 0.0, air: tuple[float, float] = (0.0, 0.0)) -> Clip:
    """A recording of 8 counts that is carried sideways at `slide` m/s, and is 30 cm up from one second to another."""
    clip = step_clip("recorded", turn=0.0)
    motion, time = clip.motion, np.arange(len(clip.motion)) / clip.motion.fps
    moved = motion.translation.copy()
    moved[:, 0] += (slide * time).astype(np.float32)
    moved[(time >= air[0]) & (time < air[1]), 1] += 0.3
    contacts = detect_contacts(motion) & ~((time >= air[0]) & (time < air[1]))[:, None]
    return replace(clip, motion=Motion(motion.skeleton, motion.fps, moved, motion.rotations, contacts))


def plan_of(clip: Clip) -> ChoreographyPlan:
    beats = tuple((BEGIN + clip.beats).tolist())
    step = PlanStep(clip.clip_id, clip.name, clip.dataset, clip.licence, False, 0, beats, "A", 1.0, {})
    return ChoreographyPlan({}, 4, 120.0, BEGIN, beats[-1], 0, (step,))


@pytest.mark.parametrize("slide", [0.0, 0.1])
def test_a_dance_may_slide_as_its_recording_does_and_no_more(slide: float) -> None:
    clip = recording(slide=slide)
    plan, clips = plan_of(clip), {clip.clip_id: clip}
    assert Recordings(plan, clips).slide() == pytest.approx(slide, abs=0.01)
    motion = perform(plan, clips)
    kept = guarantees(motion, plan, clips)
    assert not broken_guarantees(kept, plan)
    worse = motion.translation.copy()
    worse[:, 2] += 0.15 * np.arange(len(motion), dtype=np.float32) / 60
    more = guarantees(replace(motion, translation=worse), plan, clips)
    assert "standing feet slide" in broken_guarantees(more, plan)[0]


def test_what_floats_beside_a_recording_that_stands_is_told_and_its_jumps_are_not() -> None:
    clip = recording(air=(1.0, 1.5))
    plan, clips = plan_of(clip), {clip.clip_id: clip}
    times = BEGIN + np.arange(0, 4, 1 / 60)
    down = Recordings(plan, clips).on_floor(times)
    assert not down[(times > BEGIN + 1.05) & (times < BEGIN + 1.45)].any()
    assert down[(times > BEGIN + 0.2) & (times < BEGIN + 0.9)].all()
    motion = perform(plan, clips)
    assert guarantees(motion, plan, clips)["floating"] == 0
    lifted = motion.translation.copy()
    lifted[:30, 1] += 0.2
    values = guarantees(replace(motion, translation=lifted), plan, clips)
    assert values["floating"] == pytest.approx(28 / down.sum(), rel=0.15)
    assert "off the floor" in broken_guarantees(values, plan)[0]


def test_authored_moves_have_no_recording() -> None:
    clip = recording()
    plan = plan_of(clip)
    authored = replace(plan, steps=tuple(replace(step, move="step-touch") for step in plan.steps))
    known = Recordings(authored, {clip.clip_id: clip})
    assert known.slide() == 0
    assert not known.on_floor(BEGIN + np.arange(0, 4, 0.1)).any()


def test_a_foot_may_come_down_a_little_early_or_late() -> None:
    np.testing.assert_array_equal(np.flatnonzero(eroded(np.arange(10) % 10 > 1)), [4, 5, 6, 7, 8, 9])
