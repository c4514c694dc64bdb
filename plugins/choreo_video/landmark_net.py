"""What BlazePose's landmark net says of a square of a picture: 33 points, their depth, and where to look next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles, Floats
from choreo_video.region import Region, around

SIDE = 256
POINTS, ALL_POINTS = 33, 39
"""Landmarks; the net has six more, of which two say where the body is."""
CENTRE, TOP = 33, 34
HEAT = 64
"""Cells a side of the net's maps of where a point is."""
REACH = 3
"""Cells to each side of a point that are asked where it is more exactly."""
SURE = 0.5
"""Likelihood in the map from which on it is believed."""


@dataclass(frozen=True, eq=False)
class Pose:
    """A person in a picture.

    ``image : (33, 3)`` pixels, ``world : (33, 3)`` metres, both with y down; ``visibility, presence : (33,)``; `score`
    that it is a person; `next` the square in which the person is looked for in the next picture.
    """

    score: float
    image: Doubles
    world: Doubles
    visibility: Doubles
    presence: Doubles
    next: Region


def decode(points: Floats, score: float, heat: Floats | None, world: Floats, seen: Region) -> Pose:
    """A pose in pixels of the picture, from the outputs of a net that saw the square `seen`.

    Parameters
    ----------
    points : (39, 5)
        x, y and depth in pixels of the net's picture, logits of visibility and of presence.
    score
        Likelihood of a person.
    heat : (64, 64, 39) or None
        Logits of where each point is.
    world : (39, 3)
        Metres from the hips.
    """
    local = points[:, :3].astype(np.float64) / SIDE
    if heat is not None:
        local[:, :2] = refined(local[:, :2], heat)
    picture = seen.to_picture(local)
    confidence = 1 / (1 + np.exp(-np.clip(points[:POINTS, 3:].astype(np.float64), -60, 60)))
    return Pose(
        float(score) if np.isfinite(picture).all() and np.isfinite(world).all() else 0.0,
        picture[:POINTS],
        seen.turned(world[:POINTS]),
        confidence[:, 0],
        confidence[:, 1],
        around(picture[CENTRE, :2], picture[TOP, :2]),
    )


def refined(points: Doubles, heat: Floats) -> Doubles:
    """Points ``(P, 2)`` in shares of the square, moved to the mean of what maps ``(64, 64, P)`` say around them."""
    out = points.copy()
    cells = np.floor(np.clip(np.nan_to_num(points), -1, 2) * HEAT).astype(int)
    for number, (column, row) in enumerate(cells):
        if not (0 <= column < HEAT and 0 <= row < HEAT):
            continue
        left, top = max(column - REACH, 0), max(row - REACH, 0)
        window = heat[top : row + REACH + 1, left : column + REACH + 1, number].astype(np.float64)
        weights = 1 / (1 + np.exp(-np.clip(window, -60, 60)))
        if weights.max() < SURE:
            continue
        total = weights.sum()
        out[number, 0] = (weights.sum(axis=0) @ (left + np.arange(window.shape[1]))) / total / HEAT
        out[number, 1] = (weights.sum(axis=1) @ (top + np.arange(window.shape[0]))) / total / HEAT
    return out


__all__ = ["ALL_POINTS", "POINTS", "SIDE", "Pose", "decode", "refined"]
