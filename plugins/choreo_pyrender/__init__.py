"""Rendering with pyrender on OpenGL: the same bodies, stage and camera as the default renderer.

Needs the ``pyrender`` extra and an OpenGL that works without a window: EGL (the default, with or
without a graphics card) or OSMesa. On a graphics card it is fast, in software slower than ``raster``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from choreo.types import Bytes, Scene


class PyrenderRenderer:
    """Draw scenes with pyrender."""

    name = "pyrender"
    description = "OpenGL through pyrender (EGL or OSMesa); needs the pyrender extra"

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` sRGB frames in order; closing frees the GL context.

        Raises
        ------
        MissingExtraError
            When the packages of the extra are not installed.
        PluginError
            When no OpenGL context can be made.
        """
        from choreo_pyrender.context import offscreen
        from choreo_pyrender.theatre import Theatre

        with offscreen(scene.width, scene.height) as renderer:
            theatre = Theatre(scene)
            for frame in range(len(scene)):
                yield theatre.draw(renderer, frame)


__all__ = ["PyrenderRenderer"]
