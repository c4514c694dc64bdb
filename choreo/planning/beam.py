"""Search with memory: a beam over dances, guided by the exact cost of finishing each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.planning.problem import Dance, Path, Problem, beginning, step, step_costs
from choreo.types import Doubles

WIDTH = 48
CHILDREN = 12
SLACK = 1e-9


@dataclass(frozen=True)
class Found:
    """A path, its cost, and a bound that no path can be cheaper than."""

    path: Path
    cost: float
    bound: float


def cost_to_go(problem: Problem) -> Doubles:
    """``(B, N)``: least cost of covering the bars from b on after node n, by dynamic programming.

    Without the terms that reach further back than one step it is exact (Bellman 1957).
    """
    spans, last = problem.spans, problem.last
    nodes = np.arange(len(spans))
    ahead = np.zeros((last + int(spans.max()), len(spans)))
    for bar in range(last - 1, problem.first - 1, -1):
        follow = problem.place[bar] + ahead[bar + spans, nodes]
        open_ = np.flatnonzero(np.isfinite(follow))
        if len(open_):
            ahead[bar] = (problem.pair[:, open_] + follow[open_]).min(axis=1)
        else:
            ahead[bar] = np.inf
    return ahead


def _bound(problem: Problem, ahead: Doubles, start: Dance) -> float:
    """No path is cheaper: the exact answer without memory, and all that motifs could earn."""
    w = problem.weights
    first = problem.place[problem.first] + ahead[problem.first + problem.spans, np.arange(len(problem.spans))]
    if start.path:
        first = first + problem.pair[start.path[-1][1]]
    bars = problem.bars[problem.first : problem.last]
    tied = sum(bar.inside and int(problem.ties[bar.phrase]) != bar.phrase for bar in bars)
    return float(first.min()) - w.motif * tied


def beam_path(problem: Problem, *, before: Path | None = None, width: int = WIDTH, children: int = CHILDREN) -> Found:
    """Find a cheap cover of the problem's bars under terms that remember.

    Parameters
    ----------
    before
        What is danced before the problem's first bar.
    width, children
        How many beginnings are kept at each bar, and how many steps each may take next.

    Returns
    -------
    Found
        Its path is empty when no cover exists. Equal to the exact search where no term remembers.
    """
    nodes = np.arange(len(problem.spans))
    ahead = cost_to_go(problem)
    start = beginning(problem, before)
    waiting: dict[int, list[tuple[float, Dance, int, float]]] = {}
    done: list[tuple[float, Dance, int, int, float]] = []

    def grow(dance: Dance, bar: int) -> None:
        costs = step_costs(problem, dance, bar)
        estimate = dance.cost + costs + ahead[bar + problem.spans, nodes]
        count = min(children, len(nodes))
        near = np.argpartition(estimate, count - 1)[:count]
        for node in near[np.lexsort((near, estimate[near]))].tolist():
            if not np.isfinite(estimate[node]):
                break
            at = bar + int(problem.spans[node])
            if at >= problem.last:
                done.append((dance.cost + float(costs[node]), dance, bar, node, float(costs[node])))
            else:
                waiting.setdefault(at, []).append(
                    (float(estimate[node]), dance, (bar << 32) | node, float(costs[node]))
                )

    grow(start, problem.first)
    for bar in range(problem.first + 1, problem.last):
        front = sorted(waiting.pop(bar, []), key=lambda each: each[0])[:width]
        for _, parent, packed, cost in front:
            grow(step(problem, parent, packed >> 32, packed & 0xFFFFFFFF, cost), bar)
    bound = _bound(problem, ahead, start)
    if not done:
        return Found([], np.inf, bound)
    best = min(done, key=lambda each: each[0])
    path = [*best[1].path, (best[2], best[3])][len(start.path) :]
    return Found(path, best[0], bound)
