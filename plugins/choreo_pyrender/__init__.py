"""Rendering with pyrender on OpenGL: the same bodies, floor, lights and camera as the default renderer.

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
        from choreo.errors import InputError, PluginError
        from choreo_pyrender.context import gl_failures, offscreen
        from choreo_pyrender.theatre import Theatre

        if alpha:
            raise InputError("the renderer 'pyrender' cannot draw without background. Use the renderer 'raster'.")
        with offscreen(scene.width, scene.height) as renderer:
            theatre = Theatre(scene)
            for frame in range(first, last):
                try:
                    picture = theatre.draw(renderer, frame)
                except gl_failures() as error:
                    raise PluginError(
                        f"renderer 'pyrender': OpenGL failed at frame {frame} of {len(scene)} "
                        f"({type(error).__name__}: {' '.join(str(error).split())[:200]}). "
                        "The renderer 'raster' needs no graphics driver."
                    ) from error
                yield picture


__all__ = ["PyrenderRenderer"]
