"""Kernel over pixels for compositing: the bodies and their shadow on the floor, and nothing else."""

from __future__ import annotations

import numpy as np

from choreo_raster.floor import CONTACT, SHADOW, pixel_span
from choreo_raster.jit import kernel
from choreo_raster.pixels import encode_srgb


@kernel
def shadow_row(y, basis, focal, size, floor_light, shade, grid, row):  # type: ignore[no-untyped-def]
    """How much light the bodies take from one row of floor, 0..1, into ``row : (w,)``.

    `floor_light` and the way from pixel to floor are those of `choreo_raster.floor.floor_row`.
    """
    width, height = size
    one = np.float32(1)
    for x in range(width):
        row[x] = 0
    rise = (np.float32(height) * np.float32(0.5) - np.float32(y) - np.float32(0.5)) / focal
    fall = -basis[2, 1] + basis[1, 1] * rise
    if fall > np.float32(-1e-4):
        return
    away = -basis[3, 1] / fall
    step_x, step_z = away * basis[0, 0] / focal, away * basis[0, 2] / focal
    middle = np.float32(0.5) * (np.float32(width) - one)
    start_x = basis[3, 0] + away * (-basis[2, 0] + basis[1, 0] * rise) - middle * step_x
    start_z = basis[3, 2] + away * (-basis[2, 2] + basis[1, 2] * rise) - middle * step_z
    rows, columns = shade.shape[0], shade.shape[1]
    u0, du = (start_x - grid[0]) / grid[2] - np.float32(0.5), step_x / grid[2]
    v0, dv = (start_z - grid[1]) / grid[2] - np.float32(0.5), step_z / grid[2]
    from_u, to_u = pixel_span(u0, du, columns - 1, width)
    from_v, to_v = pixel_span(v0, dv, rows - 1, width)
    for x in range(max(from_u, from_v), min(to_u, to_v)):
        u, v = u0 + du * np.float32(x), v0 + dv * np.float32(x)
        cu, cv = min(max(int(u), 0), columns - 2), min(max(int(v), 0), rows - 2)
        fu, fv = u - np.float32(cu), v - np.float32(cv)
        a, b = (one - fu) * (one - fv), fu * (one - fv)
        c, d = (one - fu) * fv, fu * fv
        key = a * shade[cv, cu, 0] + b * shade[cv, cu + 1, 0] + c * shade[cv + 1, cu, 0] + d * shade[cv + 1, cu + 1, 0]
        near = a * shade[cv, cu, 1] + b * shade[cv, cu + 1, 1] + c * shade[cv + 1, cu, 1] + d * shade[cv + 1, cu + 1, 1]
        # The key gives most of the floor's light, but compositors mix encoded colours, where the same part weighs less.
        lit = one - np.float32(0.6) * floor_light[SHADOW] * key
        row[x] = one - lit * (one - np.float32(0.6) * floor_light[CONTACT] * near)


@kernel
def cutout(  # type: ignore[no-untyped-def]
    basis, focal, floor_light, shade, grid, body_inverse, body_samples, body_corner, row, picture,
):  # fmt: skip
    """Write the picture ``(h, w, 4) uint8``: sRGB, straight alpha; a shadow is black that can be seen through."""
    height, width = picture.shape[0], picture.shape[1]
    one, full = np.float32(1), np.float32(255)
    body_rows, body_columns = body_inverse.shape[0] // 2, body_inverse.shape[1] // 2
    for y in range(height):
        shadow_row(y, basis, focal, (width, height), floor_light, shade, grid, row)
        for x in range(width):
            picture[y, x, 0] = picture[y, x, 1] = picture[y, x, 2] = 0
            picture[y, x, 3] = np.uint8(row[x] * full + np.float32(0.5))
        by = y - body_corner[1]
        if by < 0 or by >= body_rows:
            continue
        for bx in range(body_columns):
            hits = r = g = b = np.float32(0)
            for sy in range(2 * by, 2 * by + 2):
                for sx in range(2 * bx, 2 * bx + 2):
                    if body_inverse[sy, sx] != 0:
                        hits += one if body_inverse[sy, sx] > 0 else -body_inverse[sy, sx]
                        r += body_samples[sy, sx, 0]
                        g += body_samples[sy, sx, 1]
                        b += body_samples[sy, sx, 2]
            if hits > 0:
                # "Over" with straight alpha: the mean colour of the samples that are hit, over a shadow that is black,
                # so only the share `part` of the mixed colour is the body's.
                x = bx + body_corner[0]
                cover, each = np.float32(0.25) * hits, one / hits
                alpha = cover + (one - cover) * row[x]
                part = cover / alpha
                picture[y, x, 0] = np.uint8(encode_srgb(r * each) * part + np.float32(0.5))
                picture[y, x, 1] = np.uint8(encode_srgb(g * each) * part + np.float32(0.5))
                picture[y, x, 2] = np.uint8(encode_srgb(b * each) * part + np.float32(0.5))
                picture[y, x, 3] = np.uint8(alpha * full + np.float32(0.5))
