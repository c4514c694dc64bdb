"""Two takes of some bars: the dance as it is, and another one that waits until one of them is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from choreo.errors import InputError
from choreo.pipeline.workbench import Workbench
from choreo.planfile.counts import step_bars
from choreo.studio import actions
from choreo.studio.changes import retaken
from choreo.studio.history import Entry, Take
from choreo.studio.shown import shown_steps
from choreo.types import ChoreographyPlan


def second_take(bench: Workbench, now: Entry, action: actions.TakeB) -> tuple[Entry, list[str]]:
    """The dance with a second take of some bars that waits; and what the user should know.

    Raises
    ------
    InputError, PlanningError
        When they cannot be danced otherwise.
    """
    before = now.plan.seed if now.take is None else now.take.seed
    seed = before + 1 if action.seed is None else action.seed
    plan, notes = retaken(bench, now.plan, action.bars, seed)
    first, last = action.bars
    said = f"a second take of bars {first}-{last - 1} waits"
    return Entry(now.plan, said, Take(action.bars, seed, plan)), notes


def chosen(now: Entry, take: str) -> Entry:
    """The dance after one of the two is chosen.

    Raises
    ------
    InputError
        When there is one only, or the dance around the second has changed.
    """
    if now.take is None:
        raise InputError("there is one take only; make another one first.")
    plan = now.plan if take == "a" else _spliced(now.plan, now.take)
    return Entry(plan, f"take {take.upper()} of bars {now.take.bars[0]}-{now.take.bars[1] - 1}")


def shown_take(bench: Workbench, take: Take | None) -> dict[str, Any] | None:
    """A second take that waits, ready for JSON."""
    if take is None:
        return None
    first, last = take.bars
    steps = [
        each for each in shown_steps(bench, take.plan) if each["bar"] < last and first < each["bar"] + each["bars"]
    ]
    return {"bars": [first, last], "seed": take.seed, "steps": steps}


def _spliced(plan: ChoreographyPlan, take: Take) -> ChoreographyPlan:
    """A plan with the steps of a take, between the nearest bars at which steps of both begin."""
    old, new = step_bars(plan), step_bars(take.plan)
    both = {0, *(a for a, _ in old)} & {0, *(a for a, _ in new)} | {old[-1][1]}
    begin = max(bar for bar in both if bar <= take.bars[0])
    end = min((bar for bar in both if bar >= take.bars[1]), default=None)
    if end is None or (old[-1][1], plan.end) != (new[-1][1], take.plan.end):
        raise InputError("the dance around the second take has changed; make another one.")
    steps = [
        step
        for spans, of, inside in ((old, plan, False), (new, take.plan, True))
        for (first, _), step in zip(spans, of.steps, strict=True)
        if (begin <= first < end) is inside
    ]
    return replace(plan, steps=tuple(sorted(steps, key=lambda step: step.beats[0])), guarantees={})


__all__ = ["chosen", "second_take", "shown_take"]
