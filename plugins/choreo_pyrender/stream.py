"""The frames of a scene, drawn and read on a thread of their own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import islice

from choreo.errors import PluginError
from choreo.types import Bytes, Scene
from choreo_pyrender.ahead import ahead
from choreo_pyrender.context import gl_failures, offscreen
from choreo_pyrender.packing import Packing
from choreo_pyrender.ring import Ring
from choreo_pyrender.theatre import PICTURE, Theatre

AHEAD = 2
"""Pictures that are drawn before they are wanted, besides those in the ring."""


def stream(scene: Scene, first: int, last: int, *, planes: bool = False) -> Iterator[Bytes]:
    """Yield frames `first` to `last` (not with it), while the next are drawn.

    Raises
    ------
    MissingExtraError, PluginError
    """
    yield from ahead(_drawn(scene, first, last, planes), AHEAD, "pyrender")


def _drawn(scene: Scene, first: int, last: int, planes: bool) -> Generator[Bytes, None, None]:
    with offscreen(scene.width, scene.height):
        at = first
        try:
            theatre = Theatre(scene)
            packing = Packing(scene.width, scene.height, picture=PICTURE, planes=planes)
            ring = Ring(packing.columns, packing.rows)
            wanted = iter(range(first, last))
            for fetched in range(first, last):
                for at in islice(wanted, ring.room):
                    theatre.draw(at)
                    packing.pack()
                    ring.read()
                at, read = fetched, packing.room()
                ring.fetch(read)
                yield packing.unpack(read)
        except gl_failures() as error:
            raise PluginError(
                f"renderer 'pyrender': OpenGL failed at frame {at} of {len(scene)} "
                f"({type(error).__name__}: {' '.join(str(error).split())[:200]}). "
                "The renderer 'raster' needs no graphics driver."
            ) from error
