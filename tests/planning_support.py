"""Small search problems at random, and the answers of trying every path."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from choreo.planning.bars import Bar
from choreo.planning.costs import Weights
from choreo.planning.problem import NodePath, Problem, extend, initial_hypothesis


def random_problem(seed: int, last: int, nodes: int, weights: Weights | None = None) -> Problem:
    """Bars of two phrases, the second of which repeats the first, and costs drawn at random."""
    rng = np.random.default_rng(seed)
    half = max(1, last // 2)
    bars = [Bar((float(k), k + 1.0), int(k >= half), k - half * (k >= half), k, k < last) for k in range(last + 2)]
    return Problem(
        unary_cost=rng.normal(size=(last + 2, nodes)),
        pairwise_cost=rng.normal(size=(nodes, nodes)),
        node_bars=rng.integers(1, 3, nodes),
        family=np.arange(nodes) // 2,
        displacement=rng.normal(size=(nodes, 3)),
        continues=rng.random((nodes, nodes)) < 0.3,
        bars=bars,
        motif_of=np.array([0, 0]),
        last=last,
        weights=weights or Weights(radius=0.5, run=1, memory=3),
    )


def every_path(problem: Problem) -> Iterator[NodePath]:
    """All covers of a small problem."""

    def grow(path: NodePath, bar: int) -> Iterator[NodePath]:
        if bar >= problem.last:
            yield path
            return
        for node in np.flatnonzero(np.isfinite(problem.unary_cost[bar])).tolist():
            yield from grow([*path, (bar, node)], bar + int(problem.node_bars[node]))

    yield from grow([], problem.first)


def total_cost(problem: Problem, path: NodePath) -> float:
    """Cost of a whole path, node after node, history included."""
    hypothesis = initial_hypothesis(problem)
    for bar, node in path:
        hypothesis = extend(problem, hypothesis, bar, node)
    return hypothesis.cost


def least_cost(problem: Problem) -> float:
    """Cost of the best of all paths."""
    return min(total_cost(problem, path) for path in every_path(problem))
