"""Kernel over the triangles of bodies with textures."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel
from choreo_raster.textures import texel_light

TEXTURE, COLOUR, ALPHA, SHADING, SHADE, EMISSION, SOLID, DOUBLE, COLUMNS = 0, 1, 4, 5, 6, 9, 12, 13, 14
"""Columns of `materials`, float32: number of the texture, colour (3) and alpha, shading, colour of the dark tone (3),
light of its own (3), alpha from which on it hides what is behind it, whether its back is seen."""
LIT, TOON, UNLIT = range(3)
"""How a material is shaded."""
FRONTS, BACKS, VEILS = range(3)
"""What is drawn: what hides what is behind it, from the front and from the back, and what does not."""


@kernel
def fill_surface(  # type: ignore[no-untyped-def]
    screen, faces, material_of, uv, light, shine, tone, fade, materials, toon, texels, sizes,
    what, side, left, top, inverse, samples,
):  # fmt: skip
    """Draw triangles with textures, as `choreo_raster.triangles.fill_triangles` draws those without.

    ``uv : (V, 2)``; ``light, shine : (2, V, 3)`` is linear light that the texture is multiplied with, and light added,
    on the front and on the back; ``tone : (V,)`` the cosine to the key light; ``fade : (V,)`` a factor on all light;
    ``toon : (3,)`` the light on toons; ``texels, sizes`` are `choreo_raster.textures.pack`'s. Textures are interpolated
    with perspective, light is not, as on other bodies.

    `what` is FRONTS, BACKS or VEILS. Veils come last and in order, far ones first; they do not move the z-buffer where
    something is behind them; elsewhere it receives minus the share of the sample that they cover, and `samples`
    their light times that share.
    """
    rows, columns = inverse.shape
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    level = np.float32(1e-6)
    # Veils must not lie double where two triangles meet: a sample on their edge is the left one's, without slack.
    slack, more = (zero, one) if what == VEILS else (np.float32(1e-3), zero)
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        x0, y0 = screen[a, 0] - left, screen[a, 1] - top
        x1, y1 = screen[b, 0] - left, screen[b, 1] - top
        x2, y2 = screen[c, 0] - left, screen[c, 1] - top
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        row = material_of[t]
        if area == 0:
            continue
        front = area * side < 0
        if (what == FRONTS and not front) or (what == BACKS and front):
            continue
        if not front and materials[row, DOUBLE] == 0:
            continue
        first_y = max(int(np.ceil(min(y0, y1, y2) - half)), 0)
        low_y = max(y0, y1, y2) - half
        last_y = min(int(np.ceil(low_y)) - 1 if what == VEILS else int(np.floor(low_y)), rows - 1)
        low_x = max(min(x0, x1, x2) - half, zero)
        high_x = min(max(x0, x1, x2) - half, np.float32(columns - 1) + more)
        if first_y > last_y or np.ceil(low_x) > high_x:
            continue
        z0, z1, z2 = screen[a, 2], screen[b, 2], screen[c, 2]
        if z0 == 0 or z1 == 0 or z2 == 0:
            continue
        if what == BACKS:  # nearly all are behind a front: most are known to be by their nearest corner
            nearest, hidden = max(z0, z1, z2), True
            for y in range(first_y, last_y + 1):
                for x in range(int(low_x), int(high_x) + 1):
                    hidden = hidden and inverse[y, x] >= nearest
                if not hidden:
                    break
            if hidden:
                continue
        # As in `fill_triangles`, with the sides swapped where the back is seen.
        turn = side if front else -side
        slope0, slope1, slope2 = (x2 - x1) / (y2 - y1), (x0 - x2) / (y0 - y2), (x1 - x0) / (y1 - y0)
        start0, start1, start2 = x1 - y1 * slope0 - half, x2 - y2 * slope1 - half, x0 - y0 * slope2 - half
        rise0, rise1, rise2 = (y2 - y1) * turn, (y0 - y2) * turn, (y1 - y0) * turn
        from0, from_slope0 = (start0, slope0) if rise0 > level else (low_x, zero)
        from1, from_slope1 = (start1, slope1) if rise1 > level else (low_x, zero)
        from2, from_slope2 = (start2, slope2) if rise2 > level else (low_x, zero)
        to0, to_slope0 = (start0, slope0) if rise0 < -level else (high_x, zero)
        to1, to_slope1 = (start1, slope1) if rise1 < -level else (high_x, zero)
        to2, to_slope2 = (start2, slope2) if rise2 < -level else (high_x, zero)
        scale = one / area
        step_x1, step_x2 = (y2 - y0) * scale, (y0 - y1) * scale
        step_y1, step_y2 = (x0 - x2) * scale, (x1 - x0) * scale
        zb, zc = z1 - z0, z2 - z0
        seen = False
        for y in range(first_y, last_y + 1):
            py = np.float32(y) + half
            low = max(max(from0 + from_slope0 * py, from1 + from_slope1 * py), max(from2 + from_slope2 * py, low_x))
            high = min(min(to0 + to_slope0 * py, to1 + to_slope1 * py), min(to2 + to_slope2 * py, high_x))
            first = int(np.ceil(low - slack))
            last = int(np.ceil(high)) - 1 if what == VEILS else int(np.floor(high + slack))
            off_x, off_y = np.float32(first) + half - x0, py - y0
            z = z0 + (step_x1 * off_x + step_y1 * off_y) * zb + (step_x2 * off_x + step_y2 * off_y) * zc
            step = step_x1 * zb + step_x2 * zc
            for x in range(first, last + 1):
                if z > inverse[y, x]:
                    seen = True
                    break
                z += step
            if seen:
                first_y = y
                break
        if not seen:  # all the rest is needed only where something is drawn
            continue
        # u/depth, v/depth and 1/depth are linear over the screen.
        u0, v0 = uv[a, 0] * z0, uv[a, 1] * z0
        u1, v1 = uv[b, 0] * z1 - u0, uv[b, 1] * z1 - v0
        u2, v2 = uv[c, 0] * z2 - u0, uv[c, 1] * z2 - v0
        z1, z2 = z1 - z0, z2 - z0
        texture, shading = int(materials[row, TEXTURE]), int(materials[row, SHADING])
        wide = tall = zero
        if texture >= 0:
            wide, tall = np.float32(sizes[texture, 0, 1]), np.float32(sizes[texture, 0, 2])
        ux, uy = (step_x1 * u1 + step_x2 * u2), (step_y1 * u1 + step_y2 * u2)
        vx, vy = (step_x1 * v1 + step_x2 * v2), (step_y1 * v1 + step_y2 * v2)
        zx, zy = step_x1 * z1 + step_x2 * z2, step_y1 * z1 + step_y2 * z2
        turned = 0 if front else 1
        red, green, blue = materials[row, COLOUR], materials[row, COLOUR + 1], materials[row, COLOUR + 2]
        lr, lg, lb = light[turned, a, 0] * red, light[turned, a, 1] * green, light[turned, a, 2] * blue
        lr1, lg1, lb1 = (
            light[turned, b, 0] * red - lr,
            light[turned, b, 1] * green - lg,
            light[turned, b, 2] * blue - lb,
        )
        lr2, lg2, lb2 = (
            light[turned, c, 0] * red - lr,
            light[turned, c, 1] * green - lg,
            light[turned, c, 2] * blue - lb,
        )
        sr, sg, sb = shine[turned, a, 0], shine[turned, a, 1], shine[turned, a, 2]
        sr1, sg1, sb1 = shine[turned, b, 0] - sr, shine[turned, b, 1] - sg, shine[turned, b, 2] - sb
        sr2, sg2, sb2 = shine[turned, c, 0] - sr, shine[turned, c, 1] - sg, shine[turned, c, 2] - sb
        bright, bright1, bright2 = tone[a], tone[b] - tone[a], tone[c] - tone[a]
        faint, faint1, faint2 = fade[a], fade[b] - fade[a], fade[c] - fade[a]
        if not front:
            bright, bright1, bright2 = -bright, -bright1, -bright2
        dark_r, dark_g, dark_b = materials[row, SHADE], materials[row, SHADE + 1], materials[row, SHADE + 2]
        own_r, own_g, own_b = materials[row, EMISSION], materials[row, EMISSION + 1], materials[row, EMISSION + 2]
        solid = materials[row, SOLID]
        size, between, until = 0, zero, 0
        small = high_x - low_x < 16 and last_y - first_y < 16
        for y in range(first_y, last_y + 1):
            py = np.float32(y) + half
            low = max(max(from0 + from_slope0 * py, from1 + from_slope1 * py), max(from2 + from_slope2 * py, low_x))
            high = min(min(to0 + to_slope0 * py, to1 + to_slope1 * py), min(to2 + to_slope2 * py, high_x))
            first = int(np.ceil(low - slack))
            last = int(np.ceil(high)) - 1 if what == VEILS else int(np.floor(high + slack))
            off_x, off_y = np.float32(first) + half - x0, py - y0
            w1, w2 = step_x1 * off_x + step_y1 * off_y, step_x2 * off_x + step_y2 * off_y
            if not small:
                until = first
            for x in range(first, last + 1):
                z = z0 + w1 * z1 + w2 * z2
                if z > inverse[y, x]:
                    r = g = b = alpha = one
                    if texture >= 0:
                        depth = one / z
                        u, v = (u0 + w1 * u1 + w2 * u2) * depth, (v0 + w1 * v1 + w2 * v2) * depth
                        if x >= until:
                            # Texels that a sample is wide and high; for 16 samples, over which it hardly changes.
                            until = columns if small else x + 16
                            dux, dvx = (ux - u * zx) * depth * wide, (vx - v * zx) * depth * tall
                            duy, dvy = (uy - u * zy) * depth * wide, (vy - v * zy) * depth * tall
                            reach = max(max(dux * dux + dvx * dvx, duy * duy + dvy * dvy), one)
                            reach = min(half * np.log2(reach), np.float32(sizes[texture, 0, 3]))
                            size = int(reach)
                            between = reach - np.float32(size)
                        # Between two sizes: the larger one for some of a pixel's four samples.
                        order = np.float32(2 * ((x ^ y) & 1) + (y & 1)) * np.float32(0.25) + np.float32(0.125)
                        r, g, b, alpha = texel_light(texels, sizes, texture, size + (between > order), u, v)
                    alpha *= materials[row, ALPHA]
                    if (alpha >= solid) if what != VEILS else (np.float32(0.002) < alpha and alpha < solid):
                        if shading == LIT:
                            r = r * (lr + w1 * lr1 + w2 * lr2) + (sr + w1 * sr1 + w2 * sr2)
                            g = g * (lg + w1 * lg1 + w2 * lg2) + (sg + w1 * sg1 + w2 * sg2)
                            b = b * (lb + w1 * lb1 + w2 * lb2) + (sb + w1 * sb1 + w2 * sb2)
                        elif shading == TOON:
                            # Dark below a cosine of -0.1, bright above 0.1: what MToon does unless told otherwise.
                            part = half + np.float32(5) * (bright + w1 * bright1 + w2 * bright2)
                            part = min(max(part, zero), one)
                            r *= (dark_r + part * (red - dark_r)) * toon[0]
                            g *= (dark_g + part * (green - dark_g)) * toon[1]
                            b *= (dark_b + part * (blue - dark_b)) * toon[2]
                        else:
                            r, g, b = r * red, g * green, b * blue
                        faded = faint + w1 * faint1 + w2 * faint2
                        r, g, b = (r + own_r) * faded, (g + own_g) * faded, (b + own_b) * faded
                        if what != VEILS:
                            inverse[y, x] = z
                            samples[y, x, 0], samples[y, x, 1], samples[y, x, 2] = r, g, b
                        else:
                            rest, behind = one - alpha, inverse[y, x]
                            if behind <= 0:
                                inverse[y, x] = (one + behind) * rest - one
                            if behind == 0:  # what is in `samples` is of another frame
                                samples[y, x, 0], samples[y, x, 1], samples[y, x, 2] = alpha * r, alpha * g, alpha * b
                            else:
                                samples[y, x, 0] = rest * samples[y, x, 0] + alpha * r
                                samples[y, x, 1] = rest * samples[y, x, 1] + alpha * g
                                samples[y, x, 2] = rest * samples[y, x, 2] + alpha * b
                w1 += step_x1
                w2 += step_x2


__all__ = ["BACKS", "FRONTS", "LIT", "TOON", "UNLIT", "VEILS", "fill_surface"]
