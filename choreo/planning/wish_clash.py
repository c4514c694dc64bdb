"""Why wishes cannot be granted: which of them clash, and the nearest that can be had."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from choreo.errors import PlanningError
from choreo.planning.beam import cost_to_go
from choreo.planning.clip_pool import with_ids
from choreo.planning.constraints import constrain, nodes_meant
from choreo.planning.graph import MotionGraph
from choreo.planning.problem import Problem
from choreo.planning.wishes import Chosen, Wishes
from choreo.types import Clip

FIELDS = ("pins", "chosen", "still", "required", "bans")
"""Fields of `Wishes` of which each entry is a wish of its own."""
AWAY = 8
"""Bars by which a wish is moved, one way and the other, in search of the nearest place that it can have."""


@dataclass(frozen=True)
class _One:
    """One entry of a field of `Wishes`."""

    name: str
    value: Any

    def moved(self, by: int) -> _One | None:
        """The same some bars later; None for wishes without a bar of their own, or before the first."""
        if self.name == "pins":
            bar, move = self.value
            return _One("pins", (bar + by, move)) if bar + by >= 0 else None
        if self.name == "still":
            first, last = self.value
            return _One("still", (first + by, last + by)) if first + by >= 0 else None
        if self.name == "chosen" and self.value.how == "begins":
            first, last = self.value.bars
            return _One("chosen", replace(self.value, bars=(first + by, last + by))) if first + by >= 0 else None
        return None

    def said(self) -> str:
        """As a user would write it."""
        value: Any = self.value
        if self.name == "pins":
            return f"{value[0]}={value[1]}"
        if self.name == "chosen":
            return f"{_span(value.bars) if value.how == 'begins' else ''}{_after(value)}"
        if self.name == "still":
            return f"{_span(value)}=still"
        return f"{'require' if self.name == 'required' else 'ban'} {value}"


def _span(bars: tuple[int, int]) -> str:
    return str(bars[0]) if bars[1] - bars[0] == 1 else f"{bars[0]}-{bars[1]}"


def _after(chosen: Chosen) -> str:
    return f"={chosen.text.partition('=')[2]}" if chosen.how == "begins" else chosen.text


def clash_error(
    problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes, otherwise: str
) -> PlanningError:  # fmt: skip
    """An error that names the fewest wishes that cannot be had together, how long their moves are, and what can be.

    The wishes are left out one after the other; one without which the rest can still not be had has no part in it
    (a deletion filter: Chinneck and Dravnieks, 1991). `otherwise` is what is said when no wish is to blame.
    """
    every = [_One(name, value) for name in FIELDS for value in getattr(wishes, name)]

    def possible(some: Sequence[_One]) -> bool:
        return _possible(problem, graph, clips, _only(wishes, some))

    if not every or not possible([]) or possible(every):
        return PlanningError(otherwise)
    clash = list(every)
    for one in every:
        rest = [each for each in clash if each is not one]
        if not possible(rest):
            clash = rest
    others = [each for each in every if each not in clash]
    if len(clash) == 1 and (reason := _reason(problem, graph, clips, _only(wishes, clash))):
        return PlanningError(reason)
    names = " and ".join(repr(one.said()) for one in clash)
    what = f"{names} cannot be had together" if len(clash) > 1 else f"{names} cannot be had"
    long = _lengths(problem, graph, clips, clash)
    near = _nearest(possible, clash, others)
    advice = f" The nearest that can: {near!r}." if near else " Leave one of them out, or ask for another move."
    return PlanningError(f"{what}{f': {long}' if long else ''}.{advice}")


def _only(wishes: Wishes, some: Sequence[_One]) -> Wishes:
    chosen: dict[str, Any] = {name: tuple(one.value for one in some if one.name == name) for name in FIELDS}
    return replace(wishes, **chosen)


def _possible(problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes) -> bool:
    """Whether any sequence of clips covers the bars under wishes."""
    try:
        narrowed, _ = constrain(problem, graph, clips, wishes)
    except PlanningError:
        return False
    ahead, nodes = cost_to_go(narrowed), np.arange(len(narrowed.node_bars))
    whole = narrowed.unary_cost[narrowed.first] + ahead[narrowed.first + narrowed.node_bars, nodes]
    return bool(np.isfinite(whole).any())


def _reason(problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes) -> str:
    """Why a wish cannot be had even alone, where that is known."""
    try:
        constrain(problem, graph, clips, wishes)
    except PlanningError as error:
        return error.message
    return ""


def _lengths(problem: Problem, graph: MotionGraph, clips: Sequence[Clip], clash: Sequence[_One]) -> str:
    """How many bars the moves of wishes last that are longer than one."""
    said = []
    for one in clash:
        if one.name == "pins":
            wanted, name = nodes_meant(graph, clips, one.value[1]), one.value[1]
        elif one.name == "chosen":
            wanted = with_ids(clips, one.value.clip_ids)[graph.clip]
            name = one.value.text.partition("=")[2]
        else:
            continue
        shortest = int(problem.node_bars[wanted].min()) if wanted.any() else 1
        if shortest > 1:
            said.append(f"{name!r} lasts {shortest} bars")
    return ", ".join(dict.fromkeys(said))


def _nearest(possible: Callable[[Sequence[_One]], bool], clash: Sequence[_One], others: Sequence[_One]) -> str:
    """The wish of those that clash that can be had a few bars off, moved the least; the later ones first."""
    for away in range(1, AWAY + 1):
        for one in reversed(clash):
            for by in (away, -away):
                moved = one.moved(by)
                rest = [each for each in clash if each is not one]
                if moved is not None and possible([*others, *rest, moved]):
                    return moved.said()
    return ""


__all__ = ["clash_error"]
