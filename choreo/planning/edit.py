"""Edits of a plan as wishes: which bars are planned anew, and which steps stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from choreo.errors import InputError, PlanningError
from choreo.planfile.counts import step_at, step_bars
from choreo.planfile.directed import Directed
from choreo.planfile.film import film_lines, film_of
from choreo.planfile.group import group_of
from choreo.planfile.manners import as_danced, check_modifiers, manner_words
from choreo.planning.clip_pool import named
from choreo.planning.staging import achieved, authored
from choreo.planning.wishes import Held, Wishes
from choreo.types import ChoreographyPlan, Clip, Modifiers, PlanStep

Range = tuple[int, int]
"""Bars, first and past-last."""


@dataclass(frozen=True)
class Edit:
    """What is to be changed. Bars count from 0 at the plan's first.

    Attributes
    ----------
    replace
        Bars to be danced anew.
    moves
        A move for each range of `replace`, in their order; fewer than ranges leave the rest to the planner.
    lock
        Bars that stay, whatever else is changed, now and later.
    swap
        Bars whose step gives way to the next best.
    mirror
        Bars whose step is mirrored.
    hold
        Bars in which the dancer stands dead still.
    ban, require
        Moves that must not, now and later, and that must appear.
    seed
        What is danced anew is danced as with this seed; the plan's own when None.
    asked
        Wishes as they are written, such as ``24=spin``; see `choreo.planning.wish_text`. Only what they touch is danced
        anew.
    unwish
        Wishes that the plan keeps and that hold no more, as they were written. What they touched is danced anew, but
        for a move that is wished for: it stays, and may give way later.
    unlock, unban
        Bars that an earlier edit locked, and moves that one banned, which may change, and be danced, again.
    drawn, undrawn
        Energy of bars, 0 to 1, in place of the song's, each as ``(bar, level)``; bars that have the song's again.
    modify
        How steps are danced: a bar, a field of `choreo.types.Modifiers` and its value, to the sides as danced; the
        field ``plain`` takes all modifiers away.

    Examples
    --------
    >>> Edit(replace=((12, 16),), moves=("moonwalk",)).lock
    ()
    """

    replace: tuple[Range, ...] = ()
    moves: tuple[str, ...] = ()
    lock: tuple[Range, ...] = ()
    swap: tuple[int, ...] = ()
    mirror: tuple[int, ...] = ()
    hold: tuple[Range, ...] = ()
    ban: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    seed: int | None = None
    asked: tuple[str, ...] = ()
    modify: tuple[tuple[int, str, float | str | bool], ...] = ()
    unwish: tuple[str, ...] = ()
    unlock: tuple[Range, ...] = ()
    unban: tuple[str, ...] = ()
    drawn: tuple[tuple[int, float], ...] = ()
    undrawn: tuple[Range, ...] = ()


def directed_after(before: Directed, edit: Edit) -> Directed:
    """What a plan keeps after an edit of what it kept before.

    Raises
    ------
    InputError
        When a wish or a ban that is to go is not there.
    """
    for name, gone, there in (("wish", edit.unwish, before.wishes), ("ban", edit.unban, before.bans)):
        for text in gone:
            if text not in there:
                known = f"it keeps {', '.join(map(repr, there))}" if there else "it keeps none"
                raise InputError(f"{name} {text!r}: the plan has no such {name}; {known}.")
    wishes = [*(text for text in before.wishes if text not in edit.unwish), *edit.asked]
    bans = [*(name for name in before.bans if name not in edit.unban), *edit.ban]
    kept = replace(before, wishes=tuple(wishes), bans=tuple(dict.fromkeys(bans)))
    return kept.without(edit.unlock).with_locks(edit.lock).with_drawn(edit.drawn, edit.undrawn)


def redrawn(before: Directed, now: Directed) -> list[Range]:
    """Bars whose energy is another than it was."""
    old, new = dict(before.drawn), dict(now.drawn)
    return [(bar, bar + 1) for bar in sorted({*old, *new}) if old.get(bar) != new.get(bar)]


def refuse_locked(plan: ChoreographyPlan, edit: Edit, locked: Directed) -> None:
    """Refuse an edit of single steps that an earlier one locked.

    Raises
    ------
    PlanningError
    """
    bars = step_bars(plan)
    for bar in (*edit.swap, *edit.mirror, *(bar for bar, _, _ in edit.modify)):
        first, last = bars[step_at(plan, bar)]
        if any(a < last and first < b for a, b in locked.locks):
            raise PlanningError(f"bar {bar} is locked; unlock it first.")


def changes_said(before: ChoreographyPlan, after: ChoreographyPlan) -> str:
    """How many steps of a plan are others than they were, and at which bars: ``2 steps of 46 changed: bars 24-28``."""
    known = {(span, _looks(step)) for span, step in _with_bars(before)}
    new = [span for span, step in _with_bars(after) if (span, _looks(step)) not in known]
    others = list(filter(None, [_parts_said(before, after), _film_said(before, after)]))
    if not new:
        return "; ".join(others) or "nothing changed"
    said = _said(new)
    steps = "step" if len(new) == 1 else "steps"
    found = f"{len(new)} {steps} of {len(after.steps)} changed: {'bar' if said.isdecimal() else 'bars'} {said}"
    return "; ".join([found, *others])


def _parts_said(before: ChoreographyPlan, after: ChoreographyPlan) -> str:
    """Which bars a group dances in another formation or role than before; empty when none."""
    bars = step_bars(after)[-1][1]
    old, new = group_of(before.options), group_of(after.options)
    if old is None or new is None:
        return ""
    known = set(old.parts)
    spans = [f"{first}-{last}" for first, last in (part.bars for part in new.parts if part not in known)]
    return f"the group changed in bars {', '.join(spans)} of {bars}" if spans else ""


def _film_said(before: ChoreographyPlan, after: ChoreographyPlan) -> str:
    """The shots and lights that are the user's, where they are others than before; else empty."""
    if film_of(before.options) == film_of(after.options):
        return ""
    return "; ".join(film_lines(after)) or "all shots and lights are the director's"


def _said(spans: Sequence[Range]) -> str:
    """Bars in words, those that meet as one: ``4, 8-12``."""
    joined: list[Range] = []
    for first, last in spans:
        if joined and joined[-1][1] == first:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return ", ".join(str(first) if last - first == 1 else f"{first}-{last}" for first, last in joined)


def _looks(step: PlanStep) -> tuple[object, ...]:
    """What is seen of a step."""
    return step.clip_id, step.mirror, step.modifiers, step.holds


def _with_bars(plan: ChoreographyPlan) -> list[tuple[Range, PlanStep]]:
    return list(zip(step_bars(plan), plan.steps, strict=True))


def mirrored_steps(plan: ChoreographyPlan, bars: Sequence[int], clips: Mapping[str, Clip]) -> ChoreographyPlan:
    """Mirror the steps of some bars.

    Raises
    ------
    InputError
        When a bar is not there, or its clip must not be mirrored.
    """
    steps: list[PlanStep] = list(plan.steps)
    for number in sorted({step_at(plan, bar) for bar in bars}):
        clip = clips.get(steps[number].clip_id)
        if clip is not None and not clip.mirrorable:
            raise InputError(f"{steps[number].name!r} cannot be mirrored: its text or sides have a meaning.")
        steps[number] = replace(steps[number], mirror=not steps[number].mirror)
    return replace(plan, steps=tuple(steps))


def modified_steps(
    plan: ChoreographyPlan, changes: Sequence[tuple[int, str, float | str | bool]], clips: Mapping[str, Clip]
) -> tuple[ChoreographyPlan, list[str]]:
    """Change how the steps of some bars are danced, as far as their moves can; and what could not be had.

    Raises
    ------
    InputError
        When a bar is not there, its step is a recording, or a value is out of its bounds.
    """
    steps, notes = list(plan.steps), list[str]()
    for bar, name, value in changes:
        number = step_at(plan, bar)
        step = steps[number]
        move = authored(clips[step.clip_id]) if step.clip_id in clips else None
        if move is None:
            raise InputError(f"bar {bar}: {step.name!r} is a recording, which is danced as it is.")
        danced = as_danced(step.modifiers, step.mirror)
        change: dict[str, Any] = {name: value}
        wanted = Modifiers() if name == "plain" else replace(danced, **change)
        try:
            check_modifiers(wanted)
        except ValueError as error:
            raise InputError(f"bar {bar}: {error}.") from error
        found = achieved(move, as_danced(wanted, step.mirror))
        steps[number] = replace(step, modifiers=found)
        if as_danced(found, step.mirror) != wanted:
            words = manner_words(steps[number]) or "as it is written"
            notes.append(f"bar {bar}: {step.name!r} cannot do all of that; danced: {words}")
    return replace(plan, steps=tuple(steps)), notes


def wishes_of(
    plan: ChoreographyPlan,
    edit: Edit,
    clips: Sequence[Clip],
    changed: Sequence[Range] = (),
    locks: Sequence[Range] = (),
) -> tuple[Wishes | None, list[str]]:
    """Make the wishes that plan an edit, None when nothing is planned anew; and notes for the user.

    All steps from the first that changes to the last are planned anew, except that those between which do not change
    are held at their bars.

    Parameters
    ----------
    changed
        Bars that change for other wishes, as `choreo.planning.wish_resolve.touched` has them.
    locks
        Bars that earlier edits locked: what this one would change of them stays as well, and that is told.

    Raises
    ------
    InputError
        When a bar or move is not there.
    PlanningError
        When wishes contradict each other.
    """
    bars = step_bars(plan)
    notes: list[str] = []
    steps: set[int] = {step_at(plan, bar) for bar in edit.swap}
    for first, last in (*edit.replace, *edit.hold):
        if first >= last:
            raise InputError(f"bars {first}:{last}: the second must be larger, like 12:16.")
        touched = set(range(step_at(plan, first), step_at(plan, last - 1) + 1))
        begin, end = bars[min(touched)][0], bars[max(touched)][1]
        if (begin, end) != (first, last):
            notes.append(f"bars {first}:{last} cut through steps; {begin}:{end} are danced anew")
        steps |= touched
    for name in edit.ban:
        meant = {clip.clip_id for clip, is_ in zip(clips, named(clips, name), strict=True) if is_}
        steps |= {n for n, step in enumerate(plan.steps) if step.clip_id in meant}
    last_bar = bars[-1][1]
    for first, last in changed:
        steps |= set(range(step_at(plan, first), step_at(plan, min(last, last_bar) - 1) + 1))
    locked = {n for first, last in edit.lock for n in range(step_at(plan, first), step_at(plan, last - 1) + 1)}
    if both := sorted(steps & locked):
        raise PlanningError(f"bar {bars[both[0]][0]} is locked and is to be changed, too.")
    if edit.require or (edit.lock and edit == Edit(lock=edit.lock, seed=edit.seed)):
        steps = set(range(len(plan.steps))) - locked
    stays = {n for first, last in locks for n in _steps_in(bars, first, last)}
    if kept := sorted(steps & stays):
        if not steps - stays:
            raise PlanningError(f"bar {bars[kept[0]][0]} is locked; unlock it first.")
        if not edit.require:
            notes.append(f"locked, and as they were: bars {_said([bars[n] for n in kept])}")
        steps -= stays
    if not steps:
        return None, notes
    first, last = min(steps), max(steps)
    as_it_is = [
        (first_bar, Held(step.clip_id, step.mirror, step.modifiers, step.holds))
        for (first_bar, _), step in zip(bars, plan.steps, strict=True)
    ]
    return (
        Wishes(
            variety=float(plan.options.get("variety", 0.5)),
            dwell=int(plan.options.get("dwell", Wishes.dwell)),
            pins=tuple((r[0], move) for r, move in zip(edit.replace, edit.moves, strict=False)),
            bans=edit.ban,
            required=edit.require,
            held={bar: held for n, (bar, held) in enumerate(as_it_is) if n not in steps},
            usual=dict(as_it_is) if edit.require else {},
            range=(bars[first][0], bars[last][1]),
            avoided=_avoided(plan, edit, steps, bars),
            still=edit.hold,
            frozen=edit.hold,
        ),
        notes,
    )


def _steps_in(bars: Sequence[Range], first: int, last: int) -> list[int]:
    """Numbers of the steps that are danced in some bars."""
    return [n for n, (begin, end) in enumerate(bars) if begin < last and first < end]


def _avoided(plan: ChoreographyPlan, edit: Edit, steps: set[int], bars: Sequence[Range]) -> tuple[tuple[int, str], ...]:
    """``(bar, clip_id)`` of steps that must not stay as they are: those to swap, and those to replace by any move."""
    swapped = {step_at(plan, bar) for bar in edit.swap}
    free = edit.replace[len(edit.moves) :]
    swapped |= {n for n in steps if any(first <= bars[n][0] < last for first, last in free)}
    return tuple((bars[n][0], plan.steps[n].clip_id) for n in sorted(swapped))
