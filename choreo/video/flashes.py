"""Flashes that may harm: how often large parts of a picture go from light to dark and back in a second.

As WCAG 2.3.1 (general flash) and Rec. ITU-R BT.1702 say it: a flash is a pair of opposing changes of the relative
luminance by a tenth of its largest value or more, where the darker is below 0.8; more than three in a second are too
many, where together they cover more than a quarter of any 10 degrees of the field of view. Those are a third of the
picture's width and of its height, seen as WCAG assumes it (341 x 256 of 1024 x 768).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from choreo.types import Bytes, Doubles, Ints
from choreo.video.colours import linear_light
from choreo.video.planes import split

CHANGE, DARKER = 0.1, 0.8
"""Of relative luminance: the least change that counts, and what the darker of the two is below."""
AREA = 0.25
"""Share of the field that changes must cover together."""
FIELD = 3
"""The field is so many times narrower and lower than the picture."""
CELLS = 12
"""Cells a side, whose mean luminance is followed: small beside the field, large beside a moving hand."""
TOGETHER = 0.1
"""Seconds within which changes of cells count as one."""
MOST = 3
"""Flashes in any second that are still safe."""


def most_flashes(frames: Iterable[Bytes], fps: float) -> int:
    """Largest number of general flashes in any second of a film.

    Parameters
    ----------
    frames
        Pictures ``(h, w, 3) uint8`` sRGB, or planes of luma and differences (of which luma counts).
    """
    cells = np.array([cell_luminance(frame) for frame in frames])
    return 0 if len(cells) < 2 else _most_pairs(field_changes(cells, fps), fps)


def cell_luminance(frame: Bytes) -> Doubles:
    """Relative luminance of `CELLS` x `CELLS` parts of a picture, 0 to 1."""
    if frame.ndim == 3:
        light = linear_light(frame.astype(np.float32) / 255) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    else:
        light = np.clip((split(frame)[0].astype(np.float32) - 16) / 219, 0, 1) ** 2.4
    rows, columns = (np.linspace(0, side, CELLS + 1).astype(int)[:-1] for side in light.shape)
    sums = np.add.reduceat(np.add.reduceat(light, rows, axis=0), columns, axis=1)
    sizes = np.outer(np.diff([*rows, light.shape[0]]), np.diff([*columns, light.shape[1]]))
    return np.asarray(sums / sizes, np.float64)


def field_changes(cells: Doubles, fps: float) -> list[list[tuple[int, int]]]:
    """Changes of each field that are large enough: (frame, 1 brighter or -1 darker), one after the other.

    Parameters
    ----------
    cells : (T, R, C)
        Relative luminance.
    """
    changes = _cell_changes(cells)
    reach = max(round(TOGETHER * fps), 1)
    side = -(-cells.shape[1] // FIELD), -(-cells.shape[2] // FIELD)
    moments = np.flatnonzero(changes.any(axis=(1, 2)))
    out = []
    for row in range(cells.shape[1] - side[0] + 1):
        for column in range(cells.shape[2] - side[1] + 1):
            part = changes[moments, row : row + side[0], column : column + side[1]]
            out.append(_events(part, moments, reach))
    return out


def _events(changes: Doubles, moments: Ints, reach: int) -> list[tuple[int, int]]:
    """Changes of a field, ``changes : (M, R, C)`` of its cells at the frames ``moments : (M,)``.

    Cells that change within `reach` frames change together; each is counted once.
    """
    since = {sign: np.full(changes.shape[1:], -(10**9)) for sign in (1, -1)}
    events: list[tuple[int, int]] = []
    for now, frame in zip(changes, moments.tolist(), strict=True):
        for sign, last in since.items():
            last[now == sign] = frame
            if (frame - last < reach).mean() > AREA:
                last[:] = -(10**9)
                if not events or events[-1][1] != sign:
                    events.append((frame, sign))
    return events


def _cell_changes(cells: Doubles) -> Doubles:
    """``(T, R, C)``: 1 or -1 at the frame at which a cell has changed by enough since it last turned, else 0."""
    found = np.zeros(cells.shape)
    low, high = cells[0].copy(), cells[0].copy()
    way = np.zeros(cells.shape[1:])
    for frame in range(1, len(cells)):
        now = cells[frame]
        low, high = np.minimum(low, now), np.maximum(high, now)
        up = (way <= 0) & (now - low >= CHANGE) & (low < DARKER)
        down = (way >= 0) & (high - now >= CHANGE) & (now < DARKER) & ~up
        found[frame] = up.astype(float) - down
        way = np.where(up, 1, np.where(down, -1, way))
        # After a change the search begins anew from here: the next must be an opposing one.
        low, high = np.where(up | down, now, low), np.where(up | down, now, high)
    return found


def _most_pairs(fields: list[list[tuple[int, int]]], fps: float) -> int:
    """Most pairs of opposing changes whose frames lie within a second."""
    most = 0
    for events in fields:
        frames = np.array([frame for frame, _ in events])
        for first in range(len(frames)):
            inside = int(np.searchsorted(frames, frames[first] + fps - 1e-6) - first)
            most = max(most, inside // 2)
    return most


__all__ = ["MOST", "cell_luminance", "field_changes", "most_flashes"]
