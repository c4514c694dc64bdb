"""Where several dancers stand: formations, in units of the distance between neighbours.

Axes as everywhere: +Z is towards the audience, +X the dancers' left. The first dancer stands in front, or at the
audience's left, and is never one of the mirrored.
"""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles

WING = np.array([0.8, -0.6])
SLANT = np.array([0.82, -np.sqrt(1 - 0.82**2)])


def stage_positions(formation: str, dancers: int) -> Doubles:
    """Positions ``(N, 2)``, x and z, in units of the distance between neighbours, centred on the stage.

    Parameters
    ----------
    formation
        ``line``, ``V``, ``circle``, ``grid`` (rows that look through the gaps of those before), ``diagonal``,
        ``columns`` (two, each looking past the other), ``arrow`` (one, two, one, two, deep and narrow), ``ladder``
        (two, one, two, one) or ``triangle`` (one, two, three and so on).
    """
    order = np.arange(dancers, dtype=np.float64)
    if formation == "line":
        found = np.stack([order, 0 * order], axis=1)
    elif formation == "diagonal":
        found = order[:, None] * SLANT
    elif formation == "V":
        found = _wedge(dancers)
    elif formation == "circle":
        found = _ring(dancers)
    elif formation == "columns":
        found = np.stack([np.where(order % 2 == 0, 0.35, -0.35), -order * np.sqrt(1 - 0.7**2)], axis=1)
    elif formation == "arrow":
        found = _bands(dancers, (1, 2), 0.5, np.sqrt(0.75))
    elif formation == "ladder":
        found = _bands(dancers, (2, 1), 0.5, np.sqrt(0.75))
    elif formation == "triangle":
        found = _bands(dancers, tuple(range(1, dancers + 1)), 0.5, np.sqrt(0.75))
    else:
        found = _rows(dancers)
    return np.asarray(found - (found.min(axis=0) + found.max(axis=0)) / 2)


def _wedge(dancers: int) -> Doubles:
    """A leader and wings that fall back to both sides; two leaders when the number is even."""
    odd = dancers % 2
    order = np.arange(dancers)
    rank = (order + odd) // 2
    side = np.where((order + odd) % 2 == 0, -1.0, 1.0)
    return np.stack([side * (rank * WING[0] + 0.5 * (1 - odd)), rank * WING[1]], axis=1)


def _bands(dancers: int, counts: tuple[int, ...], half: float, deep: float) -> Doubles:
    """Rows of so many, again and again, `deep` behind each other; neighbours of a row are twice `half` apart."""
    found, row = list[Doubles](), 0
    while (left := dancers - sum(len(each) for each in found)) > 0:
        wanted = counts[row % len(counts)]
        count = min(wanted, left)
        across = 2 * half * (np.arange(count) - (wanted - 1) / 2)
        found.append(np.stack([across, np.full(count, -row * deep)], axis=1))
        row += 1
    return np.concatenate(found)


def front_place(unit: Doubles) -> int:
    """Number of the place ``(N, 2)`` that is in front, the one nearest to the middle of several."""
    return int(np.lexsort((np.abs(unit[:, 0]), -np.round(unit[:, 1], 6)))[0])


def _ring(dancers: int) -> Doubles:
    """A circle, turned so that nobody of an even number stands right behind another."""
    if dancers == 1:
        return np.zeros((1, 2))
    turn = 2 * np.pi * (np.arange(dancers) - (0.25 if dancers % 2 == 0 else 0.0)) / dancers
    if dancers == 2:
        turn -= np.pi / 4
    return np.stack([np.sin(turn), np.cos(turn)], axis=1) / (2 * np.sin(np.pi / dancers))


def _rows(dancers: int) -> Doubles:
    """Rows, each shifted by half the distance of neighbours against the one before it."""
    columns = int(np.ceil(np.sqrt(dancers)))
    found = []
    for row in range(-(-dancers // columns)):
        count = min(columns, dancers - row * columns)
        shift = (0.5 * row + 0.5 * (columns - count)) % 1
        across = np.arange(count) - (count - 1) / 2 + shift
        found.append(np.stack([across, np.full(count, -row * np.sqrt(0.75))], axis=1))
    return np.concatenate(found)
