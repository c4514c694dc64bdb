"""Kernel over the vertices of bodies with textures: their light, before any texture is known."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel


@kernel
def light_surface(world, normals, eye, lights, ambient, gloss, heights, grid, sides, light, shine, tone, fade):  # type: ignore[no-untyped-def]
    """Light vertices as `choreo_raster.vertices.light_vertices` does, but without colours, on one or both `sides`.

    ``light, shine : (2, V, 3)`` receive what a texture is multiplied with and what is added, for the front and for the
    back; ``tone : (V,)`` the cosine between normal and key light, ``fade : (V,)`` how faint the mirror makes a point.

    The formulas stand here once more, because numba does not inline what returns this many numbers, and calls would
    slow down the bodies without textures.
    """
    kx, ky, kz = lights[0, 0], lights[0, 1], lights[0, 2]
    rows, columns = heights.shape
    one, zero, half = np.float32(1), np.float32(0), np.float32(0.5)
    for i in range(world.shape[0]):
        x, y, z = world[i, 0], world[i, 1], world[i, 2]
        vx, vy, vz = eye[0] - x, eye[1] - y, eye[2] - z
        scale = one / np.sqrt(vx * vx + vy * vy + vz * vz)
        vx, vy, vz = vx * scale, vy * scale, vz * scale
        near_floor = min(max(y * np.float32(2.5) + np.float32(0.35), zero), one)
        tone[i] = normals[i, 0] * kx + normals[i, 1] * ky + normals[i, 2] * kz
        faint = max(one - y / np.float32(1.3), zero)
        fade[i] = faint * faint
        for side in range(sides):
            turn = one - np.float32(2 * side)
            nx, ny, nz = normals[i, 0] * turn, normals[i, 1] * turn, normals[i, 2] * turn
            edge = one - max(nx * vx + ny * vy + nz * vz, zero)
            edge = edge * edge
            lit = one
            if tone[i] * turn > -0.1:
                px, py, pz = x + np.float32(0.025) * nx, y + np.float32(0.025) * ny, z + np.float32(0.025) * nz
                gx = (px - kx / ky * py - grid[0]) / grid[2] - half
                gz = (pz - kz / ky * py - grid[1]) / grid[2] - half
                cx, cz = int(np.floor(gx)), int(np.floor(gz))
                if 0 <= cx < columns - 1 and 0 <= cz < rows - 1:
                    fx, fz, over = gx - cx, gz - cz, py + np.float32(0.03)
                    s00 = one if heights[cz, cx] > over else zero
                    s01 = one if heights[cz, cx + 1] > over else zero
                    s10 = one if heights[cz + 1, cx] > over else zero
                    s11 = one if heights[cz + 1, cx + 1] > over else zero
                    lit = one - ((s00 * (one - fx) + s01 * fx) * (one - fz) + (s10 * (one - fx) + s11 * fx) * fz)
            up = half * ny + half
            down = (one - up) * near_floor
            r = up * ambient[0, 0] + down * ambient[1, 0]
            g = up * ambient[0, 1] + down * ambient[1, 1]
            b = up * ambient[0, 2] + down * ambient[1, 2]
            shine_r = shine_g = shine_b = zero
            for k in range(lights.shape[0]):
                lx, ly, lz = lights[k, 0], lights[k, 1], lights[k, 2]
                d = nx * lx + ny * ly + nz * lz
                if k == 0:
                    d = (d + np.float32(0.12)) / np.float32(1.12) * lit
                if d <= 0:
                    continue
                hx, hy, hz = vx + lx, vy + ly, vz + lz
                scale = one / np.sqrt(hx * hx + hy * hy + hz * hz + np.float32(1e-9))
                s = max((nx * hx + ny * hy + nz * hz) * scale, zero)
                s = s * s
                s = s * s
                s = s * s
                s = s * s * gloss * (one + np.float32(8) * edge) * min(d * np.float32(4), one)
                red, green, blue = lights[k, 3], lights[k, 4], lights[k, 5]
                r, g, b = r + d * red, g + d * green, b + d * blue
                shine_r, shine_g, shine_b = shine_r + s * red, shine_g + s * green, shine_b + s * blue
            light[side, i, 0], light[side, i, 1], light[side, i, 2] = r, g, b
            shine[side, i, 0], shine[side, i, 1], shine[side, i, 2] = shine_r, shine_g, shine_b


__all__ = ["light_surface"]
