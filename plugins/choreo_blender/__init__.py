"""Rendering with Blender: stills and final quality, slowly.

Needs a Python with Blender in it (the package ``bpy``), named by ``CHOREO_BLENDER_PYTHON`` where it is not this one.
``blender`` draws with Cycles, on any processor; ``blender-eevee`` with EEVEE, which wants a graphics card.
``CHOREO_BLENDER_SAMPLES`` sets samples per pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from choreo.types import Bytes, Scene


class BlenderRenderer:
    """Draw scenes with Blender's path tracer, Cycles."""

    name = "blender"
    description = "Blender's Cycles: final quality, seconds a frame; needs a Python with bpy"
    alpha = False
    engine, samples = "cycles", 32

    def ready(self) -> None:
        """Find out whether a Python with Blender is there.

        Raises
        ------
        PluginError
        """
        from choreo_blender.studio import blender_python

        blender_python()

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` sRGB frames in order; closing ends Blender.

        Raises
        ------
        PluginError
            When Blender is missing, does not start, or dies.
        """
        yield from self.part(scene, 0, len(scene))

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it); there is no `alpha`.

        Raises
        ------
        InputError
            When `alpha` is wanted.
        PluginError
        """
        from choreo.errors import InputError
        from choreo_blender.studio import draw_frames, samples_wanted

        if alpha:
            raise InputError(f"the renderer {self.name!r} cannot draw without background. Use the renderer 'raster'.")
        yield from draw_frames(scene, first, last, self.engine, samples_wanted(self.samples))


class EeveeRenderer(BlenderRenderer):
    """Draw scenes with Blender's rasteriser, EEVEE."""

    name = "blender-eevee"
    description = "Blender's EEVEE: wants a graphics card; needs a Python with bpy"
    engine, samples = "eevee", 16


__all__ = ["BlenderRenderer", "EeveeRenderer"]
