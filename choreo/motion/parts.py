"""Vectors and quaternions as tuples of their components: the formulas of `rotations`, and products of vectors.

An array of a few hundred frames is so small that numpy's general functions (`cross`, `moveaxis`, `stack`, `norm`) cost
more than the arithmetic that they do. Here the formulas stand component by component: each operation is one call of
numpy, and all have the bits of the general functions, whose order of operations they keep.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Three = tuple[Array, Array, Array]
Four = tuple[Array, Array, Array, Array]


def three(v: Array) -> Three:
    """Components of ``(..., 3)``, each ``(...)``."""
    return v[..., 0], v[..., 1], v[..., 2]


def four(q: Array) -> Four:
    """Components of ``(..., 4)``, each ``(...)``."""
    return q[..., 0], q[..., 1], q[..., 2], q[..., 3]


def joined(parts: tuple[Array, ...]) -> Array:
    """Put components of one shape ``(...)`` and type side by side, ``(..., n)``."""
    out = np.empty((*np.shape(parts[0]), len(parts)), parts[0].dtype)
    for k, part in enumerate(parts):
        out[..., k] = part
    return out


def quaternion_product(a: Four, b: Four) -> Four:
    """Hamilton product."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def cross_product(a: Three, b: Three) -> Three:
    """Vector product."""
    ax, ay, az = a
    bx, by, bz = b
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def turned(q: Four, v: Three) -> Three:
    """Vectors rotated by unit quaternions."""
    w, u = q[0], q[1:]
    x, y, z = cross_product(u, v)
    t = (2 * x, 2 * y, 2 * z)
    cx, cy, cz = cross_product(u, t)
    return v[0] + w * t[0] + cx, v[1] + w * t[1] + cy, v[2] + w * t[2] + cz


def cross(a: Array, b: Array) -> Array:
    """Vector product of ``(..., 3)``, as `numpy.cross`."""
    return joined(cross_product(three(a), three(b)))


def dot(a: Array, b: Array) -> Array:
    """Scalar product of ``(..., n)`` with a last axis of one, ``(..., 1)``, as `numpy.sum` of the products."""
    return _summed(a * b) + 0.0  # numpy.sum begins at 0, so that it never gives -0


def length(v: Array) -> Array:
    """Length of ``(..., n)`` with a last axis of one, ``(..., 1)``, as `numpy.linalg.norm`."""
    return np.sqrt(_summed(v * v))


def _summed(v: Array) -> Array:
    total = v[..., :1] + v[..., 1:2]
    for k in range(2, v.shape[-1]):
        total = total + v[..., k : k + 1]
    return total


__all__ = ["cross", "cross_product", "dot", "four", "joined", "length", "quaternion_product", "three", "turned"]
