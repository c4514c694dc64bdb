"""What each action makes of a plan: edits as `choreo edit` makes them, and what it says of them."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from choreo.errors import InputError
from choreo.pipeline.workbench import Workbench
from choreo.planfile.counts import step_at, step_bars
from choreo.planfile.directed import directed_of
from choreo.planfile.film import with_light, with_shot
from choreo.planfile.group import group_of, with_changes
from choreo.planfile.spoken import spoken
from choreo.planfile.troupe import Troupe
from choreo.planning import Edit
from choreo.planning.clip_pool import named
from choreo.planning.edit import changes_said
from choreo.planning.wish_text import read_wish
from choreo.studio import actions
from choreo.studio.shown import pinned_bars
from choreo.studio.stretching import stretched
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
    if isinstance(action, actions.Many):
        after, notes = plan, list[str]()
        for each in action.actions:
            after, told = _change(each, bench, after)
            notes += told
    else:
        after, notes = _change(action, bench, plan)
    return after, list(dict.fromkeys(notes)), changes_said(plan, after)


def _danced_at(plan: ChoreographyPlan, bar: int) -> tuple[Span, PlanStep]:
    """The step that is danced at a bar, and its bars.

    Raises
    ------
    InputError
    """
    number = step_at(plan, bar)
    return step_bars(plan)[number], plan.steps[number]


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
    (first, _), _ = _danced_at(plan, action.bar)
    return placed(bench, plan, first, action.clip, action.mirror)


def placed(
    bench: Workbench, plan: ChoreographyPlan, bar: int, name: str, mirror: bool | None, also: tuple[Span, ...] = ()
) -> Changed:
    """Begin a bar with a clip or move, and dance what it takes the place of anew.

    Raises
    ------
    InputError, PlanningError
        When there is no such bar or move, or it cannot be danced there.
    """
    _, step = _danced_at(plan, bar)
    metre, last = step.metre or plan.metre, step_bars(plan)[-1][1]
    clips = bench.clips(plan, [name])
    meant = [clip for clip, is_ in zip(clips, named(clips, name), strict=True) if is_]
    long = min(-(-clip.counts // metre) for clip in meant)
    span = bar, min(bar + long, last)
    others = tuple(each for each in also if each[1] <= span[0] or span[1] <= each[0])
    return bench.edit(plan, Edit(replace=(span, *others), moves=(sided_name(name, mirror),)))


@_change.register
def _(action: actions.Place, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    name = action.clip or action.move
    if name is None:
        raise InputError("place: name a clip or a move.")
    return placed(bench, plan, action.bar, name, action.mirror)


@_change.register
def _(action: actions.Move, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    span, step = _danced_at(plan, action.bar)
    if action.to == span[0]:
        raise InputError(f"{spoken(step.name)} begins at bar {span[0]} already.")
    return placed(bench, plan, action.to, step.clip_id, step.mirror, also=(span,))


@_change.register
def _(action: actions.Stretch, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    span, step = _danced_at(plan, action.bar)
    return stretched(bench, plan, span, step, action.bars, placed)


@_change.register
def _(action: actions.Pin, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    if action.bar is None:
        return bench.edit(plan, Edit(asked=(_one_of(action.text, "pin"),)))
    (first, _), step = _danced_at(plan, action.bar)
    text = f"{first}={sided_name(step.clip_id, step.mirror)}"
    kept = directed_of(plan.options)
    if text in kept.wishes:
        raise InputError(f"bar {first}: {spoken(step.name)} is pinned already.")
    return replace(plan, options=replace(kept, wishes=(*kept.wishes, text)).put_into(plan.options)), []


@_change.register
def _(action: actions.Unpin, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    if action.bar is None:
        return bench.edit(plan, Edit(unwish=(_one_of(action.text, "unpin"),)))
    (first, _), _ = _danced_at(plan, action.bar)
    kept, pins = directed_of(plan.options), pinned_bars(plan)
    if first not in pins:
        raise InputError(f"bar {action.bar}: nothing is pinned there.")
    wishes = tuple(text for text in kept.wishes if text != pins[first])
    return replace(plan, options=replace(kept, wishes=wishes).put_into(plan.options)), []


def _one_of(text: str | None, what: str) -> str:
    if text is None:
        raise InputError(f"{what}: name a bar or a wish.")
    return text


@_change.register
def _(action: actions.Wish, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    text = action.text.strip()
    if text in directed_of(plan.options).wishes:
        raise InputError(f"wish {text!r}: is wished for already.")
    return bench.edit(plan, Edit(asked=(text,)))


@_change.register
def _(action: actions.Unwish, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return bench.edit(plan, Edit(unwish=(action.text,)))


@_change.register
def _(action: actions.Ban, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return bench.edit(plan, Edit(ban=(action.move,)) if action.on else Edit(unban=(action.move,)))


@_change.register
def _(action: actions.Hold, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    if action.on:
        return bench.edit(plan, Edit(hold=(action.bars,)))
    return bench.edit(plan, Edit(replace=(action.bars,)))


@_change.register
def _(action: actions.Energy, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    first, last = action.bars
    if len(action.values) != last - first:
        raise InputError(f"energy: {len(action.values)} values for {last - first} bars; want one a bar.")
    return bench.edit(plan, Edit(drawn=tuple(zip(range(first, last), action.values, strict=True))))


@_change.register
def _(action: actions.EnergyOff, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    bars = action.bars or (0, step_bars(plan)[-1][1])
    if not any(bars[0] <= bar < bars[1] for bar, _ in directed_of(plan.options).drawn):
        raise InputError("no energy was drawn there.")
    return bench.edit(plan, Edit(undrawn=(bars,)))


@_change.register
def _(action: actions.Style, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return _by_range(bench, plan, action.bars, "style", action.style)


@_change.register
def _(action: actions.Facing, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return _by_range(bench, plan, action.bars, "facing", None if action.degrees is None else str(action.degrees))


def _by_range(bench: Workbench, plan: ChoreographyPlan, bars: Span, kind: str, what: str | None) -> Changed:
    """Wish for a style or a facing in bars, in the place of what of its kind was wished for within them."""
    _danced_at(plan, bars[0])
    gone = []
    for text in directed_of(plan.options).wishes:
        wish = read_wish(text)
        last = wish.where.first + 1 if wish.where.last is None else wish.where.last
        if wish.where.kind == "bar" and bars[0] <= wish.where.first and last <= bars[1]:
            gone += [text] if wish.what.startswith(f"{kind} ") else []
    if what is None and not gone:
        raise InputError(f"{kind}: none was wished for in these bars alone.")
    asked = () if what is None else (f"{bars[0]}-{bars[1]}={kind} {what}",)
    if asked and asked[0] in gone:
        raise InputError(f"wish {asked[0]!r}: is wished for already.")
    return bench.edit(plan, Edit(asked=asked, unwish=tuple(gone)))


@_change.register
def _(action: actions.Retake, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return retaken(bench, plan, action.bars, plan.seed + 1 if action.seed is None else action.seed)


def retaken(bench: Workbench, plan: ChoreographyPlan, bars: Span, seed: int) -> Changed:
    """Some bars danced as with another seed; the dance around them, and how it moves, keeps its own."""
    changed, notes = bench.edit(plan, Edit(replace=(bars,), seed=seed))
    return replace(changed, seed=plan.seed), notes


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
    return _in_group(plan, action.bars, "formation", action.name)


@_change.register
def _(action: actions.Role, bench: Workbench, plan: ChoreographyPlan) -> Changed:
    return _in_group(plan, action.bars, "role", action.name)


def _in_group(plan: ChoreographyPlan, bars: Span, what: str, name: str) -> Changed:
    """Another formation or role in some bars; a group that has one all along gets a score that has it."""
    troupe = Troupe.of(plan.options)
    if troupe.dancers == 1:
        raise InputError(f"{what} {name}: one dancer has none; let more dance first.")
    if group_of(plan.options) is None:
        if troupe.held or troupe.canon_bars:
            raise InputError(f"{what} {name}: {troupe.unison} stays as it is all along; choose another unison first.")
        formation, role = troupe.settled.formation, "mirror" if troupe.mirrored else "unison"
        plan = cast_plan(plan, Troupe(troupe.dancers))
        plan = with_changes(plan, (("all", "formation", formation), ("all", "role", role)))
    return with_changes(plan, ((f"{bars[0]}:{bars[1]}", what, name),)), []


__all__ = ["changed", "placed", "retaken", "sided_name"]
