"""Inputs of the beat net: the log-mel spectrum at 50 frames a second, independent of the level."""

from __future__ import annotations

import numpy as np

from choreo.music.spectrum import Spectrum
from choreo.types import Doubles, Floats

STRIDE = 2
"""Every second frame of the spectrum: 50 frames a second."""
GAIN = 300.0
"""Factor of the amplitudes, which are relative to the sound's loud frames, in ``log(1 + x)``."""
QUIET = 1e-9


def inputs(sound: Spectrum) -> Floats:
    """``(U, 60) float32``: ``log(1 + gain * amplitude)`` amplitudes relative to the sound's loud frames."""
    return from_mel(sound.mel[::STRIDE])


def from_mel(mel: Floats | Doubles) -> Floats:
    """The same from mel power ``(U, 60)``."""
    amplitude = np.sqrt(mel)
    loud = float(np.quantile(amplitude.sum(axis=1), 0.9)) if len(mel) else 0.0
    amplitude *= GAIN  # in place: of three hours of sound this has 130 MB
    amplitude /= max(loud, QUIET)
    return np.log1p(amplitude, out=amplitude).astype(np.float32, copy=False)
