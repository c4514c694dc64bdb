"""Several frames at once on threads, handed out in order."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

import numpy as np

from choreo.types import Bytes, Scene
from choreo.workers import usable_processors
from choreo_raster.painter import Canvas, RasterScene

MOST_WORKERS = 8
MOST_PIXELS = 70_000_000
"""Of all frames that are drawn at once: a thread takes about 60 bytes for each where the dancer fills the picture."""


Form = Literal["rgb", "alpha", "planes"]
"""What a picture's memory holds: sRGB, sRGB and straight alpha, or `choreo.protocols.PlanarRenderer`'s planes."""


class Pictures:
    """Frames' memory, used again once nobody outside holds it."""

    def __init__(self, width: int, height: int, form: Form = "rgb") -> None:
        even = height + height % 2, width + width % 2
        shapes = {"rgb": (height, width, 3), "alpha": (height, width, 4), "planes": (even[0] * 3 // 2, even[1])}
        self._shape = shapes[form]
        self._all: list[Bytes] = []

    def free(self) -> Bytes:
        """A picture that only this object knows, or a new one."""
        for index in range(len(self._all)):
            # Two references: the list and the argument of getrefcount. A view holds one on its owner.
            if sys.getrefcount(self._all[index]) == 2:
                return self._all[index]
        self._all.append(np.empty(self._shape, np.uint8))
        return self._all[-1]


def worker_count(pixels: int = 0) -> int:
    """Threads that draw: the processors that this process may use, at most eight, fewer for huge frames."""
    return max(1, min(usable_processors(), MOST_WORKERS, MOST_PIXELS // max(pixels, 1)))


def draw_in_order(
    scene: Scene, workers: int | None = None, first: int = 0, last: int | None = None, form: Form = "rgb"
) -> Iterator[Bytes]:
    """Yield the frames `first` to `last` of `scene` in order; they do not depend on the number of `workers`.

    With alpha they are the bodies and their shadow alone.
    """
    raster = RasterScene(scene)
    wanted = range(len(scene))[first:last]
    count = workers or worker_count(scene.width * scene.height)
    canvases = deque(Canvas(raster) for _ in range(max(1, min(count, len(wanted)))))
    pictures = Pictures(scene.width, scene.height, form)

    def draw(frame: int, picture: Bytes) -> Bytes:
        canvas = canvases.pop()
        canvas.draw(frame, picture)
        canvases.append(canvas)
        return picture

    waiting: deque[Future[Bytes]] = deque()
    pool = ThreadPoolExecutor(len(canvases), thread_name_prefix="raster")
    try:
        for frame in wanted:
            waiting.append(pool.submit(draw, frame, pictures.free()))
            if len(waiting) > len(canvases) + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
