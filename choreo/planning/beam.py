"""Beam search over hypotheses, ranked by what they cost so far plus the exact cost of finishing without history."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from choreo.planning.problem import Hypothesis, NodePath, Problem, extend, initial_hypothesis, step_costs
from choreo.types import Doubles

WIDTH = 48
CHILDREN = 12


@dataclass(frozen=True)
class SearchResult:
    """A path, its cost, and what no path can cost less than (see `_bound`)."""

    path: NodePath
    cost: float
    bound: float


class _Extension(NamedTuple):
    """One hypothesis and a node to add at a bar: made into a hypothesis only when it is among the best.

    `cost` is that of the node alone, `estimate` that of the cheapest whole dance that begins so, history left out.
    """

    estimate: float
    parent: Hypothesis
    bar: int
    node: int
    cost: float


def cost_to_go(problem: Problem) -> Doubles:
    """Least cost of covering the bars from b on when node n ends right before b, ``(B, N)``, by dynamic programming.

    Backwards over the bars, the cheapest rest after n is the minimum over the nodes m that may begin at b: what m costs
    there, what going from n to m costs, and the cheapest rest after m (Bellman 1957). Exact as long as no history cost
    counts. Rows from `Problem.last` on are zero: nothing is left to cover.
    """
    node_bars, last = problem.node_bars, problem.last
    nodes = np.arange(len(node_bars))
    ahead = np.zeros((last + int(node_bars.max()), len(node_bars)))
    onwards = np.empty(problem.pairwise_cost.shape)  # once: memory that is new costs more than the sums
    for bar in range(last - 1, problem.first - 1, -1):
        rest = problem.unary_cost[bar] + ahead[bar + node_bars, nodes]
        possible = np.flatnonzero(np.isfinite(rest))
        if 4 * len(possible) > len(nodes):  # taking most columns out costs more than adding infinities
            ahead[bar] = np.add(problem.pairwise_cost, rest, out=onwards).min(axis=1)
        elif len(possible):
            ahead[bar] = (problem.pairwise_cost[:, possible] + rest[possible]).min(axis=1)
        else:
            ahead[bar] = np.inf
    return ahead


def _bound(problem: Problem, ahead: Doubles, start: Hypothesis) -> float:
    """What no path can cost less than: the exact minimum without history costs, less all that motifs could earn.

    Of the history costs only the motif's is ever negative. It is paid for the bars of a node that begins in a phrase
    with a motif, and nodes do not overlap, so counting every bar of such phrases is enough. A node that earns it and
    goes on beyond its phrase earns more: by those bars, times `Weights.motif`, the bound may be too high.
    """
    w = problem.weights
    first = problem.unary_cost[problem.first] + ahead[problem.first + problem.node_bars, np.arange(len(ahead[0]))]
    if start.path:
        first = first + problem.pairwise_cost[start.path[-1][1]]
    bars = problem.bars[problem.first : problem.last]
    returning = sum(bar.inside and int(problem.motif_of[bar.phrase]) != bar.phrase for bar in bars)
    return float(first.min()) - w.motif * returning


def beam_path(
    problem: Problem, *, before: NodePath | None = None, width: int = WIDTH, children: int = CHILDREN
) -> SearchResult:
    """Find a cheap cover of the problem's bars under costs that depend on history.

    Nodes take different numbers of bars, so hypotheses are compared with those that end at the same bar. Equal ones
    rank by the order in which they were made, which goes by bar, by rank of the parent and by number of the node: the
    same problem gives the same path. A wider beam may find a dearer one, when what it keeps displaces what leads on.

    Parameters
    ----------
    before
        What is danced before the problem's first bar.
    width, children
        How many hypotheses are kept at each bar, and how many nodes are tried after each.

    Returns
    -------
    SearchResult
        Its path is empty when no cover exists. It is the optimum where no history cost counts: then the estimate is
        exact, and the best hypothesis is never dropped.
    """
    nodes, lengths = np.arange(len(problem.node_bars)), problem.node_bars.tolist()
    ahead = cost_to_go(problem)
    start = initial_hypothesis(problem, before)
    waiting: dict[int, list[_Extension]] = {}
    complete: list[_Extension] = []

    def branch(hypothesis: Hypothesis, bar: int, rest: Doubles) -> None:
        """Put the best `children` nodes after a hypothesis that ends at `bar`; after each, the `rest` is to come."""
        costs = step_costs(problem, hypothesis, bar)
        estimate = hypothesis.cost + costs + rest
        count = min(children, len(nodes))
        best = np.argpartition(estimate, count - 1)[:count]
        best = best[np.lexsort((best, estimate[best]))]
        for node, guess, cost in zip(best.tolist(), estimate[best].tolist(), costs[best].tolist(), strict=True):
            if not math.isfinite(guess):
                break
            end = bar + lengths[node]
            if end >= problem.last:
                complete.append(_Extension(hypothesis.cost + cost, hypothesis, bar, node, cost))
            else:
                waiting.setdefault(end, []).append(_Extension(guess, hypothesis, bar, node, cost))

    branch(start, problem.first, ahead[problem.first + problem.node_bars, nodes])
    for bar in range(problem.first + 1, problem.last):
        kept = sorted(waiting.pop(bar, []), key=lambda each: each.estimate)[:width]
        rest = ahead[bar + problem.node_bars, nodes]
        for each in kept:
            branch(extend(problem, each.parent, each.bar, each.node, each.cost), bar, rest)
    bound = _bound(problem, ahead, start)
    if not complete:
        return SearchResult([], np.inf, bound)
    best = min(complete, key=lambda each: each.estimate)
    path = [*best.parent.path, (best.bar, best.node)][len(start.path) :]
    return SearchResult(path, best.estimate, bound)
