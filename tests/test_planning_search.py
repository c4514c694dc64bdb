from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.planning.bars import Bar
from choreo.planning.beam import beam_path, cost_to_go
from choreo.planning.costs import Weights
from choreo.planning.problem import Problem, every_path, total

FREE = Weights(again=0, motif=0, copy=0, stage=0, facing=0)


def random_problem(seed: int, last: int, nodes: int, weights: Weights | None = None) -> Problem:
    """Bars of two phrases, the second tied to the first, and costs drawn at random."""
    rng = np.random.default_rng(seed)
    half = max(1, last // 2)
    bars = [Bar((float(k), k + 1.0), int(k >= half), k - half * (k >= half), k, k < last) for k in range(last + 2)]
    return Problem(
        place=rng.normal(size=(last + 2, nodes)),
        pair=rng.normal(size=(nodes, nodes)),
        spans=rng.integers(1, 3, nodes),
        family=np.arange(nodes) // 2,
        moved=rng.normal(size=(nodes, 3)),
        follows=rng.random((nodes, nodes)) < 0.3,
        bars=bars,
        ties=np.array([0, 0]),
        last=last,
        weights=weights or Weights(radius=0.5, run=1, memory=3),
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), last=st.integers(1, 5), nodes=st.integers(1, 4))
def test_a_wide_beam_with_memory_equals_brute_force(seed: int, last: int, nodes: int) -> None:
    problem = random_problem(seed, last, nodes)
    found = beam_path(problem, width=10**6, children=nodes)
    best = min(total(problem, path) for path in every_path(problem))
    assert found.cost == pytest.approx(best)
    assert total(problem, found.path) == pytest.approx(best)
    assert found.bound <= best + 1e-9
    ends = [bar + problem.spans[node] for bar, node in found.path]
    assert [bar for bar, _ in found.path] == [0, *ends[:-1]]
    assert ends[-1] >= last


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), last=st.integers(1, 9), nodes=st.integers(1, 6))
def test_without_memory_the_beam_is_exact_and_meets_its_bound(seed: int, last: int, nodes: int) -> None:
    problem = random_problem(seed, last, nodes, FREE)
    found = beam_path(problem)
    assert found.cost == pytest.approx(found.bound)
    if nodes <= 3 and last <= 6:
        assert found.cost == pytest.approx(min(total(problem, path) for path in every_path(problem)))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_beam_is_close_to_its_bound_and_wider_is_no_worse(seed: int) -> None:
    problem = random_problem(seed, 16, 12, Weights(motif=0.3, run=1, memory=3))
    found = beam_path(problem)
    assert found.bound <= found.cost + 1e-9
    assert total(problem, found.path) == pytest.approx(found.cost)


def test_forbidden_everywhere_has_no_path() -> None:
    problem = random_problem(0, 3, 2)
    found = beam_path(replace(problem, place=np.full_like(problem.place, np.inf)))
    assert found.path == []
    assert np.isinf(found.cost)


def test_a_bar_where_nothing_can_begin_is_danced_across() -> None:
    problem = random_problem(3, 4, 4)
    problem = replace(problem, spans=np.array([1, 1, 2, 2]))
    place = problem.place.copy()
    place[1] = np.inf
    found = beam_path(replace(problem, place=place))
    assert 1 not in [bar for bar, _ in found.path]


def test_what_is_danced_before_is_remembered() -> None:
    weights = Weights(again=5.0, motif=0, copy=0, stage=0, facing=0, memory=8)
    problem = replace(random_problem(1, 6, 4, weights), spans=np.ones(4, np.int64), ties=np.array([0, 1]))
    problem = replace(problem, place=np.zeros_like(problem.place), pair=np.zeros((4, 4)), first=2)
    found = beam_path(problem, before=[(0, 0), (1, 2)])
    assert found.path[0][0] == 2
    assert problem.family[found.path[0][1]] == problem.family[2]  # twice in a row is free here, coming back is not


def test_cost_to_go_is_that_of_the_cheapest_rest() -> None:
    problem = random_problem(5, 5, 3, FREE)
    ahead = cost_to_go(problem)
    for node in range(3):
        later = replace(problem, first=2)
        best = min(total(later, path) + problem.pair[node, path[0][1]] for path in every_path(later))
        assert ahead[2, node] == pytest.approx(best)
