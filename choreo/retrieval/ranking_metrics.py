"""Ranking metrics: recall@K, median rank, mean average precision, and their values by chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.types import Bools, Doubles, Floats

SHUFFLES = 200


def first_ranks(distances: Floats, right: Bools) -> Doubles:
    """Rank of the nearest right answer of each query ``(Q,)``, 1 the best; tied answers share the mean of their ranks.

    The mean rank keeps an embedder that gives everything the same distance from looking perfect or hopeless.

    Parameters
    ----------
    distances
        ``(Q, G)`` of every query to the whole gallery.
    right
        ``(Q, G)``: answers that are right. Queries without one are left out.
    """
    answered = right.any(axis=1)
    distances, right = distances[answered], right[answered]
    best = np.where(right, distances, np.inf).min(axis=1, keepdims=True)
    return np.asarray(1 + (distances < best).sum(axis=1) + ((distances == best).sum(axis=1) - 1) / 2, np.float64)


def mean_average_precision(distances: Floats, right: Bools) -> float:
    """Mean average precision over the queries that have a right answer; ties in the order of the gallery."""
    answered = right.any(axis=1)
    order = np.argsort(distances[answered], axis=1, kind="stable")
    hits = np.take_along_axis(right[answered], order, axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return float(((precision * hits).sum(axis=1) / hits.sum(axis=1)).mean())


def ranking(distances: Floats, tags: Bools, styles: Bools) -> Mapping[str, float]:
    """Metrics of one ranking: recall at 1, 5 and 10, median rank, also as a share of the gallery, MAP by tag and style.

    Parameters
    ----------
    distances
        ``(Q, G)``.
    tags, styles
        ``(Q, G)``: answers with the right movement tag, and with the right dance style.
    """
    ranks = first_ranks(distances, tags)
    found = {f"R@{k}": float((ranks <= k).mean()) for k in (1, 5, 10)}
    median = float(np.median(ranks))
    return {
        **found,
        "MedR": median,
        "MedR/gallery": median / distances.shape[1],
        "MAP tag": mean_average_precision(distances, tags),
        "MAP style": mean_average_precision(distances, styles),
        "gallery": float(distances.shape[1]),
        "queries": float(len(ranks)),
    }


def above_chance(distances: Floats, right: Bools, *, seed: int = 0, k: int = 5) -> float:
    """Standard score of recall at `k` against a permutation test: the same ranking with the gallery's labels shuffled.

    Shuffling labels, unlike drawing random rankings, keeps the hubs: answers that are near to every query.
    """
    rng = np.random.default_rng(seed)
    found = float((first_ranks(distances, right) <= k).mean())
    shuffled = [
        float((first_ranks(distances, right[:, rng.permutation(right.shape[1])]) <= k).mean()) for _ in range(SHUFFLES)
    ]
    return float((found - np.mean(shuffled)) / max(float(np.std(shuffled)), 1e-9))


def chance(tags: Bools, styles: Bools, *, seed: int = 0) -> Mapping[str, float]:
    """Mean metrics of 20 random rankings."""
    rng = np.random.default_rng(seed)
    each = [ranking(rng.random(tags.shape).astype(np.float32), tags, styles) for _ in range(20)]
    return {name: float(np.mean([one[name] for one in each])) for name in each[0]}
