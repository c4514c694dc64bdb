"""What a user has decided in a plan, which every later edit keeps to: wishes, locks, bans, and energy drawn by hand.

They lie in a plan's options under ``wishes``, ``locks``, ``bans`` and ``drawn``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from choreo.errors import InputError

MOST_WISHES, MOST_LOCKS, MOST_BANS, MOST_DRAWN = 2000, 2000, 2000, 100_000
LONGEST_NAME = 200
"""Characters of a wish, or of a move's name."""
NAMES = ("wishes", "locks", "bans", "drawn")


@dataclass(frozen=True)
class Directed:
    """What is kept. Bars count from 0 at the first of the whole dance.

    Attributes
    ----------
    wishes
        As they are written; see `choreo.planning.wish_text`.
    locks
        Bars that stay as they are, first and past-last, in order and apart.
    bans
        Names of moves that are danced nowhere anew.
    drawn
        ``(bar, level)``: the energy of bars, 0 to 1, in place of the song's, in order.
    """

    wishes: tuple[str, ...] = ()
    locks: tuple[tuple[int, int], ...] = ()
    bans: tuple[str, ...] = ()
    drawn: tuple[tuple[int, float], ...] = ()

    def put_into(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options of a plan with these in the place of what they had."""
        others = {name: value for name, value in options.items() if name not in NAMES}
        values = {
            "wishes": list(self.wishes),
            "locks": [list(span) for span in self.locks],
            "bans": list(self.bans),
            "drawn": [list(each) for each in self.drawn],
        }
        return {**others, **{name: value for name, value in values.items() if value}}

    def check(self, bars: int) -> None:
        """Refuse what is not of a dance of so many bars.

        Raises
        ------
        InputError
        """
        last = max([end for _, end in self.locks] + [bar + 1 for bar, _ in self.drawn], default=0)
        if last > bars:
            raise InputError(f"bar {last - 1}: the dance has the bars 0 to {bars - 1}; 'choreo show' lists them.")

    def with_locks(self, spans: Sequence[tuple[int, int]]) -> Directed:
        """The same with more bars locked."""
        return replace(self, locks=_joined([*self.locks, *spans]))

    def without(self, spans: Sequence[tuple[int, int]]) -> Directed:
        """The same with some bars not locked."""
        kept = self.locks
        for first, last in spans:
            kept = tuple(
                (begin, end) for a, b in kept for begin, end in ((a, min(b, first)), (max(a, last), b)) if begin < end
            )
        return replace(self, locks=_joined(kept))

    def with_drawn(self, drawn: Sequence[tuple[int, float]], undrawn: Sequence[tuple[int, int]] = ()) -> Directed:
        """The same with the energy of some bars drawn, and that of others as the song has it."""
        levels = {bar: level for bar, level in self.drawn if not any(a <= bar < b for a, b in undrawn)}
        levels |= {bar: round(level, 3) for bar, level in drawn}
        return replace(self, drawn=tuple(sorted(levels.items())))


def directed_of(options: Mapping[str, Any], bars: int | None = None) -> Directed:
    """What a plan's options keep.

    Parameters
    ----------
    bars
        How many the whole dance has; not compared when None.

    Raises
    ------
    InputError
        When something in it cannot be; says which.
    """
    kept = {name: options[name] for name in NAMES if name in options}
    try:
        found = msgspec.convert(msgspec.to_builtins(kept), Directed)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise InputError(f"options: {str(error).replace('`', chr(39))[:200]}") from error
    for name, most in zip(NAMES, (MOST_WISHES, MOST_LOCKS, MOST_BANS, MOST_DRAWN), strict=True):
        if len(getattr(found, name)) > most:
            raise InputError(f"{name}: {len(getattr(found, name))}, expected at most {most}.")
    for text in (*found.wishes, *found.bans):
        if not 0 < len(text) <= LONGEST_NAME:
            raise InputError(f"wishes, bans: a text of {len(text)} characters, expected 1 to {LONGEST_NAME}.")
    last = 0
    for begin, end in found.locks:
        if begin < last or end <= begin:
            raise InputError(
                f"locks: bars {begin} to {end}, expected to begin at {last} or later and to end after that."
            )
        last = end
    before = -1
    for bar, level in found.drawn:
        if bar <= before or not 0 <= level <= 1:
            raise InputError(f"drawn: bar {bar} with an energy of {level:g}, expected rising bars and 0 to 1.")
        before = bar
    if bars is not None:
        found.check(bars)
    return found


def directed_lines(options: Mapping[str, Any]) -> list[str]:
    """What later edits keep to, in words; none where a plan keeps nothing."""
    kept = directed_of(options)
    bars = [(bar, bar + 1) for bar, _ in kept.drawn]
    said = {
        "locked": _bars_said(kept.locks),
        "banned": ", ".join(kept.bans),
        "energy drawn": _bars_said(_joined(bars)),
        "wishes": ", ".join(kept.wishes),
    }
    return [f"{name}: {text}" for name, text in said.items() if text]


def _bars_said(spans: Sequence[tuple[int, int]]) -> str:
    named = [str(first) if last - first == 1 else f"{first}-{last - 1}" for first, last in spans]
    return f"bars {', '.join(named)}" if named else ""


def _joined(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that meet as one."""
    out: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if begin >= end:
            raise InputError(f"bars {begin}:{end}: the second must be larger, like 12:16.")
        if out and begin <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((begin, end))
    return tuple(out)


__all__ = ["Directed", "directed_lines", "directed_of"]
