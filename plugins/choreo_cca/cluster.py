"""Cluster CCA: correspondences between classes instead of pairs (Rasiwasia et al., AISTATS 2014)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from choreo.errors import InputError
from choreo.retrieval.learned import TrainingSet
from choreo.types import Doubles, Floats, Ints
from choreo_cca.linear import Cca, KernelCca

PAPER = "Rasiwasia, Mahajan, Mahadevan and Aggarwal, Cluster canonical correlation analysis, AISTATS 2014"
CLASSES = ("style", "tag")


def classes(data: TrainingSet, which: str) -> tuple[Ints, Ints]:
    """Class of each stretch of music ``(N,)`` and of each clip ``(C,)``.

    Raises
    ------
    InputError
        When the choice is unknown or there is only one class.
    """
    if which not in CLASSES:
        raise InputError(f"classes: got {which!r}; there are {', '.join(CLASSES)}.")
    of_clips = data.style if which == "style" else data.tag
    of_music = of_clips[data.clip]
    if len(np.unique(of_music)) < 2:
        raise InputError(f"every pair is of one {which}: cluster CCA needs at least two classes. Use cca or kcca.")
    return of_music, of_clips


def cross_covariances(
    x: Floats, y: Floats, of_x: Ints, of_y: Ints
) -> tuple[tuple[Doubles, Doubles], Doubles, Doubles, Doubles]:
    """Means and covariances over all pairs of a row of `x` and a row of `y` of one class, without making the pairs.

    Returns
    -------
    The means of both sides, Cxx, Cyy and Cxy.
    """
    # A class of n rows of x and m of y has n * m pairs. Each row of x appears in m of them, which is its weight in the
    # mean and in Cxx; the sum of a * b^T over the pairs is n * m times the product of the means of the class.
    a, b = x.astype(np.float64), y.astype(np.float64)
    shared = np.intersect1d(of_x, of_y)
    sizes = {c: (int((of_x == c).sum()), int((of_y == c).sum())) for c in shared.tolist()}
    total = sum(n * m for n, m in sizes.values())
    wx = np.array([sizes[c][1] if c in sizes else 0 for c in of_x.tolist()]) / total
    wy = np.array([sizes[c][0] if c in sizes else 0 for c in of_y.tolist()]) / total
    means = wx @ a, wy @ b
    a, b = a - means[0], b - means[1]
    cxy = np.zeros((a.shape[1], b.shape[1]))
    for c, (n, m) in sizes.items():
        cxy += n * m / total * np.outer(a[of_x == c].mean(axis=0), b[of_y == c].mean(axis=0))
    return means, (a * wx[:, None]).T @ a, (b * wy[:, None]).T @ b, cxy


def class_means(rows: Floats, of: Ints, wanted: Ints) -> Floats:
    """Mean row of each wanted class ``(K, D)``."""
    return np.stack([rows[of == c].mean(axis=0) for c in wanted]).astype(np.float32)


class MeanCca(Cca):
    """CCA of the means of classes: at most one direction fewer than there are classes."""

    name = "mean-cca"
    description = "canonical correlation of the means of dance styles"
    paper = PAPER
    defaults: ClassVar[Mapping[str, Any]] = {"dims": 10, "ridge": 0.002, "classes": "style"}

    def learn(self, data: TrainingSet) -> None:
        """Solve on means."""
        of_music, of_clips = classes(data, self.settings["classes"])
        shared = np.intersect1d(of_music, of_clips)
        x = class_means(data.music.x, of_music, shared)
        y = class_means(data.motion.x, of_clips, shared)
        self._solve(x, y, np.full(len(shared), 1 / len(shared)))
        # centred means of K classes span K - 1 directions; the last would be rounding noise
        count = min(self.settings["dims"], len(shared) - 1)
        for side in ("music", "motion"):
            self.arrays[f"{side}.directions"] = self.arrays[f"{side}.directions"][:, :count]


class ClusterCca(Cca):
    """CCA over all pairs within a class."""

    name = "cluster-cca"
    description = "canonical correlation over all pairs of music and dance of one style"
    paper = PAPER
    defaults: ClassVar[Mapping[str, Any]] = {"dims": 10, "ridge": 0.002, "classes": "style"}

    def learn(self, data: TrainingSet) -> None:
        """Solve with the covariances of all pairs within classes."""
        of_music, of_clips = classes(data, self.settings["classes"])
        self._store(*cross_covariances(data.music.x, data.motion.x, of_music, of_clips))


class ClusterKernelCca(KernelCca):
    """Cluster CCA of the feature map of a kernel."""

    name = "cluster-kcca"
    description = "kernel canonical correlation over all pairs of music and dance of one style"
    paper = PAPER
    defaults: ClassVar[Mapping[str, Any]] = {**KernelCca.defaults, "classes": "style"}

    def learn(self, data: TrainingSet) -> None:
        """Choose landmarks and solve with the covariances of all pairs within classes."""
        of_music, of_clips = classes(data, self.settings["classes"])
        self.use_kernel(data.music.x, data.motion.x, data.seed)
        music, motion = self._features("music", data.music.x), self._features("motion", data.motion.x)
        self._store(*cross_covariances(music, motion, of_music, of_clips))
