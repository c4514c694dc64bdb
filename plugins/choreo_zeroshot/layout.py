"""What each number of a vector is, of music and of motion alike."""

from __future__ import annotations

from choreo_zeroshot.styles import STYLES

HALF_BEATS = 16
"""Rhythm is compared over eight counts; shorter phrases and clips are repeated to that length."""
LAYOUT = {
    "tempo": 0, "low": 1, "high": 2, "energy": 3, "density": 4, "contrast": 5, "metre": 6,
    "counts": 7, "shortest": 8, "longest": 9,
}  # fmt: skip
RHYTHM = slice(len(LAYOUT), len(LAYOUT) + HALF_BEATS)
STYLE = slice(RHYTHM.stop, RHYTHM.stop + len(STYLES))
DIMENSIONS = STYLE.stop
