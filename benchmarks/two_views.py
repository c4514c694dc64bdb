"""Two-view problems with a known answer, on which the methods must rank as their papers say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.retrieval.learned import Features, LearnedEmbedder, TrainingSet, unit
from choreo.retrieval.ranking_metrics import mean_average_precision
from choreo.types import Floats, Ints

CLASSES, SHARED, WIDTH, SIZES = 8, 6, 40, 0.6


def known_problem(rows: int = 1000, *, seed: int = 0) -> tuple[Floats, Floats, Ints]:
    """Two views of rows with a class, made so that pairs agree most in what has nothing to do with the class.

    Six directions are shared by the two rows of a pair and nearly free of noise. The class is three bits: two lie on
    straight but noisy directions, the third in how large a number is whose sign is chance, which no straight direction
    sees. So pairwise CCA must find the six, CCA over all pairs of a class two of the three bits, and a net all three.

    Returns
    -------
    Views ``(N, 40)`` each and classes ``(N,)``.
    """
    rng = np.random.default_rng(seed)
    label = rng.integers(0, CLASSES, rows)
    pair = rng.normal(size=(rows, SHARED))
    signs = np.array([[1 if label >> bit & 1 else -1 for bit in range(3)] for label in range(CLASSES)])[label]
    views = []
    for _ in range(2):
        straight = signs[:, :2] + 0.9 * rng.normal(size=(rows, 2))
        first = rng.choice([-1.0, 1.0], size=rows)
        size = first[:, None] * (1 + SIZES * signs[:, 2:]) + 0.2 * rng.normal(size=(rows, 1))
        strong = pair + 0.2 * rng.normal(size=(rows, SHARED))
        hidden = np.concatenate([strong, straight, 2 * size], axis=1)
        mixed = hidden @ np.linalg.qr(rng.normal(size=(WIDTH, hidden.shape[1])))[0].T
        views.append((mixed + 0.05 * rng.normal(size=mixed.shape)).astype(np.float32))
    return views[0], views[1], label.astype(np.int64)


def digits() -> tuple[Floats, Floats, Ints]:
    """Left and right halves of scikit-learn's handwritten digits ``(1797, 32)`` each, and which digit it is."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = data.images.astype(np.float32) / 16
    left, right = images[:, :, :4].reshape(len(images), -1), images[:, :, 4:].reshape(len(images), -1)
    return left, right, data.target.astype(np.int64)


def class_map(
    embedder: LearnedEmbedder, views: tuple[Floats, Floats, Ints], *, folds: int = 5, seed: int = 0
) -> Mapping[str, float]:
    """Mean average precision by class on rows held out, from the first view to the second and back."""
    x, y, label = views
    order = np.random.default_rng(seed).permutation(len(x))
    scores: dict[str, list[float]] = {"forward": [], "backward": []}
    for part in np.array_split(order, folds):
        train = np.setdiff1d(order, part)
        embedder.learn(training_set(x[train], y[train], label[train], seed))
        a = unit(embedder.project_music(_rows(_scaled(x[part], x[train]))))
        b = unit(embedder.project_motion(_rows(_scaled(y[part], y[train]))))
        apart, right = (1 - a @ b.T).astype(np.float32), label[part][:, None] == label[part]
        scores["forward"].append(mean_average_precision(apart, right))
        scores["backward"].append(mean_average_precision(apart.T, right.T))
    return {name: float(np.mean(values)) for name, values in scores.items()}


def _scaled(rows: Floats, like: Floats) -> Floats:
    spread = like.std(axis=0)
    spread = np.where(spread > 1e-6, spread, np.inf) * np.sqrt(like.shape[1])
    return np.asarray((rows - like.mean(axis=0)) / spread, np.float32)


def _rows(x: Floats) -> Features:
    from choreo.retrieval.music_side import STEPS

    return Features(x, np.zeros((len(x), 1, STEPS), np.float32), np.ones((len(x), 1), bool))


def training_set(x: Floats, y: Floats, label: Ints, seed: int) -> TrainingSet:
    """Make a training set of bare rows: row `n` of one view belongs to row `n` of the other."""
    count = np.arange(len(x))
    return TrainingSet(
        music=_rows(_scaled(x, x)),
        motion=_rows(_scaled(y, y)),
        clip=count,
        tag=count,
        style=label,
        song=count,
        weight=np.full(len(x), 1 / len(x)),
        pairs=None,
        seed=seed,
        report=lambda _: None,
        checkpoint=None,
    )
