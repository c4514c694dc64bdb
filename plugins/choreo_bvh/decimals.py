"""Tables of numbers as text with six decimals, many at a time: `%.6f` of each costs most of a file's time otherwise."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from choreo.types import Doubles

Pieces = NDArray[np.uint32]

LARGEST = 10**12
"""Millionths from which on a number has more digits than the pieces hold."""


@cache
def _pieces() -> tuple[Pieces, Pieces, Pieces]:
    """Pieces of three digits as four bytes, filled up with zero bytes, packed into one number each.

    Thousands with their sign, without leading zeros: 1000 positive ones, then 1000 negative ones. The three digits
    before the point with it: 1000 without leading zeros, then 1000 with them. The two times three digits behind the
    point: 1000 alone, 1000 with a space and 1000 with a line's end.
    """
    thousands = [f"{sign}{k or ''}" for sign in ("", "-") for k in range(1000)]
    whole = [form % k for form in ("%d.", "%03d.") for k in range(1000)]
    decimals = [f"{k:03d}{after}" for after in ("", " ", "\n") for k in range(1000)]
    thousands_piece, whole_piece, decimals_piece = (
        np.array([text.encode() for text in texts], "S4").view(np.uint32) for texts in (thousands, whole, decimals)
    )
    return thousands_piece, whole_piece, decimals_piece


def table_text(table: Doubles) -> str:
    """Rows ``(N, C)`` as lines of numbers with six decimals and a space between; none is ``-0.000000``."""
    millionths = np.rint(table * 1e6)
    if not np.all(np.abs(millionths) < LARGEST):
        row = " ".join(["%.6f"] * table.shape[1]) + "\n"
        return "".join([row % tuple(values) for values in (millionths / 1e6 + 0.0).tolist()])
    thousands, whole, decimals = _pieces()
    integer, behind = np.divmod(np.abs(millionths).astype(np.int64), 10**6)
    above, below = np.divmod(integer.astype(np.int32), 1000)
    first, last = np.divmod(behind.astype(np.int32), 1000)
    last += 1000
    last[:, -1] += 1000
    pieces = np.empty((*table.shape, 4), np.uint32)
    pieces[..., 0] = thousands[above + 1000 * (millionths < 0)]
    pieces[..., 1] = whole[below + 1000 * (above > 0)]
    pieces[..., 2] = decimals[first]
    pieces[..., 3] = decimals[last]
    return pieces.tobytes().translate(None, b"\0").decode("ascii")


__all__ = ["table_text"]
