"""Kernels over vertices: projection and light."""

from __future__ import annotations

import numpy as np

from choreo.types import Floats
from choreo_raster.jit import kernel


@kernel
def project_vertices(world, basis, focal, centre_x, centre_y, mirror, screen, bounds):  # type: ignore[no-untyped-def]
    """Project vertices into ``screen : (V, 3)``: x, y in samples and 1/depth (0 when behind the camera).

    ``basis : (4, 3)`` is right, up, back and eye (`choreo.video.camera.view_bases`); `mirror` is 1, or -1 for the
    reflection in the floor; ``bounds : (4,)`` receives min x, min y, max x, max y.
    """
    low_x = low_y = np.float32(1e9)
    high_x = high_y = np.float32(-1e9)
    for i in range(world.shape[0]):
        x = world[i, 0] - basis[3, 0]
        y = world[i, 1] * mirror - basis[3, 1]
        z = world[i, 2] - basis[3, 2]
        depth = -(x * basis[2, 0] + y * basis[2, 1] + z * basis[2, 2])
        if depth < np.float32(0.05):
            screen[i, 2] = 0
            continue
        inverse = np.float32(1) / depth
        sx = centre_x + focal * inverse * (x * basis[0, 0] + y * basis[0, 1] + z * basis[0, 2])
        sy = centre_y - focal * inverse * (x * basis[1, 0] + y * basis[1, 1] + z * basis[1, 2])
        screen[i, 0], screen[i, 1], screen[i, 2] = sx, sy, inverse
        low_x, high_x = min(low_x, sx), max(high_x, sx)
        low_y, high_y = min(low_y, sy), max(high_y, sy)
    bounds[0], bounds[1], bounds[2], bounds[3] = low_x, low_y, high_x, high_y


@kernel
def light_vertices(world, normals, albedo, eye, lights, ambient, gloss, heights, grid, colours, mirrored):  # type: ignore[no-untyped-def]
    """Light every vertex (triangles are a few pixels large, so per vertex is per pixel).

    ``lights : (L, 6)`` is direction towards the light and colour, row 0 the key; ``ambient : (2, 3)`` from above and
    from below. `heights` is the map of highest points along the key light (`choreo_raster.shadow`), `grid` its
    origin x, z and cell; `colours` and `mirrored` (fainter with height) receive linear light.
    """
    kx, ky, kz = lights[0, 0], lights[0, 1], lights[0, 2]
    rows, columns = heights.shape
    one = np.float32(1)
    for i in range(world.shape[0]):
        nx, ny, nz = normals[i, 0], normals[i, 1], normals[i, 2]
        vx, vy, vz = eye[0] - world[i, 0], eye[1] - world[i, 1], eye[2] - world[i, 2]
        scale = one / np.sqrt(vx * vx + vy * vy + vz * vz)
        vx, vy, vz = vx * scale, vy * scale, vz * scale
        facing = max(nx * vx + ny * vy + nz * vz, np.float32(0))
        edge = (one - facing) * (one - facing)

        lit = one
        key = nx * kx + ny * ky + nz * kz
        if key > -0.1:
            # Moved off the surface along its normal, so that a surface does not shade itself.
            px, py, pz = (
                world[i, 0] + np.float32(0.025) * nx,
                world[i, 1] + np.float32(0.025) * ny,
                world[i, 2] + np.float32(0.025) * nz,
            )
            gx = (px - kx / ky * py - grid[0]) / grid[2] - np.float32(0.5)
            gz = (pz - kz / ky * py - grid[1]) / grid[2] - np.float32(0.5)
            cx, cz = int(np.floor(gx)), int(np.floor(gz))
            if 0 <= cx < columns - 1 and 0 <= cz < rows - 1:
                fx, fz = gx - cx, gz - cz
                s00 = one if heights[cz, cx] > py + np.float32(0.03) else np.float32(0)
                s01 = one if heights[cz, cx + 1] > py + np.float32(0.03) else np.float32(0)
                s10 = one if heights[cz + 1, cx] > py + np.float32(0.03) else np.float32(0)
                s11 = one if heights[cz + 1, cx + 1] > py + np.float32(0.03) else np.float32(0)
                lit = one - ((s00 * (one - fx) + s01 * fx) * (one - fz) + (s10 * (one - fx) + s11 * fx) * fz)

        up = np.float32(0.5) * ny + np.float32(0.5)
        near_floor = min(max(world[i, 1] * np.float32(2.5) + np.float32(0.35), np.float32(0)), one)
        down = (one - up) * near_floor
        r = up * ambient[0, 0] + down * ambient[1, 0]
        g = up * ambient[0, 1] + down * ambient[1, 1]
        b = up * ambient[0, 2] + down * ambient[1, 2]
        shine_r = shine_g = shine_b = np.float32(0)
        for k in range(lights.shape[0]):
            lx, ly, lz = lights[k, 0], lights[k, 1], lights[k, 2]
            d = nx * lx + ny * ly + nz * lz
            if k == 0:  # wrapped a little around the form, as from a large lamp
                d = (d + np.float32(0.12)) / np.float32(1.12) * lit
            if d <= 0:
                continue
            hx, hy, hz = vx + lx, vy + ly, vz + lz
            scale = one / np.sqrt(hx * hx + hy * hy + hz * hz + np.float32(1e-9))
            s = max((nx * hx + ny * hy + nz * hz) * scale, np.float32(0))
            s = s * s
            s = s * s
            s = s * s  # the 16th power with the next: a broad highlight, as on cloth and skin
            s = s * s * gloss * (one + np.float32(8) * edge) * min(d * np.float32(4), one)
            r, g, b = r + d * lights[k, 3], g + d * lights[k, 4], b + d * lights[k, 5]
            shine_r, shine_g, shine_b = (
                shine_r + s * lights[k, 3],
                shine_g + s * lights[k, 4],
                shine_b + s * lights[k, 5],
            )
        r, g, b = r * albedo[i, 0] + shine_r, g * albedo[i, 1] + shine_g, b * albedo[i, 2] + shine_b
        fade = max(one - world[i, 1] / np.float32(1.3), np.float32(0))
        fade = fade * fade
        colours[i, 0], colours[i, 1], colours[i, 2] = r, g, b
        mirrored[i, 0], mirrored[i, 1], mirrored[i, 2] = r * fade, g * fade, b * fade


def linear_light(colours: np.ndarray) -> Floats:
    """Turn sRGB bytes ``(V, 3)`` into linear light: the square, which `choreo_raster.pixels.encode_srgb` undoes."""
    return np.ascontiguousarray((colours.astype(np.float32) / 255) ** 2)
