"""The benchmark of several embedders in parallel, and its tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from choreo.engines import LOCAL, open_engine
from choreo.retrieval.baselines import BASELINES, benchmark_baselines
from choreo.retrieval.bench import AMBIGUOUS, DIRECTIONS, MISLED, BenchmarkResult
from choreo.retrieval.folds import Trials, benchmark_all
from choreo.retrieval.pairs import Pairs

COLUMNS = ("R@1", "R@5", "R@10", "MedR/gallery", "MAP tag", "MAP style", AMBIGUOUS, MISLED)


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
    """Benchmark embedders in parallel, each training by itself; results in the order of `names`, the baselines last.

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
        learnt = benchmark_all(Trials(pairs, folds, lengths), names, tuple(seeds), workers, count)
    return [*learnt, *benchmark_baselines(pairs, lengths=lengths, folds=folds, seeds=seeds)]


def as_json(results: Sequence[BenchmarkResult]) -> list[dict[str, Any]]:
    """Means and standard deviations as plain dictionaries."""
    return [
        {
            "name": result.name,
            "train_seconds": round(result.train_seconds, 3),
            **{
                direction: {
                    name: {
                        "mean": _known(result.mean(direction, name)),
                        "spread": _known(result.spread(direction, name)),
                    }
                    for name in result.metrics[direction]
                }
                for direction in DIRECTIONS
            },
        }
        for result in results
    ]


def _known(value: float) -> float | None:
    """A number that JSON can hold; nothing where there was no query."""
    return None if np.isnan(value) else value


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}".removeprefix("0")


def table(results: Sequence[BenchmarkResult]) -> str:
    """Markdown tables, one for each direction: mean and standard deviation over folds and seeds, chance last.

    Baselines are in italics.
    """
    parts = []
    for direction in DIRECTIONS:
        first = results[0]
        sizes = f"gallery {first.mean(direction, 'gallery'):.0f}, {first.mean(direction, 'queries'):.0f} queries a fold"
        parts += [f"**{direction.capitalize()}** ({sizes})", ""]
        parts += ["| embedder | " + " | ".join(COLUMNS) + " | z | training, s |", "|---" * (len(COLUMNS) + 3) + "|"]
        for result in results:
            cells = [
                f"{_cell(result.mean(direction, name))} ± {_cell(result.spread(direction, name))}".strip(" ±")
                for name in COLUMNS
            ]
            shown = f"*{result.name}*" if result.name in BASELINES else result.name
            z = f"{result.mean(direction, 'z'):.1f}"
            seconds = f"{result.train_seconds:.1f}" if result.train_seconds > 0.05 else ""
            parts.append(f"| {shown} | " + " | ".join(cells) + f" | {z} | {seconds} |")
        by_chance = [_cell(first.mean(direction, f"chance {name}")) for name in COLUMNS]
        parts += ["| *chance* | " + " | ".join(by_chance) + " | 0 | |", ""]
    return "\n".join(parts)


def song_table(pairs: Pairs, results: Sequence[BenchmarkResult]) -> str:
    """Markdown table of music to dance song by song, each when it was held out: MAP style and R@5, mean over seeds."""
    names = " | ".join(f"{result.name}, MAP style | R@5" for result in results)
    lines = [f"| song | dance | beats a minute | stretches | {names} |", "|---" * (4 + 2 * len(results)) + "|"]
    for song in pairs.songs:
        found = [result.songs[song.name] for result in results]
        cells = [_cell(float(np.mean(each[name]))) for each in found for name in ("MAP style", "R@5")]
        dance = pairs.clips[song.clips[0]].styles[0]
        facts = f"| {song.name} | {dance} | {song.analysis.tempo:.0f} | {len(song.clips)} | "
        lines.append(facts + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def dance_table(pairs: Pairs, results: Sequence[BenchmarkResult]) -> str:
    """Markdown table of music to dance by dance: MAP style and R@5, mean over the stretches of its songs and seeds."""
    names = " | ".join(f"{result.name}, MAP style | R@5" for result in results)
    lines = [f"| dance | songs | stretches | {names} |", "|---" * (3 + 2 * len(results)) + "|"]
    dances = [pairs.clips[song.clips[0]].styles[0] for song in pairs.songs]
    for dance in sorted(set(dances)):
        mine = [song for song, one in zip(pairs.songs, dances, strict=True) if one == dance]
        weight = np.array([len(song.clips) for song in mine], float)
        cells = [
            _cell(float(np.average([np.mean(result.songs[song.name][name]) for song in mine], weights=weight)))
            for result in results
            for name in ("MAP style", "R@5")
        ]
        lines.append(f"| {dance} | {len(mine)} | {weight.sum():.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
