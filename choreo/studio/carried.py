"""What was chosen by bars for film and group, at the same times in a dance whose bars are others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.planfile.film import Span, film_of, with_film
from choreo.planfile.group import Group, Part, group_of
from choreo.planfile.troupe import Troupe
from choreo.synthesis.ensemble import cast_plan
from choreo.types import ChoreographyPlan


def filmed_as(
    plan: ChoreographyPlan, before: ChoreographyPlan, old: Sequence[float], new: Sequence[float]
) -> tuple[ChoreographyPlan, list[str]]:
    """A plan with the own shots and lights of the one before, and which of them find no bar of their own.

    Parameters
    ----------
    old, new
        Seconds at which the bars of both begin, and the last one ends.
    """
    score = film_of(before.options)
    moved, notes = list[tuple[tuple[tuple[int, int], str], ...]](), list[str]()
    for what, spans in (("shot", score.shots), ("light", score.lights)):
        kept, last = list[tuple[tuple[int, int], str]](), 0
        for span in spans:
            first, past = max(nearest(new, old[span.bars[0]]), last), nearest(new, old[span.bars[1]])
            if first >= past:
                notes.append(f"{what} {_said(span)}: left out, no bar is left for it")
                continue
            kept.append(((first, past), span.name))
            last = past
        moved.append(tuple(kept))
    return with_film(plan, *moved), notes


def cast_as(
    plan: ChoreographyPlan, before: ChoreographyPlan, old: Sequence[float], new: Sequence[float]
) -> ChoreographyPlan:
    """A plan with the dancers of the one before: in each bar the formation and roles of the bar that was there."""
    troupe, group = Troupe.of(before.options), group_of(before.options)
    if troupe.dancers == 1:
        return plan
    plan = cast_plan(plan, troupe)
    if group is None:
        return plan
    ends = [old[part.bars[1]] for part in group.parts[:-1]]
    middles = (np.asarray(new[:-1]) + np.asarray(new[1:])) / 2
    parts = list[Part]()
    number = -1
    for bar, at in enumerate(np.searchsorted(ends, middles, side="right").tolist()):
        if at != number:
            parts.append(replace(group.parts[at], bars=(bar, bar + 1)))
            number = at
        else:
            parts[-1] = replace(parts[-1], bars=(parts[-1].bars[0], bar + 1))
    kept = Group(tuple(parts), group.differences)
    return replace(plan, options={**plan.options, "group": kept.options()})


def nearest(times: Sequence[float], time: float) -> int:
    """Number of the time that is nearest to one."""
    return int(np.abs(np.asarray(times) - time).argmin())


def _said(span: Span) -> str:
    first, last = span.bars
    return f"{span.name} of bar{f' {first}' if last - first == 1 else f's {first}-{last - 1}'}"


__all__ = ["cast_as", "filmed_as", "nearest"]
