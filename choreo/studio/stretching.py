"""A step that is made longer or shorter: its move goes on in what forms it has, or another one fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from choreo.errors import ChoreoError, InputError, PlanningError
from choreo.pipeline.workbench import Workbench
from choreo.planfile.counts import step_at, step_bars
from choreo.planfile.spoken import spoken
from choreo.types import ChoreographyPlan, Clip, PlanStep

Changed = tuple[ChoreographyPlan, list[str]]
Placed = Callable[[Workbench, ChoreographyPlan, int, str, bool | None], Changed]
TRIED = 12
"""Other moves that are tried where a step's own has no form of the length."""


def stretched(
    bench: Workbench, plan: ChoreographyPlan, span: tuple[int, int], step: PlanStep, count: int, placed: Placed
) -> Changed:
    """The plan in which a step fills so many bars, and the next begins after them; and what should be known.

    Its move has a form that is as long, or goes on in several forms one after the other. Where it has none that is
    short enough, another move fills the rest.

    Parameters
    ----------
    span
        The step's bars.
    placed
        Begins a bar with a clip, as `choreo.studio.changes.placed`.

    Raises
    ------
    InputError, PlanningError
        When the dance ends before, or nothing fits.
    """
    first, last = span
    end, there = first + count, step_bars(plan)[-1][1]
    if end == last:
        raise InputError(f"{spoken(step.name)} has {count} {'bar' if count == 1 else 'bars'} already.")
    if end > there:
        raise InputError(f"bar {end - 1}: the dance has the bars 0 to {there - 1}.")
    metre = step.metre or plan.metre
    clips = bench.clips(plan)
    own = _forms(clips, step)
    at, notes, filled = first, list[str](), False
    while at < end:
        fits = sorted(
            (clip for clip in own if _bars(clip, metre) <= end - at),
            key=lambda clip: (-_bars(clip, metre), clip.clip_id != step.clip_id),
        )
        filled |= not fits
        names: list[tuple[Clip, bool | None]] = [(clip, step.mirror) for clip in fits[:1]]
        names += [] if fits else [(clip, None) for clip in _others(clips, own, metre, end - at)]
        if (at, at + _bars(names[0][0], metre)) != _span_at(plan, at) or names[0][0].clip_id != plan.steps[
            step_at(plan, at)
        ].clip_id:
            plan, told = _first_that_fits(bench, plan, at, names, placed)
            notes += told
        at = _span_at(plan, at)[1]
    if filled:
        notes.append(f"{spoken(step.name)} has no form of {count} bars; another move fills them")
    return plan, notes


def _first_that_fits(
    bench: Workbench, plan: ChoreographyPlan, at: int, names: Sequence[tuple[Clip, bool | None]], placed: Placed
) -> Changed:
    """Begin a bar with the first clip that can be danced there."""
    why: ChoreoError | None = None
    for clip, mirror in names:
        try:
            return placed(bench, plan, at, clip.clip_id, mirror if clip.mirrorable else None)
        except (InputError, PlanningError) as error:
            why = why or error
    raise why or InputError(f"bar {at}: no move that fits there is so short.")


def _bars(clip: Clip, metre: int) -> int:
    return max(1, -(-clip.counts // metre))


def _span_at(plan: ChoreographyPlan, bar: int) -> tuple[int, int]:
    return step_bars(plan)[step_at(plan, bar)]


def _forms(clips: Sequence[Clip], step: PlanStep) -> list[Clip]:
    """The clips of a step's move, of any length."""
    own = next((clip for clip in clips if clip.clip_id == step.clip_id), None)
    if own is None:
        return []
    return [clip for clip in clips if clip is own or (clip.family == own.family and clip.role == own.role)]


def _others(clips: Sequence[Clip], own: Sequence[Clip], metre: int, bars: int) -> list[Clip]:
    """Moves of so many bars, or else of fewer, those first that are most like a step's."""
    styles = {style for clip in own for style in clip.styles}
    energy = own[0].energy if own else 0.5
    fits = [clip for clip in clips if clip.role == "move" and clip.metre == metre and _bars(clip, metre) <= bars]
    fits.sort(key=lambda clip: (
        -_bars(clip, metre), not styles & set(clip.styles), abs(clip.energy - energy), clip.clip_id
    ))  # fmt: skip
    if not fits:
        raise InputError(f"no move has only {bars} {'bar' if bars == 1 else 'bars'}.")
    return fits[:TRIED]


__all__ = ["stretched"]
