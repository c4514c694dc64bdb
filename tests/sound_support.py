"""Wave files of samples, for tests that need a song."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np


def write_pcm(path: Path, samples: np.ndarray, rate: int) -> Path:
    """Samples of 16 bit as a wave file: ``(N,)`` mono or ``(N, C)``, cut to whole numbers."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path
