"""What each action makes of a plan: edits as `choreo edit` makes them, and what it says of them."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from choreo.errors import InputError
from choreo.pipeline.workbench import Workbench
from choreo.planfile.counts import step_bars
from choreo.planfile.directed import directed_of
from choreo.planfile.film import with_light, with_shot
from choreo.planfile.group import with_changes
from choreo.planfile.troupe import Troupe
from choreo.planning import Edit
from choreo.planning.edit import changes_said
from choreo.studio import actions
from choreo.synthesis.ensemble import cast_plan
from choreo.types import ChoreographyPlan, PlanStep

Changed = tuple[ChoreographyPlan, list[str]]
Span = tuple[int, int]


def changed(
    bench: Workbench, plan: ChoreographyPlan, action: actions.Action
) -> tuple[ChoreographyPlan, list[str], str]:
    """The changed plan, what the user should know, and in words what changed.

    Raises
    ------
    InputError, PlanningError
    """
    after, notes = _change(action, bench, plan)
    return after, notes, changes_said(plan, after)


def step_at(plan: ChoreographyPlan, bar: int) -> tuple[Span, PlanStep]:
    """The step that is danced at a bar, and its bars.

    Raises
    ------
    InputError
    """
    spans = step_bars(plan)
    for span, step in zip(spans, plan.steps, strict=True):
        if span[0] <= bar < span[1]:
            return span, step
    raise InputError(f"bar {bar}: the dance has the bars 0 to {spans[-1][1] - 1}.")


def sided_name(clip: str, mirror: bool | None) -> str:
    """A clip as wishes and edits name it with its side."""
    return clip if mirror is None else f"{clip} {'mirrored' if mirror else 'unmirrored'}"


@singledispatch
def _change(action: actions.Action, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    raise InputError(f"{type(action).__name__.lower()}: this cannot be done to a plan.")


@_change.register
def _(action: actions.Swap, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    if action.clip is None:
        return bench.edit(plan, Edit(swap=(action.bar,)))
    return _placed(bench, plan, action.bar, sided_name(action.clip, action.mirror))


def _placed(bench: Workbench, plan: ChoreographyPlan, bar: int, name: str, also: tuple[Span, ...] = ()) -> Changed:
    """Begin a bar with a clip or move, and dance what it takes the place of anew."""
    step_at(plan, bar)
    return bench.edit(plan, Edit(replace=((bar, bar + 1), *also), moves=(name,)))


@_change.register
def _(action: actions.Replace, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return bench.edit(plan, Edit(replace=(action.bars,), moves=() if action.move is None else (action.move,)))


@_change.register
def _(action: actions.Mirror, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return bench.edit(plan, Edit(mirror=(action.bar,)))


@_change.register
def _(action: actions.Lock, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    kept = directed_of(plan.options)
    kept = kept.with_locks([action.bars]) if action.on else kept.without([action.bars])
    kept.check(step_bars(plan)[-1][1])
    return replace(plan, options=kept.put_into(plan.options)), []


@_change.register
def _(action: actions.Shot, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return with_shot(plan, action.bars, action.shot), []


@_change.register
def _(action: actions.Light, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return with_light(plan, action.bars, action.light), []


@_change.register
def _(action: actions.Dancers, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return cast_plan(plan, Troupe(action.count, action.formation, action.unison)), []


@_change.register
def _(action: actions.Formation, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return with_changes(plan, ((f"{action.bars[0]}:{action.bars[1]}", "formation", action.name),)), []


@_change.register
def _(action: actions.Role, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return with_changes(plan, ((f"{action.bars[0]}:{action.bars[1]}", "role", action.name),)), []


__all__ = ["changed", "sided_name", "step_at"]
