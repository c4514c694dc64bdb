"""Keys of neighbouring moves as one list: what a curve does where one move ends and the next begins.

A move's last key leads to the next one's first. A move holds its first value only until it is near, and its last value
only until one count before its end, so that the way to the next move is danced and not waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from choreo.moves.notation import Key, Move

LATE = 2.0
"""Counts after which a first key is waited for, as in a move that is danced alone."""
LEAVE = 1.0
"""Counts before its end from which a move leads to the next one."""
CLEAR = 0.35
"""Counts that must lie between a move's last key and the next one's first; the earlier one gives way."""
SHIFT = 0.45
"""Counts by which the first key of a move is late when it is written on its first count, unless it hits."""
CHANNELS = {
    "pelvis": ("x", "y", "z", "yaw", "tilt", "pitch"),
    "torso": ("lean", "side", "twist", "slide", "pop", "shrug_left", "shrug_right"),
    "head": ("yaw", "nod", "tilt"),
}
ARM = ("roll", "flex")


@dataclass(frozen=True, eq=False)
class Stretch:
    """A move of a score: the count at which it begins, and how many of its counts are danced."""

    move: Move
    first: float
    counts: float

    @property
    def end(self) -> float:
        """Count of the score at which it ends."""
        return self.first + self.counts


def merged_channel(
    stretches: Sequence[Stretch], lists: Sequence[Iterable[Key]], names: Sequence[str], rest: Any
) -> list[Key]:
    """Rows of one channel, in counts of the score.

    Parameters
    ----------
    lists
        The keys of each stretch's move.
    names
        Names of which a row must have one: several that mean the same place, as ``to`` and ``floor`` of a hand.
    rest
        Value of the first of `names` where a move says nothing.
    """
    out: list[Key] = []
    for stretch, keys in zip(stretches, lists, strict=True):
        own = [k for k in keys if any(name in k for name in names) and k["at"] <= stretch.counts]
        rows = [{name: k[name] for name in (*names, "ease", "at") if name in k} for k in own]
        if not rows and stretch.move.hold == 0.0:
            continue  # what stands still leaves the way to the move after it
        if not rows:
            rows = [{"at": min(LEAVE, stretch.counts / 2), names[0]: rest}]
        if rows[0]["at"] > LATE:
            rows.insert(0, {**rows[0], "at": LEAVE})
            rows[0].pop("ease", None)
        if stretch.counts - rows[-1]["at"] > 1.5 * LEAVE:
            rows.append({**rows[-1], "at": stretch.counts - LEAVE})
        if out and rows[0]["at"] < SHIFT and rows[0].get("ease") not in ("hit", "lock"):
            # Not all of the body arrives on the border: it is gone through.
            after = rows[1]["at"] if len(rows) > 1 else LEAVE
            rows[0] = {**rows[0], "at": rows[0]["at"] + min(SHIFT, 0.5 * (after - rows[0]["at"]))}
        begin = rows[0]["at"] + stretch.first
        while out and out[-1]["at"] > begin - CLEAR:
            out.pop()
        out += [{**row, "at": row["at"] + stretch.first} for row in rows]
    return out


def _marks(stretches: Sequence[Stretch], name: str) -> tuple[tuple[float, float], ...]:
    return tuple(
        (at + each.first, strength)
        for each in stretches
        for at, strength in getattr(each.move, name)
        if at <= each.counts
    )


def merged_rows(stretches: Sequence[Stretch]) -> dict[str, tuple[Key, ...]]:
    """The body's keys of a score, by the names of `choreo.moves.notation.Move`: pelvis, torso, head and arms."""
    out: dict[str, list[Key]] = {}
    for kind, names in CHANNELS.items():
        lists = [getattr(each.move, kind) for each in stretches]
        used = [name for name in names if any(name in key for keys in lists for key in keys)]
        out[kind] = [row for name in used for row in merged_channel(stretches, lists, (name,), 0.0)]
    for arm in ("left_arm", "right_arm"):
        lists = [getattr(each.move, arm) for each in stretches]
        rows = merged_channel(stretches, lists, ("to", "floor"), "relaxed")
        for name in ARM:
            if any(name in key for keys in lists for key in keys):
                rows += merged_channel(stretches, lists, (name,), 0.0)
        rows += _elbows(stretches, lists)
        if any("hand" in key for keys in lists for key in keys):
            rows += merged_channel(stretches, lists, ("hand",), "relaxed")
        out[arm] = rows
    return {kind: tuple(sorted(rows, key=lambda key: float(key["at"]))) for kind, rows in out.items()}


def _elbows(stretches: Sequence[Stretch], lists: Sequence[Iterable[Key]]) -> list[Key]:
    """Where elbows point, and how much that is followed (``guided``): moves that do not say it leave it to the arm."""
    if not any("elbow" in key for keys in lists for key in keys):
        return []
    rows: list[Key] = []
    for stretch, keys in zip(stretches, lists, strict=True):
        own = [k for k in keys if "elbow" in k and k["at"] <= stretch.counts]
        rows += [{"at": k["at"] + stretch.first, "elbow": k["elbow"]} for k in own]
        guided = 1.0 if own else 0.0
        ends = (stretch.first + 0.5, max(stretch.end - 0.5, stretch.first + 0.6))
        rows += [{"at": at, "guided": guided} for at in ends]
    return rows


def _grooves(stretches: Sequence[Stretch]) -> tuple[tuple[float, Mapping[str, Any]], ...]:
    """Grooves with the counts from which they hold; there is none in a pose that is held."""
    out: list[tuple[float, Mapping[str, Any]]] = []
    for each in stretches:
        out.append((each.first, each.move.groove))
        if each.move.hold is not None and each.move.hold < each.counts:
            out.append((each.first + each.move.hold, {**each.move.groove, "kind": "none", "depth": 0.0}))
    return tuple(out)


def merged_move(stretches: Sequence[Stretch], main: int) -> Move:
    """One move that is all of `stretches`, in the manner of the one with the number `main`; counts are the score's."""
    move = stretches[main].move
    rows: dict[str, Any] = dict(merged_rows(stretches))
    return replace(
        move,
        cyclic=False,
        begin=stretches[main].first,
        feet=(),
        path=(),
        accents=_marks(stretches, "accents"),
        pops=_marks(stretches, "pops"),
        grooves=_grooves(stretches),
        **rows,
    )


__all__ = ["Stretch", "merged_move"]
