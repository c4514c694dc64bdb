"""Textures as the kernels read them: all sizes of each, one after the other in one array.

Smaller sizes (mip-maps; Williams, "Pyramidal parametrics", 1983) are means of linear light, weighted by alpha, so that
what is far away neither flickers nor takes the colour of what cannot be seen. Light is stored as its square root, a
byte a channel, as `choreo_raster.pixels` writes it: a texel's light is its square.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from choreo.types import Bytes
from choreo_raster.jit import kernel

SIZES = 14
"""Sizes of a texture at most: 8192 texels a side."""


@kernel
def halve(fine, coarse):  # type: ignore[no-untyped-def]
    """Fill ``coarse : (max(h // 2, 1), max(w // 2, 1), 4) uint8`` with means of ``fine : (h, w, 4) uint8``.

    An odd side of 2 n + 1 becomes one of n: each mean is over two texels and a share of a third, such that all weigh
    the same (Guthe and Heckbert, "Non-power-of-two mipmapping", 2005).
    """
    rows, columns = coarse.shape[0], coarse.shape[1]
    tall, wide = fine.shape[0], fine.shape[1]
    down, across = (2 if tall % 2 == 0 else 3), (2 if wide % 2 == 0 else 3)
    down, across = min(down, tall), min(across, wide)
    one, tiny = np.float32(1), np.float32(1e-3)
    for y in range(rows):
        for x in range(columns):
            total = weight = red = green = blue = np.float32(0)
            for i in range(down):
                share_y = one if down < 3 else np.float32((rows - y, rows, y + 1)[i])
                for k in range(across):
                    share = share_y * (one if across < 3 else np.float32((columns - x, columns, x + 1)[k]))
                    texel = fine[2 * y + i, 2 * x + k]
                    r, g, b = np.float32(texel[0]), np.float32(texel[1]), np.float32(texel[2])
                    part = share * (np.float32(texel[3]) + tiny)
                    total += share
                    weight += part
                    red, green, blue = red + part * r * r, green + part * g * g, blue + part * b * b
            coarse[y, x, 0] = np.uint8(np.sqrt(red / weight) + np.float32(0.5))
            coarse[y, x, 1] = np.uint8(np.sqrt(green / weight) + np.float32(0.5))
            coarse[y, x, 2] = np.uint8(np.sqrt(blue / weight) + np.float32(0.5))
            coarse[y, x, 3] = np.uint8(weight / total - tiny + np.float32(0.5))


@kernel
def texel_light(texels, sizes, texture, size, u, v):  # type: ignore[no-untyped-def]
    """Linear light and alpha at ``u, v`` of one size of a texture, interpolated bilinearly; it repeats."""
    start, width, height = sizes[texture, size, 0], sizes[texture, size, 1], sizes[texture, size, 2]
    half, one = np.float32(0.5), np.float32(1)
    x = (u - np.floor(u)) * np.float32(width) - half
    y = (v - np.floor(v)) * np.float32(height) - half
    left, top = np.floor(x), np.floor(y)
    fx, fy = x - left, y - top
    x0, y0 = int(left), int(top)
    x1, y1 = x0 + 1, y0 + 1
    x0, y0 = (width - 1 if x0 < 0 else min(x0, width - 1)), (height - 1 if y0 < 0 else min(y0, height - 1))
    x1, y1 = (0 if x1 >= width else max(x1, 0)), (0 if y1 >= height else max(y1, 0))
    # Not rows of `texels`, which numba would count references to, for each sample.
    above, below = start + y0 * width, start + y1 * width
    i, j, k, m = above + x0, above + x1, below + x0, below + x1
    wa, wb, wc, wd = (one - fx) * (one - fy), fx * (one - fy), (one - fx) * fy, fx * fy
    a0, b0, c0, d0 = (
        np.float32(texels[i, 0]),
        np.float32(texels[j, 0]),
        np.float32(texels[k, 0]),
        np.float32(texels[m, 0]),
    )
    a1, b1, c1, d1 = (
        np.float32(texels[i, 1]),
        np.float32(texels[j, 1]),
        np.float32(texels[k, 1]),
        np.float32(texels[m, 1]),
    )
    a2, b2, c2, d2 = (
        np.float32(texels[i, 2]),
        np.float32(texels[j, 2]),
        np.float32(texels[k, 2]),
        np.float32(texels[m, 2]),
    )
    a3, b3, c3, d3 = (
        np.float32(texels[i, 3]),
        np.float32(texels[j, 3]),
        np.float32(texels[k, 3]),
        np.float32(texels[m, 3]),
    )
    scale = np.float32(1 / 65025)
    return (
        (wa * a0 * a0 + wb * b0 * b0 + wc * c0 * c0 + wd * d0 * d0) * scale,
        (wa * a1 * a1 + wb * b1 * b1 + wc * c1 * c1 + wd * d1 * d1) * scale,
        (wa * a2 * a2 + wb * b2 * b2 + wc * c2 * c2 + wd * d2 * d2) * scale,
        (wa * a3 + wb * b3 + wc * c3 + wd * d3) * np.float32(1 / 255),
    )


def all_sizes(texture: Bytes, most: int) -> list[Bytes]:
    """A texture and its halves down to one texel, beginning with the largest that has no side over `most`."""
    found = [np.ascontiguousarray(texture)]
    while max(found[-1].shape[:2]) > 1:
        rows, columns = found[-1].shape[:2]
        found.append(np.empty((max(rows // 2, 1), max(columns // 2, 1), 4), np.uint8))
        halve(found[-2], found[-1])
        if max(rows, columns) > most:
            del found[0]
    return found


def pack(textures: list[Bytes], most: int) -> tuple[Bytes, NDArray[np.int32]]:
    """All sizes of textures as ``texels : (N, 4)``, and ``sizes : (T, SIZES, 4) int32``.

    Those are where a size begins, its width and its height, and the number of the smallest size, which stands in for
    those after it.
    """
    flat, sizes, begin = [], np.zeros((len(textures), SIZES, 4), np.int32), 0
    for number, texture in enumerate(textures):
        found = all_sizes(texture, min(most, 1 << (SIZES - 1)))
        for level, each in enumerate(found):
            rows, columns = each.shape[:2]
            sizes[number, level:, :] = begin, columns, rows, len(found) - 1
            flat.append(each.reshape(-1, 4))
            begin += rows * columns
    return (np.concatenate(flat) if flat else np.zeros((1, 4), np.uint8)), sizes


__all__ = ["SIZES", "all_sizes", "halve", "pack", "texel_light"]
