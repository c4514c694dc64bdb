"""Which bars and counts the steps of a plan have, as dancers number them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from choreo.types import ChoreographyPlan


def step_bars(plan: ChoreographyPlan) -> list[tuple[int, int]]:
    """The bars of each step, first and past-last, counted from the plan's first.

    Examples
    --------
    >>> from choreo import make_plan
    >>> _, plan, _ = make_plan("song.wav")
    >>> bars = step_bars(plan)
    >>> bars[0][0], all(before[1] == after[0] for before, after in zip(bars, bars[1:]))
    (0, True)
    """
    out, bar = [], 0
    for step in plan.steps:
        span = step.bars(plan.metre)
        out.append((bar, bar + span))
        bar += span
    return out


def first_counts(plan: ChoreographyPlan) -> list[int]:
    """Where in its eight each step begins, 0 to ``2 * metre - 1``."""
    return eight_starts([step.counts for step in plan.steps], [step.section for step in plan.steps], plan.metre)


def eight_starts(counts: Sequence[int], parts: Sequence[Hashable], metre: int) -> list[int]:
    """Where in its eight each of some steps begins, 0 to ``2 * metre - 1``.

    Counting begins anew where a part of the song begins, at a step of a whole eight, and after a bar cut short.

    Parameters
    ----------
    counts, parts
        Length of each step in beats, and the part of the song that it begins in.

    Examples
    --------
    >>> eight_starts([4, 4, 8, 3, 4], "AAABB", 4)
    [0, 4, 0, 0, 0]
    """
    eight, count, before, out = 2 * metre, 0, object(), []
    for length, part in zip(counts, parts, strict=True):
        if length >= eight or part != before:
            count = 0
        out.append(count % eight)
        count, before = 0 if length % metre else count + length, part
    return out
