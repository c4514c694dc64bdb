"""Folds of the retrieval benchmark in processes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from dance_support import two_kinds
from worker_support import Elsewhere, InThisProcess

from choreo import plugins
from choreo.errors import InputError, PluginError
from choreo.protocols import Workers
from choreo.retrieval.bench import DIRECTIONS, benchmark
from choreo.retrieval.folds import Trials, benchmark_all


@pytest.mark.parametrize("workers", [InThisProcess(), pytest.param(Elsewhere(2), marks=pytest.mark.slow)])
def test_folds_apart_are_those_of_one_process(workers: Workers) -> None:
    pairs, seen = two_kinds(), list[tuple[int, int]]()
    found = benchmark_all(Trials(pairs, 2), ["zeroshot", "cca"], (0, 1), workers, lambda *done: seen.append(done))
    assert [one.name for one in found] == ["zeroshot", "cca"]
    assert seen == [(number, 8) for number in range(1, 9)]
    for one in found:
        alone = benchmark(pairs, partial(plugins.load, "embedders", one.name), folds=2, seeds=(0, 1))
        for direction in DIRECTIONS:
            assert one.metrics[direction].keys() == alone.metrics[direction].keys()
            for metric, values in alone.metrics[direction].items():
                np.testing.assert_allclose(one.metrics[direction][metric], values, rtol=1e-6)
                assert len(values) == 4


def test_a_training_that_is_lost_is_named() -> None:
    with pytest.raises(PluginError, match="'cca': the process that trained it was lost"):
        benchmark_all(Trials(two_kinds(), 2), ["cca"], (0,), InThisProcess(1))


def test_too_few_songs_are_told() -> None:
    with pytest.raises(InputError, match="cannot be split into 99 folds"):
        benchmark_all(Trials(two_kinds(), 99), ["cca"], (0,), InThisProcess())
