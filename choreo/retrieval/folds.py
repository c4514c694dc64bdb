"""Folds of a benchmark in processes of an engine: one training each."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from choreo import plugins
from choreo.errors import PluginError
from choreo.protocols import Workers
from choreo.retrieval.bench import BenchmarkResult, FoldResult, gathered, judge_fold
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.pairs import Pairs
from choreo.types import Lost


@dataclass(frozen=True)
class Trial:
    """One training and its test: an embedder, a split of the songs by its seed, and which of its folds is held out."""

    name: str
    seed: int
    fold: int


@dataclass(frozen=True, eq=False)
class Trials:
    """What all trials of a benchmark share."""

    pairs: Pairs
    folds: int
    lengths: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)

    def embedder(self, name: str) -> Any:
        """A new embedder, untrained if it is one that learns."""
        plugin = plugins.load("embedders", name)
        return type(plugin)(lengths=self.lengths, **self.settings) if isinstance(plugin, LearnedEmbedder) else plugin


def try_fold(trial: Trial, trials: Trials) -> FoldResult:
    """Do a trial in a process of an engine, on one thread, because there is a process for every core.

    Raises
    ------
    ChoreoError
        When the embedder cannot learn from the pairs.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    with plugins.blame("embedders", trial.name):
        return judge_fold(trials.pairs, lambda: trials.embedder(trial.name), trials.folds, trial.seed, trial.fold)


def benchmark_all(
    trials: Trials,
    names: Sequence[str],
    seeds: Sequence[int],
    workers: Workers,
    progress: Callable[[int, int], None] | None = None,
) -> list[BenchmarkResult]:
    """Benchmark embedders, in the order of `names`: `choreo.retrieval.bench.benchmark` of each.

    Parameters
    ----------
    progress
        Called with the number of finished trainings and of all.

    Raises
    ------
    PluginError
        When a process dies.
    ChoreoError
        When an embedder cannot learn from the pairs.
    """
    asked = [Trial(name, seed, fold) for name in names for seed in seeds for fold in range(trials.folds)]
    found: dict[Trial, FoldResult] = {}
    with closing(workers.each(try_fold, asked, shared=trials)) as done:  # type: ignore[type-var]  # a generator
        for trial, result in done:
            if isinstance(result, Lost):
                raise PluginError(f"embedder {trial.name!r}: the process that trained it {result.why}.")
            found[trial] = result
            if progress:
                progress(len(found), len(asked))
    return [
        gathered(trials.embedder(name).name, [found[each] for each in asked if each.name == name]) for name in names
    ]


__all__ = ["Trial", "Trials", "benchmark_all", "try_fold"]
