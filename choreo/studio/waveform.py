"""The song's sound as a picture of its loudness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.music.audio import load_audio
from choreo.types import Floats

FINEST = 40_000
"""Parts of the song whose lowest and highest are kept."""


@dataclass(frozen=True, eq=False)
class Waveform:
    """Lowest and highest of the sound, ``(P, 2)`` -1 to 1, in equal parts."""

    extremes: Floats

    @classmethod
    def of(cls, song: Path) -> Waveform:
        """Read a song.

        Raises
        ------
        AudioError
            When it cannot be read.
        """
        samples = load_audio(song).samples
        return cls(_extremes(np.asarray(samples)[:, None].repeat(2, axis=1), min(FINEST, max(len(samples), 1))))

    def points(self, count: int) -> list[list[float]]:
        """Lowest and highest in so many equal parts."""
        found = _extremes(self.extremes, count)
        return np.round(np.clip(found, -1, 1), 3).tolist()


def _extremes(values: Floats, count: int) -> Floats:
    """Least of the first and most of the second column of ``values (N, 2)`` in equal parts ``(count, 2)``."""
    if not len(values):
        return np.zeros((count, 2), np.float32)
    begin = np.minimum(np.arange(count) * len(values) // count, len(values) - 1)
    low, high = np.minimum.reduceat(values[:, 0], begin), np.maximum.reduceat(values[:, 1], begin)
    return np.stack([low, high], axis=1).astype(np.float32)


__all__ = ["Waveform"]
