"""Parts of a dance: a slice of a plan is danced as in the whole, and knows what is around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from choreo.errors import InputError
from choreo.types import Around, ChoreographyPlan, PlanStep

DIGITS = 6
"""Decimals of seconds in plans: whole microseconds."""
TWICE = "--bars names a part, and so do --start and --duration; leave the one or the others out."


def whole_plan(plan: ChoreographyPlan) -> ChoreographyPlan:
    """The whole dance that a plan is a slice of; a plan that is none is whole itself."""
    around = plan.around
    if around is None:
        return plan
    steps = (*around.before, *plan.steps, *around.after)
    # What was measured of a slice says nothing of the whole, nor the other way round.
    return replace(plan, start=around.start, end=around.end, steps=steps, guarantees={}, warnings=(), around=None)


def all_steps(plan: ChoreographyPlan) -> Iterator[PlanStep]:
    """The steps of the whole dance, also of a slice."""
    around = plan.around
    return iter(plan.steps) if around is None else chain(around.before, plan.steps, around.after)


def sliced_plan(plan: ChoreographyPlan, start: float, end: float) -> ChoreographyPlan:
    """The part of the whole dance from second `start` to `end` of the song; of a slice, any other part of its whole.

    It has the steps that are danced between these, as they are in the whole: the first may begin before the part, and
    the last end after it. A part that leaves nothing out is the whole.

    Raises
    ------
    InputError
        When nothing of the dance lies there.

    Examples
    --------
    >>> from choreo import make_plan
    >>> from choreo.planfile import sliced_plan, whole_plan
    >>> _, plan, _ = make_plan("song.wav")
    >>> part = sliced_plan(plan, 3.0, 6.5)
    >>> part.start, part.end, all(step in plan.steps for step in part.steps), whole_plan(part) == plan
    (3.0, 6.5, True, True)
    """
    whole = whole_plan(plan)
    start, end = max(round(start, DIGITS), whole.start), min(round(end, DIGITS), whole.end)
    inside = [n for n, step in enumerate(whole.steps) if step.beats[-1] > start and step.beats[0] < end]
    if not start < end or not inside:
        raise InputError(
            f"a part from {start:g} to {end:g} s: the dance goes from {whole.start:.2f} to {whole.end:.2f} s."
        )
    if (start, end) == (whole.start, whole.end):
        return whole
    first, last = inside[0], inside[-1] + 1
    around = Around(whole.start, whole.end, whole.steps[:first], whole.steps[last:])
    return replace(
        whole, start=start, end=end, steps=whole.steps[first:last], guarantees={}, warnings=(), around=around
    )  # fmt: skip


def bar_seconds(plan: ChoreographyPlan, first: int, last: int) -> tuple[float, float]:
    """Seconds of the song from the beginning of bar `first` to that of bar `last`, as the whole dance numbers them.

    Raises
    ------
    InputError
        When the dance has no such bars.
    """
    whole, times = whole_plan(plan), bar_starts(plan)
    if not 0 <= first < last < len(times):
        shown = f"{first}-{last - 1}" if last - first > 1 else f"{first}"
        raise InputError(f"bars {shown}: the dance has the bars 0 to {len(times) - 2}; 'choreo show' lists them.")
    return max(times[first], whole.start), min(times[last], whole.end)


def bar_starts(plan: ChoreographyPlan) -> list[float]:
    """Second of the song at which each bar of the whole dance begins, and the last one's end."""
    times, last = list[float](), 0.0
    for step in all_steps(plan):
        times += step.beats[: -1 : step.metre or plan.metre]
        last = step.beats[-1]
    return [*times, last]


def part_of_plan(
    plan: ChoreographyPlan,
    start: float | None = None,
    duration: float | None = None,
    bars: tuple[int, int] | None = None,
) -> ChoreographyPlan:
    """The part of a dance that a user names by seconds of the song, or by bars; the plan itself when nothing is named.

    Parameters
    ----------
    start, duration
        Seconds; from the beginning of the plan, to the end of the whole dance, when None.
    bars
        First and past-last, as the whole dance numbers them.

    Raises
    ------
    InputError
        When the dance has no such part, or both seconds and bars are named.
    """
    if bars is not None:
        if (start, duration) != (None, None):
            raise InputError(TWICE)
        return sliced_plan(plan, *bar_seconds(plan, *bars))
    if start is None and duration is None:
        return plan
    whole = whole_plan(plan)
    start = plan.start if start is None else start
    if not whole.start - 1e-6 <= start < whole.end:
        raise InputError(
            f"--start {start:g} lies outside: it is danced from {whole.start:.2f} to {whole.end:.2f} s."
        )  # fmt: skip
    if duration is not None and not duration > 0:
        raise InputError(f"--duration {duration:g}: want more than 0 seconds.")
    return sliced_plan(plan, start, whole.end if duration is None else start + duration)


def part_seconds(plan: ChoreographyPlan) -> tuple[float, float] | None:
    """First and last second of a slice, from the beginning of its whole dance; None for a whole."""
    around = plan.around
    return None if around is None else (plan.start - around.start, plan.end - around.start)


__all__ = [
    "TWICE",
    "all_steps",
    "bar_seconds",
    "bar_starts",
    "part_of_plan",
    "part_seconds",
    "sliced_plan",
    "whole_plan",
]
