"""Rendering on OpenGL, in a context that pyrender opens: the same bodies, floor, lights and camera as the default's.

Needs the ``pyrender`` extra and an OpenGL 3.3 that works without a window: EGL (the default, with or without a graphics
card) or OSMesa. In software it is slower than ``raster``.

One frame is: skin the vertices, draw them as the lamp sees them, draw bodies and floor, put the bytes in order, read
them. All of it runs on a thread of its own, some frames ahead of whoever takes them.
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
    alpha = False

    def ready(self) -> None:
        """Find out whether the packages are there and OpenGL works without a window.

        Raises
        ------
        MissingExtraError, PluginError
        """
        from choreo_pyrender.context import offscreen

        with offscreen(16, 16):
            pass

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` sRGB frames in order; closing frees the GL context.

        Raises
        ------
        MissingExtraError
            When the packages of the extra are not installed.
        PluginError
            When no OpenGL context can be made, or it dies on the way.
        """
        yield from self.part(scene, 0, len(scene))

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it); there is no `alpha`.

        Raises
        ------
        InputError
            When `alpha` is wanted.
        MissingExtraError, PluginError
        """
        from choreo.errors import InputError
        from choreo_pyrender.stream import stream

        if alpha:
            raise InputError("the renderer 'pyrender' cannot draw without background. Use the renderer 'raster'.")
        yield from stream(scene, first, last)

    def planes(self, scene: Scene, first: int, last: int) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it) as YUV 4:2:0: see `choreo.protocols.PlanarRenderer`.

        Raises
        ------
        MissingExtraError, PluginError
        """
        from choreo_pyrender.stream import stream

        yield from stream(scene, first, last, planes=True)


__all__ = ["PyrenderRenderer"]
