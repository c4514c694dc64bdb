"""A song of clicks, for tests of the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sound_support import write_pcm

RATE = 22_050


def write_clicks(path: Path, *, seconds: float = 12.0, bpm: float = 120.0) -> Path:
    """Clicks on every beat, louder on the first of four."""
    samples = np.zeros(int(RATE * seconds), np.float32)
    tick = np.exp(-np.arange(800) / 90) * np.sin(np.arange(800) * 0.45)
    for number, time in enumerate(np.arange(0.1, seconds - 0.1, 60 / bpm)):
        begin = int(time * RATE)
        samples[begin : begin + 800] += tick * (0.9 if number % 4 == 0 else 0.5)
    return write_pcm(path, samples * 30_000, RATE)
