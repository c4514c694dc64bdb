"""Linear and kernel CCA of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from choreo.retrieval.learned import Features, LearnedEmbedder, TrainingSet
from choreo.types import Doubles, Floats
from choreo_cca.solve import canonical, kernel, kernel_map

EXACT = 3000
"""Pairs up to which all rows are landmarks of the kernel; with more, a random sample of them is."""
LANDMARKS = 500


class Cca(LearnedEmbedder):
    """Canonical directions of music and motion, each weighted by its correlation so that weak ones count less."""

    name = "cca"
    description = "linear canonical correlation of music and dance, ridge-regularised"
    paper = "Hotelling, Relations between two sets of variates, 1936"
    defaults: ClassVar[Mapping[str, Any]] = {"dims": 10, "ridge": 0.002}

    def learn(self, data: TrainingSet) -> None:
        """Solve for the directions."""
        self._solve(data.music.x, data.motion.x[data.clip], data.weight)

    def _solve(self, x: Floats, y: Floats, weight: Doubles) -> None:
        a, b = x.astype(np.float64), y.astype(np.float64)
        means = weight @ a, weight @ b
        a, b = a - means[0], b - means[1]
        heavy = a * weight[:, None]
        self._store(means, heavy.T @ a, (b * weight[:, None]).T @ b, heavy.T @ b)

    def _store(self, means: tuple[Doubles, Doubles], cxx: Doubles, cyy: Doubles, cxy: Doubles) -> None:
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

    def project_music(self, features: Features) -> Floats:
        """Music on the canonical directions."""
        return self._project("music", features.x)

    def project_motion(self, features: Features) -> Floats:
        """Motion on the canonical directions."""
        return self._project("motion", features.x)


class KernelCca(Cca):
    """CCA of the feature map of a kernel, with Nystroem's landmarks above 3,000 pairs."""

    name = "kcca"
    description = "kernel canonical correlation (linear, rbf or polynomial kernel)"
    paper = "Lai and Fyfe, Kernel and nonlinear canonical correlation analysis, 2000"
    defaults: ClassVar[Mapping[str, Any]] = {
        "dims": 10, "ridge": 0.002, "kernel": "rbf", "width": 1.5, "degree": 2, "landmarks": LANDMARKS
    }  # fmt: skip

    def learn(self, data: TrainingSet) -> None:
        """Choose landmarks and solve."""
        y = data.motion.x[np.unique(data.clip)]
        self.use_kernel(data.music.x, y, data.seed)
        music, motion = self._features("music", data.music.x), self._features("motion", data.motion.x)
        self._solve(music, motion[data.clip], data.weight)

    def use_kernel(self, x: Floats, y: Floats, seed: int) -> None:
        """Choose landmarks of both sides and compute the feature maps of their kernels."""
        rng = np.random.default_rng(seed)
        for side, rows in (("music", x), ("motion", y)):
            if len(rows) > EXACT:
                rows = rows[np.sort(rng.choice(len(rows), self.settings["landmarks"], replace=False))]
            self.arrays[f"{side}.landmarks"] = rows
            self.arrays[f"{side}.map"] = kernel_map(rows, self.settings).astype(np.float32)

    def _features(self, side: str, x: Floats) -> Floats:
        near = kernel(x, self.arrays[f"{side}.landmarks"], self.settings)
        return np.asarray(near @ self.arrays[f"{side}.map"], np.float32)
