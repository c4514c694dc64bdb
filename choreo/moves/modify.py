"""Temporary."""

from dataclasses import replace
from choreo.moves.notation import Move, _mirrored, _OTHER
from choreo.types import Modifiers


def modified(move: Move, modifiers: Modifiers) -> Move:
    return move


def mirrored_move(move: Move) -> Move:
    st = dict(move.stance)
    l, r = st.get("left"), st.get("right")
    st.pop("left", None)
    st.pop("right", None)
    if r is not None:
        st["left"] = [-r[0], r[1]]
    if l is not None:
        st["right"] = [-l[0], l[1]]
    if "weight" in st:
        st["weight"] = _OTHER[st["weight"]]
    parts = {k: tuple(_mirrored(k, x) for x in getattr(move, k)) for k in ("path", "feet", "pelvis", "torso", "head")}
    return replace(
        move,
        stance=st,
        travel=(-move.travel[0], move.travel[1]),
        turn=-move.turn,
        left_arm=move.right_arm,
        right_arm=move.left_arm,
        **parts,
    )
