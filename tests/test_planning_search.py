from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_support import every_path, least_cost, random_problem, total_cost

from choreo.planning.beam import beam_path, cost_to_go
from choreo.planning.costs import Weights

FREE = Weights(again=0, often=0, motif=0, copy=0, stage=0, facing=0)
"""No history cost counts: unary and pairwise costs are all there is."""


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), last=st.integers(1, 5), nodes=st.integers(1, 4))
def test_a_beam_that_drops_nothing_finds_the_optimum(seed: int, last: int, nodes: int) -> None:
    problem = random_problem(seed, last, nodes)
    found = beam_path(problem, width=10**6, children=nodes)
    best = least_cost(problem)
    assert found.cost == pytest.approx(best)
    assert total_cost(problem, found.path) == pytest.approx(best)
    assert found.bound <= best + 1e-9
    ends = [bar + problem.node_bars[node] for bar, node in found.path]
    assert [bar for bar, _ in found.path] == [0, *ends[:-1]]
    assert ends[-1] >= last


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    last=st.integers(1, 6),
    nodes=st.integers(1, 4),
    width=st.integers(1, 4),
    children=st.integers(1, 4),
)
def test_a_narrow_beam_costs_what_its_path_costs_and_never_less_than_the_optimum(
    seed: int, last: int, nodes: int, width: int, children: int
) -> None:
    problem = random_problem(seed, last, nodes)
    found = beam_path(problem, width=width, children=children)
    assert found.cost == pytest.approx(total_cost(problem, found.path))
    best = least_cost(problem)
    assert found.bound - 1e-9 <= best <= found.cost + 1e-9


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    last=st.integers(1, 16),
    nodes=st.integers(1, 12),
    width=st.integers(1, 48),
    children=st.integers(1, 12),
)
def test_a_beam_is_as_close_to_its_bound_as_history_weighs(
    seed: int, last: int, nodes: int, width: int, children: int
) -> None:
    """No beam, however narrow, loses more than the largest history cost for every bar.

    Of the nodes after a hypothesis, the best raises its estimate by at most that, for the one that is best without
    history does. Nothing but a lower estimate ever displaces it, and a dance has at most a node a bar. So the result
    costs at most so much more than the optimum without history, which is the bound without what motifs could earn.
    """
    weights = Weights(again=0.2, often=0.05, most=2, motif=0.1, copy=0.05, run=1, memory=3, stage=0, facing=0.1)
    problem = random_problem(seed, last, nodes, weights)
    found = beam_path(problem, width=width, children=children)
    largest = weights.again + weights.often * weights.most + weights.copy * problem.node_bars.max() + weights.facing
    returning = last - max(1, last // 2)
    assert found.cost <= found.bound + weights.motif * returning + largest * last + 1e-9


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    last=st.integers(1, 9),
    nodes=st.integers(1, 6),
    width=st.integers(1, 48),
    children=st.integers(1, 6),
)
def test_without_history_costs_every_beam_finds_the_optimum_and_meets_its_bound(
    seed: int, last: int, nodes: int, width: int, children: int
) -> None:
    problem = random_problem(seed, last, nodes, FREE)
    found = beam_path(problem, width=width, children=children)
    assert found.cost == pytest.approx(found.bound)
    if nodes <= 3 and last <= 6:
        assert found.cost == pytest.approx(least_cost(problem))


def test_forbidden_everywhere_has_no_path() -> None:
    problem = random_problem(0, 3, 2)
    found = beam_path(replace(problem, unary_cost=np.full_like(problem.unary_cost, np.inf)))
    assert found.path == []
    assert np.isinf(found.cost)


def test_a_bar_where_nothing_can_begin_is_danced_across() -> None:
    problem = random_problem(3, 4, 4)
    problem = replace(problem, node_bars=np.array([1, 1, 2, 2]))
    cost = problem.unary_cost.copy()
    cost[1] = np.inf
    found = beam_path(replace(problem, unary_cost=cost))
    assert 1 not in [bar for bar, _ in found.path]


def test_what_is_danced_before_is_remembered() -> None:
    weights = Weights(again=5.0, motif=0, copy=0, stage=0, facing=0, memory=8)
    problem = replace(random_problem(1, 6, 4, weights), node_bars=np.ones(4, np.int64), motif_of=np.array([0, 1]))
    problem = replace(
        problem, unary_cost=np.zeros_like(problem.unary_cost), pairwise_cost=np.zeros((4, 4)), first=2
    )  # fmt: skip
    found = beam_path(problem, before=[(0, 0), (1, 2)])
    assert found.path[0][0] == 2
    assert problem.family[found.path[0][1]] == problem.family[2]  # twice in a row is free here, coming back is not


def test_cost_to_go_is_that_of_the_cheapest_rest() -> None:
    problem = random_problem(5, 5, 3, FREE)
    ahead = cost_to_go(problem)
    for node in range(3):
        later = replace(problem, first=2)
        best = min(total_cost(later, path) + problem.pairwise_cost[node, path[0][1]] for path in every_path(later))
        assert ahead[2, node] == pytest.approx(best)
