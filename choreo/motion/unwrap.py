"""Euler angles continuous in time, without a loop over frames."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TURN = 2 * np.pi
_MIRRORED = np.array([1.0, -1.0, 1.0])
_OUTER = np.array([1.0, 0.0, 1.0])


def unwrap_euler(angles: Array) -> Array:
    """Choose, frame by frame, the triple of equal rotation that is nearest to the frame before.

    Each rotation has two triples, (a, b, c) and (a + pi, pi - b, c + pi), and each angle may be moved by whole turns.
    `np.unwrap` knows the turns only: where the middle angle passes a quarter turn, the outer two would jump by pi.

    Parameters
    ----------
    angles
        ``(T, ..., 3)`` radians, time first; the first frame is taken as it is.

    Returns
    -------
    ``(T, ..., 3)``, none of them -0
    """
    own = angles.reshape(len(angles), -1, 3) + 0.0
    other = np.stack([own[..., 0] + np.pi, np.pi - own[..., 1], own[..., 2] + np.pi], axis=-1)
    out = _likely(own, other)
    # What was worked out for all frames at once is right where each frame is the nearest to the one before it. Where
    # rounding decides between two that are equally near, it may be another one than in a loop: there the loop goes on.
    wrong = (nearest(own[1:], other[1:], out[:-1]) != out[1:]).any(axis=-1)
    if wrong.any():
        late = wrong.any(axis=0)
        for t in range(1 + int(wrong.any(axis=1).argmax()), len(out)):
            out[t, late] = nearest(own[t, late], other[t, late], out[t - 1, late])
    return out.reshape(angles.shape)


def nearest(own: Array, other: Array, before: Array) -> Array:
    """Of both triples ``(..., 3)`` of rotations the one nearest to `before`, moved by whole turns."""
    near = [c - TURN * np.round((c - before) / TURN) for c in (own, other)]
    gap, other_gap = (_total(np.abs(c - before)) for c in near)
    return np.where((gap <= other_gap)[..., None], near[0], near[1])


def _total(v: Array) -> Array:
    return np.asarray(v[..., 0] + v[..., 1] + v[..., 2])


def _likely(own: Array, other: Array) -> Array:
    """What the loop over frames gives, unless rounding comes into it.

    Whether the other triple is nearer to the frame before, and by how many turns, does not depend on what that frame
    was moved by. So each frame is compared with its neighbour as it was given, and the choices are added up.
    """
    before = own[:-1]
    ahead, aside = own[1:] - before, other[1:] - before
    turns, other_turns = np.round(ahead / TURN), np.round(aside / TURN)
    changes = _total(np.abs(ahead - TURN * turns)) > _total(np.abs(aside - TURN * other_turns))
    is_other = np.logical_xor.accumulate(changes, axis=0)
    # Seen from the other triple of the frame before: the middle angle goes the other way, and from (a + pi) of one
    # frame back to a of the next is half a turn less, where from a to (a + pi) is half a turn more.
    moved = np.where(changes[..., None], other_turns, turns)
    moved = np.where((is_other ^ changes)[..., None], moved * _MIRRORED - changes[..., None] * _OUTER, moved)
    out = own.copy()
    out[1:] = np.where(is_other[..., None], other[1:], own[1:]) - TURN * np.cumsum(moved, axis=0)
    return out


__all__ = ["nearest", "unwrap_euler"]
