"""Canonical directions of two views from their covariances, and feature maps of kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.types import Doubles, Floats

KERNELS = ("linear", "rbf", "polynomial")
TINY = 1e-10


def canonical(cxx: Doubles, cyy: Doubles, cxy: Doubles, *, dims: int, ridge: float) -> tuple[Doubles, Doubles, Doubles]:
    """Canonical directions: those along which two views correlate most (Hotelling 1936), ridge-regularised.

    With both views whitened, ``Cxx^-1/2 Cxy Cyy^-1/2``, the directions are its singular vectors and the correlations
    its singular values; the inverse roots map the vectors back to the features.

    Parameters
    ----------
    cxx, cyy, cxy
        Covariances ``(Dx, Dx)``, ``(Dy, Dy)``, ``(Dx, Dy)``.
    ridge
        Added to the diagonals of `cxx` and `cyy`, as a share of their trace, so that it means the same whatever the
        scale of the features. Without it, with fewer pairs than features, every correlation would be 1.

    Returns
    -------
    ``(Dx, K)``, ``(Dy, K)`` and the correlations ``(K,)``, largest first; K is at most `dims`. Signs are such that the
    largest entry of every direction of the first view is positive.
    """
    left, right = _inverse_root(cxx, ridge), _inverse_root(cyy, ridge)
    u, s, vt = np.linalg.svd(left @ cxy @ right, full_matrices=False)
    # beyond the rank of Cxy the singular vectors are arbitrary
    count = min(dims, int((s > TINY).sum()))
    a, b = left @ u[:, :count], right @ vt[:count].T
    # the SVD leaves the sign of each pair of vectors open, and libraries differ; a fixed sign keeps models the same
    signs = np.sign(a[np.abs(a).argmax(axis=0), np.arange(count)]) if count else np.ones(0)
    return a * signs, b * signs, np.minimum(s[:count], 1.0)


def _inverse_root(covariance: Doubles, ridge: float) -> Doubles:
    """Symmetric ``(C + ridge * trace(C) * I)^-1/2``, a pseudo-inverse where a direction has no variance."""
    # eigh reads one triangle only; the mean of both keeps rounding from deciding which
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

    Exact on the landmarks, Nystroem's approximation elsewhere (Williams and Seeger, Using the Nystroem method to speed
    up kernel machines, 2000): with all rows as landmarks, CCA of these features with a ridge is regularised kernel CCA
    (Lai and Fyfe 2000).
    """
    values, vectors = np.linalg.eigh(kernel(landmarks, landmarks, settings))
    # the kernel matrix is near singular: dividing by the roots of its rounding noise would swamp the features
    stable = values > 1e-9 * values[-1]
    return np.asarray(vectors[:, stable] / np.sqrt(values[stable]))
