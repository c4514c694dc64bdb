"""The default renderer: a rasteriser on the CPU that needs no graphics driver.

One frame is: skin the vertices, light them, draw them as seen from the key light onto the floor
(shadows), draw them mirrored (the floor's gloss), draw them twice as fine as the picture, and put floor,
backdrop and body together. numba and the kernels are imported when the first frame is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from choreo.types import Bytes, Scene


class RasterRenderer:
    """Draw scenes with the CPU rasteriser."""

    name = "raster"
    description = "CPU rasteriser, needs no graphics driver (default)"
    alpha = True
    unfolds = True
    kernels = 18
    surface_kernels = 4

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` sRGB frames in order.

        A frame's memory is used again only after the caller has let go of it. Closing the iterator
        stops the worker threads.
        """
        from choreo_raster.workers import draw_in_order

        yield from draw_in_order(scene)

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it); with `alpha` ``(height, width, 4)``, dancers and shadow."""
        from choreo_raster.workers import draw_in_order

        yield from draw_in_order(scene, first=first, last=last, form="alpha" if alpha else "rgb")

    def planes(self, scene: Scene, first: int, last: int) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it) as YUV 4:2:0: see `choreo.protocols.PlanarRenderer`."""
        from choreo_raster.workers import draw_in_order

        yield from draw_in_order(scene, first=first, last=last, form="planes")


__all__ = ["RasterRenderer"]
