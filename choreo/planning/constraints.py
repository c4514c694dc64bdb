"""Wishes put into the search: what is forbidden where, and which bars are danced anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.errors import InputError, PlanningError
from choreo.planning.beam import cost_to_go
from choreo.planning.clip_pool import named
from choreo.planning.graph import MotionGraph
from choreo.planning.problem import Path, Problem
from choreo.planning.wishes import Held, Wishes
from choreo.types import Bools, Clip, Doubles


def grant(problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes) -> tuple[Problem, Path]:
    """Narrow a problem to what is wished for.

    Returns
    -------
    The problem, and what is danced before its first bar.

    Raises
    ------
    InputError
        When a wish names a move or a bar that is not there.
    PlanningError
        When two wishes contradict each other.
    """
    place = problem.place.copy()
    free = _free_costs(problem)
    for name in wishes.bans:
        place[:, named(clips, name)[graph.clip]] = np.inf
    for bar, clip_id in wishes.avoided:
        place[bar, np.array([clips[int(k)].clip_id == clip_id for k in graph.clip])] = np.inf
    starts: dict[int, str] = {}
    for bar, name in wishes.pins:
        _check_bar(problem, bar, name)
        if starts.setdefault(bar, name) != name:
            raise PlanningError(f"bar {bar} cannot begin both {starts[bar]!r} and {name!r}.")
        _begin(place, free, problem, bar, named(clips, name)[graph.clip])
    first, last = 0, problem.last
    before: Path = []
    closing = None
    if wishes.range is not None:
        first, last = wishes.range
        before, closing = _kept(problem, graph, clips, wishes)
    for bar, held in wishes.held.items():
        if first <= bar < last:
            _begin(place, free, problem, bar, _is(graph, clips, held))
    for begin, end in wishes.still:
        idle = np.array([clips[int(k)].role in ("idle", "pose") for k in graph.clip])
        place[begin:end] = np.where(
            idle, np.where(np.isfinite(place[begin:end]), place[begin:end], free[begin:end]), np.inf
        )
        _no_crossing(place, problem, begin)
    if closing is not None:
        _no_crossing(place, problem, last)
        for node, span in enumerate(problem.spans.tolist()):
            if last - span >= first:
                place[last - span, node] += problem.pair[node, closing]
    problem = replace(problem, place=place, first=first, last=last)
    for name in wishes.required:
        problem = _require(problem, free, named(clips, name)[graph.clip], name, starts)
    return problem, before


def _free_costs(problem: Problem) -> Doubles:
    """Costs for nodes that are asked for by name, also those that lead nowhere."""
    known = np.where(np.isfinite(problem.place), problem.place, np.nan)
    mean = np.nanmean(known, axis=1, keepdims=True)
    return np.where(np.isfinite(problem.place), problem.place, mean)


def _check_bar(problem: Problem, bar: int, name: str) -> None:
    if not 0 <= bar < problem.last:
        raise InputError(f"bar {bar} for {name!r}: the dance has the bars 0 to {problem.last - 1}.")


def _no_crossing(place: Doubles, problem: Problem, bar: int) -> None:
    """Forbid what begins before a bar and goes on beyond its beginning."""
    for begin in range(max(0, bar - int(problem.spans.max()) + 1), bar):
        place[begin, problem.spans > bar - begin] = np.inf


def _begin(place: Doubles, free: Doubles, problem: Problem, bar: int, wanted: Bools) -> None:
    """Let only `wanted` nodes begin at `bar`, and nothing be danced across it."""
    banned = np.isinf(place[bar]) & np.isfinite(problem.place[bar])
    place[bar] = np.where(wanted & ~banned, free[bar], np.inf)
    _no_crossing(place, problem, bar)


def _is(graph: MotionGraph, clips: Sequence[Clip], held: Held) -> Bools:
    same = np.array([clips[int(k)].clip_id == held.clip_id for k in graph.clip])
    return same if held.mirror is None else same & (graph.mirrored == held.mirror)


def _kept(problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes) -> tuple[Path, int | None]:
    """What is danced before the range that is danced anew, and the node right behind it."""
    assert wishes.range is not None
    first, last = wishes.range
    before: Path = []
    closing = None
    for bar, held in sorted(wishes.held.items()):
        found = np.flatnonzero(_is(graph, clips, held))
        if not len(found):
            raise PlanningError(f"the clip {held.clip_id} of bar {bar} is not in the motion database any more.")
        if bar < first:
            before.append((bar, int(found[0])))
        if bar == last and last < problem.last:
            closing = int(found[0])
    return before, closing


def _require(problem: Problem, free: Doubles, wanted: Bools, name: str, starts: dict[int, str]) -> Problem:
    """Pin a move that must appear to the bar where it disturbs least."""
    if name in starts.values():
        return problem
    opened = problem.place.copy()
    for bar in range(problem.first, problem.last):
        if np.isfinite(opened[bar]).any() and bar not in starts:  # also what leads nowhere may be asked for
            opened[bar, wanted] = np.where(np.isinf(opened[bar, wanted]), free[bar, wanted], opened[bar, wanted])
    bars, nodes = np.arange(problem.first, problem.last), np.arange(len(wanted))
    try_ = replace(problem, place=opened)
    through = _reach(try_)[bars] + opened[bars] + cost_to_go(try_)[bars[:, None] + problem.spans, nodes]
    through[:, ~wanted] = np.inf
    through[[bar in starts for bar in bars.tolist()]] = np.inf
    if not np.isfinite(through).any():
        raise PlanningError(f"{name!r} is required and finds no place: pins, bans or bars to keep forbid it.")
    bar = problem.first + int(through.min(axis=1).argmin())
    starts[bar] = name
    place = problem.place.copy()
    place[bar] = np.where(wanted, opened[bar], np.inf)
    _no_crossing(place, problem, bar)
    return replace(problem, place=place)


def _reach(problem: Problem) -> Doubles:
    """``(B, N)`` least cost of all before bar b when node n begins there, memory left out."""
    spans, count = problem.spans, len(problem.spans)
    total = np.full((len(problem.place) + int(spans.max()), count), np.inf)
    reach = np.full((len(problem.place), count), np.inf)
    for bar in range(problem.first, problem.last):
        if bar == problem.first:
            reach[bar] = 0
        else:
            live = np.flatnonzero(np.isfinite(total[bar]))
            if len(live):
                reach[bar] = (total[bar, live][:, None] + problem.pair[live]).min(axis=0)
        total[bar + spans, np.arange(count)] = reach[bar] + problem.place[bar]
    return reach
