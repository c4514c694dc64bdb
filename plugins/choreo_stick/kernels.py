"""Anti-aliased strokes: a line with round ends, a radius at each end. Dots are strokes of no length."""

from __future__ import annotations

from choreo.types import Bytes, Floats
from choreo_raster.jit import kernel


@kernel
def strokes(picture: Bytes, rows: Floats) -> None:
    """Blend strokes into a picture, one over the other.

    Parameters
    ----------
    picture
        ``(H, W, 3) uint8``.
    rows
        ``(N, 11) float32``: x, y and radius of both ends (pixels), red, green, blue (0..255), opacity (0..1), and how
        much darker the border is than the middle (0..1).
    """
    height, width = picture.shape[:2]
    for n in range(len(rows)):
        x0, y0, r0, x1, y1, r1, red, green, blue, opacity, rounding = rows[n]
        reach = max(r0, r1) + 1
        left, right = max(int(min(x0, x1) - reach), 0), min(int(max(x0, x1) + reach) + 1, width)
        top, bottom = max(int(min(y0, y1) - reach), 0), min(int(max(y0, y1) + reach) + 1, height)
        along_x, along_y = x1 - x0, y1 - y0
        # Distance to the nearest point of the segment, by projection; coverage falls over one pixel at the border.
        length = max(along_x * along_x + along_y * along_y, 1e-9)
        for y in range(top, bottom):
            for x in range(left, right):
                dx, dy = x + 0.5 - x0, y + 0.5 - y0
                part = min(max((dx * along_x + dy * along_y) / length, 0.0), 1.0)
                dx, dy = dx - part * along_x, dy - part * along_y
                away = (dx * dx + dy * dy) ** 0.5
                radius = r0 + part * (r1 - r0)
                cover = min(max(radius + 0.5 - away, 0.0), 1.0) * opacity
                if cover > 0:
                    shade = 1 - rounding * min(away / radius, 1.0) ** 2
                    picture[y, x, 0] = int(picture[y, x, 0] * (1 - cover) + red * shade * cover + 0.5)
                    picture[y, x, 1] = int(picture[y, x, 1] * (1 - cover) + green * shade * cover + 0.5)
                    picture[y, x, 2] = int(picture[y, x, 2] * (1 - cover) + blue * shade * cover + 0.5)
