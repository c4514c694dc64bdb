"""Joint positions in tables: CSV with a header, and TRC (Track Row Column) of Motion Analysis and OpenSim."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.foreign import read_text
from choreo.foreign.limits import MIB
from choreo.types import Doubles
from choreo_positions.recorded import Recorded, from_numbers

TABLE_BYTES = 128 * MIB
"""Of a table; an hour of 24 joints at 30 frames a second has 70 MB."""
TIMES = {"seconds": 1.0, "time": 1.0, "t": 1.0, "timestamp": 1.0, "time_s": 1.0, "time_ms": 1e-3, "timestamp_ms": 1e-3}
"""Names of the column of times, and their unit in seconds."""
UNITS = {"m": "m", "meters": "m", "metres": "m", "cm": "cm", "mm": "mm", "millimeters": "mm"}
BEHIND = re.compile(r"(.+?)[ _.:-]*([xyz])", re.IGNORECASE)
BEFORE = re.compile(r"([xyz])[ _.:-]*(\d+|[ _.:-].+)", re.IGNORECASE)
"""Heads of a column: the axis behind the joint's name, or before its name or number."""


def read_csv(path: Path) -> Recorded:
    """A table with one row a frame; its first row names columns, ``LHip_x``, ``left_knee.y`` or ``x0``.

    Raises
    ------
    MotionError
        When it cannot be read, or the names of its columns are no joints with three axes each.
    """
    lines = [line for line in read_text(path, TABLE_BYTES, MotionError).split("\n") if line.strip()]
    if len(lines) < 2:
        raise MotionError(f"{path}: found {len(lines)} lines, expected a line of names and one for each frame.")
    mark = max(",;\t", key=lines[0].count)
    heads = [head.strip().strip('"') for head in lines[0].split(mark)]
    names, columns = _joints(path, heads)
    rows = _numbers(path, lines[1:], mark, len(heads), 2)
    points = np.stack([rows[:, triple] for triple in columns], axis=1)
    numbered = all(name.isdigit() for name in names)
    order = sorted(range(len(names)), key=lambda k: int(names[k])) if numbered else range(len(names))
    points = points[:, list(order)]
    return Recorded(from_numbers(points, f"{path}: the table"), None if numbered else tuple(names), _rate(heads, rows))


def _joints(path: Path, heads: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Names of the joints, and the three columns of each."""
    found: dict[str, dict[str, int]] = {}
    for number, head in enumerate(heads):
        if head.lower() in TIMES:
            continue
        if match := BEFORE.fullmatch(head):
            axis, name = match[1], match[2].strip(" _.:-")
        elif match := BEHIND.fullmatch(head):
            name, axis = match[1], match[2]
        else:
            continue
        found.setdefault(name, {}).setdefault(axis.lower(), number)
    whole = {name: [axes[axis] for axis in "xyz"] for name, axes in found.items() if len(axes) == 3}
    if not whole:
        raise MotionError(
            f"{path}: the columns are {', '.join(heads[:8])}, expected three for each joint, such as LHip_x, LHip_y, "
            "LHip_z."
        )
    return list(whole), list(whole.values())


def _numbers(path: Path, lines: Sequence[str], mark: str, width: int, first: int) -> Doubles:
    """Rows of numbers ``(T, width)``, NaN where there is none; `first` is the number of the first line."""
    rows = np.full((len(lines), width), np.nan)
    for number, line in enumerate(lines):
        cells = line.split(mark)[:width]
        try:
            rows[number, : len(cells)] = [float(cell) if cell.strip().strip('"') else np.nan for cell in cells]
        except ValueError:
            raise MotionError(f"{path}: line {number + first} is {line[:60]!r}, expected numbers.") from None
    return rows


def _rate(heads: Sequence[str], rows: Doubles) -> float | None:
    """Frames a second by the column of times."""
    for number, head in enumerate(heads):
        if head.lower() in TIMES:
            steps = np.diff(rows[:, number]) * TIMES[head.lower()]
            step = float(np.median(steps[np.isfinite(steps)])) if np.isfinite(steps).any() else 0.0
            return 1 / step if step > 0 else None
    return None


def read_trc(path: Path) -> Recorded:
    """A TRC file: three lines of facts, names of the markers, their axes, and a row for each frame.

    Raises
    ------
    MotionError
        When it cannot be read or lacks one of these.
    """
    lines = read_text(path, TABLE_BYTES, MotionError, errors="replace").split("\n")
    if len(lines) < 7 or not lines[0].startswith("PathFileType"):
        raise MotionError(f"{path}: is not a TRC file; its first line has to begin with PathFileType.")
    facts = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    # A name stands over the first of its three columns.
    names = [name.strip() for name in lines[3].split("\t")[2:] if name.strip()]
    if not names:
        raise MotionError(f"{path}: line 4 names no markers, expected Frame#, Time and their names, tabs between.")
    rows = [line for line in lines[5:] if line.strip()]
    numbers = _numbers(path, rows, "\t", 2 + 3 * len(names), 6)
    try:
        rate = float(facts["DataRate"])
    except (KeyError, ValueError):
        rate = _rate(("frame", "time"), numbers) or 0.0
    points = from_numbers(numbers[:, 2:].reshape(len(numbers), -1, 3), f"{path}: the table")
    unit = UNITS.get(facts.get("Units", "").lower(), "auto")
    return Recorded(points, tuple(names), rate if rate > 0 else None, unit=unit)
