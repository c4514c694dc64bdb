"""The benchmark of several embedders in parallel, and its tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from choreo.engines import LOCAL, open_engine
from choreo.retrieval.bench import DIRECTIONS, BenchmarkResult
from choreo.retrieval.folds import Trials, benchmark_all
from choreo.retrieval.pairs import Pairs

COLUMNS = ("R@1", "R@5", "R@10", "MedR/gallery", "MAP tag", "MAP style")


def compare_all(
    pairs: Pairs,
    names: Sequence[str],
    *,
    lengths: bool = True,
    folds: int = 5,
    seeds: Sequence[int] = (0, 1, 2),
    jobs: int = 0,
    engine: str = LOCAL,
    progress: Callable[[str, float], None] | None = None,
) -> list[BenchmarkResult]:
    """Benchmark embedders in parallel, each training by itself; results in the order of `names`.

    Parameters
    ----------
    jobs, engine
        Trainings at the same time, and where: as for `choreo.engines.open_engine`.

    Raises
    ------
    InputError, PluginError
        When an embedder cannot learn from the pairs; the others are then cancelled.
    """

    def count(done: int, total: int) -> None:
        if progress:
            progress("comparing embedders", done / total)

    with open_engine(engine, jobs) as workers:
        return benchmark_all(Trials(pairs, folds, lengths), names, tuple(seeds), workers, count)


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
