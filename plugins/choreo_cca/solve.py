"""Canonical directions of two views from their covariances, and maps that turn kernels into features."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.types import Doubles, Floats

KERNELS = ("linear", "rbf", "polynomial")
TINY = 1e-10


def canonical(cxx: Doubles, cyy: Doubles, cxy: Doubles, *, dims: int, ridge: float) -> tuple[Doubles, Doubles, Doubles]:
    """Directions of two views that correlate most (Hotelling 1936), ridge-regularised.

    Parameters
    ----------
    cxx, cyy, cxy
        Covariances ``(Dx, Dx)``, ``(Dy, Dy)``, ``(Dx, Dy)``.
    ridge
        Added to the diagonals of `cxx` and `cyy`, as a share of their trace.

    Returns
    -------
    ``(Dx, K)``, ``(Dy, K)`` and the correlations ``(K,)``, largest first; K is at most `dims`. Signs are such that the
    largest entry of every direction of the first view is positive.
    """
    left, right = _inverse_root(cxx, ridge), _inverse_root(cyy, ridge)
    u, s, vt = np.linalg.svd(left @ cxy @ right, full_matrices=False)
    kept = min(dims, int((s > TINY).sum()))
    a, b = left @ u[:, :kept], right @ vt[:kept].T
    signs = np.sign(a[np.abs(a).argmax(axis=0), np.arange(kept)]) if kept else np.ones(0)
    return a * signs, b * signs, np.minimum(s[:kept], 1.0)


def _inverse_root(covariance: Doubles, ridge: float) -> Doubles:
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    lifted = values + ridge * max(float(np.trace(covariance)), TINY)
    good = lifted > TINY * max(float(lifted.max(initial=0)), TINY)
    roots = np.where(good, 1 / np.sqrt(np.where(good, lifted, 1)), 0)
    return np.asarray((vectors * roots) @ vectors.T)


def kernel(x: Floats, y: Floats, settings: dict[str, Any]) -> Doubles:
    """Kernel matrix ``(N, M)`` of rows: linear, Gaussian of `width`, or polynomial of `degree`.

    Raises
    ------
    InputError
        When the kernel is unknown.
    """
    a, b = x.astype(np.float64), y.astype(np.float64)
    if settings["kernel"] == "linear":
        return np.asarray(a @ b.T)
    if settings["kernel"] == "polynomial":
        return np.asarray((1 + a @ b.T) ** settings["degree"])
    if settings["kernel"] == "rbf":
        apart = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
        return np.asarray(np.exp(-np.maximum(apart, 0) / (2 * settings["width"] ** 2)))
    raise InputError(f"no kernel is called {settings['kernel']!r}; there are {', '.join(KERNELS)}.")


def kernel_map(landmarks: Floats, settings: dict[str, Any]) -> Doubles:
    """Map ``(M, R)`` such that ``kernel(x, landmarks) @ map`` has the kernel as its inner product.

    Exact on the landmarks, Nystroem's approximation elsewhere (Williams and Seeger 2000): with all rows as landmarks
    CCA on these features with a ridge is regularised kernel CCA (Lai and Fyfe 2000).
    """
    values, vectors = np.linalg.eigh(kernel(landmarks, landmarks, settings))
    kept = values > 1e-9 * values[-1]
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))
