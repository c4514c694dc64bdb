"""What is danced when: a plan as a timeline, and what it says about a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from choreo.planfile.counts import step_metres
from choreo.planfile.film import film_of, own_spans
from choreo.planfile.spoken import spoken
from choreo.types import ChoreographyPlan, Section, Timeline


@dataclass(frozen=True)
class Moment:
    """Where in a dance a time is. `count` is 1 on a step's first beat, `position` 1 on a downbeat; 0 when unknown."""

    step: str
    count: int
    counts: int
    position: int
    section: str
    since_beat: float


def timeline_of(plan: ChoreographyPlan) -> Timeline:
    """Timeline of a plan, in seconds from the first frame of its motion.

    Steps begin with bars, so positions in the bar are counted from each step's first beat.
    """
    beats, positions, steps, sections = [], [], [], []
    for step in plan.steps:
        times = np.asarray(step.beats) - plan.start
        beats += times[:-1].tolist()
        positions += [k % (step.metre or plan.metre) + 1 for k in range(step.counts)]
        steps.append(Section(float(times[0]), float(times[-1]), spoken(step.name, mirrored=step.mirror)))
    for label, run in groupby(zip(plan.steps, steps, strict=True), key=lambda pair: pair[0].section):
        spans = [span for _, span in run]
        sections.append(Section(spans[0].start, spans[-1].end, label))
    title = str(plan.song.get("name", "")) or "dance"
    film = film_of(plan.options)
    return Timeline(
        title,
        plan.metre,
        plan.tempo,
        np.array(beats),
        np.array(positions, np.int64),
        tuple(steps),
        tuple(sections),
        tuple(step.energy for step in plan.steps),
        metres=tuple(step_metres(plan)),
        shots=own_spans(plan, film.shots, plan.start),
        lights=own_spans(plan, film.lights, plan.start),
    )


def moved_timeline(timeline: Timeline, by: float) -> Timeline:
    """A timeline whose times are all later by so many seconds; earlier, for a part that begins in the middle."""
    if by == 0:
        return timeline
    steps, sections, shots, lights = (
        tuple(Section(span.start + by, span.end + by, span.label) for span in spans)
        for spans in (timeline.steps, timeline.sections, timeline.shots, timeline.lights)
    )
    return replace(timeline, beats=timeline.beats + by, steps=steps, sections=sections, shots=shots, lights=lights)


def moment(timeline: Timeline, time: float) -> Moment:
    """Find the step, count and section at a time.

    Parameters
    ----------
    time
        Seconds from the dance's first frame.
    """
    at = int(np.searchsorted(timeline.beats, time + 1e-6, side="right")) - 1
    step = section_at(timeline.steps, time)
    section = section_at(timeline.sections, time)
    if at < 0:
        return Moment(step.label if step else "", 0, 0, 0, section.label if section else "", float("inf"))
    count = counts = 0
    if step is not None:
        begin, end = np.searchsorted(timeline.beats, [step.start - 1e-6, step.end - 1e-6])
        count, counts = max(at - int(begin) + 1, 0), int(end - begin)
    return Moment(
        step.label if step else "",
        min(count, counts),
        counts,
        int(timeline.positions[at]),
        section.label if section else "",
        time - float(timeline.beats[at]),
    )


def bar_times(timeline: Timeline, end: float) -> list[float]:
    """Times of the downbeats from 0 to `end` seconds."""
    downbeats = timeline.beats[timeline.positions == 1]
    return [float(time) for time in downbeats if -1e-6 <= time <= end]


def bars_before(timeline: Timeline, time: float) -> int:
    """How many bars of the whole dance have begun before the one that a time lies in: its number, from 0."""
    begun = np.searchsorted(timeline.beats[timeline.positions == 1], time + 1e-6, side="right")
    return max(int(begun) - 1, 0)


def section_at(spans: Sequence[Section], time: float) -> Section | None:
    """The step or section that a time lies in, None when in none."""
    return next((span for span in spans if span.start - 1e-6 <= time < span.end - 1e-6), None)
