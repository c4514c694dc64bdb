"""Colours as files and screens have them, and as light adds up."""

from __future__ import annotations

import numpy as np


def linear_light(encoded: np.ndarray) -> np.ndarray:
    """SRGB of 0 to 1 as linear light of 0 to 1, in the same precision (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def linear_uint16(colours: np.ndarray) -> np.ndarray:
    """``uint8`` sRGB as linear ``uint16``, which is how glTF and three.js have colours of vertices."""
    return np.asarray(np.round(linear_light(colours.astype(np.float64) / 255) * 65535), np.uint16)
