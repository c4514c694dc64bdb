"""Pops: muscles of the whole body that contract for a tenth of a second and let go, as in popping."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.types import Doubles

STRIKE, STAY, RELEASE = 0.07, 0.03, 0.17
"""Seconds in which a pop contracts, stays and lets go."""
KNEES = 0.028
"""Metres by which knees that jerk straight lift the pelvis."""
TUCK, BACK = -7.0, -0.014
"""Degrees that the pelvis tucks under, and metres that it goes forward (negative back)."""
CHEST, HOLLOW = 7.0, -0.022
"""Degrees that the chest curls, and metres that it goes in."""
NECK = -9.0
"""Degrees that the head nods; the neck jerks back."""
ARMS = 0.07
"""Share of its reach by which a hand is pulled in."""


def pulse(pops: Sequence[tuple[float, float]], counts: Doubles, beat: float) -> Doubles:
    """How much the body is contracted, ``(T,)`` 0..1.

    Parameters
    ----------
    pops
        Counts at which a pop strikes, and strengths 0..1.
    counts
        ``(T,)`` counts of the frames.
    beat
        Seconds of a count: muscles do not go with the tempo.
    """
    out = np.zeros(len(counts))
    for at, strength in pops:
        seconds = (counts - at) * beat
        up = smootherstep((seconds + STRIKE) / STRIKE)
        down = smootherstep((seconds - STAY) / RELEASE)
        out = np.maximum(out, strength * up * (1 - down))
    return out


def pulled_in(reach: Doubles, pop: Doubles) -> Doubles:
    """Hands ``(T, 2, 3)``, from their shoulders, as a pop ``(T,)`` tightens the arms."""
    return np.asarray(reach * (1 - ARMS * pop)[:, None, None])


__all__ = ["pulled_in", "pulse"]
