"""Cuts of a film: pictures that have nothing to do with those before them."""

from __future__ import annotations

from collections import deque

import numpy as np

from choreo.types import Bytes, Doubles

ACROSS, DOWN = 32, 18
"""Cells of a picture that are compared."""
LEVELS = 4
"""Steps of each colour in the histogram."""
REMEMBERED = 15
"""Pictures before, which say how much changes from one to the next in this shot."""
MOVED, COLOURED = 0.12, 0.12
"""Least change of the cells' pattern, 1 less their correlation, and of the histogram, the share that is elsewhere."""
TIMES = 5.0
"""How many times as much a cut changes as the pictures before it."""


class Shots:
    """Tells of each picture whether a new shot begins with it.

    A cut changes where things are and which colours there are, much more than the pictures before it did. The pattern
    of cells is compared without its mean and its contrast, so lights that go on and off are no cuts.
    """

    def __init__(self) -> None:
        self._cells: Doubles | None = None
        self._colours: Doubles | None = None
        self._changes: deque[float] = deque(maxlen=REMEMBERED)

    def begins(self, pixels: Bytes) -> bool:
        """Whether a shot begins with a picture ``(h, w, 3)``; with the first one none does."""
        cells, colours = _cells(pixels), _colours(pixels)
        before, then = self._cells, self._colours
        self._cells, self._colours = cells, colours
        if before is None or then is None:
            return False
        pattern = 1 - float(before.ravel() @ cells.ravel()) / cells.size
        elsewhere = 0.5 * float(np.abs(colours - then).sum())
        usual = float(np.median(self._changes)) if self._changes else 0.0
        if pattern > max(MOVED, TIMES * usual) and elsewhere > COLOURED:
            self._changes.clear()
            return True
        self._changes.append(pattern)
        return False


def _small(pixels: Bytes) -> Bytes:
    rows = np.linspace(0, pixels.shape[0] - 1, 4 * DOWN).astype(int)
    columns = np.linspace(0, pixels.shape[1] - 1, 4 * ACROSS).astype(int)
    return np.asarray(pixels[rows[:, None], columns])


def _cells(pixels: Bytes) -> Doubles:
    """Brightness of cells, mean 0 and deviation 1."""
    grey = _small(pixels).astype(np.float64).mean(axis=-1).reshape(DOWN, 4, ACROSS, 4).mean(axis=(1, 3))
    grey -= grey.mean()
    return np.asarray(grey / max(float(grey.std()), 1.0))


def _colours(pixels: Bytes) -> Doubles:
    """Shares of colours relative to the brightest, so that the level of light does not matter."""
    small = _small(pixels).reshape(-1, 3).astype(np.float64)
    steps = np.minimum((small / max(float(np.percentile(small, 98)), 16.0) * LEVELS).astype(int), LEVELS - 1)
    counts = np.bincount(steps @ np.array([LEVELS * LEVELS, LEVELS, 1]), minlength=LEVELS**3)
    return np.asarray(counts / counts.sum())


__all__ = ["Shots"]
