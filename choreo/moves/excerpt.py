"""A part of a move as a move of its own: some of its bars, begun and ended as they are within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.moves.foot_steps import ankle_of, foot_steps, stance_pose
from choreo.moves.frame import BodyMeasures, FloorPath, floor_path, turned
from choreo.moves.notation import Key, Move
from choreo.moves.tracks import sample

DIGITS = 4
CHANNELS = ("pelvis", "torso", "head")
LANDED = 0.15
"""Counts after the beginning up to which a foot that lands stands there from the beginning on."""
SAME = 0.25
"""Counts after the beginning up to which a key stands for what is held there."""


def excerpt(move: Move, first: int, last: int) -> Move:
    """The counts from `first` to `last` of a move, danced alone.

    Feet begin where they stand at `first`, the body with the pose that it has there; steps that land before it, and
    after `last`, are left out.

    Raises
    ------
    MotionError
        When the steps of the move cannot be danced.
    """
    # The frame is written wherever it is led to and wherever a foot lands: so feet land where they do in the whole.
    inside = {float(key["at"]) for key in (*move.path, *move.feet) if first < key["at"] < last}
    marks = np.array([float(first), *sorted(inside), float(last)])
    path = floor_path(move, marks)
    way, ends = _path(path, marks)
    stance, feet = _feet(move, path, first, last)
    channels: dict[str, Any] = {kind: _channels(move, kind, first, last) for kind in CHANNELS}
    return replace(
        move,
        counts=last - first,
        cyclic=False,
        path=way,
        travel=(ends["to"][0], ends["to"][1]),
        turn=ends["turn"],
        stance=stance,
        feet=feet,
        left_arm=_held(move.left_arm, first, last),
        right_arm=_held(move.right_arm, first, last),
        accents=_hits(move.accents, first, last),
        pops=_hits(move.pops, first, last),
        **channels,
    )


def _path(path: FloorPath, marks: np.ndarray[Any, Any]) -> tuple[tuple[Key, ...], Key]:
    """Keys of the dancer's frame as seen from where it is at the first of the counts `marks`; and the last of them."""
    origin, facing = path.at(float(marks[0]))
    keys: list[Key] = []
    for count in marks[1:]:
        ground, yaw = path.at(float(count))
        to = [round(float(v), DIGITS) + 0.0 for v in turned(ground - origin, -facing)]
        turn = round(float(np.degrees(yaw - facing)), DIGITS) + 0.0
        keys.append({"at": float(count - marks[0]), "to": to, "turn": turn})
    still = not any(key["turn"] or any(key["to"]) for key in keys)
    return (() if still else tuple(keys)), keys[-1]


def _feet(move: Move, path: FloorPath, first: int, last: int) -> tuple[dict[str, Any], tuple[Key, ...]]:
    """The stance at `first` and the steps that land after it; their places are of the dancer's frame, as before."""
    measures = BodyMeasures.of(CANONICAL)
    stance: dict[str, Any] = {name: value for name, value in move.stance.items() if name == "out"}
    feet: list[Key] = []
    landed: list[tuple[float, str]] = []
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        held = stance_pose(move, path, 0.0, side, measures)
        for step in foot_steps(move, path, side, held, measures):
            if step.at > last:
                break
            if step.at <= first + LANDED * (first > 0):
                held = step.new
                if step.how not in ("tap", "kick", "toe", "heel"):
                    landed.append((step.at, side))
                continue
            key = {name: value for name, value in step.key.items() if name != "by"} | {"at": step.at - first}
            if "to" in key or "by" in step.key:
                place = path.to_dancer(ankle_of(step.new, sign, measures), step.at)
                key["to"] = [round(float(v), DIGITS) for v in place]
            feet.append(key)
        place = path.to_dancer(ankle_of(held, sign, measures), float(first))
        stance[side] = [round(float(v), DIGITS) for v in place]
    if landed:
        stance["weight"] = max(landed)[1]
    elif "weight" in move.stance:
        stance["weight"] = move.stance["weight"]
    return stance, tuple(sorted(feet, key=lambda key: float(key["at"])))


def _channels(move: Move, kind: str, first: int, last: int) -> tuple[Key, ...]:
    """Keys of pelvis, torso or head; the first has what all of them are at `first`."""
    keys: Sequence[Key] = getattr(move, kind)
    names = list(dict.fromkeys(name for key in keys for name in key if name not in ("at", "ease")))
    own = [{**key, "at": key["at"] - first} for key in keys if first < key["at"] <= last]
    if not names or not first:
        return tuple([key for key in keys if key["at"] <= last] if not first else own)
    at = np.array([float(first)])
    begin = {name: round(float(sample(keys, name, at, move.counts, False)[0]), DIGITS) for name in names}
    return ({"at": 0.0, **begin}, *own)


def _held(keys: Sequence[Key], first: int, last: int) -> tuple[Key, ...]:
    """Keys of an arm; the first is what the hand holds at `first`, its place and its shape."""
    own = [{**key, "at": key["at"] - first} for key in keys if first < key["at"] <= last]
    before = [key for key in keys if key["at"] <= first]
    if not before or (own and own[0]["at"] <= SAME):
        return tuple(own)
    begin: Key = {}
    for key in before:
        begin |= {name: value for name, value in key.items() if name != "ease"}
        if ("to" in key or "floor" in key) and "elbow" not in key:
            begin.pop("elbow", None)
        begin.pop("floor" if "to" in key else "to" if "floor" in key else "", None)
    return ({**begin, "at": 0.0}, *own)


def _hits(hits: Sequence[tuple[float, float]], first: int, last: int) -> tuple[tuple[float, float], ...]:
    return tuple((at - first, strength) for at, strength in hits if first < at <= last or at == first == 0)


__all__ = ["excerpt"]
