"""The loop over pixels of `choreo.video.finish`, compiled by numba: imported only where pictures are finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np


def kernel(function: Callable[..., Any]) -> Any:
    """Compile on the first call, and keep the machine code where the installation can be written."""
    options = {"nogil": True, "fastmath": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:
        return numba.njit(**options)(function)


@kernel
def widen(veil, wide):  # type: ignore[no-untyped-def]
    """Interpolate ``veil : (n, m) float32`` along its rows: ``wide : (n, w)``, eight pixels for each of its values."""
    rows, columns = veil.shape
    width = wide.shape[1]
    half, eighth = np.float32(0.5), np.float32(0.125)
    for j in range(rows):
        for x in range(min(4, width)):
            wide[j, x] = veil[j, 0]
        for k in range(columns):  # from the middle of one cell to that of the next
            begin = 8 * k + 4
            step = (veil[j, min(k + 1, columns - 1)] - veil[j, k]) * eighth
            value = veil[j, k] + half * step
            for x in range(begin, min(begin + 8, width)):
                wide[j, x] = value
                value += step


@kernel
def tone_plane(plane, wide, facts, aside, out):  # type: ignore[no-untyped-def]
    """Add a veil to a plane, darken its corners, grade its tones.

    Parameters
    ----------
    plane, out
        ``(h, w) uint8``.
    wide
        ``(n, w) float32``, a row for 8 of the plane's (`widen`), in the plane's units; interpolated. One row of zeros
        for none.
    facts
        ``(5,) float32``: the tones of black and white, the corners' darkening, contrast, lift.
    aside
        ``(w,) float32``: squares of the way from the middle, 1 at the edges.
    """
    height, width = plane.shape
    rows = wide.shape[0]
    one, half, eighth = np.float32(1), np.float32(0.5), np.float32(0.125)
    low, span = facts[0], facts[1] - facts[0]
    per, dark, contrast, lift, three = one / span, facts[2], facts[3], facts[4], np.float32(3)
    base, rise = low + span * lift + half, span * (one - lift)
    for y in range(height):
        at = min(max((np.float32(y) + half) * eighth - half, np.float32(0)), np.float32(rows - 1))
        top = min(int(at), max(rows - 2, 0))
        upper, lower = wide[top], wide[min(top + 1, rows - 1)]
        down = at - np.float32(top)
        off = np.float32(2 * y + 1) / np.float32(height) - one
        off = off * off
        for x in range(width):
            far = half * (off + aside[x])
            light = np.float32(plane[y, x]) + upper[x] + (lower[x] - upper[x]) * down
            tone = (light - low) * per * (one - dark * far * np.sqrt(far))
            tone = min(max(tone, np.float32(0)), one)
            tone = tone * ((one - contrast) + contrast * tone * (three - tone - tone))
            out[y, x] = np.uint8(base + rise * tone)


@kernel
def colour_planes(chroma, factor, out):  # type: ignore[no-untyped-def]
    """Colour differences ``(..., h, w) uint8``, 128 for none, times `factor`, within what video may hold."""
    flat, made = chroma.reshape(-1), out.reshape(-1)
    middle, half, least, most = np.float32(128), np.float32(0.5), np.float32(16), np.float32(240)
    for k in range(flat.shape[0]):
        value = middle + factor * (np.float32(flat[k]) - middle)
        made[k] = np.uint8(min(max(value, least), most) + half)


__all__ = ["colour_planes", "tone_plane", "widen"]
