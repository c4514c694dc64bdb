"""Which clips can be danced at so many beats in a bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.db.columns import ClipColumns, columns_of_lists
from choreo.types import Bools, Clip

COLUMNS = ("role", "counts", "metre", "source_hash")
"""What `fits_metre` has to know of clips."""
ENOUGH = 24
"""Moves of a metre that are enough: recordings of other metres are left out."""


def fits_metre(rows: ClipColumns, metre: int, allowed: Bools | None = None) -> Bools:
    """Which clips fill whole bars, ``(C,)``.

    Two beats a bar are danced with clips in four. Where a metre has few moves of its own, recordings of another metre
    join them, as far as they last whole bars: their beats meet the music's, their accents not always.

    Parameters
    ----------
    rows
        `COLUMNS`, each ``(C,)`` (`choreo.db.columns`).
    allowed
        ``(C,)``: clips that are there at all; every one by default.
    """
    counts, own = rows["counts"].astype(np.int64), rows["metre"].astype(np.int64)
    whole = counts % metre == 0
    if allowed is not None:
        whole &= allowed
    mine = whole & ((own == metre) | ((metre == 2) & (own == 4)))
    if (mine & moves(rows)).sum() >= ENOUGH:
        return np.asarray(mine)
    return np.asarray(mine | (whole & rows["source_hash"].where(bool)))


def has_moves(rows: ClipColumns, metre: int, allowed: Bools | None = None) -> bool:
    """Whether there are moves, not poses and entrances alone, for a metre; the rest as `fits_metre` takes it."""
    return bool((fits_metre(rows, metre, allowed) & moves(rows)).any())


def moves(rows: ClipColumns) -> Bools:
    """``(C,)`` clips that are moves, not poses, entrances and the like."""
    return np.asarray(rows["role"].where(lambda role: role == "move"))


def columns_of(clips: Sequence[Clip]) -> ClipColumns:
    """`COLUMNS` of some clips."""
    return columns_of_lists({name: [getattr(clip, name) for clip in clips] for name in COLUMNS})
