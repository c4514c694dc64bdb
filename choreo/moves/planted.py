"""Hands that are planted on the floor: where in the world, since when, and how they lie there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from choreo.motion.rotations import Array, from_matrix
from choreo.moves.frame import turned
from choreo.moves.notation import Key, Move
from choreo.moves.tracks import sample

PALM = 0.035
"""Metres of a wrist over the floor when the hand lies flat."""
OVER = 0.5, 0.14
"""Share of its way that a hand is lifted from one place on the floor to the next, and at most so many metres."""


def plan_planted(
    move: Move, keys: Sequence[Key], side: int, counts: Array, origin: Array, heading: Array
) -> tuple[Array, Array, Array]:
    """Wrist on the floor ``(T, 3)`` metres, how much it is there ``(T,)``, and where fingers point ``(T, 3)``.

    A place is one of the dancer's frame, ``origin (T, 3)`` and ``heading (T,)``, at the key's own count. A key that
    repeats the place of the one before leaves the hand where it lies in the world, whatever the frame does. `side` is
    0 left, 1 right.
    """
    end, cyclic = float(move.counts), move.cyclic
    down: list[Key] = []
    share: list[Key] = []
    before: Key | None = None
    for key in keys:
        at = {"at": key["at"], "ease": key.get("ease", "smooth")}
        if "floor" in key:
            ground = np.array([np.interp(key["at"], counts, origin[:, axis]) for axis in (0, 2)])
            turn = float(np.interp(key["at"], counts, heading))
            local = np.array(key["floor"], dtype=float)
            x, z = ground + turned(local, turn)
            # Fingers away from the body, and always a little forward and out.
            out = 1.0 if side == 0 else -1.0
            f = turned(local / max(float(np.hypot(*local)), 0.2) + np.array([0.25 * out, 0.6]), turn)
            lies = {"place": [x, z], "points": f.tolist()}
            if before is not None and "floor" in before and before["floor"] == key["floor"]:
                lies = {name: down[-1][name] for name in lies}  # the same again: it stays
            down.append({**at, **lies})
            share.append({**at, "on": 1.0})
        elif "to" in key:
            share.append({**at, "on": 0.0})
        before = key if "to" in key or "floor" in key else before
    if not down:
        return np.zeros((len(counts), 3)), np.zeros(len(counts)), np.tile([0.0, 0.0, 1.0], (len(counts), 1))
    on = np.clip(sample(share, "on", counts, end, cyclic), 0.0, 1.0)
    place, points = (sample(down, name, counts, end, cyclic) for name in ("place", "points"))
    height = np.full(len(counts), PALM)
    for a, b in pairwise(down):
        way = float(np.hypot(*np.subtract(b["place"], a["place"])))
        u = np.clip((counts - a["at"]) / (b["at"] - a["at"]), 0.0, 1.0)
        height += min(OVER[0] * way, OVER[1]) * 16 * (u * (1 - u)) ** 2
    f = np.stack([points[:, 0], np.zeros(len(counts)), points[:, 1]], axis=-1)
    f /= np.maximum(np.linalg.norm(f, axis=-1, keepdims=True), 1e-6)
    return np.stack([place[:, 0], height, place[:, 1]], axis=-1), on, f


def flat_hands(fingers: Array) -> Array:
    """World orientations ``(T, 2, 4)`` of hands, palm down, whose fingers point along ``(T, 2, 3)``."""
    up = np.zeros_like(fingers)
    up[..., 1] = 1.0
    along = fingers * np.array([[1.0], [-1.0]])
    return np.asarray(from_matrix(np.stack([along, up, np.cross(along, up)], axis=-1)))
