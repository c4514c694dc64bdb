"""Backgrounds in place of the renderer's floor and backdrop: a colour, or a picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from choreo.protocols import PartRenderer
from choreo.types import Bytes, Scene
from choreo.video.look import STAGE, TRANSPARENT, colour_of


def backdrop(name: str, width: int, height: int) -> Bytes | None:
    """Make a picture ``(height, width, 3) uint8`` of a look's background; None for the renderer's own, or none.

    A picture's file is scaled to cover everything, and cut at the longer sides.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    from PIL import Image, ImageOps

    from choreo.foreign.pictures import open_picture

    if name in (STAGE, TRANSPARENT):
        return None
    colour = colour_of(name)
    if colour is not None:
        return np.broadcast_to(np.array(colour, np.uint8), (height, width, 3)).copy()
    return np.asarray(ImageOps.fit(open_picture(Path(name)), (width, height), Image.Resampling.LANCZOS))


def lay_on(frames: Iterator[Bytes], behind: Bytes) -> Iterator[Bytes]:
    """Put pictures with straight alpha ``(h, w, 4)`` on `behind`; ``(h, w, 3) uint8``."""
    with closing(frames):  # type: ignore[type-var]  # renderers give generators
        for frame in frames:
            alpha = frame[..., 3:].astype(np.uint16)
            mixed = frame[..., :3] * alpha + behind * (255 - alpha) + np.uint16(127)
            yield (mixed // 255).astype(np.uint8)


class OnBackground:
    """A renderer whose floor and backdrop are replaced by another background."""

    description = "another renderer on a background"

    def __init__(self, renderer: PartRenderer, background: str) -> None:
        self.name, self._renderer, self._background = renderer.name, renderer, background

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` frames in order."""
        behind = backdrop(self._background, scene.width, scene.height)
        if behind is None:
            yield from self._renderer.frames(scene)
        else:
            yield from lay_on(self._renderer.part(scene, 0, len(scene), alpha=True), behind)


__all__ = ["OnBackground", "backdrop", "lay_on"]
