"""The move notation: YAML in, a checked `Move` out.

A count is a beat. ``at`` is the count at which something *arrives*: a foot lands, a hand reaches its place.
Numbers are metres and degrees in the dancer's frame (left +x, forward +z); angles are positive to the left or
forward, a foot's ``out`` turns its toes outward on either side, and hands are placed in arm lengths from their
shoulder as ``[out, up, forward]``, so that one line can serve both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from choreo.errors import MotionError
from choreo.motion.skeleton import SIDES
from choreo.moves.schema import problems

Key = dict[str, Any]
ENDLESS = ("move", "idle")
"""Roles whose moves are cyclic unless they say otherwise."""

HITS = ("accents", "pops")
"""Lists of counts with strengths."""

# Signs that change in the mirror, by list of keys.
_FLIPPED = {
    "path": ("turn",),
    "feet": (),
    "pelvis": ("x", "yaw", "tilt"),
    "torso": ("side", "twist", "slide"),
    "head": ("yaw", "tilt"),
}
_OTHER = {"left": "right", "right": "left", "both": "both"}
KINDS = tuple(_FLIPPED)
"""Lists of keys of a move, its arms aside."""


@dataclass(frozen=True, eq=False)
class Move:
    """One authored move, shorthand expanded. Lists of keys are as in the file, sorted by ``at``.

    Several moves merged into one (`choreo.moves.merge`) have the count at which the main one of them begins, `begin`,
    and the grooves of all with the counts from which they hold. From the count `hold` on the move stands still.
    """

    name: str
    styles: tuple[str, ...]
    metre: int
    counts: int
    tempo: float
    tempo_range: tuple[float, float]
    energy: float
    role: str = "move"
    mirror: bool = True
    cyclic: bool = True
    description: str = ""
    source: str = ""
    labels: tuple[str, ...] = ()
    travel: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    groove: Mapping[str, Any] = field(default_factory=dict)
    stance: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[Key, ...] = ()
    feet: tuple[Key, ...] = ()
    pelvis: tuple[Key, ...] = ()
    torso: tuple[Key, ...] = ()
    head: tuple[Key, ...] = ()
    left_arm: tuple[Key, ...] = ()
    right_arm: tuple[Key, ...] = ()
    loose: float = 1.0
    accents: tuple[tuple[float, float], ...] = ()
    pops: tuple[tuple[float, float], ...] = ()
    base: str = ""
    file: str = ""
    begin: float = 0.0
    hold: float | None = None
    grooves: tuple[tuple[float, Mapping[str, Any]], ...] = ()

    @property
    def drive(self) -> float:
        """How much secondary motion hips, heels and gaze add to the notation, 0..1: grows with energy and looseness."""
        return min(max((self.energy - 0.2) / 0.4, 0.0), 1.0) * min(self.loose, 1.0)

    def error(self, key: str, message: str) -> MotionError:
        """Make the error for something in this move that cannot be danced."""
        return MotionError(f"{self.file or self.name}: {key}: {message}")


def mirrored_key(kind: str, key: Key) -> Key:
    """The key of a list of `KINDS` as it is on the other side."""
    new = dict(key)
    for name in _FLIPPED[kind]:
        if name in new:
            new[name] = -new[name]
    if kind in ("feet", "path"):
        for name in ("to", "by"):
            if name in new and not (name == "to" and new.get("foot") == "both"):
                new[name] = [-new[name][0], new[name][1]]
        if "foot" in new:
            new["foot"] = _OTHER[new["foot"]]
    if kind == "torso":
        pair = [new.pop(f"shrug_{side}", None) for side in SIDES]
        new |= {f"shrug_{side}": v for side, v in zip(SIDES, reversed(pair), strict=True) if v is not None}
    return new


def mirrored_hand(key: Key) -> Key:
    """A hand's key as it is for the other hand: only places on the floor have a side."""
    return {**key, "floor": [-key["floor"][0], key["floor"][1]]} if "floor" in key else key


def _tile(keys: Iterable[Key], counts: int, block: float, turned: Any) -> list[Key]:
    """Lay a block of keys end to end; `turned` gives the key for odd repeats."""
    out = []
    for number in range(round(counts / block)):
        for key in keys:
            new = dict(turned(key)) if number % 2 else dict(key)
            out.append(new | {"at": key["at"] + number * block})
    return out


def _expand(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Write out ``both`` and ``repeat``."""
    data = dict(raw)
    arms = dict(data.pop("arms", {}))
    both = arms.pop("both", [])
    hands = {side: [*both, *arms.get(side, [])] for side in SIDES}
    data["loose"] = arms.get("loose", 1.0)
    repeat = data.pop("repeat", None)
    if repeat:
        counts, block, mirrored = data["counts"], float(repeat["counts"]), bool(repeat.get("mirrored"))
        for kind in _FLIPPED:
            if kind != "path" and kind in data:
                data[kind] = _tile(
                    data[kind], counts, block, (lambda k, kind=kind: mirrored_key(kind, k)) if mirrored else dict
                )
        for kind in HITS:
            if kind in data:
                data[kind] = _tile(data[kind], counts, block, dict)
        hands = {side: _tile_hands(hands, side, counts, block, mirrored) for side in SIDES}
    data["left_arm"], data["right_arm"] = hands["left"], hands["right"]
    return data


def _tile_hands(hands: Mapping[str, list[Key]], side: str, counts: int, block: float, mirrored: bool) -> list[Key]:
    even = _tile(hands[side], counts, block, dict)
    source = [mirrored_hand(key) for key in hands[_OTHER[side]]] if mirrored else hands[side]
    odd = _tile(source, counts, block, dict)
    return [k for k in even if int(k["at"] // block) % 2 == 0] + [k for k in odd if int(k["at"] // block) % 2 == 1]


def _sorted(keys: Iterable[Key]) -> tuple[Key, ...]:
    return tuple(sorted(keys, key=lambda key: float(key["at"])))


def _consistency(raw: Mapping[str, Any]) -> list[str]:
    """What the schema cannot say."""
    lines = []
    counts, metre = raw["counts"], raw["metre"]
    if counts % metre:
        lines.append(f"counts: found {counts}, expected a multiple of the metre {metre}")
    low, high = raw["tempo"]["range"]
    if not low <= raw["tempo"]["ideal"] <= high:
        lines.append(f"tempo.ideal: found {raw['tempo']['ideal']}, expected it inside the range {low}..{high}")
    block = raw.get("repeat", {}).get("counts", counts)
    if abs(counts / block - round(counts / block)) > 1e-9:
        lines.append(f"repeat.counts: found {block}, expected a divisor of counts {counts}")
    arms = raw.get("arms", {})
    lists = {kind: raw.get(kind, []) for kind in (*_FLIPPED, *HITS)}
    lists |= {f"arms.{side}": arms.get(side, []) for side in (*SIDES, "both")}
    for kind, keys in lists.items():
        end = counts if kind == "path" else block
        for i, key in enumerate(keys):
            if key["at"] > end:
                lines.append(f"{kind}[{i}].at: found {key['at']}, expected at most {end:g}")
            if kind == "feet" and "to" in key and "by" in key:
                lines.append(f"feet[{i}]: found both 'to' and 'by', expected one of them")
    return lines


def parse(raw: Any, file: str = "") -> Move:
    """Check what a YAML file holds and make a `Move` of it (its variations aside).

    Raises
    ------
    MotionError
        Naming the file, every wrong key, what was found and what was expected.
    """
    lines = problems(raw) or _consistency(raw)
    if lines:
        shown = "\n  ".join(lines[:12])
        raise MotionError(f"{file or 'move'} is not a move choreo can read:\n  {shown}")
    data = _expand(raw)
    tempo, role = data["tempo"], data.get("role", "move")
    listed: dict[str, Any] = {k: _sorted(data.get(k, ())) for k in (*_FLIPPED, "left_arm", "right_arm")}
    hits: dict[str, Any] = {
        kind: tuple((float(a["at"]), float(a.get("strength", 1.0))) for a in _sorted(data.get(kind, ())))
        for kind in HITS
    }
    return Move(
        name=data["name"],
        styles=tuple(data["styles"]),
        metre=data["metre"],
        counts=data["counts"],
        tempo=float(tempo["ideal"]),
        tempo_range=(float(tempo["range"][0]), float(tempo["range"][1])),
        energy=float(data["energy"]),
        role=role,
        mirror=data.get("mirror", True),
        cyclic=data.get("cyclic", role in ENDLESS),
        description=data.get("description", ""),
        source=data.get("source", ""),
        labels=tuple(data.get("labels", ())),
        travel=tuple(data.get("travel", (0.0, 0.0))),
        turn=float(data.get("turn", 0.0)),
        groove=data.get("groove", {}),
        stance=data.get("stance", {}),
        loose=float(data["loose"]),
        **hits,
        file=file,
        **listed,
    )
