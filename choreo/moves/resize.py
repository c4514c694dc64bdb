"""A move danced larger or smaller, higher or lower, with its arms at another pace, or with a part held still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from choreo.moves.arms import SHAPES
from choreo.moves.foot_steps import STANCE
from choreo.moves.notation import Key, Move

CENTRE = (0.25, -0.55, 0.42)
"""Where a hand is that does nothing, in arm lengths: reaches grow and shrink from here."""
STEPS = (0.8, 1.15)
"""Steps grow and shrink by no more than this: feet must still be reached."""
REACH = 0.94
"""Arm lengths that a grown reach may have, unless the move is notated farther."""
GROWING: Mapping[str, tuple[str, ...]] = {
    "pelvis": ("x", "z", "yaw", "tilt", "pitch"),
    "torso": ("lean", "side", "twist", "slide", "pop", "shrug_left", "shrug_right"),
    "head": ("yaw", "nod", "tilt"),
}
"""Channels that size scales."""
FLOOR = -0.3
"""Metres of the pelvis' height below which a move works on the floor: its depth stays as it is written."""
DEEPEST = 0.36
"""Metres below standing, groove included, to which a lowered move may sink."""
HIGHEST = -0.03
"""Metres by which a move may be lifted, which straightens the knees."""
WIDER = 0.3
"""Metres that each foot stands farther out for a metre lower."""
LEANING = 60.0
"""Degrees that the trunk leans for a metre lower."""
DEEPEST_GROOVE = 0.14
"""Metres of groove that size may grow to."""
BUSY = 0.9
"""Counts between the keys of an arm under which it cannot be danced at double time."""


def sized(move: Move, size: float) -> Move:
    """Scale reaches, turns of the trunk, steps and what they travel; feet keep their counts and where they end."""
    step = min(max(size, STEPS[0]), STEPS[1])
    names = dict(GROWING)
    if deepest(move) > FLOOR:
        names["pelvis"] = (*GROWING["pelvis"], "y")
    parts: dict[str, Any] = {
        kind: tuple(_scaled(key, of, size) for key in getattr(move, kind)) for kind, of in names.items()
    }
    for side in ("left_arm", "right_arm"):
        parts[side] = tuple(_reaching(key, size) for key in getattr(move, side))
    depth = float(move.groove.get("depth", 0.03))
    return replace(
        move,
        energy=min(1.0, max(0.0, move.energy + 0.4 * (size - 1))),
        groove={**move.groove, "depth": min(depth * size, max(DEEPEST_GROOVE, depth))},
        feet=tuple(_step(key, move, step) for key in move.feet),
        path=tuple({**key, "to": [step * v for v in key["to"]]} if "to" in key else key for key in move.path),
        travel=(step * move.travel[0], step * move.travel[1]),
        **parts,
    )


def deepest(move: Move) -> float:
    """Lowest that the move's keys take the pelvis, metres, 0 or less."""
    return min((float(key["y"]) for key in move.pelvis if "y" in key), default=0.0)


def lowest_level(move: Move) -> float:
    """Metres by which a move may be carried lower: what is left of `DEEPEST`, none for floor work."""
    if deepest(move) <= FLOOR or has_floor_hands(move):
        return 0.0
    bent = float(move.groove.get("crouch", 0.0)) + float(move.groove.get("depth", 0.03)) - deepest(move)
    return max(0.0, DEEPEST - bent)


def levelled(move: Move, level: float) -> Move:
    """Carry the pelvis lower by `level` metres, as far as the move allows: feet a little wider, the trunk leaning."""
    level = min(max(level, HIGHEST), lowest_level(move))
    if not level:
        return move
    out = WIDER * max(level, 0.0)
    stance = {**move.stance}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        x, z = stance.get(side, STANCE[side])
        stance[side] = [x + sign * out, z]
    feet = []
    for key in move.feet:
        if "to" in key:
            sign = -1.0 if key["foot"] == "right" else 1.0
            key = {**key, "to": [key["to"][0] + sign * out, key["to"][1]]}
        feet.append(key)
    return replace(
        move,
        stance=stance,
        feet=tuple(feet),
        pelvis=_raised(move, move.pelvis, "y", -level),
        torso=_raised(move, move.torso, "lean", LEANING * max(level, 0.0)),
    )


def _raised(move: Move, keys: Sequence[Key], name: str, by: float) -> tuple[Key, ...]:
    """Keys whose channel `name` is larger by `by` throughout."""
    if any(name in key for key in keys):
        return tuple({**key, name: key[name] + by} if name in key else key for key in keys)
    ends = (1.0, move.counts - 1.0) if move.counts > 2 else (1.0,)
    return tuple(sorted([*keys, *({"at": at, name: by} for at in ends)], key=lambda key: float(key["at"])))


def has_floor_hands(move: Move) -> bool:
    """Whether a hand is planted on the floor somewhere."""
    return any("floor" in key for key in (*move.left_arm, *move.right_arm))


def can_double(move: Move) -> bool:
    """Whether the arms have the time to be danced at double time."""
    if has_floor_hands(move):
        return False
    for keys in (move.left_arm, move.right_arm):
        at = [float(key["at"]) for key in keys if "to" in key]
        if any(b - a < BUSY for a, b in pairwise(at)):
            return False
    return bool(move.left_arm or move.right_arm)


def arms_at(move: Move, pace: float) -> Move:
    """Dance the arms at half time (0.5: their first half over all counts) or double (2: twice, then on the other side).

    Where that cannot be danced the arms stay as they are.
    """
    end = float(move.counts)
    left, right = move.left_arm, move.right_arm
    if pace < 1 and not has_floor_hands(move):
        return replace(move, left_arm=_slower(left, end), right_arm=_slower(right, end))
    if pace > 1 and can_double(move):
        return replace(move, left_arm=_twice(left, right, end), right_arm=_twice(right, left, end))
    return move


def _slower(keys: Sequence[Key], end: float) -> tuple[Key, ...]:
    return tuple({**key, "at": 2 * float(key["at"])} for key in keys if 2 * float(key["at"]) <= end)


def _twice(first: Sequence[Key], second: Sequence[Key], end: float) -> tuple[Key, ...]:
    """Keys of one arm at double time, then those of the other one."""
    half = end / 2
    early = [{**key, "at": float(key["at"]) / 2} for key in first if float(key["at"]) < end]
    late = [{**key, "at": half + float(key["at"]) / 2} for key in second]
    return (*early, *late)


def holding(move: Move, part: str) -> Move:
    """Hold a part still: arms in the pose of the first strong accent, head and trunk as they begin."""
    if part in ("arms", "left arm", "right arm") and not has_floor_hands(move):
        sides = ("left", "right") if part == "arms" else (part.split()[0],)
        held: dict[str, Any] = {f"{side}_arm": _pose(move, getattr(move, f"{side}_arm")) for side in sides}
        return replace(move, **held)
    if part == "head":
        return replace(move, head=(), groove={**move.groove, "nod": 0.0})
    if part == "torso" and move.torso:
        return replace(move, torso=move.torso[:1])
    return move


def _pose(move: Move, keys: Sequence[Key]) -> tuple[Key, ...]:
    """One key: the arm where it is at the strongest accent."""
    there = [key for key in keys if "to" in key]
    if not there:
        return tuple(keys)
    moment = max(move.accents, key=lambda accent: (accent[1], -accent[0]), default=(0.0, 0.0))[0]
    held = min(there, key=lambda key: abs(float(key["at"]) - moment))
    return ({**held, "at": 1.0},)


def _scaled(key: Key, names: tuple[str, ...], size: float) -> Key:
    return {name: value * size if name in names else value for name, value in key.items()}


def _reaching(key: Key, size: float) -> Key:
    """A hand's key with its place farther from where an idle hand is."""
    if "to" not in key or key.get("floor") is not None:
        return key
    target = SHAPES.get(key["to"], CENTRE) if isinstance(key["to"], str) else key["to"]
    grown = [c + size * (v - c) for c, v in zip(CENTRE, target, strict=True)]
    length, was = (sum(v * v for v in each) ** 0.5 for each in (grown, target))
    return {**key, "to": [v * min(1.0, max(REACH, was) / max(length, 1e-9)) for v in grown]}


def _step(key: Key, move: Move, size: float) -> Key:
    """Grow a step away from where the foot stands at first; what is lifted is lifted higher, too."""
    new = dict(key)
    if "height" in key:
        new["height"] = min(key["height"] * size, max(1.0, key["height"]))
    if "to" in key:
        home = move.stance.get(key["foot"], STANCE.get(key["foot"], STANCE["left"]))
        new["to"] = [float(h) + size * (float(v) - float(h)) for h, v in zip(home, key["to"], strict=True)]
    if "by" in key:
        new["by"] = [size * float(v) for v in key["by"]]
    return new
