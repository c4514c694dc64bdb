"""Milliseconds a frame in each part of drawing with raster and pyrender, and in encoding."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.types import Scene
from choreo.video import write_video

RASTER = {
    "skin_vertices": "skin", "map_box": "shadow", "fill_heights": "shadow", "start_maps": "shadow", "blur": "shadow",
    "mix_shade": "shadow", "light_vertices": "light", "project_vertices": "draw the body and its reflection",
    "fill_triangles": "draw the body and its reflection", "compose": "floor, backdrop, composition",
}  # fmt: skip
"""Part of each kernel."""


class Watch:
    """Seconds spent in functions, by part."""

    def __init__(self, before: Callable[[], Any] = lambda: None) -> None:
        self.spent: dict[str, float] = {}
        self.before = before

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function."""

        def call(*arguments: Any, **named: Any) -> Any:
            self.before()
            begun = time.perf_counter()
            result = function(*arguments, **named)
            self.before()
            self.spent[part] = self.spent.get(part, 0.0) + time.perf_counter() - begun
            return result

        return call

    @contextmanager
    def on(self, *targets: tuple[Any, str, str]) -> Iterator[None]:
        """Time functions, given by owner, name and part, while the context lasts."""
        real = [(owner, name, getattr(owner, name)) for owner, name, _ in targets]
        try:
            for owner, name, part in targets:
                setattr(owner, name, self.timed(part, getattr(owner, name)))
            yield
        finally:
            for owner, name, function in real:
                setattr(owner, name, function)


def parts_of_raster(scene: Scene, frames: int) -> dict[str, float]:
    """Every step on one thread."""
    from choreo_raster import painter

    watch = Watch()
    with watch.on(*((painter, name, part) for name, part in RASTER.items())):
        canvas = painter.Canvas(painter.RasterScene(scene))
        picture = np.empty((scene.height * 3 // 2, scene.width), np.uint8)  # planes, as for video
        canvas.draw(0, picture)
        watch.spent.clear()
        begun = time.perf_counter()
        for frame in range(frames):
            canvas.draw(frame * 7 % len(scene), picture)
        total = time.perf_counter() - begun
    return {part: 1e3 * spent / frames for part, spent in {**watch.spent, "whole frame": total}.items()}


@contextmanager
def drawing_by_pyrender(scene: Scene) -> Iterator[tuple[Any, Any, Any, Callable[[int], None]]]:
    """The parts of the renderer on this thread, and a function that draws a frame and waits for its planes."""
    from choreo_pyrender.context import offscreen
    from choreo_pyrender.packing import Packing
    from choreo_pyrender.ring import Ring
    from choreo_pyrender.theatre import PICTURE, Theatre

    with offscreen(scene.width, scene.height):
        theatre, packing = Theatre(scene), Packing(scene.width, scene.height, picture=PICTURE, planes=True)
        ring, memory = Ring(packing.columns, packing.rows, 1), packing.room()

        def draw(frame: int) -> None:
            theatre.draw(frame % len(scene))
            packing.pack()
            ring.read()
            ring.fetch(memory)

        draw(0)
        yield theatre, packing, ring, draw


def parts_of_pyrender(scene: Scene, frames: int) -> tuple[str, dict[str, float]]:
    """What the driver says it draws with, and every step, the driver made to finish before and after each."""
    with drawing_by_pyrender(scene) as (theatre, packing, ring, draw):
        from OpenGL import GL

        name = bytes(GL.glGetString(GL.GL_RENDERER)).decode()
        watch = Watch(GL.glFinish)
        with watch.on(
            (theatre, "_pose", "skin"),
            (theatre, "_cast", "draw the shadow map"),
            (theatre, "_show", "draw"),
            (theatre, "_mix", "mix the samples of each pixel"),
            (packing, "pack", "put the bytes in order"),
            (ring, "read", "read back"),
            (ring, "fetch", "read back"),
        ):
            begun = time.perf_counter()
            for frame in range(frames):
                draw(frame)
            total = time.perf_counter() - begun
    return name, {part: 1e3 * spent / frames for part, spent in {**watch.spent, "whole frame": total}.items()}


def calls_of_pyrender(scene: Scene, frames: int) -> float:
    """Milliseconds of the processor that the drawing thread takes a frame; for a scene with nearly nothing to draw."""
    with drawing_by_pyrender(scene) as (*_, draw):
        spent = []
        for frame in range(frames):
            begun = time.thread_time()
            draw(frame)
            spent.append(time.thread_time() - begun)
    return 1e3 * float(np.median(spent))


def encoding(scene: Scene, frames: int) -> float:
    """x264 alone, for frames drawn before."""
    frames = min(frames, len(scene))
    pictures = [frame.copy() for frame in plugins.load("renderers", "raster").planes(scene, 0, frames)]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        write_video(
            Path(folder) / "video.mp4", iter(pictures), fps=scene.fps, width=scene.width, height=scene.height,
            n_frames=frames,
        )  # fmt: skip
        return 1e3 * (time.perf_counter() - begun) / frames
