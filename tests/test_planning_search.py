from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.planning.beam import beam_path
from choreo.planning.costs import Weights
from choreo.planning.search import best_path, path_cost
from choreo.planning.timeline import Bar


def brute_force(place: np.ndarray, pair: np.ndarray, spans: np.ndarray, last: int) -> float:
    nodes = range(place.shape[1])
    best = np.inf
    for length in range(1, last + 1):
        for chosen in product(nodes, repeat=length):
            starts = np.cumsum([0, *(spans[n] for n in chosen)])
            if starts[-1] >= last and starts[-2] < last:
                path = [(int(b), n) for b, n in zip(starts, chosen, strict=False)]
                best = min(best, path_cost(path, place, pair))
    return best


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), last=st.integers(1, 5), nodes=st.integers(1, 4))
def test_dynamic_programming_equals_brute_force(seed: int, last: int, nodes: int) -> None:
    rng = np.random.default_rng(seed)
    spans = rng.integers(1, 3, nodes)
    place, pair = rng.normal(size=(last + 2, nodes)), rng.normal(size=(nodes, nodes))
    path = best_path(place, pair, spans, last)
    assert path_cost(path, place, pair) == pytest.approx(brute_force(place, pair, spans, last))
    ends = [bar + spans[node] for bar, node in path]
    assert [bar for bar, _ in path] == [0, *ends[:-1]]
    assert ends[-1] >= last


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), last=st.integers(1, 9), nodes=st.integers(1, 6))
def test_the_beam_without_memory_equals_dynamic_programming(seed: int, last: int, nodes: int) -> None:
    rng = np.random.default_rng(seed)
    spans = rng.integers(1, 3, nodes)
    place, pair = rng.normal(size=(last + 2, nodes)), rng.normal(size=(nodes, nodes))
    bars = [Bar((float(k), k + 1.0), 0, 0, k, False) for k in range(last + 2)]
    free = Weights(again=0.0, motif=0.0)
    found = beam_path(place, pair, spans, np.arange(nodes), bars, np.zeros(1, np.int64), last, free)
    exact = best_path(place, pair, spans, last)
    assert path_cost(found, place, pair) == pytest.approx(path_cost(exact, place, pair))


def test_forbidden_everywhere_has_no_path() -> None:
    assert best_path(np.full((3, 2), np.inf), np.zeros((2, 2)), np.array([1, 1]), 3) == []
