"""At which octave of the tempo a song is danced: nobody runs at 190 steps a minute for three minutes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.types import Clip

BETTER = 2.0
"""How many times more of the clips must suit the other octave."""
FADE = 0.15
"""Octaves outside its range at which a clip still counts for about a third."""


def suited(tempo: float, metre: int, clips: Sequence[Clip]) -> float:
    """Share of the moves in `metre` that can be danced at `tempo` beats per minute; those nearly so count in part."""
    ranges = [
        clip.tempo_range if clip.tempo_range[1] > 0 else (0.8 * clip.tempo, 1.1 * clip.tempo)
        for clip in clips
        if clip.role == "move" and clip.metre == metre
    ]
    if not ranges or tempo <= 0:
        return 0.0
    low, high = np.log2(np.array(ranges)).T
    place = np.log2(tempo)
    outside = np.maximum(np.maximum(low - place, place - high), 0)
    return float(np.exp(-outside / FADE).mean())


def dance_octave(tempo: float, metre: int, clips: Sequence[Clip]) -> str:
    """``half`` or ``double`` when at least twice as many moves suit that pace, else ``auto``."""
    here = suited(tempo, metre, clips)
    other = {"double": suited(2 * tempo, metre, clips)}
    if metre % 2 == 0:
        other["half"] = suited(tempo / 2, metre, clips)
    best = max(other, key=lambda name: other[name])
    return best if other[best] > BETTER * here and other[best] > 0 else "auto"
