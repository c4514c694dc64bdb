"""Kernels that turn rows of linear light into stored pixels: sRGB, or the planes that video encoders read."""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel


@kernel
def encode_srgb(value):  # type: ignore[no-untyped-def]
    """Linear light to 0..255, before dither and rounding down."""
    return np.sqrt(min(max(value, np.float32(0)), np.float32(1))) * np.float32(255)


@kernel
def write_rgb(row, noise, pixels):  # type: ignore[no-untyped-def]
    """Write one row ``(3, w)`` of linear light, which it uses up, into ``pixels : (w, 3) uint8``."""
    for k in range(3):  # by itself, because only this loop becomes one over several pixels at once
        for x in range(pixels.shape[0]):
            row[k, x] = encode_srgb(row[k, x]) + noise[x]
    for x in range(pixels.shape[0]):
        pixels[x, 0] = np.uint8(row[0, x])
        pixels[x, 1] = np.uint8(row[1, x])
        pixels[x, 2] = np.uint8(row[2, x])


@kernel
def write_luma(row, noise, luma):  # type: ignore[no-untyped-def]
    """Write one row ``(3, w)`` of linear light into ``luma : (w,) uint8``, bt709 in limited range.

    Leaves what red and blue have over luma in ``row[0]`` and ``row[2]``, for `write_chroma`.
    """
    zero, one = np.float32(0), np.float32(1)
    for x in range(luma.shape[0]):
        red = np.sqrt(min(max(row[0, x], zero), one))
        green = np.sqrt(min(max(row[1, x], zero), one))
        blue = np.sqrt(min(max(row[2, x], zero), one))
        bright = np.float32(0.2126) * red + np.float32(0.7152) * green + np.float32(0.0722) * blue
        luma[x] = np.uint8(np.float32(219) * bright + (np.float32(16) + noise[x]))
        row[0, x] = red - bright
        row[2, x] = blue - bright


@kernel
def write_chroma(rows, blue, red):  # type: ignore[no-untyped-def]
    """Write the means of 2x2 pixels of what `write_luma` left in ``rows : (2, 3, w)`` into two rows ``(w / 2,)``."""
    half = np.float32(128.5)
    to_blue, to_red = np.float32(0.25 * 224 * 0.5 / (1 - 0.0722)), np.float32(0.25 * 224 * 0.5 / (1 - 0.2126))
    for x in range(blue.shape[0]):
        b = rows[0, 2, 2 * x] + rows[0, 2, 2 * x + 1] + rows[1, 2, 2 * x] + rows[1, 2, 2 * x + 1]
        r = rows[0, 0, 2 * x] + rows[0, 0, 2 * x + 1] + rows[1, 0, 2 * x] + rows[1, 0, 2 * x + 1]
        blue[x] = np.uint8(to_blue * b + half)
        red[x] = np.uint8(to_red * r + half)
