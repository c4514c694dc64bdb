"""Which clips can be danced at so many beats in a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from choreo.types import Bools, Clip

COLUMNS = ("role", "counts", "metre", "source_hash")
"""What `fits_metre` has to know of clips."""
ENOUGH = 24
"""Moves of a metre that are enough: recordings of other metres are left out."""


def fits_metre(rows: Mapping[str, Any], metre: int, allowed: Bools | None = None) -> Bools:
    """Which clips fill whole bars, ``(C,)``.

    Two beats a bar are danced with clips in four. Where a metre has few moves of its own, recordings of another metre
    join them, as far as they last whole bars: their beats meet the music's, their accents not always.

    Parameters
    ----------
    rows
        `COLUMNS`, each ``(C,)``.
    allowed
        ``(C,)``: clips that are there at all; every one by default.
    """
    role, counts, own = np.array(rows["role"]), np.array(rows["counts"], np.int64), np.array(rows["metre"], np.int64)
    whole = counts % metre == 0
    if allowed is not None:
        whole &= allowed
    mine = whole & ((own == metre) | ((metre == 2) & (own == 4)))
    if (mine & (role == "move")).sum() >= ENOUGH:
        return np.asarray(mine)
    recorded = np.array([bool(each) for each in rows["source_hash"]], bool)
    return np.asarray(mine | (whole & recorded))


def has_moves(rows: Mapping[str, Any], metre: int, allowed: Bools | None = None) -> bool:
    """Whether there are moves, not poses and entrances alone, for a metre; the rest as `fits_metre` takes it."""
    return bool((fits_metre(rows, metre, allowed) & (np.array(rows["role"]) == "move")).any())


def columns_of(clips: Sequence[Clip]) -> dict[str, Any]:
    """`COLUMNS` of some clips."""
    return {name: [getattr(clip, name) for clip in clips] for name in COLUMNS}
