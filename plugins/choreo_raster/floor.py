"""Kernel over pixels: light on floor and backdrop, one row of a picture at a time."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel

POOL_X, POOL_Z, POOL_RADIUS, FADE, LINE, SHADOW, CONTACT, LAMP, MIRROR = range(9)
"""Columns of `floor_light`, float32: centre and radius of the key's pool of light, distance over which the floor fades
into the backdrop, half the width of a line (all metres), share of light that a full shadow and a contact take,
strength of the key light, and of the mirror in terms of varnished wood.

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
def line_cover(at, half, reach, each):  # type: ignore[no-untyped-def]
    """Share of a pixel, `reach` metres to each side of `at`, that lines on whole metres cover.

    `each` is 0.5 / `reach`, the same for a whole row.
    """
    distance = abs(at - np.floor(at + np.float32(0.5)))
    covered = min(distance + reach, half) - max(distance - reach, -half)
    return min(max(covered * each, np.float32(0)), np.float32(1))


@kernel
def floor_row(y, basis, focal, centre, size, floor, backdrop, floor_light, shade, grid, glow, across, row, dim):  # type: ignore[no-untyped-def]
    """Light one row of floor and backdrop into ``row : (3, w)``; returns how strongly the floor mirrors.

    `across` counts pixels, as float32; `dim : (2, w)` is scratch and holds ones before and after; `floor_light` has the
    columns above; `basis : (4, 3)` is right, up, back and eye; `floor` and `backdrop` have the rows of
    `choreo_raster.look`; `grid` is the shadow map's origin x, z and cell.

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
    gr, gg, gb = bright * backdrop[2, 0], bright * backdrop[2, 1], bright * backdrop[2, 2]
    if fall > np.float32(-1e-4):
        for x in range(width):
            row[0, x] = br + glow[x] * gr
            row[1, x] = bg + glow[x] * gg
            row[2, x] = bb + glow[x] * gb
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

    # Shadow and contact, bilinearly from the map; `pixel_span` finds the pixels inside it, so the loop has no tests.
    rows, columns = shade.shape[0], shade.shape[1]
    u0, du = (start_x - grid[0]) / grid[2] - np.float32(0.5), step_x / grid[2]
    v0, dv = (start_z - grid[1]) / grid[2] - np.float32(0.5), step_z / grid[2]
    from_u, to_u = pixel_span(u0, du, columns - 1, width)
    from_v, to_v = pixel_span(v0, dv, rows - 1, width)
    begin, end = max(from_u, from_v), min(to_u, to_v)
    for x in range(begin, end):
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
    gone = gone * gone
    lamp_light, half = floor_light[LAMP], floor_light[LINE]
    reach_x, reach_z = np.float32(0.5) * wide_x, np.float32(0.5) * wide_z
    each_x, each_z = one / wide_x, one / wide_z
    off_x0, off_z0 = start_x - floor_light[POOL_X], start_z - floor_light[POOL_Z]
    fr, fg, fb = floor[0, 0], floor[0, 1], floor[0, 2]
    lr, lg, lb = floor[1, 0] - fr, floor[1, 1] - fg, floor[1, 2] - fb
    rr, rg, rb = floor[2, 0], floor[2, 1], floor[2, 2]
    for x in range(width):
        at = across[x]
        off_x, off_z = off_x0 + step_x * at, off_z0 + step_z * at
        far = off_x * off_x + off_z * off_z
        lamp = one / (one + far * pool)
        near = np.float32(0.3) + np.float32(0.7) * dim[1, x]
        lamp = lamp * lamp * dim[0, x] * near * lamp_light
        rest = dim[1, x] * near
        keep = one / (one + far * far * gone)
        line_x = line_cover(start_x + step_x * at, half, reach_x, each_x)
        line_z = line_cover(start_z + step_z * at, half, reach_z, each_z)
        line = max(line_x, line_z)
        r, g, b = br + glow[x] * gr, bg + glow[x] * gg, bb + glow[x] * gb
        row[0, x] = r + ((fr + lr * line) * (lamp + rr * rest) - r) * keep
        row[1, x] = g + ((fg + lg * line) * (lamp + rg * rest) - g) * keep
        row[2, x] = b + ((fb + lb * line) * (lamp + rb * rest) - b) * keep
    for x in range(begin, end):
        dim[0, x] = one
        dim[1, x] = one
    # Fresnel by Schlick's approximation, with the cube instead of the fifth power: the floor mirrors more at a grazing
    # view.
    graze = one + fall / np.sqrt(fall * fall + forward_x * forward_x + forward_z * forward_z)
    return floor_light[MIRROR] * (np.float32(0.10) + np.float32(0.28) * graze * graze * graze)
