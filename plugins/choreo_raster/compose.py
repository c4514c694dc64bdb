"""Kernel over pixels: floor, backdrop, reflection and body become one picture."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel

POOL_X, POOL_Z, POOL_RADIUS, FADE, LINE, SHADOW, CONTACT, LAMP = range(8)
"""Columns of `floor_light`, float32: centre and radius of the key's pool of light, distance over which the floor fades
into the backdrop, half the width of a line (all metres), share of light that a full shadow and a contact take,
strength of the key light.

One array instead of eight arguments: Python floats would make numba compute in double precision, and constants of
`choreo_raster.look` would be frozen into the cached machine code."""


@kernel
def pixel_span(start, step, limit, width):  # type: ignore[no-untyped-def]
    """First and one-past-last pixel of a row for which ``0 <= start + step * x < limit``."""
    if abs(step) < 1e-9:
        return (0, width) if 0 <= start < limit else (0, 0)
    a, b = -start / step, (limit - start) / step
    low, high = min(a, b), max(a, b)
    low, high = min(max(low, 0.0), width), min(max(high, 0.0), width)
    return int(np.ceil(low)), int(np.ceil(high))


@kernel
def line_cover(at, half, width):  # type: ignore[no-untyped-def]
    """Share of a pixel `width` metres wide, centred on `at`, that lines on whole metres cover."""
    distance = abs(at - np.floor(at + np.float32(0.5)))
    reach = width * np.float32(0.5)
    covered = min(distance + reach, half) - max(distance - reach, -half)
    return min(max(covered / width, np.float32(0)), np.float32(1))


@kernel
def encode_srgb(value):  # type: ignore[no-untyped-def]
    """Linear light to 0..255, before dither and rounding down."""
    return np.sqrt(min(max(value, np.float32(0)), np.float32(1))) * np.float32(255)


@kernel
def floor_row(y, basis, focal, centre, size, floor, backdrop, floor_light, shade, grid, glow, row, dim):  # type: ignore[no-untyped-def]
    """Light one row of floor and backdrop into ``row : (3, w)``; returns how strongly the floor mirrors.

    `dim : (2, w)` is scratch; `floor_light` has the columns above; `basis : (4, 3)` is right, up, back and eye;
    `floor` and `backdrop` have the rows of `choreo_raster.look`; `grid` is the shadow map's origin x, z and cell.

    The camera never rolls, so a row of the picture meets the floor at one depth and world positions are linear in x:
    one division a row instead of one a pixel.
    """
    width, height = size
    one, zero = np.float32(1), np.float32(0)
    per = one / focal
    rise = (np.float32(height) * np.float32(0.5) - np.float32(y) - np.float32(0.5)) * per
    fall = -basis[2, 1] + basis[1, 1] * rise
    # The backdrop: a gradient over the height of the view ray, and a glow behind the dancer.
    up = min(max(fall * np.float32(2.2), zero), one)
    br = backdrop[1, 0] + (backdrop[0, 0] - backdrop[1, 0]) * up
    bg = backdrop[1, 1] + (backdrop[0, 1] - backdrop[1, 1]) * up
    bb = backdrop[1, 2] + (backdrop[0, 2] - backdrop[1, 2]) * up
    reach = (np.float32(y) - centre[1]) / (np.float32(0.55) * np.float32(height))
    bright = one / (one + reach * reach * np.float32(2.2))
    bright = bright * bright
    for x in range(width):
        g = glow[x] * bright
        row[0, x] = br + g * backdrop[2, 0]
        row[1, x] = bg + g * backdrop[2, 1]
        row[2, x] = bb + g * backdrop[2, 2]
    if fall > np.float32(-1e-4):
        return zero

    away = -basis[3, 1] / fall
    next_away = -basis[3, 1] / min(fall - basis[1, 1] * per, np.float32(-1e-5))
    forward_x, forward_z = -basis[2, 0] + basis[1, 0] * rise, -basis[2, 2] + basis[1, 2] * rise
    step_x, step_z = away * basis[0, 0] * per, away * basis[0, 2] * per
    middle = np.float32(0.5) * (np.float32(width) - one)
    start_x = basis[3, 0] + away * forward_x - middle * step_x
    start_z = basis[3, 2] + away * forward_z - middle * step_z
    # How many metres of floor a pixel covers: the line is averaged over them, so far lines fade instead of flickering.
    wide_x = abs(step_x) + abs(next_away - away) * abs(forward_x) + np.float32(1e-6)
    wide_z = abs(step_z) + abs(next_away - away) * abs(forward_z) + np.float32(1e-6)

    for x in range(width):
        dim[0, x] = one
        dim[1, x] = one
    # Shadow and contact, bilinearly from the map; `pixel_span` finds the pixels inside it, so the loop has no tests.
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
        for k in range(2):
            value = a * shade[cv, cu, k] + b * shade[cv, cu + 1, k]
            value += c * shade[cv + 1, cu, k] + d * shade[cv + 1, cu + 1, k]
            dim[k, x] = one - floor_light[SHADOW + k] * value

    pool = one / (floor_light[POOL_RADIUS] * floor_light[POOL_RADIUS])
    gone = one / (floor_light[FADE] * floor_light[FADE])
    fr, fg, fb = floor[0, 0], floor[0, 1], floor[0, 2]
    lr, lg, lb = floor[1, 0] - fr, floor[1, 1] - fg, floor[1, 2] - fb
    for x in range(width):
        wx, wz = start_x + step_x * np.float32(x), start_z + step_z * np.float32(x)
        off_x, off_z = wx - floor_light[POOL_X], wz - floor_light[POOL_Z]
        far = off_x * off_x + off_z * off_z
        lamp = one / (one + far * pool)
        near = np.float32(0.3) + np.float32(0.7) * dim[1, x]
        lamp = lamp * lamp * dim[0, x] * near * floor_light[LAMP]
        rest = dim[1, x] * near
        keep = one / (one + far * gone * far * gone)
        on_line = max(line_cover(wx, floor_light[LINE], wide_x), line_cover(wz, floor_light[LINE], wide_z))
        row[0, x] += ((fr + lr * on_line) * (lamp + floor[2, 0] * rest) - row[0, x]) * keep
        row[1, x] += ((fg + lg * on_line) * (lamp + floor[2, 1] * rest) - row[1, x]) * keep
        row[2, x] += ((fb + lb * on_line) * (lamp + floor[2, 2] * rest) - row[2, x]) * keep
    # Fresnel by Schlick's approximation, with the cube instead of the fifth power: the floor mirrors more at a grazing
    # view.
    graze = one + fall / np.sqrt(fall * fall + forward_x * forward_x + forward_z * forward_z)
    return np.float32(0.10) + np.float32(0.28) * graze * graze * graze


@kernel
def compose(  # type: ignore[no-untyped-def]
    basis, focal, centre, floor, backdrop, floor_light, shade, grid,
    body_inverse, body_samples, body_corner, gloss_samples, gloss_corner, dither, glow, row, dim, picture,
):  # fmt: skip
    """Write the picture ``(h, w, 3) uint8``.

    `body_samples` are 2x2 per pixel over the box at `body_corner` (pixels), valid where `body_inverse`
    is not 0; `gloss_samples` is the mirrored body, one per 2x2 pixels, over the box at `gloss_corner`.

    Only the body is drawn twice as fine: its outline is what the eye sees jagged. Floor lines are antialiased by
    `line_cover`, and the reflection is blurred anyway, so it is drawn half as fine and interpolated.
    """
    height, width = picture.shape[0], picture.shape[1]
    one, zero = np.float32(1), np.float32(0)
    for x in range(width):
        reach = (np.float32(x) - centre[0]) / (np.float32(0.62) * np.float32(height))
        glow[x] = one / (one + reach * reach)
    body_rows, body_columns = body_inverse.shape[0] // 2, body_inverse.shape[1] // 2
    gloss_rows, gloss_columns = gloss_samples.shape[0], gloss_samples.shape[1]
    for y in range(height):
        mirror = floor_row(
            y, basis, focal, centre, (width, height), floor, backdrop, floor_light, shade, grid, glow, row, dim
        )
        v = (np.float32(y) + np.float32(0.5)) * np.float32(0.5) - np.float32(0.5) - np.float32(gloss_corner[1])
        cv = int(np.floor(v))
        if mirror > 0 and 0 <= cv < gloss_rows - 1:
            fv = v - np.float32(cv)
            begin = max(2 * gloss_corner[0] + 1, 0)
            for x in range(begin, min(2 * (gloss_corner[0] + gloss_columns) - 1, width)):
                u = (np.float32(x) + np.float32(0.5)) * np.float32(0.5) - np.float32(0.5) - np.float32(gloss_corner[0])
                cu = int(u)
                if cu > gloss_columns - 2:
                    break
                fu = u - np.float32(cu)
                for k in range(3):
                    upper = gloss_samples[cv, cu, k] * (one - fu) + gloss_samples[cv, cu + 1, k] * fu
                    lower = gloss_samples[cv + 1, cu, k] * (one - fu) + gloss_samples[cv + 1, cu + 1, k] * fu
                    row[k, x] += mirror * (upper * (one - fv) + lower * fv)
        by = y - body_corner[1]
        if 0 <= by < body_rows:
            for bx in range(body_columns):
                hits = 0
                r = g = b = zero
                for sy in range(2 * by, 2 * by + 2):
                    for sx in range(2 * bx, 2 * bx + 2):
                        if body_inverse[sy, sx] > 0:
                            hits += 1
                            r += body_samples[sy, sx, 0]
                            g += body_samples[sy, sx, 1]
                            b += body_samples[sy, sx, 2]
                if hits:  # four samples a pixel: each that the body covers takes a quarter of what is behind it
                    x = bx + body_corner[0]
                    rest = one - np.float32(0.25) * np.float32(hits)
                    row[0, x] = row[0, x] * rest + np.float32(0.25) * r
                    row[1, x] = row[1, x] * rest + np.float32(0.25) * g
                    row[2, x] = row[2, x] * rest + np.float32(0.25) * b
        noise = dither[y & 7]
        for x in range(width):
            picture[y, x, 0] = np.uint8(encode_srgb(row[0, x]) + noise[x])
            picture[y, x, 1] = np.uint8(encode_srgb(row[1, x]) + noise[x])
            picture[y, x, 2] = np.uint8(encode_srgb(row[2, x]) + noise[x])
