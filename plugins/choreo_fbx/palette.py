"""The colours of a body without textures as a small picture: programs show pictures, most of them no vertex colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.types import Body, Bytes, Doubles, Ints

MOST = 256
"""Colours of a picture; a body with more keeps them at its vertices."""
SIDE = 8
"""Pixels of a square of one colour, whose middle is looked up."""


@dataclass(frozen=True, eq=False)
class Palette:
    """``picture : (h, w, 4) uint8``; ``uv : (K, 2)`` of each colour, from the lower left; ``number_of : (V,)``."""

    picture: Bytes
    uv: Doubles
    number_of: Ints


def palette_of(body: Body) -> Palette | None:
    """The colours of a body; None when it has a surface, or too many of them."""
    if body.surface is not None:
        return None
    colours, numbers = np.unique(body.colours, axis=0, return_inverse=True)
    if len(colours) > MOST:
        return None
    side = int(np.ceil(np.sqrt(len(colours))))
    cells = np.full((side * side, 4), 255, np.uint8)
    cells[: len(colours), :3] = colours
    picture = np.kron(cells.reshape(side, side, 4), np.ones((SIDE, SIDE, 1), np.uint8))
    row, column = np.divmod(np.arange(len(colours)), side)
    uv = np.stack([(column + 0.5) / side, 1 - (row + 0.5) / side], axis=1)
    return Palette(picture, uv, numbers.reshape(-1).astype(np.int64))
