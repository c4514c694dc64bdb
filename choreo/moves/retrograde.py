"""A move danced backwards: its poses in reverse order, with steps that land on counts all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.moves.farther import DIGITS, GRID
from choreo.moves.feet import FootPose, FootStep
from choreo.moves.foot_steps import ankle_of, foot_steps, stance_pose
from choreo.moves.frame import BodyMeasures, FloorPath, floor_path, turned
from choreo.moves.notation import Key, Move
from choreo.moves.resize import deepest, has_floor_hands

TURN = 60.0
"""Degrees that a move may turn away from where it begins and still be danced backwards."""
LOW = -0.3
"""Metres of the pelvis' height under which a move works on the floor, and is not danced backwards."""
OUT = 30.0
"""Degrees by which a foot may end turned from where the dancer faces: it has to begin so."""
LANDS = 0.5
"""Counts on whose multiples steps land that are danced backwards."""
_CURVES = ("pelvis", "torso", "head", "left_arm", "right_arm")
_ONE_WAY = ("jump", "kick", "swivel", "slide")


@lru_cache(maxsize=1024)
def can_reverse(move: Move) -> bool:
    """Whether a move can be danced backwards: no jumps, kicks or slides, nothing on the floor, no large turns."""
    if move.role != "move" or has_floor_hands(move) or deepest(move) <= LOW:
        return False
    if any(key.get("how", "flat") in _ONE_WAY for key in move.feet):
        return False
    if any(abs(float(key.get("turn", 0.0))) > TURN for key in (*move.path, {"turn": move.turn})):
        return False
    try:
        made = reversed_move(move)
        path, measures = floor_path(made, np.zeros(1)), BodyMeasures.of(CANONICAL)
        for side in SIDES:
            foot_steps(made, path, side, stance_pose(made, path, 0.0, side, measures), measures)
    except MotionError:
        return False
    return True


def reversed_move(move: Move) -> Move:
    """The move danced backwards.

    Raises
    ------
    MotionError
        When it ends on a foot that is not flat on the floor, which cannot be begun with, or its steps overlap.
    """
    counts, measures = float(move.counts), BodyMeasures.of(CANONICAL)
    path = floor_path(move, np.linspace(0.0, counts, GRID * move.counts + 1))
    feet: list[Key] = []
    stance: dict[str, Any] = dict(move.stance)
    for side in SIDES:
        begin = stance_pose(move, path, 0.0, side, measures)
        steps = foot_steps(move, path, side, begin, measures)
        held = steps[-1].new if steps else begin
        _check_flat(move, side, held, path)
        sign = 1.0 if side == "left" else -1.0
        stance[side] = _rounded(path.to_dancer(ankle_of(held, sign, measures), counts))
        feet += _backwards(steps, side, path, counts, measures)
    stance.pop("weight", None)
    ends = path.at(counts)
    grid = np.linspace(0.0, counts, GRID * move.counts + 1)[1:]
    keys: list[Key] = []
    for count in grid:
        ground, yaw = path.at(counts - count)
        to = _rounded(turned(ground - ends[0], -ends[1]))
        keys.append({"at": float(count), "to": to, "turn": round(float(np.degrees(yaw - ends[1])), DIGITS)})
    moving = any(any(key["to"]) or key["turn"] for key in keys)
    last = keys[-1]
    curves: dict[str, Any] = {kind: _turned_round(getattr(move, kind), counts) for kind in _CURVES}
    return replace(
        move,
        stance=stance,
        feet=tuple(sorted(feet, key=lambda key: float(key["at"]))),
        path=tuple(keys) if moving else (),
        travel=(last["to"][0], last["to"][1]) if moving else (0.0, 0.0),
        turn=float(last["turn"]) if moving else 0.0,
        accents=_hits(move.accents, counts),
        pops=_hits(move.pops, counts),
        **curves,
    )


def _rounded(place: np.ndarray) -> list[float]:
    return [round(float(v), DIGITS) + 0.0 for v in place]


def _check_flat(move: Move, side: str, held: FootPose, path: FloorPath) -> None:
    sign = 1.0 if side == "left" else -1.0
    out = np.degrees(held.yaw - path.at(float(move.counts))[1]) * sign
    if held.lift or abs(held.pitch) > 1e-6 or abs(out) > OUT:
        raise move.error("feet", f"the {side} foot does not end flat: the move cannot be danced backwards")


def _backwards(
    steps: Sequence[FootStep], side: str, path: FloorPath, counts: float, measures: BodyMeasures
) -> list[Key]:
    """Steps of a foot that lead back over the places from which its steps came."""
    out: list[Key] = []
    sign = 1.0 if side == "left" else -1.0
    for number in range(len(steps) - 1, -1, -1):
        step = steps[number]
        before = steps[number - 1] if number else None
        # It left its place at `begin`, so it comes back there so long before the end, on the next half count.
        at = min(np.ceil((counts - step.begin) / LANDS - 1e-6) * LANDS, counts)
        if before is not None:
            at = min(at, counts - before.at)
        old = step.old
        key: Key = {"at": float(at), "foot": side, "how": before.how if before else "flat"}
        key["to"] = _rounded(path.to_dancer(ankle_of(old, sign, measures), counts - at))
        key["out"] = round(float(np.degrees(old.yaw - path.at(counts - at)[1])) * sign, DIGITS)
        key["duration"] = max(step.at - step.begin, 0.2)
        if before is not None:
            key |= {name: before.key[name] for name in ("pitch", "weight", "knee") if name in before.key}
        if "height" in step.key:
            key["height"] = step.key["height"]
        out.append(key)
    return out


def _turned_round(keys: Sequence[Key], counts: float) -> tuple[Key, ...]:
    return tuple({**key, "at": counts - float(key["at"])} for key in reversed(keys))


def _hits(hits: Sequence[tuple[float, float]], counts: float) -> tuple[tuple[float, float], ...]:
    return tuple((counts - at, strength) for at, strength in reversed(hits))
