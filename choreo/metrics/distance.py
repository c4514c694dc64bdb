"""Frechet distance of a set of dances from real ones (FID), and diversity within a set.

Rows are motions, columns features (`choreo.metrics.features`). A Fréchet distance means little by itself: 40
motions against 1320 of the very same kind have 7 to 28 by sampling alone. So it comes with a bootstrap interval, and
with the distance between two halves of the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from choreo.metrics import validate
from choreo.types import Doubles, Ints

FLOOR = 0.1
"""Columns that hardly vary in the reference are scaled by this share of the median column's spread instead."""
PUBLISHED_FLOOR = 1e-10
LEAST = 2
"""Rows below which there is no covariance."""
RESAMPLES = 200
"""Of the bootstrap."""
REPEATS = 20
"""Random splits of the reference."""


def scaled(features: Doubles, reference: Doubles, *, published: bool = False) -> tuple[Doubles, Doubles]:
    """Both sets in units of the reference's spread about its mean.

    Published code adds 1e-10 to the spread: a relation that never holds in the reference and once in the dance then
    makes the distance astronomical. By default such columns count in units of a tenth of the median spread.
    """
    features, reference = validate.features(features), validate.features(reference, "reference")
    mean, spread = reference.mean(axis=0), reference.std(axis=0)
    some = spread[spread > 0]
    least = FLOOR * float(np.median(some)) if len(some) else 1.0
    unit = spread + PUBLISHED_FLOOR if published else np.maximum(spread, least)
    return (features - mean) / unit, (reference - mean) / unit


def frechet(first: Doubles, second: Doubles) -> float:
    """Squared Fréchet distance of the Gaussians through two sets ``(N, D)`` and ``(M, D)``.

    ``|m1 - m2|^2 + tr(C1) + tr(C2) - 2 tr((C1 C2)^(1/2))`` of means and covariances (Heusel et al., NeurIPS 2017), the
    last trace without a matrix root, so that fewer rows than columns need no regularisation.

    Returns
    -------
    NaN when either has fewer than two rows.
    """
    first, second = validate.features(first), validate.features(second)
    return _frechet(first, second) if min(len(first), len(second)) >= LEAST else float("nan")


def _frechet(first: Doubles, second: Doubles) -> float:
    # With centred rows a and b, C1 = a'a and C2 = b'b. The eigenvalues of C1 C2 = (a'a b') b are those of
    # b (a'a b') = (a b')'(a b'), the squares of the singular values of a b': the trace of the root is the sum of these.
    # QR keeps a'a = r'r, and r has no more rows than columns.
    a = (first - first.mean(axis=0)) / np.sqrt(len(first) - 1)
    b = (second - second.mean(axis=0)) / np.sqrt(len(second) - 1)
    if len(a) > a.shape[1]:
        a = np.linalg.qr(a, mode="r")
    if len(b) > b.shape[1]:
        b = np.linalg.qr(b, mode="r")
    trace_of_root = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    means_apart = float(((first.mean(axis=0) - second.mean(axis=0)) ** 2).sum())
    return max(0.0, means_apart + float((a**2).sum() + (b**2).sum() - 2 * trace_of_root))


def diversity(features: Doubles) -> float:
    """Mean Euclidean distance of two rows of ``(N, D)``; NaN below two. More than the reference's is not better."""
    rows = validate.features(features)
    if len(rows) < LEAST:
        return float("nan")
    squares = (rows**2).sum(axis=1)
    gaps = np.sqrt(np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0))
    return float(gaps[np.triu_indices(len(rows), 1)].mean())


@dataclass(frozen=True)
class Interval:
    """A value with the bounds of an interval, of 95 % unless said otherwise."""

    value: float
    low: float
    high: float


def bootstrap(
    statistic: Callable[[Doubles, Doubles], float],
    first: Doubles,
    second: Doubles,
    *,
    resamples: int = RESAMPLES,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Bootstrap interval of a statistic of two sets: rows of both are resampled with replacement.

    The basic interval (Davison and Hinkley 1997), percentiles mirrored about the value: resampling adds the bias of a
    small sample to a Fréchet distance a second time, so plain percentiles would lie wholly above the value.

    Returns
    -------
    Interval
        Not below 0; NaN when either set has fewer than two rows.
    """
    nan = float("nan")
    if min(len(first), len(second)) < LEAST:
        return Interval(nan, nan, nan)
    rng = np.random.default_rng(seed)
    value = statistic(first, second)
    found = [
        statistic(first[rng.integers(len(first), size=len(first))], second[rng.integers(len(second), size=len(second))])
        for _ in range(resamples)
    ]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, max(0.0, 2 * value - float(high)), max(0.0, 2 * value - float(low)))


def _parts(groups: Ints, size: int | None, rng: np.random.Generator) -> Iterator[Ints]:
    """Yield the rows of one part, made of whole groups: about half of all, or about `size`."""
    names = np.unique(groups)
    wanted = len(groups) / 2 if size is None else size
    for _ in range(REPEATS):
        order = rng.permutation(names)
        counts = np.cumsum([int((groups == name).sum()) for name in order])
        taken = order[: max(1, int(np.argmin(np.abs(counts - wanted))) + 1)]
        yield np.flatnonzero(np.isin(groups, taken))


def split_baseline(
    reference: Doubles,
    *,
    groups: Ints | None = None,
    size: int | None = None,
    published: bool = False,
    seed: int = 0,
) -> Interval:
    """Fréchet distance of the reference from itself: of a random part from the rest, `REPEATS` times.

    Parameters
    ----------
    reference
        ``(N, D)``, not yet scaled.
    groups
        ``(N,)``: rows of one recording have one number and stay in one part, since they resemble each other.
    size
        Rows of the part; half of them by default. As many as the dance has make a fair comparison, since the distance
        grows as rows get fewer.

    Returns
    -------
    Interval
        Mean, and 5th and 95th percentile of the splits; NaN when there are too few rows or groups.
    """
    reference = validate.features(reference, "reference")
    labels = np.arange(len(reference)) if groups is None else np.asarray(groups)
    nan = float("nan")
    if len(reference) < 2 * LEAST or len(np.unique(labels)) < 2:
        return Interval(nan, nan, nan)
    found = []
    for rows in _parts(labels, size, np.random.default_rng(seed)):
        rest = np.setdiff1d(np.arange(len(reference)), rows)
        if min(len(rows), len(rest)) >= LEAST:
            found.append(_frechet(*scaled(reference[rows], reference[rest], published=published)))
    if not found:
        return Interval(nan, nan, nan)
    return Interval(float(np.mean(found)), *(float(q) for q in np.quantile(found, [0.05, 0.95])))


@dataclass(frozen=True)
class Distances:
    """FID with its interval; the same of half of the reference, and of a part as large as the dance; diversity."""

    fid: Interval
    halves: Interval
    matched: Interval
    diversity: float
    reference_diversity: float
    rows: int
    reference_rows: int


def distances(
    features: Doubles, reference: Doubles, *, groups: Ints | None = None, published: bool = False, seed: int = 0
) -> Distances:
    """Compare features of dances ``(N, D)`` with those of real ones ``(M, D)``, both not yet scaled.

    Raises
    ------
    ShapeError
        When a number is not finite or the widths differ.
    """
    mine, real = scaled(features, reference, published=published)
    return Distances(
        fid=bootstrap(_frechet, mine, real, seed=seed),
        halves=split_baseline(reference, groups=groups, published=published, seed=seed),
        matched=split_baseline(reference, groups=groups, size=max(len(mine), 2), published=published, seed=seed),
        diversity=diversity(mine),
        reference_diversity=diversity(real),
        rows=len(mine),
        reference_rows=len(real),
    )
