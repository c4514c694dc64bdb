"""Kernels over triangles: the picture of the body, and its heights as seen from a light."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel


@kernel
def fill_triangles(screen, faces, colours, side, left, top, inverse, samples):  # type: ignore[no-untyped-def]
    """Draw triangles with a z-buffer.

    `screen` is x, y, 1/depth; `side` is 1 to draw counter-clockwise triangles, -1 for mirrored ones;
    `inverse : (h, w)` (zeroed) and `samples : (h, w, 3)` cover the box whose corner is `left`, `top`.

    The buffer holds 1/depth, which is linear over the screen while depth is not; larger is nearer, 0 is empty.
    """
    rows, columns = inverse.shape
    half = np.float32(0.5)
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        z0, z1, z2 = screen[a, 2], screen[b, 2], screen[c, 2]
        if z0 == 0 or z1 == 0 or z2 == 0:  # a corner is behind the camera, which keeps away from dancers: no clipping
            continue
        x0, y0 = screen[a, 0] - left, screen[a, 1] - top
        x1, y1 = screen[b, 0] - left, screen[b, 1] - top
        x2, y2 = screen[c, 0] - left, screen[c, 1] - top
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area * side >= 0:  # seen from behind
            continue
        first_x = max(int(np.ceil(min(x0, x1, x2) - half)), 0)
        last_x = min(int(np.floor(max(x0, x1, x2) - half)), columns - 1)
        first_y = max(int(np.ceil(min(y0, y1, y2) - half)), 0)
        last_y = min(int(np.floor(max(y0, y1, y2) - half)), rows - 1)
        if first_x > last_x or first_y > last_y:
            continue
        # Barycentric weights, stepped along a row; divided by the area they are the same for both orientations.
        scale = np.float32(1) / area
        step0, step1 = (y1 - y2) * scale, (y2 - y0) * scale
        for y in range(first_y, last_y + 1):
            py = np.float32(y) + half
            px = np.float32(first_x) + half
            w0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * scale
            w1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * scale
            for x in range(first_x, last_x + 1):
                w2 = np.float32(1) - w0 - w1
                if w0 >= 0 and w1 >= 0 and w2 >= 0:
                    z = w0 * z0 + w1 * z1 + w2 * z2
                    if z > inverse[y, x]:
                        inverse[y, x] = z
                        samples[y, x, 0] = w0 * colours[a, 0] + w1 * colours[b, 0] + w2 * colours[c, 0]
                        samples[y, x, 1] = w0 * colours[a, 1] + w1 * colours[b, 1] + w2 * colours[c, 1]
                        samples[y, x, 2] = w0 * colours[a, 2] + w1 * colours[b, 2] + w2 * colours[c, 2]
                w0 += step0
                w1 += step1


@kernel
def fill_heights(world, faces, slope_x, slope_z, grid, ceiling, high, low):  # type: ignore[no-untyped-def]
    """Draw the body onto the floor along a light: highest and lowest point over every cell, metres.

    A point falls on ``x - slope_x * y, z - slope_z * y``. `grid` is the map's origin x, z and cell;
    triangles that lie above `ceiling` are left out. `high` starts at -1, `low` at 99.
    """
    rows, columns = high.shape
    half = np.float32(0.5)
    per_cell = np.float32(1) / grid[2]
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        h0, h1, h2 = world[a, 1], world[b, 1], world[c, 1]
        if min(h0, h1, h2) > ceiling:
            continue
        x0, y0 = (world[a, 0] - slope_x * h0 - grid[0]) * per_cell, (world[a, 2] - slope_z * h0 - grid[1]) * per_cell
        x1, y1 = (world[b, 0] - slope_x * h1 - grid[0]) * per_cell, (world[b, 2] - slope_z * h1 - grid[1]) * per_cell
        x2, y2 = (world[c, 0] - slope_x * h2 - grid[0]) * per_cell, (world[c, 2] - slope_z * h2 - grid[1]) * per_cell
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0:
            continue
        first_x = max(int(np.ceil(min(x0, x1, x2) - half)), 0)
        last_x = min(int(np.floor(max(x0, x1, x2) - half)), columns - 1)
        first_y = max(int(np.ceil(min(y0, y1, y2) - half)), 0)
        last_y = min(int(np.floor(max(y0, y1, y2) - half)), rows - 1)
        scale = np.float32(1) / area
        for y in range(first_y, last_y + 1):
            py = np.float32(y) + half
            for x in range(first_x, last_x + 1):
                px = np.float32(x) + half
                w0 = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * scale
                w1 = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * scale
                w2 = np.float32(1) - w0 - w1
                if w0 >= 0 and w1 >= 0 and w2 >= 0:
                    h = w0 * h0 + w1 * h1 + w2 * h2
                    high[y, x] = max(high[y, x], h)
                    low[y, x] = min(low[y, x], h)
