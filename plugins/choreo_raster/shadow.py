"""The floor's shade: a soft shadow of the key light and the dark under a foot.

One map from above the floor, seen along the key light, gives both: its highest points tell every vertex
whether something stands between it and the light, its lowest points how far the caster is from the
floor. A shadow is sharp where the caster touches and soft where it is high up, as under a lamp of some
size: a sharp and a soft blur of the same map are mixed by that height.

The maps cover only the cells that the bodies can shade. What is blurred are sums of whole numbers, which are exact:
a cell has the same shade whatever part of the floor is around it.
"""

from __future__ import annotations

import numpy as np

from choreo.types import Floats
from choreo_raster.jit import kernel

SHARP, SOFT, NEAR = (1,), (5, 5), (2, 4)
"""Radii of the box blurs, in cells; two of them are nearly a Gaussian."""
MARGIN = 11
"""Cells around what the bodies hit that are shaded too (the soft radii), and one that is not."""
METRE, FULL = 8192, 65535
"""Whole numbers for a metre and for full nearness. Sums stay below 2^31: 10 m * METRE * 11^4, FULL * 5^2 * 9^2."""
NEAR_FLOOR = 0.26
"""Metres above which nothing darkens the floor under it."""


def map_box(points: Floats, slopes: Floats, low: float, corner: Floats, cell: float, cells: int) -> tuple[int, ...]:
    """First column, first row, columns and rows of the part of the floor's map that bodies can shade.

    Parameters
    ----------
    points : (V, 3)
        The bodies, metres.
    slopes : (2,)
        How far along x and z the key light goes for each metre down.
    low
        Points below this height, metres, also count straight down.
    corner, cell, cells
        x and z of the whole map's corner, the width of its cells, metres, and how many there are a side.
    """
    first, last = np.full(2, np.inf), np.full(2, -np.inf)
    height = points[:, 1]
    under = height < low
    for axis, slope in enumerate(slopes):
        across = points[:, 2 * axis]
        for flat in (across - slope * height, across[under]):
            first[axis] = min(first[axis], flat.min(initial=np.inf))
            last[axis] = max(last[axis], flat.max(initial=-np.inf))
    # A map of two cells is the least that can be interpolated, when nobody is near.
    begin = np.clip(np.floor((first - corner) / cell) - MARGIN, 0, cells - 2)
    end = np.clip(np.ceil((last - corner) / cell) + MARGIN, begin + 2, cells)
    return int(begin[0]), int(begin[1]), int(end[0] - begin[0]), int(end[1] - begin[1])


@kernel
def blur(texture, radius, sums):  # type: ignore[no-untyped-def]
    """Sum ``texture : (n, m) int32`` over boxes of ``2 * radius + 1`` cells a side, in place; outside is 0.

    By running sums, both ways; `sums` is scratch.
    """
    rows, columns = texture.shape
    for y in range(rows):
        total = np.int32(0)
        for x in range(min(radius, columns)):
            total += texture[y, x]
        for x in range(columns):
            if x + radius < columns:
                total += texture[y, x + radius]
            if x > radius:
                total -= texture[y, x - radius - 1]
            sums[y, x] = total
    for x in range(columns):
        texture[0, x] = 0
    for y in range(min(radius + 1, rows)):
        for x in range(columns):
            texture[0, x] += sums[y, x]
    for y in range(1, rows):
        for x in range(columns):
            value = texture[y - 1, x]
            if y + radius < rows:
                value += sums[y + radius, x]
            if y > radius:
                value -= sums[y - radius - 1, x]
            texture[y, x] = value


@kernel
def start_maps(low, under, metre, full, sharp, soft, lift, near):  # type: ignore[no-untyped-def]
    """Fill the maps that are blurred next: coverage (`sharp` and `soft`), height of the caster, nearness to the floor.

    `low` is the lowest height along the key light, metres, 99 where there is none; `under` the same straight down.
    `metre` and `full` are the module's.
    """
    zero, one = np.float32(0), np.float32(1)
    for y in range(low.shape[0]):
        for x in range(low.shape[1]):
            hit = low[y, x] < np.float32(50)
            sharp[y, x] = soft[y, x] = 1 if hit else 0
            lift[y, x] = np.int32(min(max(low[y, x], zero), np.float32(10)) * metre) if hit else 0
            close = max(one - max(under[y, x], zero) * np.float32(4), zero)
            near[y, x] = np.int32(close * close * full)


@kernel
def mix_shade(sharp, soft, lift, near, scales, shade):  # type: ignore[no-untyped-def]
    """Make ``shade : (n, m, 2)``, shadow and contact darkness 0..1, from the blurred maps.

    `scales` is what a full sum of each counts: 1/cells of `sharp`, 1/cells of `soft`, metres, 1/full nearness.
    """
    one = np.float32(1)
    for y in range(sharp.shape[0]):
        for x in range(sharp.shape[1]):
            # Blurred height by blurred coverage: the mean height of what casts the shadow here.
            height = np.float32(lift[y, x]) * scales[2] / np.float32(max(soft[y, x], 1))
            part = min(height * np.float32(0.9), one)
            sharply, softly = np.float32(sharp[y, x]) * scales[0], np.float32(soft[y, x]) * scales[1]
            shade[y, x, 0] = sharply * (one - part) + softly * part
            shade[y, x, 1] = min(np.float32(near[y, x]) * scales[3] * np.float32(1.6), one)


def _full(radii: tuple[int, ...]) -> int:
    return int(np.prod([(2 * radius + 1) ** 2 for radius in radii]))


SCALES = np.array([1 / _full(SHARP), 1 / _full(SOFT), 1 / METRE, 1 / (FULL * _full(NEAR))], np.float32)
"""`mix_shade`'s."""
