"""A pose that is held before a move ends: what makes the time between accents uneven."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from choreo.moves.frame import floor_path
from choreo.moves.notation import KINDS, Move

HOLD, SHARE = 4.4, 0.38
"""Counts before the end of a move from which on it is held, at most this share of it."""
NEAR = (0.4, 40.0)
"""Metres and degrees that may lack of where the move leads when it is held; they are made up for as it is let go of."""
LET_GO = 0.75
"""Counts before the end in which that is done."""
LEAST = 8
"""Counts that a move must have to be held at its end."""


def _until(move: Move) -> float:
    """Count from which on a move is held."""
    return move.counts - min(HOLD, SHARE * move.counts)


def can_hold(move: Move) -> bool:
    """Whether the end of a move may be held: it is long, has come to where it leads, and stands on the floor."""
    until = _until(move)
    if move.counts < LEAST or move.role != "move":
        return False
    path = floor_path(move, np.array([0.0, until]))
    ground, turn = path.at(until)
    arrived = np.hypot(*(ground - move.travel)) < NEAR[0] and abs(np.degrees(turn) - move.turn) < NEAR[1]
    last = {key["foot"]: key for key in move.feet if key["at"] <= until}
    return bool(arrived) and not any(key.get("how") in ("jump", "kick") for key in last.values())


def held_at_end(move: Move) -> Move:
    """The move without what it does in its last counts: the pose that it has come to is held."""
    until = _until(move)
    parts: dict[str, Any] = {
        kind: tuple(key for key in getattr(move, kind) if key["at"] <= until)
        for kind in (*KINDS, "left_arm", "right_arm")
        if kind != "path"
    }
    for kind, rows in parts.items():
        if not rows:  # what a part first does in the held counts it does not do
            parts[kind] = getattr(move, kind)[:1]
    path = floor_path(move, np.array([0.0, until]))
    ground, turn = path.at(until)
    here = {"to": ground.tolist(), "turn": float(np.degrees(turn))}
    end = {"at": float(move.counts), "to": list(move.travel), "turn": move.turn}
    parts["path"] = (
        *(key for key in move.path if key["at"] < until),
        {"at": until, **here},
        {"at": move.counts - LET_GO, **here},
        end,
    )
    hits: dict[str, Any] = {
        kind: tuple(hit for hit in getattr(move, kind) if hit[0] <= until) for kind in ("accents", "pops")
    }
    return replace(move, hold=until, **parts, **hits)


def standing(move: Move) -> Move:
    """A move of as many counts in which nothing is done: feet and body stay as the move before leaves them."""
    nothing: dict[str, Any] = {kind: () for kind in (*KINDS, "left_arm", "right_arm", "accents", "pops")}
    return replace(move, hold=0.0, travel=(0.0, 0.0), turn=0.0, groove={"kind": "none", "depth": 0.0}, **nothing)


__all__ = ["can_hold", "held_at_end", "standing"]
