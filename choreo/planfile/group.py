"""The score of a group: which formation and which roles hold in which bars, as a plan file keeps it.

A plan keeps it among its options, as ``group``, and it may be written by hand. Nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import msgspec

from choreo.errors import InputError
from choreo.planfile.counts import step_bars
from choreo.planfile.slices import whole_plan
from choreo.planfile.troupe import FORMATIONS, Troupe
from choreo.types import ChoreographyPlan

ROLES = ("unison", "mirror", "pairs", "solo", "backing", "levels", "canon", "answer", "poses")
"""How the dancers of a part relate to the steps of the plan.

``unison``: all dance them; ``mirror``: those on the dancers' left mirrored; ``pairs``: the same, and both sides turned
to each other; ``solo``: who stands in front dances, the others wait; ``backing``: the others dance smaller;
``levels``: every second one dances lower; ``canon``: each row some counts after the one before it; ``answer``: one side
dances, then the other, while the rest waits; ``poses``: all dance them, and each row comes to an end of its own.
"""
COUNTS = (4, 8)
"""Least and most counts that a change of formation takes."""
MOST_PARTS = 2000


@dataclass(frozen=True)
class Part:
    """What holds in some bars.

    Attributes
    ----------
    bars
        First and past-last, as `choreo.planfile.step_bars` numbers them.
    formation, role
        One of `choreo.planfile.troupe.FORMATIONS` and of `ROLES`.
    section
        Label of the song's section.
    counts
        Counts before the first bar in which the dancers go to their places; they are there when the bar begins.
    places
        For each dancer the place in the formation, counted from 0; those with the shortest ways when it is empty.
    """

    bars: tuple[int, int]
    formation: str
    role: str = "unison"
    section: str = ""
    counts: int = 8
    places: tuple[int, ...] = ()


@dataclass(frozen=True)
class Group:
    """The parts of a dance, and how much the dancers differ: 0 not at all, 1 as people do."""

    parts: tuple[Part, ...]
    differences: float = 1.0

    def options(self) -> dict[str, Any]:
        """What a plan keeps, ready for JSON."""
        parts = [
            {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in asdict(part).items()
                if value != ()
            }
            for part in self.parts
        ]
        return {"parts": parts, "differences": self.differences}


def group_of(options: Mapping[str, Any], bars: int | None = None) -> Group | None:
    """The score that a plan's options hold; None where they have none.

    Parameters
    ----------
    bars
        How many the plan has; not compared when None.

    Raises
    ------
    InputError
        When something in it cannot be; begins with ``group``.
    """
    if "group" not in options:
        return None
    try:
        group = msgspec.convert(msgspec.to_builtins(options["group"]), Group)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise InputError(f"group: {str(error).replace('`', chr(39))[:200]}") from error
    if not 0 < len(group.parts) <= MOST_PARTS:
        raise InputError(f"group: {len(group.parts)} parts, expected 1 to {MOST_PARTS}.")
    if not 0 <= group.differences <= 1:
        raise InputError(f"group: differences: found {group.differences:g}, expected 0 to 1.")
    dancers, last = Troupe.of(options).dancers, 0
    if dancers < 2:
        raise InputError("group: a plan of one dancer has none; leave it out.")
    for number, part in enumerate(group.parts):
        wrong = _wrong(part, last, dancers)
        if wrong:
            raise InputError(f"group: part {number}: {wrong}.")
        last = part.bars[1]
    if bars is not None and last != bars:
        raise InputError(f"group: its parts end at bar {last}, the dance at bar {bars}; the last one must end there.")
    return group


def _wrong(part: Part, begin: int, dancers: int) -> str:
    """What cannot be of a part that follows bar `begin`; empty when all is well."""
    first, last = part.bars
    if first != begin or last <= first:
        return f"bars {first} to {last}, expected to begin at {begin} and to end later"
    if part.formation not in FORMATIONS:
        return f"formation {part.formation[:40]!r}, expected one of {', '.join(FORMATIONS)}"
    if part.role not in ROLES:
        return f"role {part.role[:40]!r}, expected one of {', '.join(ROLES)}"
    if not COUNTS[0] <= part.counts <= COUNTS[1]:
        return f"counts {part.counts}, expected {COUNTS[0]} to {COUNTS[1]}"
    if part.places and sorted(part.places) != list(range(dancers)):
        return f"places {list(part.places)[:24]}, expected each of 0 to {dancers - 1} once"
    return ""


def with_changes(plan: ChoreographyPlan, changes: tuple[tuple[str, str, str], ...]) -> ChoreographyPlan:
    """A plan whose group has another formation or role somewhere.

    Parameters
    ----------
    changes
        Where, ``formation`` or ``role``, and its name. Where is bars as ``8:16``, the label of a section, or ``all``;
        parts of which only some bars are meant are divided there.

    Raises
    ------
    InputError
        When the plan has no group, or a place or a name is not known.
    """
    bars = step_bars(whole_plan(plan))[-1][1]
    group = group_of(plan.options, bars)
    if group is None:
        raise InputError(
            "this plan's dancers have one formation and one way all along; "
            "'choreo render PLAN --dancers N' gives them a group score that can be changed."
        )
    parts = list(group.parts)
    for where, what, name in changes:
        known = {each.lower(): each for each in (FORMATIONS if what == "formation" else ROLES)}
        if name.lower() not in known:
            raise InputError(f"{what} {name[:40]!r}: expected one of {', '.join(known.values())}.")
        spans = _spans(parts, where, bars)
        parts = [
            # Places were of the old formation.
            _changed(part, what, known[name.lower()]) if _within(part, spans) else part
            for part in _divided(parts, spans)
        ]
    changed = replace(group, parts=tuple(parts))
    return replace(plan, options={**plan.options, "group": changed.options()})


def _spans(parts: list[Part], where: str, bars: int) -> list[tuple[int, int]]:
    """The bars that are meant, first and past-last."""
    if where == "all":
        return [(0, bars)]
    if named := [part.bars for part in parts if part.section and part.section.lower() == where.lower()]:
        return named
    first, _, last = where.partition(":")
    if first.isdigit() and last.isdigit() and int(first) < int(last) <= bars:
        return [(int(first), int(last))]
    labels = sorted({part.section for part in parts if part.section})
    raise InputError(
        f"{where[:40]!r}: expected bars like 8:16 of the {bars} that there are, all, or a section: {', '.join(labels)}."
    )


def _changed(part: Part, what: str, name: str) -> Part:
    return replace(part, places=(), formation=name) if what == "formation" else replace(part, places=(), role=name)


def _within(part: Part, spans: list[tuple[int, int]]) -> bool:
    return any(first <= part.bars[0] and part.bars[1] <= last for first, last in spans)


def _divided(parts: list[Part], spans: list[tuple[int, int]]) -> list[Part]:
    """Parts that begin and end at the ends of all spans."""
    borders = sorted({bar for span in spans for bar in span})
    found = []
    for part in parts:
        cuts = [part.bars[0], *(bar for bar in borders if part.bars[0] < bar < part.bars[1]), part.bars[1]]
        found += [replace(part, bars=span) for span in pairwise(cuts)]
    return found


__all__ = ["COUNTS", "ROLES", "Group", "Part", "group_of", "with_changes"]
