"""How a move is danced in a step: a move of the notation in, another one out.

A modified move has the counts of the one it is made of. What it cannot do it does as far as it can: feet must reach,
and no foot that stands is turned over by more than people can.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from choreo.motion.skeleton import SIDES
from choreo.moves.farther import Room, farther, room_of, with_places
from choreo.moves.foot_steps import STANCE
from choreo.moves.notation import KINDS, Move, mirrored_hand, mirrored_key
from choreo.moves.resize import arms_at, can_double, holding, levelled, lowest_level, sized
from choreo.moves.retrograde import can_reverse, reversed_move
from choreo.types import Modifiers

SIZES = (0.75, 1.3)
"""Sizes that a move may be danced at."""


@lru_cache(maxsize=1024)
def modified(move: Move, modifiers: Modifiers) -> Move:
    """The move as a step dances it.

    Raises
    ------
    MotionError
        When the move itself cannot be danced.

    Examples
    --------
    >>> from choreo.moves import load_moves
    >>> from choreo.types import Modifiers
    >>> move = load_moves()["step-touch"]
    >>> turned = modified(move, Modifiers(turn=45))
    >>> turned.counts == move.counts, turned.turn - move.turn
    (True, 45.0)
    """
    if modifiers == Modifiers():
        return move
    if modifiers.retrograde and can_reverse(move):
        move = reversed_move(move)
    if modifiers.arms != 1.0:
        move = arms_at(move, modifiers.arms)
    if modifiers.held:
        move = holding(move, modifiers.held)
    if (modifiers.size, modifiers.level, modifiers.turn, modifiers.aside, modifiers.ahead) == (1.0, 0.0, 0.0, 0.0, 0.0):
        return move
    move = with_places(move)
    if modifiers.size != 1.0:
        move = sized(move, min(max(modifiers.size, SIZES[0]), SIZES[1]))
    if modifiers.level:
        move = levelled(move, modifiers.level)
    if modifiers.turn or modifiers.aside or modifiers.ahead:
        move = farther(move, modifiers.turn, modifiers.aside, modifiers.ahead)
    return move


def mirrored_move(move: Move) -> Move:
    """The move danced on the other side: its motion is the mirror image of the move's.

    Examples
    --------
    >>> from choreo.moves import load_moves
    >>> move = load_moves()["waltz-turn"]
    >>> mirrored_move(move).turn == -move.turn
    True
    """
    other = dict(zip(SIDES, reversed(SIDES), strict=True))
    parts: dict[str, Any] = {kind: tuple(mirrored_key(kind, key) for key in getattr(move, kind)) for kind in KINDS}
    for side in SIDES:
        parts[f"{side}_arm"] = tuple(mirrored_hand(key) for key in getattr(move, f"{other[side]}_arm"))
    stance = dict(move.stance)
    for side in SIDES:
        x, z = move.stance.get(other[side], STANCE[other[side]])
        stance[side] = [-x, z]
    if "weight" in stance:
        stance["weight"] = other.get(stance["weight"], stance["weight"])
    travel = (-move.travel[0], move.travel[1])
    return replace(move, stance=stance, travel=travel, turn=-move.turn, **parts)


__all__ = ["Room", "can_double", "can_reverse", "lowest_level", "mirrored_move", "modified", "room_of"]
