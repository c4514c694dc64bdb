"""Long motions in blocks of frames, so that what is computed on the way does not grow with the song."""

from __future__ import annotations

from collections.abc import Iterator

FRAMES = 4096
"""Frames of a block: arrays of the joints' quaternions take 3 MB."""


def blocks(count: int, size: int = FRAMES) -> Iterator[slice]:
    """Neighbouring slices of at most `size` frames, from frame 0 to `count`.

    Examples
    --------
    >>> list(blocks(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))


__all__ = ["FRAMES", "blocks"]
