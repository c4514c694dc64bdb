"""What is done to drawn pictures: a grade, a vignette and bloom, whatever renderer drew them, at little cost.

It is done on bytes: on the luma of planes for video, where chroma is hardly changed, or on the three colours of a
picture. Bloom is what is bright, taken at an eighth of the size, spread, and added
to the picture; light that hits film or a lens spreads so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache

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
    made = np.empty_like(frame)
    if frame.ndim == 3:
        veil = _veil(frame.mean(axis=2).astype(np.uint8), finish, 0, 255)
        for k in range(3):
            plane = np.empty(frame.shape[:2], np.uint8)
            _tone(np.ascontiguousarray(frame[..., k]), finish, veil, 0, 255, plane)
            made[..., k] = plane
        return made
    luma, chroma = split(frame)
    new_luma, new_chroma = split(made)
    _tone(luma, finish, _veil(luma, finish, BLACK, WHITE), BLACK, WHITE, new_luma)
    if finish == "film":
        from choreo.video.finish_kernel import colour_planes

        colour_planes(chroma, np.float32(CHROMA), new_chroma)
    else:
        new_chroma[:] = chroma
    return made


def _tone(plane: Bytes, finish: str, veil: Floats, low: int, high: int, out: Bytes) -> None:
    """A plane with bloom's `veil`, darker corners and graded tones, in this order; black is `low` and white `high`."""
    from choreo.video.finish_kernel import tone_plane, widen

    facts = np.array([low, high, EDGE[finish], CONTRAST, LIFT if finish == "film" else 0.0], np.float32)
    width = plane.shape[1]
    aside = np.asarray(((2 * np.arange(width) + 1) / width - 1) ** 2, np.float32)
    wide = np.zeros((len(veil), width), np.float32)
    if finish == "film":
        widen(veil, wide)
    tone_plane(plane, wide, facts, aside, out)


def _veil(plane: Bytes, finish: str, low: int, high: int) -> Floats:
    """What is bright in a plane, spread, one for `SMALL` x `SMALL` pixels; one row of nothing but with ``film``."""
    if finish != "film":
        return np.zeros((1, 1), np.float32)
    from PIL import Image, ImageFilter

    # Every second row is enough: what is left out is spread over many of them anyway.
    small = Image.fromarray(np.ascontiguousarray(plane[::2])).reduce((SMALL, SMALL // 2)).point(_bright(low, high))
    scale = plane.shape[0] / 720
    core, veil = (np.asarray(small.filter(ImageFilter.GaussianBlur(radius * scale)), np.float32) for radius in SPREADS)
    return np.asarray(0.5 * (core + veil), np.float32)


@lru_cache(maxsize=8)
def _bright(low: int, high: int) -> list[int]:
    """Table of 256: how much of a tone spreads."""
    tone = np.clip((np.arange(256) - low) / (high - low), 0, 1)
    return [int(value) for value in np.rint((high - low) * BLOOM * np.clip((tone - BRIGHT) / (1 - BRIGHT), 0, 1) ** 2)]


def shutter_of(finish: str) -> float:
    """Share of a frame's time for which the shutter is open."""
    return SHUTTER if finish == "film" else 0.0


__all__ = ["SHUTTER", "finished", "finished_frame", "shutter_of"]
