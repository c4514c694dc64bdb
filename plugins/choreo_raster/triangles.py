"""Kernels over triangles: the picture of the body, and its heights as seen from a light."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel, part_of_kernels


@part_of_kernels
def fill_one(  # type: ignore[no-untyped-def]
    x0, y0, z0, x1, y1, z1, x2, y2, z2, colours, a, b, c, side, rows, columns, each, right, down, inverse, samples
):
    """Draw one triangle into column `right` and row `down` of each so many samples; see `fill_triangles`."""
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    # Two triangles compute their common edge each in its own way: spans that reach a little further leave no gap.
    slack = np.float32(1e-3)
    level = np.float32(1e-6)
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if area * side >= 0:  # seen from behind
        return
    first_y = max(int(np.ceil(min(y0, y1, y2) - half)), 0)
    last_y = min(int(np.floor(max(y0, y1, y2) - half)), rows - 1)
    low_x = max(min(x0, x1, x2) - half, zero)
    high_x = min(max(x0, x1, x2) - half, np.float32(columns - 1))
    if first_y > last_y or np.ceil(low_x) > high_x:
        return
    if z0 == 0 or z1 == 0 or z2 == 0:  # a corner is behind the camera, which keeps away from dancers: no clipping
        return
    # Each edge is x = start + slope * y. One that bounds no side of the spans (the other side's, or level) is
    # replaced by the triangle's own bound there.
    slope0, slope1, slope2 = (x2 - x1) / (y2 - y1), (x0 - x2) / (y0 - y2), (x1 - x0) / (y1 - y0)
    start0, start1, start2 = x1 - y1 * slope0 - half, x2 - y2 * slope1 - half, x0 - y0 * slope2 - half
    rise0, rise1, rise2 = (y2 - y1) * side, (y0 - y2) * side, (y1 - y0) * side
    from0, from_slope0 = (start0, slope0) if rise0 > level else (low_x, zero)
    from1, from_slope1 = (start1, slope1) if rise1 > level else (low_x, zero)
    from2, from_slope2 = (start2, slope2) if rise2 > level else (low_x, zero)
    to0, to_slope0 = (start0, slope0) if rise0 < -level else (high_x, zero)
    to1, to_slope1 = (start1, slope1) if rise1 < -level else (high_x, zero)
    to2, to_slope2 = (start2, slope2) if rise2 < -level else (high_x, zero)
    # Barycentric weights of the second and third corner grow by these along x and y.
    scale = one / area
    step_x1, step_x2 = (y2 - y0) * scale, (y0 - y1) * scale
    step_y1, step_y2 = (x0 - x2) * scale, (x1 - x0) * scale
    z1, z2 = z1 - z0, z2 - z0
    red, green, blue = colours[a, 0], colours[a, 1], colours[a, 2]
    red1, green1, blue1 = colours[b, 0] - red, colours[b, 1] - green, colours[b, 2] - blue
    red2, green2, blue2 = colours[c, 0] - red, colours[c, 1] - green, colours[c, 2] - blue
    for y in range(first_y, last_y + 1):
        py = np.float32(y) + half
        low = max(max(from0 + from_slope0 * py, from1 + from_slope1 * py), max(from2 + from_slope2 * py, low_x))
        high = min(min(to0 + to_slope0 * py, to1 + to_slope1 * py), min(to2 + to_slope2 * py, high_x))
        first, last = int(np.ceil(low - slack)), int(np.floor(high + slack))
        off_x, off_y = np.float32(first) + half - x0, py - y0
        w1, w2 = step_x1 * off_x + step_y1 * off_y, step_x2 * off_x + step_y2 * off_y
        for x in range(first, last + 1):
            z = z0 + w1 * z1 + w2 * z2
            row, column = each * y + down, each * x + right
            if z > inverse[row, column]:
                inverse[row, column] = z
                samples[row, column, 0] = red + w1 * red1 + w2 * red2
                samples[row, column, 1] = green + w1 * green1 + w2 * green2
                samples[row, column, 2] = blue + w1 * blue1 + w2 * blue2
            w1 += step_x1
            w2 += step_x2


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
def fill_moments(moments, places, faces, colours, left, top, inverse, samples):  # type: ignore[no-untyped-def]
    """Draw triangles that move: one of the samples of each pixel at each moment; counter-clockwise ones.

    ``moments : (V, 4, 3)`` are x, y and 1/depth at each moment; ``places : (4, 2) int64`` column and row of its sample
    within the pixel; `inverse` and `samples` are as of `fill_triangles`, twice as fine as pixels.
    """
    rows, columns = inverse.shape[0] // 2, inverse.shape[1] // 2
    last = moments.shape[1] - 1
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        back = True
        for k in (0, last):  # what is seen from behind at both ends is not looked at between them
            x0, y0 = moments[a, k, 0], moments[a, k, 1]
            along = (moments[b, k, 0] - x0) * (moments[c, k, 1] - y0)
            back = back and along - (moments[c, k, 0] - x0) * (moments[b, k, 1] - y0) >= 0
        if back:
            continue
        for k in range(last + 1):
            fill_one(
                moments[a, k, 0] - left, moments[a, k, 1] - top, moments[a, k, 2],
                moments[b, k, 0] - left, moments[b, k, 1] - top, moments[b, k, 2],
                moments[c, k, 0] - left, moments[c, k, 1] - top, moments[c, k, 2],
                colours, a, b, c, np.float32(1), rows, columns, 2, places[k, 0], places[k, 1], inverse, samples,
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
