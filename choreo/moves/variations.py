"""Files of moves: a move, and those that are made of it by changes of keys or by dancing a part of it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from choreo.errors import MotionError
from choreo.foreign.yamls import read_yaml
from choreo.moves.excerpt import excerpt
from choreo.moves.notation import Move, parse

OF_A_PART = ("description", "source", "styles", "tempo", "energy", "labels", "mirror")
"""Keys that a variation which is a part of its move may change."""


def family(raw: Any, file: str = "") -> list[Move]:
    """Make a move and its variations, which are named ``base-variation``.

    Raises
    ------
    MotionError
        As `choreo.moves.notation.parse`; a variation's wrong keys are reported under the variation's name.
    """
    moves = [parse(raw, file)]
    plain = {key: value for key, value in raw.items() if key != "variations"}
    for change in raw.get("variations", []):
        merged = dict(plain)
        where = f"{file}, variation {change['name']}" if file else ""
        part = _part(change, moves[0], where)
        for key, value in change.items():
            old = merged.get(key)
            merged[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        merged.pop("part", None)
        merged["name"] = f"{raw['name']}-{change['name']}"
        made = parse(merged, where)
        moves.append(replace(made if part is None else excerpt(made, *part), base=raw["name"]))
    return moves


def _part(change: Mapping[str, Any], move: Move, where: str) -> tuple[int, int] | None:
    """Counts, first and past-last, of the part of the move that a variation is; None for one that is all of it."""
    if "part" not in change:
        return None
    first, last = change["part"]
    if not 0 <= first < last <= move.counts or first % move.metre or last % move.metre:
        bars = f"whole bars of {move.metre} within its {move.counts} counts"
        raise MotionError(f"{where or change['name']}: part: found {first} to {last}, expected {bars}")
    if others := set(change) - {"name", "part", *OF_A_PART}:
        raise MotionError(
            f"{where or change['name']}: {sorted(others)[0]}: a part is danced as its move writes it; it may change "
            f"{', '.join(OF_A_PART)}"
        )
    return first, last


def read(path: Path) -> list[Move]:
    """Read one YAML file: the move, then its variations.

    Raises
    ------
    MotionError
        When the file cannot be read, is not YAML or is not a move.
    """
    raw = read_yaml(path, MotionError)
    return family(raw, str(path))


__all__ = ["family", "read"]
