"""The benchmark of several embedders in parallel, and its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from typing import Any

from choreo import plugins
from choreo.retrieval.bench import DIRECTIONS, BenchmarkResult, benchmark
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.pairs import Pairs
from choreo.workers import worker_pool

COLUMNS = ("R@1", "R@5", "R@10", "MedR/gallery", "MAP tag", "MAP style")
_PAIRS: Pairs | None = None


def _share(pairs: Pairs) -> None:
    """Initialise a worker: it gets the pairs once, and one thread, because there is a worker for every core."""
    global _PAIRS
    _PAIRS = pairs
    os.environ["OMP_NUM_THREADS"] = "1"


def _one(name: str, lengths: bool, folds: int, seeds: Sequence[int]) -> BenchmarkResult:
    assert _PAIRS is not None
    plugin = plugins.load("embedders", name)
    if not isinstance(plugin, LearnedEmbedder):
        return benchmark(_PAIRS, lambda: plugins.load("embedders", name), folds=folds, seeds=seeds)
    return benchmark(_PAIRS, lambda: type(plugin)(lengths=lengths), folds=folds, seeds=seeds)


def compare_all(
    pairs: Pairs,
    names: Sequence[str],
    *,
    lengths: bool = True,
    folds: int = 5,
    seeds: Sequence[int] = (0, 1, 2),
    jobs: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> list[BenchmarkResult]:
    """Benchmark embedders in parallel; results in the order of `names`.

    Raises
    ------
    InputError, PluginError
        When an embedder cannot learn from the pairs; the others are then cancelled.
    """
    count = jobs or os.cpu_count() or 1
    with worker_pool(count, _share, pairs) as pool:
        tasks = {pool.submit(_one, name, lengths, folds, tuple(seeds)): name for name in names}
        done: dict[str, BenchmarkResult] = {}
        for task in as_completed(tasks):
            done[tasks[task]] = task.result()
            if progress:
                progress("comparing embedders", len(done) / len(names))
    return [done[name] for name in names]


def as_json(results: Sequence[BenchmarkResult]) -> list[dict[str, Any]]:
    """Means and standard deviations as plain dictionaries."""
    return [
        {
            "name": result.name,
            "train_seconds": round(result.train_seconds, 3),
            **{
                direction: {
                    name: {"mean": result.mean(direction, name), "spread": result.spread(direction, name)}
                    for name in result.metrics[direction]
                }
                for direction in DIRECTIONS
            },
        }
        for result in results
    ]


def table(results: Sequence[BenchmarkResult]) -> str:
    """Markdown tables, one for each direction: mean and standard deviation over folds and seeds, chance last."""
    parts = []
    for direction in DIRECTIONS:
        first = results[0]
        sizes = f"gallery {first.mean(direction, 'gallery'):.0f}, {first.mean(direction, 'queries'):.0f} queries a fold"
        parts += [f"**{direction.capitalize()}** ({sizes})", ""]
        parts += ["| embedder | " + " | ".join(COLUMNS) + " | z | training, s |", "|---" * (len(COLUMNS) + 3) + "|"]
        for result in results:
            cells = [
                f"{result.mean(direction, name):.2f} ± {result.spread(direction, name):.2f}".replace("0.", ".")
                for name in COLUMNS
            ]
            z = f"{result.mean(direction, 'z'):.1f}"
            seconds = f"{result.train_seconds:.1f}" if result.train_seconds > 0.05 else ""
            parts.append(f"| {result.name} | " + " | ".join(cells) + f" | {z} | {seconds} |")
        by_chance = [f"{first.mean(direction, f'chance {name}'):.2f}".replace("0.", ".") for name in COLUMNS]
        parts += ["| *chance* | " + " | ".join(by_chance) + " | 0 | |", ""]
    return "\n".join(parts)
