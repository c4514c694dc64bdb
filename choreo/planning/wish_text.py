"""Wishes as they are written, ``1:02=freeze`` or ``chorus=wild``: where something is wished for, and what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from choreo.errors import InputError

LONGEST = 200
"""Characters of one wish."""
LIKE = "write where and what, like 24=spin, 16-20=calm, 1:02=freeze, chorus=wild, every 8=bow or end=bow"
CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2}(?:\.\d{1,3})?)|(\d{1,6}(?:\.\d{1,3})?) ?s)")
BARS = re.compile(r"(?:bars? )?(\d{1,6}(?:\.5)?)(?: ?(?:-|to) ?(\d{1,6}(?:\.5)?))?")
SIDE = re.compile(r"(.+?),? (mirrored|unmirrored)", re.IGNORECASE)
EVERY = re.compile(r"every (\d{1,4})(?: bars?)?")
PART = re.compile(r"([^\W\d_][^\W_]*(?:-[^\W_]+)*)(?: (\d{1,3}|last))?")


@dataclass(frozen=True)
class Where:
    """Where something is wished for, as it is written.

    Attributes
    ----------
    kind
        ``bar`` or ``time`` (from `first` to `last`, seconds or bars; one moment when `last` is None; 12.5 is the middle
        of bar 12), ``every``
        (`first` bars), or ``part`` of a song by `name`: a section's label, ``verse`` and the like, ``start``, ``end``.
    number
        Which of the parts of that name, from 1; 0 for all, -1 for the last.
    """

    kind: str
    first: float = 0.0
    last: float | None = None
    name: str = ""
    number: int = 0


@dataclass(frozen=True)
class Wish:
    """One wish: `where` it holds, and in words `what` it is; `text` is both, as they were written."""

    text: str
    where: Where
    what: str


def read_wish(text: str) -> Wish:
    """Read ``WHERE=WHAT``.

    Raises
    ------
    InputError
        When it cannot be read; tells how wishes are written.

    Examples
    --------
    >>> read_wish("1:02=freeze").where
    Where(kind='time', first=62.0, last=None, name='', number=0)
    >>> read_wish("16-20 = calm").where.last
    20.0
    >>> read_wish("12.5=hold").where.first
    12.5
    >>> read_wish("chorus 2=running-man").where.number
    2
    """
    if len(text) > LONGEST:
        raise InputError(f"wish: found {len(text):,} characters, expected at most {LONGEST}.")
    written, equals, what = (part.strip() for part in text.partition("="))
    where = read_where(written) if equals and what else None
    if where is None:
        raise InputError(f"wish {text!r}: {LIKE}.")
    return Wish(f"{written}={what}", where, what)


def named_in(wishes: Sequence[str]) -> list[str]:
    """What wishes ask for as it is written but for the side, each of which may be the name of a move."""
    return [sided(text.partition("=")[2].strip())[0] for text in wishes]


def sided(name: str) -> tuple[str, bool | None]:
    """A name, and whether the dance is to be mirrored; None where that is not said.

    Examples
    --------
    >>> sided("spin mirrored"), sided("spin unmirrored"), sided("spin")
    (('spin', True), ('spin', False), ('spin', None))
    """
    found = SIDE.fullmatch(name.strip())
    return (name, None) if found is None else (found[1], found[2].lower() == "mirrored")


def read_where(text: str) -> Where | None:
    """Read the place of a wish, None when it is none.

    Raises
    ------
    InputError
        When a range ends before it begins.
    """
    text = " ".join(text.lower().split())
    if found := BARS.fullmatch(text):
        return _ordered(text, "bar", float(found[1]), None if found[2] is None else float(found[2]))
    if found := EVERY.fullmatch(text):
        if int(found[1]) < 1:
            raise InputError(f"wish {text!r}: found 0 bars, expected 1 or more.")
        return Where("every", float(found[1]))
    begin, dash, end = text.partition("-")
    first, last = _seconds(begin.strip()), _seconds(end.strip())
    if first is not None and (last is not None if dash else True):
        return _ordered(text, "time", first, last)
    if found := PART.fullmatch(text):
        number = {"last": -1, None: 0}.get(found[2])
        return Where("part", name=found[1], number=int(found[2]) if number is None else number)
    return None


def _seconds(text: str) -> float | None:
    """Seconds of ``1:02``, ``1:00:02.5`` or ``62s``; None when it is none of these."""
    found = CLOCK.fullmatch(text)
    if not found:
        return None
    if found[4] is not None:
        return float(found[4])
    return 3600.0 * int(found[1] or 0) + 60.0 * int(found[2]) + float(found[3])


def _ordered(text: str, kind: str, first: float, last: float | None) -> Where:
    if last is not None and last <= first:
        raise InputError(f"wish {text!r}: the second must be larger, like 16-20.")
    return Where(kind, first, last)


__all__ = ["Where", "Wish", "named_in", "read_wish", "sided"]
