"""The floor's shade: a soft shadow of the key light and the dark under a foot.

One map from above the floor, seen along the key light, gives both: its highest points tell every vertex
whether something stands between it and the light, its lowest points how far the caster is from the
floor. A shadow is sharp where the caster touches and soft where it is high up, as under a lamp of some
size: a sharp and a soft blur of the same map are mixed by that height.
"""

from __future__ import annotations

import numpy as np

from choreo_raster.jit import kernel


@kernel
def blur(texture, radius, sums):  # type: ignore[no-untyped-def]
    """Box-blur ``(n, m)`` in place, both ways, by running sums; outside is 0. `sums` is scratch."""
    rows, columns = texture.shape
    scale = np.float32(1) / np.float32(2 * radius + 1)
    for y in range(rows):
        total = np.float32(0)
        for x in range(min(radius, columns)):
            total += texture[y, x]
        for x in range(columns):
            if x + radius < columns:
                total += texture[y, x + radius]
            if x > radius:
                total -= texture[y, x - radius - 1]
            sums[y, x] = total * scale
    for x in range(columns):
        texture[0, x] = 0
    for y in range(min(radius + 1, rows)):
        for x in range(columns):
            texture[0, x] += sums[y, x]
    for y in range(1, rows):
        for x in range(columns):
            value = texture[y - 1, x]
            if y + radius < rows:
                value += sums[y + radius, x]
            if y > radius:
                value -= sums[y - radius - 1, x]
            texture[y, x] = value
    for y in range(rows):
        for x in range(columns):
            texture[y, x] *= scale


@kernel
def start_maps(low, under, sharp, soft, lift):  # type: ignore[no-untyped-def]
    """Fill the maps that are blurred next: coverage (`sharp` and `soft`), height of the caster, nearness to the floor.

    `low` is the lowest height along the key light, metres, 99 where there is none. `under`, the same straight down,
    becomes the nearness 0..1.
    """
    for y in range(low.shape[0]):
        for x in range(low.shape[1]):
            hit = np.float32(1) if low[y, x] < np.float32(50) else np.float32(0)
            sharp[y, x] = hit
            soft[y, x] = hit
            lift[y, x] = max(low[y, x], np.float32(0)) * hit
            near = max(np.float32(1) - max(under[y, x], np.float32(0)) * np.float32(4), np.float32(0))
            under[y, x] = near * near


@kernel
def mix_shade(sharp, soft, lift, under, shade):  # type: ignore[no-untyped-def]
    """Make ``shade : (n, m, 2)``, shadow and contact darkness 0..1, from the blurred maps."""
    for y in range(sharp.shape[0]):
        for x in range(sharp.shape[1]):
            # Blurred height by blurred coverage: the mean height of what casts the shadow here.
            height = lift[y, x] / max(soft[y, x], np.float32(1e-4))
            part = min(height * np.float32(0.9), np.float32(1))
            shade[y, x, 0] = sharp[y, x] * (1 - part) + soft[y, x] * part
            shade[y, x, 1] = min(under[y, x] * np.float32(1.6), np.float32(1))
