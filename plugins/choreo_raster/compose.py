"""Kernel over pixels: floor, backdrop, reflection and body become one picture."""

from __future__ import annotations

import numpy as np

from choreo_raster.floor import floor_row
from choreo_raster.jit import kernel
from choreo_raster.pixels import write_chroma, write_luma, write_rgb


@kernel
def add_reflection(y, width, mirror, samples, corner, row):  # type: ignore[no-untyped-def]
    """Add the mirrored body, one sample per 2x2 pixels over the box at `corner`, to ``row : (3, w)``.

    Bilinearly: a pixel is a quarter or three quarters of the way from one sample to the next.
    """
    near, far = np.float32(0.75), np.float32(0.25)
    line = (y - 1) // 2 - corner[1]
    if line < 0 or line > samples.shape[0] - 2:
        return
    below = far if y & 1 else near
    above = mirror * (np.float32(1) - below)
    below = mirror * below
    for column in range(samples.shape[1] - 1):
        x = 2 * (column + corner[0]) + 1
        if x < -1 or x >= width:
            continue
        for k in range(3):
            left = above * samples[line, column, k] + below * samples[line + 1, column, k]
            right = above * samples[line, column + 1, k] + below * samples[line + 1, column + 1, k]
            if x >= 0:
                row[k, x] += near * left + far * right
            if x + 1 < width:
                row[k, x + 1] += far * left + near * right


@kernel
def lay_body(line, inverse, samples, left, row):  # type: ignore[no-untyped-def]
    """Lay row `line` of the body, 2x2 `samples` a pixel, over ``row : (3, w)`` from pixel `left` on."""
    one, quarter = np.float32(1), np.float32(0.25)
    for column in range(inverse.shape[1] // 2):
        hits = r = g = b = np.float32(0)
        for sy in range(2 * line, 2 * line + 2):
            for sx in range(2 * column, 2 * column + 2):
                if inverse[sy, sx] != 0:
                    hits += one if inverse[sy, sx] > 0 else -inverse[sy, sx]
                    r += samples[sy, sx, 0]
                    g += samples[sy, sx, 1]
                    b += samples[sy, sx, 2]
        if hits > 0:  # four samples a pixel: each that the body covers takes a quarter of what is behind it
            x = column + left
            rest = one - quarter * hits
            row[0, x] = row[0, x] * rest + quarter * r
            row[1, x] = row[1, x] * rest + quarter * g
            row[2, x] = row[2, x] * rest + quarter * b


@kernel
def compose(  # type: ignore[no-untyped-def]
    basis, focal, centre, floor, backdrop, floor_light, shade, grid,
    body_inverse, body_samples, body_corner, gloss_samples, gloss_corner,
    dither, across, glow, rows, dim, size, picture, luma, chroma,
):  # fmt: skip
    """Write a picture of `size`, width and height: into ``picture : (h, w, 3) uint8``, or into planes.

    The planes are for video, ``luma : (H, W) uint8`` and ``chroma : (2, H / 2, W / 2) uint8`` (bt709, limited range,
    4:2:0) with even sides: where the picture's is odd, its last column or row stands there twice. Either `picture` or
    the planes are empty.

    `body_samples` are 2x2 per pixel over the box at `body_corner` (pixels), valid where `body_inverse` is not 0; where
    it is negative, it is minus the share of the sample that the body covers, and the sample is light times that share.
    `gloss_samples` is the mirrored body, one per 2x2 pixels, over the box at `gloss_corner`; ``across, glow : (w,)``,
    ``rows : (2, 3, W)`` and ``dim : (2, w)`` are `floor_row`'s.

    Only the body is drawn twice as fine: its outline is what the eye sees jagged. Floor lines are antialiased by
    `line_cover`, and the reflection is blurred anyway, so it is drawn half as fine and interpolated.
    """
    width, height = size
    one = np.float32(1)
    for x in range(width):
        reach = (across[x] - centre[0]) / (np.float32(0.62) * np.float32(height))
        glow[x] = one / (one + reach * reach)
    for y in range(height):
        row = rows[y & 1]
        mirror = floor_row(
            y, basis, focal, centre, size, floor, backdrop, floor_light, shade, grid, glow, across, row, dim
        )
        if mirror > 0:
            add_reflection(y, width, mirror, gloss_samples, gloss_corner, row)
        if 0 <= y - body_corner[1] < body_inverse.shape[0] // 2:
            lay_body(y - body_corner[1], body_inverse, body_samples, body_corner[0], row)
        if len(picture):
            write_rgb(row, dither[y & 7], picture[y])
            continue
        for x in range(width, rows.shape[2]):
            for k in range(3):
                row[k, x] = row[k, x - 1]
        write_luma(row, dither[y & 7], luma[y])
        last = y == height - 1
        if last and not y & 1:
            # By element: an assignment of arrays makes numba compile the message of its error, which takes seconds.
            for x in range(rows.shape[2]):
                luma[y + 1, x] = luma[y, x]
                for k in range(3):
                    rows[1, k, x] = rows[0, k, x]
        if last or y & 1:
            write_chroma(rows, chroma[0, y >> 1], chroma[1, y >> 1])
