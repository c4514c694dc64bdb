"""Beats as lists of times: plain, labels of Audacity, tables with a header."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from choreo.errors import InputError
from choreo.types import Doubles, Ints

BARS = range(2, 13)
"""Beats that a bar of a beat file may have."""
WANTED = "want seconds and optionally a position"
MILLISECONDS = {"ms", "msec", "millis", "millisecond", "milliseconds"}
TIMES = {"time", "times", "t", "s", "sec", "secs", "second", "seconds", "start", "onset", "timestamp", *MILLISECONDS}
POSITIONS = {"beat", "position", "pos", "count", "label", "beat in bar", "beat position", "beat number", "bar beat"}
DOWNBEATS = {"downbeat", "is downbeat", "down beat", "downbeats"}
YES, NO = {"1", "1.0", "true", "yes", "y", "x"}, {"0", "0.0", "false", "no", "n", ""}
FAR = 100.0
"""Seconds between beats from which the numbers must be milliseconds."""


class Row(NamedTuple):
    """A line of a list: its number in the file, the beat's time, and what is written of its place in the bar."""

    line: int
    time: float
    position: str


def read_list(text: str, path: Path) -> tuple[Doubles, Ints | None, tuple[str, ...]]:
    """Read times, positions when they are stated, and what was assumed.

    Returns
    -------
    ``(B,)`` rising seconds, ``(B,)`` positions from 1 or None, and notes.

    Raises
    ------
    InputError
        When a line is none of that; the message has its number.
    """
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith(("#", "\\"))
    ]
    if lines and (columns := _columns(_cells(lines[0][1]))) is not None:
        rows, positions = _table(lines, columns, path)
    else:
        labels = _are_labels([line for _, line in lines])
        rows = [_row(line, number, path, labels) for number, line in lines]
        positions = _positions(rows, path, words=all(re.search(r"[\t;,]", line) for _, line in lines))
    if len(rows) < 2:
        raise InputError(f"{path}: {len(rows)} beats; want at least 2, one a line.")
    times = np.array([row.time for row in rows])
    notes: tuple[str, ...] = ()
    if np.median(np.diff(times)) >= FAR:
        times, notes = times / 1000, (f"{path}: its times are read as milliseconds",)
    if late := np.flatnonzero(np.diff(times) <= 0).tolist():
        row = rows[late[0] + 1]
        raise InputError(
            f"{path}, line {row.line}: beat {late[0] + 2} at {row.time:g} s does not come after the one before."
        )
    if (far := int(np.argmax(times))) >= 0 and times[far] >= 1e6:
        raise InputError(f"{path}, line {rows[far].line}: {times[far]:g} is no time in seconds of a song.")
    return times, positions, notes


def _cells(line: str) -> list[str]:
    """Cells of a line, by tabs, semicolons, commas or blanks; decimal commas go where commas do not separate."""
    mark = next((mark for mark in "\t;," if mark in line), None)
    if mark is None:
        return line.split()
    try:
        cells = [cell.strip() for cell in next(csv.reader([line[:1000]], delimiter=mark, skipinitialspace=True))]
    except csv.Error:
        return [line]
    return cells if mark == "," else [re.sub(r"^(-?\d+),(\d+)$", r"\1.\2", cell) for cell in cells]


def _columns(head: Sequence[str]) -> dict[str, int] | None:
    """Which column is the time, the position and the downbeat, when a line is a header with a time.

    The time's column has the name ``ms`` when it is in milliseconds.
    """
    names = [" ".join(re.findall(r"[a-z]+", cell.lower())) for cell in head]
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        words = set(name.split())
        if words & TIMES and not {"time", "ms"} & found.keys():
            found["ms" if words & MILLISECONDS else "time"] = index
        elif name in DOWNBEATS:
            found["downbeat"] = index
        elif name in POSITIONS:
            found.setdefault("position", index)
    return found if {"time", "ms"} & found.keys() else None


def _table(lines: Sequence[tuple[int, str]], columns: dict[str, int], path: Path) -> tuple[list[Row], Ints | None]:
    """Rows and positions of a table whose first line is a header."""
    at, unit = (columns["ms"], 1000.0) if "ms" in columns else (columns["time"], 1.0)
    rows, flags = [], []
    for number, line in lines[1:]:
        cells = [*_cells(line), *[""] * len(columns)]
        cells += [""] * (max(columns.values()) + 1 - len(cells))
        place = cells[columns["position"]] if "position" in columns else ""
        rows.append(Row(number, _seconds(cells[at], number, path) / unit, place))
        if "downbeat" in columns:
            flag = cells[columns["downbeat"]].lower()
            if flag not in YES | NO:
                raise InputError(f"{path}, line {number}: found {flag!r} in the column downbeat, want 1 or 0.")
            flags.append(flag in YES)
    positions = _positions(rows, path, words=True)
    return rows, _from_downbeats(flags, path) if positions is None and flags else positions


def _are_labels(lines: Sequence[str]) -> bool:
    """Whether lines are labels of Audacity: start and end with as many decimals, then a text, with tabs between."""
    cells = [_cells(line) if "\t" in line else [] for line in lines]
    number = re.compile(r"\d+\.(\d+)")
    for each in cells:
        ends = [number.fullmatch(cell) for cell in each[:2]]
        if len(ends) < 2 or not (ends[0] and ends[1]) or len(ends[0][1]) != len(ends[1][1]):
            return False
        if float(ends[1][0]) < float(ends[0][0]) or (len(each) == 2 and ends[0][0] != ends[1][0]):
            return False
    return bool(cells)


def _row(line: str, number: int, path: Path, labels: bool) -> Row:
    cells = _cells(line) if labels or any(mark in line for mark in '\t;"') else line.replace(",", " ").split()
    place = cells[2:3] if labels else cells[1:2]
    return Row(number, _seconds(cells[0] if cells else line, number, path), place[0] if place else "")


def _seconds(text: str, line: int, path: Path) -> float:
    """Seconds from ``83.5`` or ``1:23.5``."""
    time = 0.0
    try:
        for part in text.split(":"):
            time = 60 * time + float(part)
    except ValueError as error:
        raise InputError(f"{path}, line {line}: found {text[:80]!r}, {WANTED}.") from error
    if not 0 <= time < 1e9 or not math.isfinite(time) or text.lstrip().startswith("-"):
        raise InputError(f"{path}, line {line}: {text[:80]} is no time in seconds from the start of the song.")
    return time


def _positions(rows: Sequence[Row], path: Path, *, words: bool) -> Ints | None:
    """Positions in the bar; None when no row has one, or, where texts may be `words`, when none of them is one.

    A number that counts on through the song says nothing of bars.
    """
    if not any(row.position for row in rows):
        return None
    counts = [re.fullmatch(r"(\d{1,9})(?:\.0*)?", row.position) for row in rows]
    pairs = [re.fullmatch(r"\d{1,9}[.:|](\d{1,9})", row.position) for row in rows]
    if words and not any(counts) and not any(pairs):
        return None
    if empty := next((row for row in rows if not row.position), None):
        raise InputError(
            f"{path}, line {empty.line}: has no position in the bar and other lines have one; want all or none."
        )
    chosen = pairs if all(pairs) and not all(counts) else counts
    positions = []
    for row, found in zip(rows, chosen, strict=True):
        if found is None:
            raise InputError(f"{path}, line {row.line}: position {row.position[:80]}; want a whole number from 1 "
                             f"(downbeat) to {max(BARS)}, or bar.beat on all lines.")  # fmt: skip
        positions.append(int(found[1]))
    if positions[-1] > max(BARS) and set(np.diff(positions).tolist()) == {1}:
        return None
    for row, position in zip(rows, positions, strict=True):
        if not 1 <= position <= max(BARS):
            raise InputError(f"{path}, line {row.line}: position {row.position}; want a whole number from 1 (downbeat) "
                             f"to {max(BARS)}.")  # fmt: skip
    return np.array(positions, np.int64)


def _from_downbeats(flags: Sequence[bool], path: Path) -> Ints:
    """Positions from where the downbeats are; those before the first count as the end of a usual bar."""
    starts = np.flatnonzero(flags)
    if not len(starts):
        raise InputError(f"{path}: its column downbeat is never 1; want a downbeat, or no such column.")
    lengths = Counter(np.diff(starts).tolist())
    bar = min(lengths, key=lambda length: (-lengths[length], length)) if lengths else 4
    index = np.arange(len(flags))
    last = np.searchsorted(starts, index, side="right") - 1
    return np.asarray(np.where(last < 0, (index - starts[0]) % bar, index - starts[np.maximum(last, 0)]) + 1, np.int64)
