"""Linear and kernel CCA on pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from choreo.retrieval.learned import LearnedEmbedder, Lesson, Rows
from choreo.types import Doubles, Floats
from choreo_cca.solve import canonical, kernel, kernel_map

EXACT = 3000
"""Pairs up to which a kernel is taken on all of them; above, `LANDMARKS` stand for them."""
LANDMARKS = 500


class Cca(LearnedEmbedder):
    """Directions of music and of dance that correlate most, each weighted by its correlation."""

    name = "cca"
    description = "linear canonical correlation of music and dance, ridge-regularised"
    paper = "Hotelling, Relations between two sets of variates, 1936"
    defaults: ClassVar[Mapping[str, Any]] = {"dims": 10, "ridge": 0.002}

    def learn(self, lesson: Lesson) -> None:
        """Solve for the directions."""
        self._solve(lesson.music.x, lesson.motion.x[lesson.clip], lesson.weight)

    def _solve(self, x: Floats, y: Floats, weight: Doubles) -> None:
        a, b = x.astype(np.float64), y.astype(np.float64)
        means = weight @ a, weight @ b
        a, b = a - means[0], b - means[1]
        heavy = a * weight[:, None]
        self._keep(means, heavy.T @ a, (b * weight[:, None]).T @ b, heavy.T @ b)

    def _keep(self, means: tuple[Doubles, Doubles], cxx: Doubles, cyy: Doubles, cxy: Doubles) -> None:
        dims, ridge = self.settings["dims"], self.settings["ridge"]
        left, right, correlations = canonical(cxx, cyy, cxy, dims=dims, ridge=ridge)
        for side, mean, directions in zip(("music", "motion"), means, (left, right), strict=True):
            self.arrays[f"{side}.centre"] = mean.astype(np.float32)
            self.arrays[f"{side}.directions"] = (directions * correlations).astype(np.float32)
        self.arrays["correlations"] = correlations.astype(np.float32)

    def _features(self, side: str, x: Floats) -> Floats:
        return x

    def _project(self, side: str, x: Floats) -> Floats:
        features = self._features(side, x)
        return np.asarray((features - self.arrays[f"{side}.centre"]) @ self.arrays[f"{side}.directions"], np.float32)

    def project_music(self, rows: Rows) -> Floats:
        """Music on the directions."""
        return self._project("music", rows.x)

    def project_motion(self, rows: Rows) -> Floats:
        """Dance on the directions."""
        return self._project("motion", rows.x)


class KernelCca(Cca):
    """CCA in the space of a kernel; Nystroem's landmarks above 3,000 pairs."""

    name = "kcca"
    description = "kernel canonical correlation (linear, rbf or polynomial kernel)"
    paper = "Lai and Fyfe, Kernel and nonlinear canonical correlation analysis, 2000"
    defaults: ClassVar[Mapping[str, Any]] = {
        "dims": 10, "ridge": 0.002, "kernel": "rbf", "width": 1.5, "degree": 2, "landmarks": LANDMARKS
    }  # fmt: skip

    def learn(self, lesson: Lesson) -> None:
        """Choose landmarks and solve."""
        y = lesson.motion.x[np.unique(lesson.clip)]
        self.use_kernel(lesson.music.x, y, lesson.seed)
        music, motion = self._features("music", lesson.music.x), self._features("motion", lesson.motion.x)
        self._solve(music, motion[lesson.clip], lesson.weight)

    def use_kernel(self, x: Floats, y: Floats, seed: int) -> None:
        """Keep landmarks of either side and the map from their kernel to features."""
        rng = np.random.default_rng(seed)
        for side, rows in (("music", x), ("motion", y)):
            if len(rows) > EXACT:
                rows = rows[np.sort(rng.choice(len(rows), self.settings["landmarks"], replace=False))]
            self.arrays[f"{side}.landmarks"] = rows
            self.arrays[f"{side}.map"] = kernel_map(rows, self.settings).astype(np.float32)

    def _features(self, side: str, x: Floats) -> Floats:
        near = kernel(x, self.arrays[f"{side}.landmarks"], self.settings)
        return np.asarray(near @ self.arrays[f"{side}.map"], np.float32)
