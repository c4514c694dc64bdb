"""A user's wishes as constraints on the search: what may begin at which bar, and which bars are covered anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.errors import InputError, PlanningError
from choreo.planning.beam import cost_to_go
from choreo.planning.clip_pool import meant, named, with_ids
from choreo.planning.graph import MotionGraph
from choreo.planning.problem import NodePath, Problem
from choreo.planning.wishes import Chosen, Held, Wishes
from choreo.types import Bools, Clip, Doubles, Ints

USUAL = 4.0
"""What a bar costs of a clip that is not what a plan had there, where it is to change no more than it must."""
RATHER = 5.0
"""What a bar costs of a clip that a wish would rather not have there: more than one of a style that is out of place."""


def constrain(
    problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes
) -> tuple[Problem, NodePath]:  # fmt: skip
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
    cost = problem.unary_cost.copy()
    free = _free_costs(problem)
    for name in wishes.bans:
        cost[:, named(clips, name)[graph.clip]] = np.inf
    for bar, clip_id in wishes.avoided:
        cost[bar, _is(graph, clips, Held(clip_id))] = np.inf
    if wishes.usual:
        cost += USUAL * problem.node_bars
        for bar, held in wishes.usual.items():
            as_before = _is(graph, clips, held)
            cost[bar, as_before] -= USUAL * problem.node_bars[as_before]
    starts: dict[int, str] = {}
    for bar, name in wishes.pins:
        _check_bar(problem, bar, name)
        if starts.setdefault(bar, name) != name:
            raise PlanningError(f"bar {bar} cannot begin both {starts[bar]!r} and {name!r}.")
        _pin(cost, free, problem, bar, nodes_meant(graph, clips, name))
    for chosen in wishes.chosen:
        _choose(cost, free, problem, graph, clips, chosen)
        bar = chosen.bars[0]
        if chosen.how == "begins" and starts.setdefault(bar, chosen.text) != chosen.text:
            raise PlanningError(f"bar {bar} cannot begin both {starts[bar]!r} and {chosen.text!r}.")
    first, last = 0, problem.last
    before: NodePath = []
    closing = None
    if wishes.range is not None:
        first, last = wishes.range
        before, closing = _around(problem, graph, clips, wishes)
    for bar, held in wishes.held.items():
        if first <= bar < last:
            _pin(cost, free, problem, bar, _is(graph, clips, held), stays=held.holds is not None)
    for begin, end in wishes.still:
        idle = np.array([clips[int(k)].role in ("idle", "pose") for k in graph.clip])
        cost[begin:end] = np.where(
            idle, np.where(np.isfinite(cost[begin:end]), cost[begin:end], free[begin:end]), np.inf
        )
        for bar in range(begin, min(end, problem.last)):  # what goes on standing still behind the wish is dearer
            cost[bar] += RATHER * _within(problem, bar, end, problem.last)
        _no_crossing(cost, problem, begin)
    if closing is not None:
        # The node behind the range stays, so the transition into it is part of what the last node costs.
        _no_crossing(cost, problem, last)
        for node, bars in enumerate(problem.node_bars.tolist()):
            if last - bars >= first:
                cost[last - bars, node] += problem.pairwise_cost[node, closing]
    problem = replace(problem, unary_cost=cost, first=first, last=last)
    for name in wishes.required:
        problem = _require(problem, free, named(clips, name)[graph.clip], name, starts)
    return problem, before


def _free_costs(problem: Problem) -> Doubles:
    """``(B, N)`` unary costs without infinities: what may not begin at a bar gets the mean of what may.

    A user may ask by name for nodes that the planner leaves out because they lead nowhere; what is impossible stays so.
    """
    known = np.where(np.isfinite(problem.unary_cost), problem.unary_cost, np.nan)
    count = np.isfinite(known).sum(axis=1, keepdims=True)
    mean = np.nansum(known, axis=1, keepdims=True) / np.maximum(count, 1)
    free = np.where(np.isfinite(problem.unary_cost), problem.unary_cost, mean)
    return free if problem.impossible is None else np.where(problem.impossible, np.inf, free)


def _check_bar(problem: Problem, bar: int, name: str) -> None:
    if not 0 <= bar < problem.last:
        raise InputError(f"bar {bar} for {name!r}: the dance has the bars 0 to {problem.last - 1}.")


def _no_crossing(cost: Doubles, problem: Problem, bar: int) -> None:
    """Forbid, in `cost` itself, what begins before a bar and goes on beyond its beginning."""
    for begin in range(max(0, bar - int(problem.node_bars.max()) + 1), bar):
        cost[begin, problem.node_bars > bar - begin] = np.inf


def nodes_meant(graph: MotionGraph, clips: Sequence[Clip], name: str) -> Bools:
    """``(N,)`` the nodes that a name means, which may say the side."""
    found, mirror = meant(clips, name)
    return np.asarray(found[graph.clip] & (True if mirror is None else graph.mirrored == mirror))


def _pin(cost: Doubles, free: Doubles, problem: Problem, bar: int, wanted: Bools, stays: bool = False) -> None:
    """Let only `wanted` nodes begin at `bar`, and nothing be danced across it; changes `cost` itself.

    A node that another wish has forbidden stays forbidden, unless it is there already and `stays`; one that the planner
    left out may be danced after all.
    """
    banned = np.isinf(cost[bar]) & np.isfinite(problem.unary_cost[bar]) & (not stays)
    cost[bar] = np.where(wanted & ~banned, free[bar], np.inf)
    _no_crossing(cost, problem, bar)


def _choose(
    cost: Doubles, free: Doubles, problem: Problem, graph: MotionGraph, clips: Sequence[Clip], chosen: Chosen
) -> None:
    """Let one of the clips begin, or end, where it is wished for, or make all others dearer; changes `cost` itself."""
    wanted = with_ids(clips, chosen.clip_ids)[graph.clip]
    if chosen.mirror is not None:
        wanted = wanted & (graph.mirrored == chosen.mirror)
    first, last = chosen.bars
    _check_bar(problem, last - 1, chosen.text)
    if not wanted.any():
        raise PlanningError(f"{chosen.text!r}: no such move can be danced in this song's metre.")
    if chosen.how == "begins":
        _pin(cost, free, problem, first, wanted)
        return
    if chosen.how == "rather":
        for bar in range(problem.last):
            cost[bar] += RATHER * np.where(wanted, 0, _within(problem, bar, first, last))
        return
    for bar in range(max(0, last - int(problem.node_bars.max())), last):
        ends = bar + problem.node_bars >= last
        exact = wanted & (bar + problem.node_bars == last)
        banned = np.isinf(cost[bar]) & np.isfinite(problem.unary_cost[bar])
        cost[bar] = np.where(ends, np.where(exact & ~banned, free[bar], np.inf), cost[bar])


def _within(problem: Problem, bar: int, first: int, last: int) -> Ints:
    """How many of the bars of each node that begins at `bar` are from `first` to `last`, ``(N,)``."""
    return np.asarray(np.maximum(np.minimum(bar + problem.node_bars, last) - max(bar, first), 0))


def _is(graph: MotionGraph, clips: Sequence[Clip], held: Held) -> Bools:
    """``(N,)`` the nodes that a plan's step means."""
    known = next((k for k, clip in enumerate(clips) if clip.clip_id == held.clip_id), -1)
    same = np.asarray(graph.clip == known)
    return same if held.mirror is None else same & (graph.mirrored == held.mirror)


def _around(
    problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes
) -> tuple[NodePath, int | None]:  # fmt: skip
    """What stays before the range that is danced anew, and the node that stays right behind it."""
    assert wishes.range is not None
    first, last = wishes.range
    before: NodePath = []
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
    """Pin a move that must appear to the bar at which the whole dance costs least, history left out.

    The cheapest dance through node n at bar b is the cheapest way there, the node itself and the cheapest rest: two
    dynamic programs, forwards and backwards, give it for all nodes and bars at once. The bar is added to `starts`.
    """
    if name in starts.values():
        return problem
    opened = problem.unary_cost.copy()
    for bar in range(problem.first, problem.last):
        # Also what leads nowhere may be asked for; where nothing may begin, a pinned node is danced across.
        if np.isfinite(opened[bar]).any() and bar not in starts:
            opened[bar, wanted] = np.where(np.isinf(opened[bar, wanted]), free[bar, wanted], opened[bar, wanted])
    bars, nodes = np.arange(problem.first, problem.last), np.arange(len(wanted))
    relaxed = replace(problem, unary_cost=opened)
    rest = cost_to_go(relaxed)[bars[:, None] + problem.node_bars, nodes]
    through = _cost_so_far(relaxed)[bars] + opened[bars] + rest
    through[:, ~wanted] = np.inf
    through[[bar in starts for bar in bars.tolist()]] = np.inf
    if not np.isfinite(through).any():
        raise PlanningError(f"{name!r} is required and finds no place: pins, bans or bars to keep forbid it.")
    bar = problem.first + int(through.min(axis=1).argmin())
    starts[bar] = name
    cost = problem.unary_cost.copy()
    cost[bar] = np.where(wanted, opened[bar], np.inf)
    _no_crossing(cost, problem, bar)
    return replace(problem, unary_cost=cost)


def _cost_so_far(problem: Problem) -> Doubles:
    """``(B, N)`` least cost of all before bar b when node n begins there, its own left out: `cost_to_go` forwards.

    `ended` is what the cheapest dance costs whose last node, n, ends right before bar b.
    """
    node_bars, count = problem.node_bars, len(problem.node_bars)
    ended = np.full((len(problem.unary_cost) + int(node_bars.max()), count), np.inf)
    so_far = np.full((len(problem.unary_cost), count), np.inf)
    for bar in range(problem.first, problem.last):
        if bar == problem.first:
            so_far[bar] = 0
        else:
            live = np.flatnonzero(np.isfinite(ended[bar]))
            if len(live):
                so_far[bar] = (ended[bar, live][:, None] + problem.pairwise_cost[live]).min(axis=0)
        ended[bar + node_bars, np.arange(count)] = so_far[bar] + problem.unary_cost[bar]
    return so_far
