"""Retrieval benchmark: cross-validation by song, in both directions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.ranking_metrics import above_chance, chance, first_ranks, mean_average_precision, ranking
from choreo.retrieval.tempo_overlap import ambiguous_songs, misled_songs
from choreo.types import Bools, Floats

DIRECTIONS = ("music to dance", "dance to music")
AMBIGUOUS, MISLED = "MAP style, ambiguous tempo", "MAP style, misleading tempo"
"""Metrics over the queries of songs whose tempo fits two dances, or is nearest to a song of another one."""


@dataclass(frozen=True)
class FoldResult:
    """Metrics of a fold by direction and name, those of each test song, and the seconds that the training took.

    ``songs[name]`` has those of music to dance over the stretches of the song: R@5, MAP style, and how many there are.
    """

    metrics: Mapping[str, Mapping[str, float]]
    songs: Mapping[str, Mapping[str, float]]
    seconds: float = 0.0


@dataclass(frozen=True)
class BenchmarkResult:
    """Ranking metrics of one embedder: ``metrics[direction][name]`` has one value for each fold and seed.

    A fold in which nothing was asked, as one without a song of an ambiguous tempo, has NaN and does not count.
    ``songs[song][name]`` has one value for each seed, of music to dance.
    """

    name: str
    metrics: Mapping[str, Mapping[str, list[float]]]
    train_seconds: float
    songs: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)

    def mean(self, direction: str, name: str) -> float:
        """Mean over folds and seeds."""
        return float(np.mean(self._counted(direction, name)))

    def spread(self, direction: str, name: str) -> float:
        """Standard deviation over folds and seeds."""
        return float(np.std(self._counted(direction, name)))

    def _counted(self, direction: str, name: str) -> list[float]:
        return [value for value in self.metrics[direction][name] if not np.isnan(value)] or [np.nan]


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


def evaluate(
    apart: Floats, test: Pairs, *, seed: int = 0, subsets: Mapping[str, Bools] | None = None
) -> dict[str, dict[str, float]]:
    """Ranking metrics of both directions.

    Clips of one movement tag are equivalent, so a tag is one query for music, and only if it is danced in the test
    songs: the gallery also has clips that only training songs are danced with.

    Parameters
    ----------
    subsets
        Songs of `test` ``(S,)`` by name: the MAP by style is also given under that name over the queries that belong to
        them, stretches of these songs and tags danced to them, the gallery being the same; NaN where there is none.
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
        for subset, songs in (subsets or {}).items():
            stretches = songs[test.song]
            asked = stretches if name == DIRECTIONS[0] else right[:, stretches].any(axis=1)
            found[subset] = mean_average_precision(matrix[asked], alike[asked]) if asked.any() else np.nan
            found[f"chance {subset}"] = float(alike[asked].mean()) if asked.any() else np.nan
        out[name] = found
    return out


def judge(apart: Floats, train: Pairs, test: Pairs, *, seed: int = 0) -> FoldResult:
    """Evaluate distances ``(N, C)`` of the stretches of music of test songs to all clips, also song by song."""
    subsets = {AMBIGUOUS: ambiguous_songs(train, test), MISLED: misled_songs(train, test)}
    wanted = test.clip
    right, alike = test.tag[wanted][:, None] == test.tag, test.style[wanted][:, None] == test.style
    songs = {}
    for number, song in enumerate(test.songs):
        mine = test.song == number
        ranks = first_ranks(apart[mine], right[mine])
        songs[song.name] = {
            "R@5": float((ranks <= 5).mean()),
            "MAP style": mean_average_precision(apart[mine], alike[mine]),
            "stretches": float(mine.sum()),
        }
    return FoldResult(evaluate(apart, test, seed=seed, subsets=subsets), songs)


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
    return replace(judge(distances(embedder, held_out), pairs.subset(train), held_out, seed=seed), seconds=seconds)


def gathered(name: str, found: Sequence[FoldResult]) -> BenchmarkResult:
    """The result of an embedder over its folds."""
    metrics: dict[str, dict[str, list[float]]] = {direction: {} for direction in DIRECTIONS}
    songs: dict[str, dict[str, list[float]]] = {}
    for each in found:
        for direction, numbers in each.metrics.items():
            for metric, value in numbers.items():
                metrics[direction].setdefault(metric, []).append(value)
        for song, of_song in each.songs.items():
            for metric, value in of_song.items():
                songs.setdefault(song, {}).setdefault(metric, []).append(value)
    return BenchmarkResult(name, metrics, sum(each.seconds for each in found) / len(found), songs)


__all__ = [
    "AMBIGUOUS",
    "DIRECTIONS",
    "MISLED",
    "BenchmarkResult",
    "FoldResult",
    "benchmark",
    "distances",
    "evaluate",
    "gathered",
    "judge",
    "judge_fold",
    "song_folds",
]
