"""The result of an evaluation: measures beside what chance and real dance reach, as a table and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1


@dataclass(frozen=True)
class Measure:
    """One number and what it means.

    ``value`` is None when there was too little data, and `note` says of what. ``chance`` is what a dance unrelated to
    the music reaches, ``real`` what real dance does (of the reference, else as published), ``low`` and
    ``high`` an interval of 95 %; `good` describes the values aimed at.
    """

    key: str
    group: str
    label: str
    value: float | None
    unit: str = ""
    good: str = ""
    chance: float | None = None
    real: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


def measure(key: str, group: str, label: str, value: float, lacking: str = "", **more: str | float) -> Measure:
    """Make a measure; numbers that are not finite become None, and then `lacking` is the note."""
    finite = number(value)
    numbers = {name: number(each) for name, each in more.items() if isinstance(each, float)}
    words = {name: each for name, each in more.items() if isinstance(each, str)}
    if finite is None and lacking:
        words["note"] = f"not enough: {lacking}"
    return Measure(key, group, label, finite, **words, **numbers)  # type: ignore[arg-type]  # told apart by their types


def number(value: float | None) -> float | None:
    """A plain float, None for what is not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


@dataclass(frozen=True, eq=False)
class Report:
    """Measures of one dance, facts of what was compared, arrays for plots by name, and warnings."""

    measures: tuple[Measure, ...]
    facts: Mapping[str, Any]
    plots: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> float | None:
        """Value of a measure by its key."""
        return next(each.value for each in self.measures if each.key == key)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, schema version first."""
        rows = {}
        for each in self.measures:
            row = {name: getattr(each, name) for name in each.__dataclass_fields__ if name != "key"}
            rows[each.key] = {name: round(v, 6) if isinstance(v, float) else v for name, v in row.items()}
        return {"schema": SCHEMA, **self.facts, "measures": rows, "warnings": list(self.warnings)}

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Table: measure, value, chance, real dance, what is good or why there is no value; groups as bare rows."""
        out: list[tuple[str, str, str, str, str]] = []
        for group in dict.fromkeys(each.group for each in self.measures):
            out.append((group.upper(), "", "", "", ""))
            inside = [each for each in self.measures if each.group == group]
            if all(each.value is None for each in inside) and len({each.note for each in inside}) == 1:
                out.append(("  all", "-", "", "", inside[0].note))
                continue
            out.extend((f"  {each.label}", *cells(each)) for each in inside)
        return out


def cells(each: Measure) -> tuple[str, str, str, str]:
    """Value, chance, real dance, and what is good or why there is no value."""
    remark = "; ".join(part for part in (each.good, each.note) if part)
    return shown(each), _plain(each.chance), _plain(each.real), remark


def shown(each: Measure) -> str:
    """Value with its unit and interval, a dash when there is none."""
    if each.value is None:
        return "-"
    text = f"{_plain(each.value)} {each.unit}".strip()
    if each.low is not None and each.high is not None:
        text += f" ({_plain(each.low)} to {_plain(each.high)})"
    return text


def _plain(value: float | None) -> str:
    if value is None:
        return ""
    size = abs(value)
    return f"{value:.0f}" if size >= 1000 or value == int(value) else f"{value:.1f}" if size >= 20 else f"{value:.3g}"
