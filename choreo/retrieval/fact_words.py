"""Words for what is measured of music and movement: energy, accents in the bar, what a dance looks like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.motion.quantities import QUANTITIES
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.motion.tags import CALM, LOW, STRONG, TURN
from choreo.types import Clip, Floats

FLAT = 0.25
"""Accents of a bar, 0 to 1, between which there is no more are even: none stands out."""
CLEAR = 0.2
"""Accents on the beats, less those between them, from which on they count as being there."""
WIDE = float(
    2 * sum(CANONICAL.offsets[NAMES.index(f"left_{name}"), 0] for name in ("collar", "shoulder", "elbow", "wrist"))
    + 2 * CANONICAL.offsets[NAMES.index("left_hip"), 0]
)
"""Metres from hand to hand and foot to foot of one who stands with the arms stretched out."""
ARMS_HIGH, JUMPS, KICKS = 0.5, 0.08, 0.4
"""Share of the time with a hand up, seconds in the air, and metres of the highest ankle that are told."""


def level(energy: float) -> str:
    """Energy in a word, with the bounds that search by words has."""
    return "calm" if energy < CALM else "strong" if energy > STRONG else "medium"


def hits(values: Floats, metre: int, start: int) -> set[int]:
    """Half-beats of the bar, from 0, that stand out: half way or more from the mean to the strongest.

    Parameters
    ----------
    values
        ``(N,)`` strength per half-beat, 0 to 1.
    start
        Half-beat of the bar at which they begin.
    """
    place = (start + np.arange(len(values))) % (2 * metre)
    bar = np.bincount(place, values, 2 * metre) / np.maximum(np.bincount(place, minlength=2 * metre), 1)
    if np.ptp(bar) < FLAT:
        return set()
    return set(np.flatnonzero(bar >= (bar.mean() + bar.max()) / 2).tolist())


def on_counts(places: set[int], metre: int, ending: str = "") -> str:
    """Where it hits, as dancers count: ``hit on 2 and 4``; ``2&`` is half a count after 2. `ending` is the verb's."""
    if not places:
        return "are even over the bar" if not ending else "is even over the bar"
    if places == set(range(0, 2 * metre, 2)):
        return f"hit{ending} on every beat"
    if places == set(range(1, 2 * metre, 2)):
        return f"hit{ending} between the beats"
    return f"hit{ending} on {listed([f'{half // 2 + 1}' + '&' * (half % 2) for half in sorted(places)])}"


def amount(density: float) -> str:
    """How many accents there are, from their mean strength."""
    return "few" if density < CALM else "many" if density > STRONG else "some"


def where(contrast: float) -> str:
    """Where accents are, from their strength on the beats less that between them."""
    if abs(contrast) <= CLEAR:
        return "on and between the beats"
    return "on the beats" if contrast > 0 else "between the beats"


def looks(clip: Clip, quantities: Floats | None) -> list[str]:
    """What is seen of a clip, in words, from its quantities; nothing when they are not known."""
    if quantities is None:
        return []
    q = dict(zip(QUANTITIES, quantities.tolist(), strict=True))
    seconds, turned = float(clip.beats[-1] - clip.beats[0]), q["turning"] * clip.counts**0.5
    seen = {
        "wide": q["wide"] >= WIDE,
        "low": q["low"] > (1 - LOW) * CANONICAL.offsets[0, 1],
        "turning": turned > np.degrees(TURN),
        "jumping": q["air"] * seconds > JUMPS,
        "kicking": q["kick"] > KICKS,
        "reaching high": q["arms_high"] >= ARMS_HIGH,
    }
    return [word for word, is_so in seen.items() if is_so]


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
