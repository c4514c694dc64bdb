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
    if frame.ndim == 3:
        veil = _veil(frame.mean(axis=2).astype(np.uint8), finish, 0, 255)
        channels = [_toned(np.ascontiguousarray(frame[..., k]), finish, veil, 0, 255) for k in range(3)]
        return np.stack(channels, axis=-1)
    luma, chroma = split(frame)
    made = np.empty_like(frame)
    new_luma, new_chroma = split(made)
    new_luma[:] = _toned(luma, finish, _veil(luma, finish, BLACK, WHITE), BLACK, WHITE)
    new_chroma[:] = _coloured(chroma) if finish == "film" else chroma
    return made


def _toned(plane: Bytes, finish: str, veil: Floats, low: int, high: int) -> Bytes:
    """A plane with bloom's `veil`, darker corners and graded tones, in this order; black is `low` and white `high`."""
    from choreo.video.finish_kernel import tone_plane

    out = np.empty_like(plane)
    facts = np.array([low, high, EDGE[finish], CONTRAST, LIFT if finish == "film" else 0.0], np.float32)
    width = plane.shape[1]
    aside = np.asarray(((2 * np.arange(width) + 1) / width - 1) ** 2, np.float32)
    tone_plane(np.ascontiguousarray(plane), veil, facts, aside, np.zeros((2, width + SMALL), np.float32), out)
    return out


def _veil(plane: Bytes, finish: str, low: int, high: int) -> Floats:
    """What is bright in a plane, spread, one for `SMALL` x `SMALL` pixels; nothing but with ``film``."""
    if finish != "film":
        return np.zeros((0, 0), np.float32)
    from PIL import Image, ImageFilter

    small = Image.fromarray(np.ascontiguousarray(plane)).reduce(SMALL).point(_bright(low, high))
    scale = plane.shape[0] / 720
    core, veil = (np.asarray(small.filter(ImageFilter.GaussianBlur(radius * scale)), np.float32) for radius in SPREADS)
    return np.asarray(0.5 * (core + veil), np.float32)


def _coloured(chroma: Bytes) -> Bytes:
    """Colour differences that are a little stronger."""
    return np.frombuffer(chroma.tobytes().translate(_colour_curve()), np.uint8).reshape(chroma.shape)


@lru_cache(maxsize=8)
def _bright(low: int, high: int) -> list[int]:
    """Table of 256: how much of a tone spreads."""
    tone = np.clip((np.arange(256) - low) / (high - low), 0, 1)
    return [int(value) for value in np.rint((high - low) * BLOOM * np.clip((tone - BRIGHT) / (1 - BRIGHT), 0, 1) ** 2)]


@lru_cache(maxsize=1)
def _colour_curve() -> bytes:
    return np.clip(np.rint(128 + CHROMA * (np.arange(256) - 128.0)), 16, 240).astype(np.uint8).tobytes()


def shutter_of(finish: str) -> float:
    """Share of a frame's time for which the shutter is open."""
    return SHUTTER if finish == "film" else 0.0


__all__ = ["SHUTTER", "finished", "finished_frame", "shutter_of"]
