"""One triangle of a body's picture: a part of the kernels that draw many."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import part_of_kernels


@part_of_kernels
def fill_one(  # type: ignore[no-untyped-def]
    x0, y0, z0, x1, y1, z1, x2, y2, z2, colours, a, b, c, side, rows, columns, each, right, down, inverse, samples
):
    """Draw one triangle into column `right` and row `down` of each so many samples.

    All else is as of `choreo_raster.triangles.fill_triangles`.
    """
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


__all__ = ["fill_one"]
