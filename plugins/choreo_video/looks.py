"""What the pictures of a video say by themselves: cuts, movement, light and colour, without looking for anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from choreo.retrieval.picture_side import CHANNELS, Looks
from choreo.types import Bytes, Floats
from choreo_video.flow import optical_flow
from choreo_video.pictures import Picture, pictures, seconds_of
from choreo_video.shots import Shots

SIDE = 96
"""Pixels of the longer side of the pictures that are looked at."""
RATE = 30.0
"""Pictures a second of which flow is measured, at most about."""


def looks_of(file: Path, progress: Callable[[float], None] | None = None) -> Looks:
    """Look at a video; memory is that of some numbers a picture.

    Raises
    ------
    MotionError
        As `choreo_video.pictures.pictures`.
    """
    seconds = seconds_of(file)

    def told() -> Iterable[Picture]:
        for picture in pictures(file, long_side=SIDE):
            if progress and seconds:
                progress(min(picture.time / seconds, 1.0))
            yield picture

    return looks_at(told())


def looks_at(seen: Iterable[Picture]) -> Looks:
    """Measure pictures that follow each other; of more than `RATE` a second not all are measured."""
    shots = Shots()
    times: list[float] = []
    rows: list[Floats] = []
    before: Floats | None = None
    for picture in seen:
        if times and picture.time - times[-1] < 0.8 / RATE:
            continue
        grey = _grey(picture.pixels)
        begins = shots.begins(picture.pixels)
        if before is None or begins or before.shape != grey.shape:
            moved = np.zeros(6, np.float32)
        else:
            moved = _moved(before, grey, picture.time - times[-1])
        rows.append(np.concatenate([moved, _light(picture.pixels, grey), [float(begins)]]).astype(np.float32))
        times.append(picture.time)
        before = grey
    values = np.stack(rows) if rows else np.zeros((0, len(CHANNELS)), np.float32)
    if len(values) > 1:  # the first picture has none before it
        values[0, :6] = values[1, :6]
    return Looks(np.array(times, np.float64), values)


def _grey(pixels: Bytes) -> Floats:
    return np.asarray(pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))


def _moved(before: Floats, grey: Floats, seconds: float) -> Floats:
    """Movement between two pictures of a shot: that of the whole picture, and what moves in it."""
    wide = max(grey.shape)
    flow = optical_flow(before, grey) / (wide * max(seconds, 1e-3))
    camera = np.median(flow.reshape(-1, 2), axis=0)
    own = flow - camera
    speed = np.hypot(own[..., 0], own[..., 1])
    total = float(speed.sum()) + 1e-6
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]]
    down, right = float((speed * rows).sum()) / total, float((speed * columns).sum()) / total
    spread = np.sqrt(float((speed * ((rows - down) ** 2 + (columns - right) ** 2)).sum()) / total) / wide
    moving = float(speed.mean())
    across = float(np.abs(own[..., 0]).sum()) / total
    return np.array(
        [moving, float(np.hypot(*camera)), across, spread, down / grey.shape[0],
         float(np.abs(grey - before).mean()) / 255],
        np.float32,
    )  # fmt: skip


def _light(pixels: Bytes, grey: Floats) -> Floats:
    """Brightness, contrast, saturation, and the colour as red against blue and green against both, 0..1 or -1..1."""
    colour = pixels.reshape(-1, 3).astype(np.float32) / 255
    red, green, blue = colour.mean(axis=0).tolist()
    saturation = float((colour.max(axis=1) - colour.min(axis=1)).mean())
    return np.array(
        [float(grey.mean()) / 255, float(grey.std()) / 255, saturation, red - blue, green - (red + blue) / 2],
        np.float32,
    )


__all__ = ["looks_at", "looks_of"]
