"""Rotations as unit quaternions ``(..., 4)`` in wxyz order; small pure functions over numpy arrays.

float32 in gives float32 out. All functions broadcast over leading axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from choreo.motion import parts
from choreo.motion.parts import cross, dot, joined, length
from choreo.motion.unwrap import unwrap_euler

Array = NDArray[Any]

_SMALL = 1e-8


def multiply(a: Array, b: Array) -> Array:
    """Compose: rotating by `b`, then by `a`. ``(..., 4) x (..., 4) -> (..., 4)``.

    Examples
    --------
    >>> quarter = yaw(np.pi / 2)
    >>> multiply(quarter, quarter).round(3).tolist()
    [0.0, 0.0, 1.0, 0.0]
    """
    return joined(parts.quaternion_product(parts.four(a), parts.four(b)))


def conjugate(q: Array) -> Array:
    """Inverse of unit quaternions."""
    return q * np.array([1, -1, -1, -1], dtype=q.dtype)


def normalize(q: Array) -> Array:
    """Scale to unit length; a zero quaternion becomes the identity."""
    norm = length(q)
    large = norm > _SMALL
    if large.all():
        return q / norm
    identity = np.zeros_like(q)
    identity[..., 0] = 1
    return np.where(large, q / np.where(large, norm, 1).astype(q.dtype), identity)


def rotate(q: Array, v: Array) -> Array:
    """Rotate vectors. ``(..., 4), (..., 3) -> (..., 3)``.

    Examples
    --------
    >>> rotate(yaw(np.pi / 2), np.array([0.0, 0.0, 1.0])).round(3).tolist()
    [1.0, 0.0, 0.0]
    """
    return joined(parts.turned(parts.four(q), parts.three(v)))


def from_axis_angle(axis_angle: Array) -> Array:
    """Exponential map of ``(..., 3)`` rotation vectors in radians; safe at zero.

    Examples
    --------
    >>> from_axis_angle(np.array([0.0, np.pi, 0.0])).round(3).tolist()
    [0.0, 0.0, 1.0, 0.0]
    >>> from_axis_angle(np.zeros(3)).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    angle = length(axis_angle)
    # np.sinc(x) = sin(pi x) / (pi x), exact at 0
    scale = np.sinc(angle / (2 * np.pi)) * 0.5
    q = np.concatenate([np.cos(angle / 2), axis_angle * scale], axis=-1)
    return q.astype(axis_angle.dtype)


def to_axis_angle(q: Array) -> Array:
    """Logarithm: rotation vectors ``(..., 3)`` of at most pi radians."""
    q = np.where(q[..., :1] < 0, -q, q)
    sine = length(q[..., 1:])
    angle = 2 * np.arctan2(sine, q[..., :1])
    scale = np.where(sine > _SMALL, angle / np.where(sine > _SMALL, sine, 1), 2.0)
    return (q[..., 1:] * scale).astype(q.dtype)


def _matrix_entries(q: Array) -> list[list[Array]]:
    """Rows of the rotation matrices, each entry ``(...)``."""
    w, x, y, z = parts.four(q)
    return [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]


def to_matrix(q: Array) -> Array:
    """Rotation matrices ``(..., 3, 3)``."""
    out = np.empty((*q.shape[:-1], 3, 3), q.dtype)
    for i, row in enumerate(_matrix_entries(q)):
        for j, entry in enumerate(row):
            out[..., i, j] = entry
    return out


def from_matrix(m: Array) -> Array:
    """Quaternions with w >= 0 of rotation matrices (Shepperd 1978).

    Sums of the matrix' entries give the quaternion times 4w, 4x, 4y and 4z: four candidates that differ by a factor
    only. The one whose factor is largest (the diagonal holds their squares) is normalised; one near 0 would be noise.
    """
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    a, b, c = m[..., 2, 1], m[..., 0, 2], m[..., 1, 0]
    d, e, f = m[..., 1, 2], m[..., 2, 0], m[..., 0, 1]
    rows = (
        (1 + m00 + m11 + m22, a - d, b - e, c - f),
        (a - d, 1 + m00 - m11 - m22, c + f, b + e),
        (b - e, c + f, 1 - m00 + m11 - m22, a + d),
        (c - f, b + e, a + d, 1 - m00 - m11 + m22),
    )
    best = np.argmax(joined((rows[0][0], rows[1][1], rows[2][2], rows[3][3])), axis=-1)
    q = joined(tuple(np.choose(best, column) for column in zip(*rows, strict=True)))
    q = normalize(q)
    return np.where(q[..., :1] < 0, -q, q).astype(m.dtype)


def _axis(letter: str, angle: Array) -> Array:
    q = np.zeros((*np.shape(angle), 4), dtype=np.asarray(angle).dtype)
    q[..., 0] = np.cos(angle / 2)
    q[..., 1 + "XYZ".index(letter)] = np.sin(angle / 2)
    return q


def from_euler(angles: Array, order: str) -> Array:
    """Intrinsic Euler angles ``(..., 3)`` in radians, in the order of the letters, e.g. ``"ZXY"``."""
    q = _axis(order[0], angles[..., 0])
    for k in range(1, len(order)):
        q = multiply(q, _axis(order[k], angles[..., k]))
    return q


def to_euler(q: Array, order: str, *, unwrap: bool = False, before: Array | None = None) -> Array:
    """Intrinsic Euler angles ``(..., 3)`` of three different axes, in radians.

    With `unwrap`, axis 0 is time and the nearest of the equivalent triples to the frame before is
    taken, so that no angle jumps by a turn. `before` is what was given for the frame before the first, when a long
    motion comes in blocks.
    """
    i, j, k = ("XYZ".index(letter) for letter in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    # The letters (i, j, k) are an even permutation of XYZ or an odd one, which has the sines' signs turned.
    m = _matrix_entries(q.astype(np.float64))
    middle = np.arcsin(np.clip(sign * m[i][k], -1, 1))
    first = np.arctan2(-sign * m[j][k], m[k][k])
    last = np.arctan2(-sign * m[i][j], m[i][i])
    # Gimbal lock: only the sum or difference of first and last is defined, so the last is set to 0.
    locked = np.abs(m[i][k]) > 1 - 1e-9
    if locked.any():
        first = np.where(locked, np.arctan2(sign * m[k][j], m[j][j]), first)
        last = np.where(locked, 0.0, last)
    angles = joined((first, middle, last))
    if not unwrap:
        return angles
    return unwrap_euler(angles) if before is None else unwrap_euler(np.concatenate([before[None], angles]))[1:]


def continuous(q: Array) -> Array:
    """Flip signs along axis 0 so that neighbours in time lie in one hemisphere; `q` itself where they do.

    q and -q are one rotation, but interpolating or differencing between them goes the long way round.
    """
    dots = dot(q[1:], q[:-1])[..., 0]
    if not (dots < 0).any():
        return q
    flips = np.cumprod(np.where(dots < 0, -1, 1), axis=0)
    signs = np.concatenate([np.ones_like(flips[:1]), flips])
    return q * signs[..., None].astype(q.dtype)


def slerp(a: Array, b: Array, t: Array | float) -> Array:
    """Shortest great arc from `a` (t = 0) to `b` (t = 1); `t` broadcasts against the leading axes.

    Examples
    --------
    >>> halfway = slerp(yaw(0.0), yaw(1.0), 0.5)
    >>> round(float(heading(halfway)), 3)
    0.5
    """
    weight = np.asarray(t, dtype=a.dtype)[..., None]
    cosine = dot(a, b)
    b = np.where(cosine < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(cosine), 0, 1))
    sine = np.sin(angle)
    near = sine < 1e-4
    safe = np.where(near, 1, sine)
    left = np.where(near, 1 - weight, np.sin((1 - weight) * angle) / safe)
    right = np.where(near, weight, np.sin(weight * angle) / safe)
    return normalize((left * a + right * b).astype(a.dtype))


def mean(q: Array) -> Array:
    """Mean ``(4,)`` of rotations ``(N, 4)``, w >= 0: the eigenvector of their outer products (Markley et al. 2007)."""
    q = q.astype(np.float64)
    _, vectors = np.linalg.eigh(q.T @ q)
    found = vectors[:, -1]
    return found * np.sign(found[0] or 1.0)


def yaw(angle: Array | float) -> Array:
    """Rotation about +Y by `angle` radians; +Z turns towards +X."""
    return _axis("Y", np.asarray(angle, dtype=np.result_type(angle, np.float32)))


def heading(q: Array) -> Array:
    """Yaw angle ``(...)`` in radians of where +Z points after `q`.

    Examples
    --------
    >>> round(float(heading(yaw(0.25))), 3)
    0.25
    """
    w, x, y, z = parts.four(q)
    return np.arctan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))


def wrap_angle(angle: Array | float) -> Array:
    """The same angles ``(...)`` in radians from -pi up to pi."""
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)


def between(u: Array, v: Array) -> Array:
    """Shortest rotation that takes direction `u` to direction `v`; any half turn when opposite."""
    u = u / np.maximum(length(u), _SMALL)
    v = v / np.maximum(length(v), _SMALL)
    u, v = np.broadcast_arrays(u, v)
    cosine = dot(u, v)
    q = np.concatenate([1 + cosine, cross(u, v)], axis=-1).astype(np.float64)
    opposite = cosine < -1 + 1e-6
    if opposite.any():
        helper = np.where(np.abs(u[..., :1]) < 0.9, np.array([1, 0, 0]), np.array([0, 1, 0]))
        q = np.where(opposite, np.concatenate([np.zeros_like(cosine), cross(u, helper)], axis=-1), q)
    return normalize(q).astype(u.dtype)


def up_turn(axis: str) -> NDArray[np.float64]:
    """Rotation ``(4,)`` that turns an axis (``"z"``, ``"-y"``) to +Y, and leaves +X where it is if it can.

    Examples
    --------
    >>> rotate(up_turn("z"), np.array([1.0, 2.0, 3.0])).round(3).tolist()
    [1.0, 3.0, -2.0]
    """
    quarter = np.pi / 2
    turns = {
        "y": (0.0, 0.0, 0.0), "z": (-quarter, 0.0, 0.0), "x": (0.0, 0.0, quarter),
        "-y": (np.pi, 0.0, 0.0), "-z": (quarter, 0.0, 0.0), "-x": (0.0, 0.0, -quarter),
    }  # fmt: skip
    return np.asarray(from_axis_angle(np.array(turns[axis])))


def look(forward: Array, up: Array) -> Array:
    """Orientation whose +Z is `forward` and whose +Y is as near to `up` as that allows."""
    z = forward / np.maximum(length(forward), _SMALL)
    x = cross(np.broadcast_to(up, z.shape), z)
    x = x / np.maximum(length(x), _SMALL)
    return from_matrix(np.stack([x, cross(z, x), z], axis=-1))


def xyzw(q: Array) -> Array:
    """The same quaternions with w last, which is the order of glTF and three.js."""
    return q[..., [1, 2, 3, 0]]
