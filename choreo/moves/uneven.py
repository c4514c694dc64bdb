"""Small differences with which a move is danced each time: nobody reaches twice to the same place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from choreo.moves.arms import SHAPES
from choreo.moves.notation import Key, Move

HAND = 0.07
"""Arm lengths, standard deviation, by which hands miss where they are written to go."""
ANGLES = 0.14
"""Standard deviation of the share by which turns of trunk and head are larger or smaller."""
DEPTH = 0.15
"""The same of the groove."""
MOOD = 0.45
"""Standard deviation of the share by which all of trunk, head and groove are livelier or calmer in one step."""
REACH = 0.15
"""The same of how far hands go from `MIDDLE`, arm lengths from the shoulder, where a hand is that does nothing."""
MIDDLE = np.array([0.25, -0.5, 0.4])
LIVELIER, LARGER = 0.3, 0.12
"""Shares by which moods and reaches grow to the music's strongest, and shrink to its weakest."""
STEP = 0.03
"""Metres by which feet miss."""
LATE = 0.03
"""Counts by which hands and head are early or late, unless they hit."""
MOST = 0.97
"""Arm lengths that a hand may be from its shoulder."""
SCALED: Mapping[str, tuple[str, ...]] = {
    "pelvis": ("x", "z", "yaw", "tilt", "pitch"),
    "torso": ("lean", "side", "twist", "slide", "pop", "shrug_left", "shrug_right"),
    "head": ("yaw", "nod", "tilt"),
}


def uneven(move: Move, seed: int, energy: float = 0.5) -> Move:
    """The move as it is danced this time, livelier and larger where the music's `energy` is high; one seed, one way.

    Where feet are planted, jumped to or slide they keep their places; so do hands on the floor.
    """
    random = np.random.default_rng((seed, sum(move.name.encode())))

    def near(share: float) -> float:
        return float(np.clip(1 + share * random.standard_normal(), 1 - 2 * share, 1 + 2 * share))

    loose = min(move.loose, 1.0)
    more = 2 * float(np.clip(energy, 0, 1)) - 1 if np.isfinite(energy) else 0.0  # a plan may say anything
    mood = near(MOOD * loose) * (1 + LIVELIER * more)
    reach = near(REACH * loose) * mood**0.3 * (1 + LARGER * more)
    parts: dict[str, Any] = {
        kind: tuple(_angles(key, names, lambda: mood * near(ANGLES * loose)) for key in getattr(move, kind))
        for kind, names in SCALED.items()
    }
    for arm in ("left_arm", "right_arm"):
        parts[arm] = tuple(_hand(key, random, loose, reach) for key in getattr(move, arm))
    groove = dict(move.groove)
    groove["strength"] = float(groove.get("strength", 1.0)) * mood
    if "depth" in groove:
        groove["depth"] = float(groove["depth"]) * near(DEPTH) * mood**0.5
    return replace(move, groove=groove, feet=tuple(_foot(key, random) for key in move.feet), **parts)


def _angles(key: Key, names: tuple[str, ...], near: Callable[[], float]) -> Key:
    return {name: value * near() if name in names else value for name, value in key.items()}


def _hand(key: Key, random: np.random.Generator, loose: float, reach: float) -> Key:
    new = dict(key)
    miss = random.standard_normal(3)
    late = float(np.clip(random.standard_normal(), -2, 2))
    if "to" in key:
        target = SHAPES.get(key["to"], SHAPES["relaxed"]) if isinstance(key["to"], str) else key["to"]
        there = MIDDLE + reach * (np.array(target) - MIDDLE) + HAND * loose * np.clip(miss, -2, 2)
        far = float(np.linalg.norm(there))
        new["to"] = (there * min(1.0, max(MOST, float(np.linalg.norm(target))) / max(far, 1e-9))).tolist()
    if key.get("ease", "smooth") in ("smooth", "swing", "soft") and key["at"] > 0:
        new["at"] = max(key["at"] + LATE * late, 0.0)
    return new


def _foot(key: Key, random: np.random.Generator) -> Key:
    miss = STEP * np.clip(random.standard_normal(2), -1.5, 1.5)
    if "to" not in key or key["foot"] == "both" or key.get("how", "flat") in ("slide", "swivel", "jump"):
        return key
    return {**key, "to": [float(key["to"][0] + miss[0]), float(key["to"][1] + miss[1])]}


__all__ = ["uneven"]
