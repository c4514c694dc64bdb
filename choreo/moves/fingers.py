"""Shapes of the hands by count: each is there on its count, and a snap closes before it and opens on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.motion.hands import HAND_SHAPES, PINCHED, RELAXED
from choreo.moves.notation import Key, Move
from choreo.types import Doubles, Floats

TURN, SNAP, PINCH = 0.15, 0.05, 0.12
"""Seconds in which a hand changes its shape, in which a finger snaps, and for which it is held before."""


def plan_fingers(move: Move, counts: Doubles, fps: float) -> Floats | None:
    """Hands ``(T, 2, 5, 2)`` as of `choreo.motion.hands`; None when no key says anything of them."""
    arms = [[key for key in rows if "hand" in key] for rows in (move.left_arm, move.right_arm)]
    if not any(arms):
        return None
    pace = max(float(counts[-1] - counts[0]) / max(len(counts) - 1, 1) * fps, 1e-6)
    return np.stack([_one(rows, counts, pace, move) for rows in arms], axis=1).astype(np.float32)


def _one(keys: Sequence[Key], counts: Doubles, pace: float, move: Move) -> Doubles:
    """One hand ``(T, 5, 2)``; `pace` is counts a second."""
    rows = [(float(key["at"]), str(key["hand"])) for key in keys]
    if rows and move.cyclic:  # what is held at the end is held at the beginning
        rows = [(at - move.counts, name) for at, name in rows] + rows
    out = np.tile(RELAXED.astype(np.float64), (len(counts), 1, 1))
    first = counts[0] - 1e3  # the first shape was there all along
    for number, (at, name) in enumerate(rows):
        turn = (TURN if number else 1e-6) * pace
        begin = at if number else first
        if name == "snap":
            closed = at - (PINCH + SNAP) * pace
            _go(out, counts, closed - TURN * pace, closed, PINCHED)
            begin, turn = at, SNAP * pace
        _go(out, counts, begin - turn, begin, HAND_SHAPES[name])
    return out


def _go(out: Doubles, counts: Doubles, begin: float, end: float, shape: Floats) -> None:
    """Go over to `shape` between two counts, and stay."""
    share = smootherstep((counts - begin) / (end - begin))[:, None, None]
    out += (shape - out) * share


__all__ = ["plan_fingers"]
