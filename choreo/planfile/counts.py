"""Which bars and counts the steps of a plan have, as dancers number them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import groupby

from choreo.clock import clock
from choreo.errors import InputError
from choreo.types import ChoreographyPlan, PlanStep


def step_bars(plan: ChoreographyPlan) -> list[tuple[int, int]]:
    """The bars of each step, first and past-last, counted from the first of the whole dance.

    Examples
    --------
    >>> from choreo import make_plan
    >>> _, plan, _ = make_plan("song.wav")
    >>> bars = step_bars(plan)
    >>> bars[0][0], all(before[1] == after[0] for before, after in zip(bars, bars[1:]))
    (0, True)
    """
    out, bar = [], sum(step.bars(plan.metre) for step in _before(plan))
    for step in plan.steps:
        span = step.bars(plan.metre)
        out.append((bar, bar + span))
        bar += span
    return out


def bar_beats(plan: ChoreographyPlan) -> list[tuple[float, ...]]:
    """The beats of each bar, seconds in the song, with the first of the next bar or the dance's last.

    Examples
    --------
    >>> from choreo import make_plan
    >>> _, plan, _ = make_plan("song.wav")
    >>> bars = bar_beats(plan)
    >>> len(bars) == step_bars(plan)[-1][1], bars[0][-1] == bars[1][0]
    (True, True)
    """
    out = []
    for step in plan.steps:
        metre = step.metre or plan.metre
        out += [step.beats[first : first + metre + 1] for first in range(0, step.counts, metre)]
    return out


def first_counts(plan: ChoreographyPlan) -> list[int]:
    """Where in its eight each step begins, 0 to ``2 * metre - 1``."""
    before = _before(plan)
    steps = (*before, *plan.steps)
    metres = [step.metre or plan.metre for step in steps]
    return eight_starts([step.counts for step in steps], [step.section for step in steps], metres)[len(before) :]


def _before(plan: ChoreographyPlan) -> tuple[PlanStep, ...]:
    """The steps of the whole dance before those of a slice."""
    return () if plan.around is None else plan.around.before


def step_metres(plan: ChoreographyPlan) -> list[int]:
    """Beats in the bars of each step."""
    return [step.metre or plan.metre for step in plan.steps]


def eight_starts(counts: Sequence[int], parts: Sequence[Hashable], metres: Sequence[int]) -> list[int]:
    """Where in its eight, two bars of its metre, each of some steps begins, 0 to ``2 * metre - 1``.

    Counting begins anew where a part of the song or another metre begins, at a step of a whole eight, and after a bar
    cut short.

    Parameters
    ----------
    counts, parts
        Length of each step in beats, and the part of the song that it begins in.
    metres
        Beats in the bars of each step.

    Examples
    --------
    >>> eight_starts([4, 4, 8, 3, 4], "AAABB", [4] * 5), eight_starts([4, 3, 3], "AAA", [4, 3, 3])
    ([0, 4, 0, 0, 0], [0, 0, 3])
    """
    count, out = 0, list[int]()
    before: tuple[Hashable, int] | None = None
    for length, part, metre in zip(counts, parts, metres, strict=True):
        if length >= 2 * metre or (part, metre) != before:
            count = 0
        out.append(count % (2 * metre))
        count, before = 0 if length % metre else count + length, (part, metre)
    return out


def step_at(plan: ChoreographyPlan, bar: int) -> int:
    """Number of the step that is danced at a bar, as `step_bars` counts both.

    Raises
    ------
    InputError
        When the dance has no such bar.
    """
    spans = step_bars(plan)
    for number, (first, past) in enumerate(spans):
        if first <= bar < past:
            return number
    raise InputError(f"bar {bar}: the dance has the bars 0 to {spans[-1][1] - 1}; 'choreo show' lists them.")


def metre_words(plan: ChoreographyPlan) -> str:
    """How many beats the bars of a plan have: ``4``, or ``4 (3 from 0:16 to 0:28)``, where some have others."""
    runs = groupby(plan.steps, key=lambda step: step.metre or plan.metre)
    spans = [(metre, list(steps)) for metre, steps in runs if metre != plan.metre]
    told = [
        f"{metre} from {clock(run[0].beats[0], tenths=False)} to {clock(run[-1].beats[-1], tenths=False)}"
        for metre, run in spans
    ]
    return f"{plan.metre} ({', '.join(told)})" if told else str(plan.metre)
