"""Manners: any move danced larger or smaller, softer or sharper, with more or less bounce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from choreo.moves.arms import SHAPES
from choreo.moves.notation import Key, Move

CENTRE = (0.25, -0.55, 0.42)
"""Where a hand is that does nothing, in arm lengths: reaches grow and shrink from here."""
STEPS = (0.85, 1.12)
"""Steps grow and shrink by no more than this: feet must still be reached."""
REACH = 0.94
"""Arm lengths that a grown reach may have, unless the move is notated farther."""
GROWING: Mapping[str, tuple[str, ...]] = {
    "pelvis": ("x", "z", "yaw", "tilt", "pitch"),
    "torso": ("lean", "side", "twist", "slide", "pop", "shrug_left", "shrug_right"),
    "head": ("yaw", "nod", "tilt"),
}
"""Channels that `MoveManner.size` scales."""


@dataclass(frozen=True)
class MoveManner:
    """How a move is danced; 1 everywhere is as it is written.

    `size` of reaches, turns of the trunk and steps; `bounce` of the groove; `sharp` above 1 turns arrivals into hits,
    below 1 hits into flow; `energy` of the clip.
    """

    size: float = 1.0
    bounce: float = 1.0
    sharp: float = 1.0
    energy: float = 1.0


MOVE_MANNERS: Mapping[str, MoveManner] = {
    "soft": MoveManner(size=0.82, bounce=0.7, sharp=0.75, energy=0.75),
    "big": MoveManner(size=1.16, bounce=1.2, sharp=1.15, energy=1.2),
}
"""Manners that the starter clips come in beside the written one."""


def varied(move: Move, manner: MoveManner, suffix: str) -> Move:
    """The move danced in another manner, named ``move-suffix``.

    Feet keep their counts and where they end, so that the move still repeats; knees keep their depth.
    """
    groove = dict(move.groove)
    groove["depth"] = min(float(groove.get("depth", 0.03)) * manner.bounce, 0.12)
    groove["sharp"] = float(groove.get("sharp", 1.0)) * manner.sharp
    parts: dict[str, Any] = {
        kind: tuple(_scaled(key, names, manner.size) for key in getattr(move, kind)) for kind, names in GROWING.items()
    }
    for side in ("left_arm", "right_arm"):
        parts[side] = tuple(_hand(key, manner) for key in getattr(move, side))
    return replace(
        move,
        name=f"{move.name}-{suffix}",
        base=move.base or move.name,
        energy=min(1.0, move.energy * manner.energy),
        groove=groove,
        feet=tuple(_step(key, move, manner.size) for key in move.feet),
        labels=(*move.labels, suffix),
        **parts,
    )


def _scaled(key: Key, names: tuple[str, ...], size: float) -> Key:
    return {name: value * size if name in names else value for name, value in key.items()}


def _hand(key: Key, manner: MoveManner) -> Key:
    new = dict(key)
    if "to" in key:
        target = SHAPES.get(key["to"], CENTRE) if isinstance(key["to"], str) else key["to"]
        grown = [c + manner.size * (v - c) for c, v in zip(CENTRE, target, strict=True)]
        length = sum(v * v for v in grown) ** 0.5
        was = sum(v * v for v in target) ** 0.5
        most = max(REACH, was)
        new["to"] = [v * min(1.0, most / length) for v in grown]
    if manner.sharp < 0.9 and key.get("ease") == "sharp":
        new["ease"] = "smooth"
    elif manner.sharp > 1.3 and key.get("ease", "smooth") == "smooth":
        new["ease"] = "sharp"
    return new


def _step(key: Key, move: Move, size: float) -> Key:
    """Grow a step away from where the foot stands at first; kicks grow in height, too."""
    new = dict(key)
    size = min(max(size, STEPS[0]), STEPS[1])
    if key.get("how") == "kick" and "height" in key:
        new["height"] = key["height"] * size
    if "by" in key:
        new["by"] = [value * size for value in key["by"]]
    elif "to" in key and key["foot"] != "both" and not move.path and not any("by" in other for other in move.feet):
        side = key["foot"]
        home = move.stance.get(side, (0.12, 0.0) if side == "left" else (-0.12, 0.0))
        new["to"] = [float(h) + size * (float(v) - float(h)) for h, v in zip(home, key["to"], strict=True)]
    return new
