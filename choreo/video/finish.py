"""What is done to drawn pictures: a grade, a vignette and bloom, whatever renderer drew them, at little cost.

Pillow does it on bytes: on the luma of planes for video, where chroma is a quarter of the picture and hardly changed,
or on the three colours of a picture. Bloom is what is bright, taken at an eighth of the size, spread, and screened
over the picture; light that hits film or a lens spreads so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any

import numpy as np

from choreo.types import Bytes, Floats
from choreo.video.planes import split

SHUTTER = 0.5
"""Share of a frame's time for which the shutter is open with the finish ``film``: 180 degrees, as in cinema."""
CONTRAST = 0.16
"""How much of a smooth S is mixed into the tones."""
LIFT = 0.012
"""What the darkest tone of ``film`` is raised by, as faded black is."""
EDGE = {"clean": 0.10, "film": 0.22}
"""How much darker the picture's corners are."""
SMALL = 8
"""Pixels whose mean is one of bloom's."""
BRIGHT = 0.55
"""Encoded tone from which bloom begins."""
BLOOM = 0.45
"""Share of the bright light that spreads."""
SPREADS = (1.5, 5.0)
"""Radii of the spread at a height of 720, in bloom's pixels: a core, and a veil."""
CHROMA = 1.06
"""Factor on colour differences of ``film``."""
BLACK, WHITE = 16, 235
"""Luma of both in limited range."""


def finished(frames: Iterator[Bytes], finish: str) -> Iterator[Bytes]:
    """Finish frames, pictures ``(h, w, 3) uint8`` or planes (`choreo.protocols.PlanarRenderer`); new arrays.

    Parameters
    ----------
    finish
        One of `choreo.video.look.FINISHES`; pictures with alpha and ``none`` are handed on as they are.
    """
    with closing(frames):  # type: ignore[type-var]  # renderers give generators
        for frame in frames:
            yield frame if finish == "none" or frame.shape[2:] == (4,) else finished_frame(frame, finish)


def finished_frame(frame: Bytes, finish: str) -> Bytes:
    """One frame with the finish ``clean`` or ``film``."""
    if frame.ndim == 3:
        channels = [np.ascontiguousarray(frame[..., k]) for k in range(3)]
        veil = _veil(frame.mean(axis=2).astype(np.uint8), 0, 255) if finish == "film" else None
        return np.stack([_toned(each, finish, veil, 0, 255) for each in channels], axis=-1)
    luma, chroma = split(frame)
    made = np.empty_like(frame)
    new_luma, new_chroma = split(made)
    veil = _veil(luma, BLACK, WHITE) if finish == "film" else None
    new_luma[:] = _toned(luma, finish, veil, BLACK, WHITE)
    if finish == "film":
        new_chroma[:] = np.take(_colour_curve(), chroma)
    else:
        new_chroma[:] = chroma
    return made


def _toned(plane: Bytes, finish: str, veil: Any, low: int, high: int) -> Bytes:
    """A plane with bloom's `veil`, darker corners and graded tones, in this order; black is `low` and white `high`."""
    from PIL import Image, ImageChops

    picture = Image.fromarray(plane)
    if veil is not None:
        picture = ImageChops.darker(ImageChops.add(picture, veil), Image.new("L", picture.size, high))
    if low:
        picture = ImageChops.subtract(picture, Image.new("L", picture.size, low))
    picture = ImageChops.multiply(picture, _vignette(plane.shape, finish))
    return np.asarray(picture.point(_curve(finish, low, high)))


def _veil(plane: Bytes, low: int, high: int) -> Any:
    """What is bright in a plane, spread: a Pillow picture of its size."""
    from PIL import Image, ImageFilter

    height, width = plane.shape
    small = Image.fromarray(plane).reduce(SMALL).point(_bright(low, high))
    scale = height / 720
    core, veil = (np.asarray(small.filter(ImageFilter.GaussianBlur(radius * scale)), np.float32) for radius in SPREADS)
    mixed = Image.fromarray(np.rint(0.5 * (core + veil)).astype(np.uint8))
    return mixed.resize((width, height), Image.Resampling.BILINEAR)


@lru_cache(maxsize=8)
def _bright(low: int, high: int) -> list[int]:
    """Table of 256: how much of a tone spreads."""
    tone = np.clip((np.arange(256) - low) / (high - low), 0, 1)
    return [int(value) for value in np.rint((high - low) * BLOOM * np.clip((tone - BRIGHT) / (1 - BRIGHT), 0, 1) ** 2)]


@lru_cache(maxsize=8)
def _curve(finish: str, low: int, high: int) -> list[int]:
    """Table of 256 from tones over black to graded ones, in the plane's own range."""
    tone = np.clip(np.arange(256) / (high - low), 0, 1)
    smooth = tone * tone * (3 - 2 * tone)
    graded = (1 - CONTRAST) * tone + CONTRAST * smooth
    if finish == "film":
        graded = LIFT + (1 - LIFT) * graded
    return [int(value) for value in np.rint(low + (high - low) * graded)]


@lru_cache(maxsize=1)
def _colour_curve() -> Bytes:
    return np.asarray(np.clip(np.rint(128 + CHROMA * (np.arange(256) - 128.0)), 16, 240), np.uint8)


@lru_cache(maxsize=8)
def _vignette(shape: tuple[int, int], finish: str) -> Any:
    """A Pillow picture to multiply with, 255 in the middle."""
    from PIL import Image

    height, width = shape
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
    far: Floats = np.asarray(0.5 * (x * x + y * y), np.float32)
    return Image.fromarray(np.asarray(np.rint(255 * (1 - EDGE[finish] * far**1.5)), np.uint8))


__all__ = ["SHUTTER", "finished", "finished_frame"]
