"""The formulas of `choreo.motion` in numpy's general functions: what the fast ones must equal, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from choreo.types import Skeleton

Array = NDArray[Any]


def same_bits(a: Array, b: Array) -> bool:
    """Whether type, shape and every bit are equal; zeros have signs."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def multiply(a: Array, b: Array) -> Array:
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def rotate(q: Array, v: Array) -> Array:
    u, w = q[..., 1:], q[..., :1]
    t = 2 * np.cross(u, v)
    return np.asarray(v + w * t + np.cross(u, t))


def normalize(q: Array) -> Array:
    norm = np.linalg.norm(q, axis=-1, keepdims=True)
    identity = np.zeros_like(q)
    identity[..., 0] = 1
    safe = np.where(norm > 1e-8, norm, 1).astype(q.dtype)
    return np.where(norm > 1e-8, q / safe, identity)


def between(u: Array, v: Array) -> Array:
    u = u / np.maximum(np.linalg.norm(u, axis=-1, keepdims=True), 1e-8)
    v = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-8)
    u, v = np.broadcast_arrays(u, v)
    dot = np.sum(u * v, axis=-1, keepdims=True)
    q = np.concatenate([1 + dot, np.cross(u, v)], axis=-1)
    helper = np.where(np.abs(u[..., :1]) < 0.9, np.array([1, 0, 0]), np.array([0, 1, 0]))
    half = np.concatenate([np.zeros_like(dot), np.cross(u, helper)], axis=-1)
    return normalize(np.where(dot < -1 + 1e-6, half, q)).astype(u.dtype)


def continuous(q: Array) -> Array:
    dots = np.sum(q[1:] * q[:-1], axis=-1)
    flips = np.cumprod(np.where(dots < 0, -1, 1), axis=0)
    signs = np.concatenate([np.ones_like(flips[:1]), flips]) if len(q) > 1 else np.ones(q.shape[:-1])
    return np.asarray(q * signs[..., None].astype(q.dtype))


def from_matrix(m: Array) -> Array:
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    a, b, c = m[..., 2, 1], m[..., 0, 2], m[..., 1, 0]
    d, e, f = m[..., 1, 2], m[..., 2, 0], m[..., 0, 1]
    rows = [
        [1 + m00 + m11 + m22, a - d, b - e, c - f],
        [a - d, 1 + m00 - m11 - m22, c + f, b + e],
        [b - e, c + f, 1 - m00 + m11 - m22, a + d],
        [c - f, b + e, a + d, 1 - m00 - m11 + m22],
    ]
    candidates = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    best = np.argmax(np.diagonal(candidates, axis1=-2, axis2=-1), axis=-1)
    q = normalize(np.take_along_axis(candidates, best[..., None, None], axis=-2)[..., 0, :])
    return np.where(q[..., :1] < 0, -q, q).astype(m.dtype)


def to_matrix(q: Array) -> Array:
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def unwrap_euler(angles: Array) -> Array:
    """Frame by frame: of the triples of one rotation the one that is nearest to the frame before."""
    out = angles.copy()
    other = np.stack([angles[..., 0] + np.pi, np.pi - angles[..., 1], angles[..., 2] + np.pi], axis=-1)
    turn = 2 * np.pi
    for t in range(1, len(out)):
        near = [c - turn * np.round((c - out[t - 1]) / turn) for c in (angles[t], other[t])]
        gap = [np.abs(c - out[t - 1]).sum(axis=-1, keepdims=True) for c in near]
        out[t] = np.where(gap[0] <= gap[1], near[0], near[1])
    return out


def forward(skeleton: Skeleton, translation: Array, rotations: Array) -> tuple[Array, Array]:
    """Joint by joint."""
    positions = np.empty((*rotations.shape[:-1], 3), dtype=rotations.dtype)
    world = np.empty_like(rotations)
    positions[..., 0, :], world[..., 0, :] = translation, rotations[..., 0, :]
    for joint in range(1, len(skeleton)):
        parent = int(skeleton.parents[joint])
        above = world[..., parent, :]
        world[..., joint, :] = multiply(above, rotations[..., joint, :])
        positions[..., joint, :] = positions[..., parent, :] + rotate(above, skeleton.offsets[joint])
    return positions, world


def two_bone(root: Array, target: Array, pole: Array, upper: float, lower: float) -> tuple[Array, Array]:
    """One limb; `choreo.motion.ik.SLACK` is .003."""

    def unit(v: Array) -> Array:
        return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9))

    along = target - root
    raw = np.linalg.norm(along, axis=-1, keepdims=True)
    direction = unit(along)
    reach = np.clip(raw, abs(upper - lower) + 1e-4, (upper + lower) * (1 - 0.003))
    cosine = np.clip((upper**2 + reach**2 - lower**2) / (2 * upper * reach), -1, 1)
    sideways = pole - np.sum(pole * direction, axis=-1, keepdims=True) * direction
    middle = root + upper * (cosine * direction + np.sqrt(1 - cosine**2) * unit(sideways))
    return middle, root + reach * direction


def limb(
    bones: tuple[Array, Array],
    root: Array,
    above: Array,
    target: Array,
    pole: Array,
    flexes: tuple[float, float, float],
    share: float,
) -> tuple[Array, Array, Array]:
    """One limb of an authored move: local rotations of upper and middle joint, and the lower bone's in the world.

    `bones` are ``(3,)`` each, the others by frame; `share` of the twist is the upper joint's.
    """

    def basis(along: Array, bend: Array) -> Array:
        first = along / np.linalg.norm(along, axis=-1, keepdims=True)
        bend = bend - np.sum(bend * first, axis=-1, keepdims=True) * first
        second = bend / np.maximum(np.linalg.norm(bend, axis=-1, keepdims=True), 1e-9)
        return np.stack([first, second, np.cross(first, second)], axis=-1)

    def turn(rest: Array, along: Array, bend: Array) -> Array:
        return from_matrix(basis(along, bend) @ basis(rest, np.array(flexes)).T)

    inverse = np.array([1.0, -1.0, -1.0, -1.0])
    knee, tip = two_bone(root, target, pole, *(float(np.linalg.norm(bone)) for bone in bones))
    first, second = knee - root, tip - knee
    hinge = np.cross(pole, tip - root)
    upper, lower = turn(bones[0], first, np.cross(hinge, first)), turn(bones[1], second, np.cross(hinge, second))
    if share < 1:
        plain = multiply(above, between(bones[0], rotate(above * inverse, first)))
        axis = first / np.linalg.norm(first, axis=-1, keepdims=True)
        twist = multiply(upper, plain * inverse)
        angle = np.unwrap(2 * np.arctan2(np.sum(twist[:, 1:] * axis, axis=-1), twist[:, 0]))
        angle -= 2 * np.pi * np.round(np.median(angle) / (2 * np.pi))
        turned = axis * (share * angle)[:, None]
        size = np.linalg.norm(turned, axis=-1, keepdims=True)
        part = np.concatenate([np.cos(size / 2), turned * (np.sinc(size / (2 * np.pi)) * 0.5)], axis=-1)
        upper = multiply(part, plain)
    return multiply(above * inverse, upper), multiply(upper * inverse, lower), lower


def curve(at: Array, values: Array, eases: list[str], counts: Array) -> Array:
    """Keys of `choreo.moves.tracks`, every kind of easing worked out everywhere."""
    names, steps = ("smooth", "swing", "sharp", "linear"), np.diff(values, axis=0) / np.diff(at)[:, None]
    slopes = np.zeros_like(values)
    a, b = steps[:-1], steps[1:]
    slopes[1:-1] = np.where(a * b > 0, 2 * a * b / np.where(a * b > 0, a + b, 1.0), 0.0)
    last = len(at) - 1
    slopes *= np.array([eases[k] == "smooth" and eases[min(k + 1, last)] == "smooth" for k in range(len(at))])[:, None]
    where = np.clip(np.searchsorted(at, counts, side="right") - 1, 0, last - 1)
    start, length = at[where], np.diff(at)[where]
    u = np.clip((counts - start) / length, 0.0, 1.0)
    kind = np.array([names.index(ease) for ease in eases])[where + 1]

    def quintic(s: Array) -> Array:
        s = np.clip(s, 0, 1)
        return np.asarray(s * s * s * (10 + s * (6 * s - 15)))

    sharp = 1 - (1 - u) * length / np.minimum(0.55, length)
    blend = np.select([kind == 1, kind == 2, kind == 3], [quintic(u), quintic(sharp), u], u * u * (3 - 2 * u))
    out = values[where] + (values[where + 1] - values[where]) * blend[:, None]
    bend = (u * (1 - u) ** 2 * length)[:, None] * slopes[where]
    bend = bend - (u * u * (1 - u) * length)[:, None] * slopes[where + 1]
    return np.asarray(np.where((kind == 0)[:, None], out + bend, out))
