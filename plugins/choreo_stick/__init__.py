"""A skeleton drawn with anti-aliased lines, with contacts, path, beats and clips: no OpenGL, no mesh.

Feet that stand are marked on the floor, the path of the pelvis is drawn there, the floor's lines flash on beats. A
scene that knows its plan gets a strip with clips, seams and beats along the bottom.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from choreo.types import Bytes, Scene


class StickRenderer:
    """Draw skeletons, for looking at motion and plan."""

    name = "stick"
    description = "skeleton with foot contacts, root path, beats and clips (to look into a dance)"
    alpha = False
    kernels = 1

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` sRGB frames in order, each with memory of its own."""
        from choreo_stick.drawing import draw_frames

        yield from draw_frames(scene, 0, len(scene))

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it); there is no `alpha`.

        Raises
        ------
        InputError
            When `alpha` is wanted.
        """
        from choreo.errors import InputError
        from choreo_stick.drawing import draw_frames

        if alpha:
            raise InputError("the renderer 'stick' cannot draw without background. Use the renderer 'raster'.")
        yield from draw_frames(scene, first, last)


__all__ = ["StickRenderer"]
