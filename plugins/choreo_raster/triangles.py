"""Kernels over triangles: the picture of the body, and its heights as seen from a light."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel
from choreo_raster.one_triangle import fill_one


@kernel
def fill_triangles(screen, faces, colours, side, left, top, inverse, samples):  # type: ignore[no-untyped-def]
    """Draw triangles with a z-buffer.

    `screen` is x, y, 1/depth; `side` is 1 to draw counter-clockwise triangles, -1 for mirrored ones;
    `inverse : (h, w)` (zeroed) and `samples : (h, w, 3)` cover the box whose corner is `left`, `top`.

    The buffer holds 1/depth, which is linear over the screen while depth is not; larger is nearer, 0 is empty.

    Triangles are a few samples large, so most of the time goes into finding out what they cover: a row's samples lie
    between the rightmost of its left edges and the leftmost of its right ones, with no test for each of them.
    """
    rows, columns = inverse.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        fill_one(
            screen[a, 0] - left, screen[a, 1] - top, screen[a, 2],
            screen[b, 0] - left, screen[b, 1] - top, screen[b, 2],
            screen[c, 0] - left, screen[c, 1] - top, screen[c, 2],
            colours, a, b, c, side, rows, columns, 1, 0, 0, inverse, samples,
        )  # fmt: skip


@kernel
def fill_heights(world, faces, slope_x, slope_z, grid, ceiling, high, low):  # type: ignore[no-untyped-def]
    """Draw the body onto the floor along a light: highest and lowest point over every cell, metres.

    A point falls on ``x - slope_x * y, z - slope_z * y``. `grid` is the map's origin x, z and cell;
    triangles that lie above `ceiling` are left out. `high` starts at -1, `low` at 99.
    """
    rows, columns = high.shape
    half, one = np.float32(0.5), np.float32(1)
    per_cell = one / grid[2]
    left, top = grid[0] * per_cell, grid[1] * per_cell
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        h0, h1, h2 = world[a, 1], world[b, 1], world[c, 1]
        if min(h0, h1, h2) > ceiling:
            continue
        x0, y0 = (world[a, 0] - slope_x * h0) * per_cell - left, (world[a, 2] - slope_z * h0) * per_cell - top
        x1, y1 = (world[b, 0] - slope_x * h1) * per_cell - left, (world[b, 2] - slope_z * h1) * per_cell - top
        x2, y2 = (world[c, 0] - slope_x * h2) * per_cell - left, (world[c, 2] - slope_z * h2) * per_cell - top
        first_x = max(int(np.ceil(min(x0, x1, x2) - half)), 0)
        last_x = min(int(np.floor(max(x0, x1, x2) - half)), columns - 1)
        first_y = max(int(np.ceil(min(y0, y1, y2) - half)), 0)
        last_y = min(int(np.floor(max(y0, y1, y2) - half)), rows - 1)
        if first_x > last_x or first_y > last_y:
            continue
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0:
            continue
        # Barycentric weights of the second and third corner, as above. A triangle covers a cell or two: finding a
        # row's span would cost more than testing each cell.
        scale = one / area
        step_x1, step_x2 = (y2 - y0) * scale, (y0 - y1) * scale
        step_y1, step_y2 = (x0 - x2) * scale, (x1 - x0) * scale
        h1, h2 = h1 - h0, h2 - h0
        for y in range(first_y, last_y + 1):
            off_x, off_y = np.float32(first_x) + half - x0, np.float32(y) + half - y0
            w1, w2 = step_x1 * off_x + step_y1 * off_y, step_x2 * off_x + step_y2 * off_y
            for x in range(first_x, last_x + 1):
                if min(w1, w2, one - w1 - w2) >= 0:
                    h = h0 + w1 * h1 + w2 * h2
                    high[y, x] = max(high[y, x], h)
                    low[y, x] = min(low[y, x], h)
                w1 += step_x1
                w2 += step_x2
