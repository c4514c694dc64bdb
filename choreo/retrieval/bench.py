"""Retrieval benchmark: cross-validation by song, in both directions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.ranking_metrics import above_chance, chance, ranking
from choreo.types import Floats

DIRECTIONS = ("music to dance", "dance to music")
FoldResult = tuple[Mapping[str, Mapping[str, float]], float]
"""Metrics of a fold by direction and name, and the seconds that the training took."""


@dataclass(frozen=True)
class BenchmarkResult:
    """Ranking metrics of one embedder: ``metrics[direction][name]`` has one value for each fold and seed."""

    name: str
    metrics: Mapping[str, Mapping[str, list[float]]]
    train_seconds: float

    def mean(self, direction: str, name: str) -> float:
        """Mean over folds and seeds."""
        return float(np.mean(self.metrics[direction][name]))

    def spread(self, direction: str, name: str) -> float:
        """Standard deviation over folds and seeds."""
        return float(np.std(self.metrics[direction][name]))


def song_folds(pairs: Pairs, count: int, seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield training and test songs of `count` folds; every style is spread evenly over the folds.

    Raises
    ------
    InputError
        When there are fewer songs than folds.
    """
    if len(pairs.songs) < count:
        raise InputError(f"{pairs.source}: {len(pairs.songs)} songs cannot be split into {count} folds. Use --folds.")
    rng = np.random.default_rng(seed)
    styles = np.array([pairs.style[song.clips[0]] for song in pairs.songs])
    order = np.concatenate([rng.permutation(np.flatnonzero(styles == style)) for style in np.unique(styles)])
    fold = np.zeros(len(styles), np.int64)
    fold[order] = np.arange(len(order)) % count
    for k in range(count):
        yield np.flatnonzero(fold != k).tolist(), np.flatnonzero(fold == k).tolist()


def distances(embedder: Any, test: Pairs) -> Floats:
    """Distances of all stretches of music of `test` to all of its clips ``(N, C)``."""
    motion = embedder.embed_motion(test.clips)
    rows = []
    for song in test.songs:
        terms = embedder.compare(embedder.embed_music(song.analysis, song.phrases), motion)
        rows.append(np.sum(list(terms.values()), axis=0))
    return np.concatenate(rows).astype(np.float32)


def evaluate(apart: Floats, test: Pairs, *, seed: int = 0) -> dict[str, dict[str, float]]:
    """Ranking metrics of both directions.

    Clips of one movement tag are equivalent, so a tag is one query for music, and only if it is danced in the test
    songs: the gallery also has clips that only training songs are danced with.
    """
    wanted = test.tag[test.clip]
    tags = wanted[:, None] == test.tag
    styles = test.style[test.clip][:, None] == test.style
    queries = np.array([np.flatnonzero(test.tag == tag)[0] for tag in np.unique(wanted)], np.int64)
    out = {}
    for name, matrix, right, alike in (
        (DIRECTIONS[0], apart, tags, styles),
        (DIRECTIONS[1], apart.T[queries], tags.T[queries], styles.T[queries]),
    ):
        found = dict(ranking(matrix, right, alike))
        found["z"] = above_chance(matrix, right, seed=seed)
        by_chance = chance(right, alike, seed=seed)
        found |= {
            f"chance {key}": by_chance[key] for key in ("R@1", "R@5", "R@10", "MedR/gallery", "MAP tag", "MAP style")
        }
        out[name] = found
    return out


def benchmark(
    pairs: Pairs,
    make: Callable[[], Any],
    *,
    folds: int = 5,
    seeds: Sequence[int] = (0, 1, 2),
    progress: Callable[[int, int], None] | None = None,
) -> BenchmarkResult:
    """Train on some songs and evaluate on the others, for every fold and seed.

    Parameters
    ----------
    make
        Gives a new, untrained embedder; one without ``fit`` is evaluated as it is.
    progress
        Called with the number of finished trainings and of all.
    """
    found: list[FoldResult] = []
    for seed in seeds:
        for number in range(folds):
            found.append(judge_fold(pairs, make, folds, seed, number))
            if progress:
                progress(len(found), folds * len(seeds))
    return gathered(make().name, found)


def judge_fold(pairs: Pairs, make: Callable[[], Any], folds: int, seed: int, number: int) -> FoldResult:
    """Train an embedder on the songs outside of one of the folds and evaluate it on those inside.

    Raises
    ------
    InputError
        When there are fewer songs than folds.
    """
    train, test = next(islice(song_folds(pairs, folds, seed), number, None))
    embedder = make()
    begun = time.perf_counter()
    if hasattr(embedder, "fit"):
        embedder.fit(pairs.subset(train), seed=seed)
    seconds = time.perf_counter() - begun
    held_out = pairs.subset(test)
    return evaluate(distances(embedder, held_out), held_out, seed=seed), seconds


def gathered(name: str, found: Sequence[FoldResult]) -> BenchmarkResult:
    """The result of an embedder over its folds."""
    metrics: dict[str, dict[str, list[float]]] = {direction: {} for direction in DIRECTIONS}
    for each, _ in found:
        for direction, numbers in each.items():
            for metric, value in numbers.items():
                metrics[direction].setdefault(metric, []).append(value)
    return BenchmarkResult(name, metrics, sum(seconds for _, seconds in found) / len(found))


__all__ = [
    "DIRECTIONS",
    "BenchmarkResult",
    "FoldResult",
    "benchmark",
    "distances",
    "evaluate",
    "gathered",
    "judge_fold",
    "song_folds",
]
