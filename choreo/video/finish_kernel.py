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
def tone_plane(plane, veil, facts, aside, lines, out):  # type: ignore[no-untyped-def]
    """Add a veil to a plane, darken its corners, grade its tones.

    Parameters
    ----------
    plane, out
        ``(h, w) uint8``.
    veil
        ``(n, m) float32``, one for 8 x 8 pixels, in the plane's units; interpolated bilinearly. None where ``n`` is 0.
    facts
        ``(5,) float32``: the tones of black and white, the corners' darkening, contrast, lift.
    aside
        ``(w,) float32``: squares of the way from the middle, 1 at the edges.
    lines
        ``(2, w) float32``, scratch: zeros, of which the first row stays so where there is no veil.
    """
    height, width = plane.shape
    rows, columns = veil.shape
    one, half, eighth = np.float32(1), np.float32(0.5), np.float32(0.125)
    low, span = facts[0], facts[1] - facts[0]
    per, dark, contrast, lift, three = one / span, facts[2], facts[3], facts[4], np.float32(3)
    base, rise = low + span * lift + half, span * (one - lift)
    line, mixed = lines[0], lines[1]
    for y in range(height):
        if rows > 0:
            at = min(max((np.float32(y) + half) * eighth - half, np.float32(0)), np.float32(rows - 1))
            top = min(int(at), max(rows - 2, 0))
            below = min(top + 1, rows - 1)
            down = at - np.float32(top)
            for k in range(columns):
                mixed[k] = veil[top, k] + (veil[below, k] - veil[top, k]) * down
            for x in range(min(4, width)):
                line[x] = mixed[0]
            for k in range(columns):  # from the middle of one cell to that of the next
                begin = 8 * k + 4
                step = (mixed[min(k + 1, columns - 1)] - mixed[k]) * eighth
                value = mixed[k] + half * step
                for x in range(begin, min(begin + 8, width)):
                    line[x] = value
                    value += step
        off = np.float32(2 * y + 1) / np.float32(height) - one
        off = off * off
        for x in range(width):
            far = half * (off + aside[x])
            tone = (np.float32(plane[y, x]) + line[x] - low) * per * (one - dark * far * np.sqrt(far))
            tone = min(max(tone, np.float32(0)), one)
            tone = tone * ((one - contrast) + contrast * tone * (three - tone - tone))
            out[y, x] = np.uint8(base + rise * tone)


__all__ = ["tone_plane"]
