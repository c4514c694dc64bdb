"""How far music and clips are apart in pace, length and energy: functions over rows of `choreo_zeroshot.layout`."""

from __future__ import annotations

import numpy as np

from choreo.types import Floats
from choreo_zeroshot.layout import LAYOUT

BY_RANK = 2 / 3
"""How much a phrase's rank in energy within its song counts beside its energy: so calm and wild dances have a place."""
USUAL = 0.3, 0.85
"""Energies of phrases from the calmest to the wildest that are usual: there a song wants its extremes."""
ALIKE = 0.08
"""Ranks of energy that are no farther apart fit equally well."""
ENOUGH = 12
"""Clips of a song's metre and tempo that are enough to be ranked among themselves."""
PACES = (0, -1, 1)
"""Octaves from the tempo as it is counted: dancers also move at half and double of it, and trackers count so."""
OTHER_PACE = 0.25
"""Octaves that dancing at half or double the pace is worth."""
COUNTS_SCALE = 0.25
"""Octaves of counts by which a length is as good as another: dances are made in twos and fours, so six is not eight."""
SECONDS_SCALE = 0.1
"""Octaves of seconds: 7 %; changes of tempo of 2 to 5 % are just noticed (Drake and Botte, 1993; Quené, 2007)."""


def best_pace(music: Floats, motion: Floats) -> tuple[Floats, Floats]:
    """Octaves by which a clip is danced slower or faster than the music is counted, and how far it is outside then.

    Each ``(P, C)``. Half and double pace count as `OTHER_PACE` outside.
    """
    at = LAYOUT
    tempo, low, high = music[:, at["tempo"], None], motion[:, at["low"]], motion[:, at["high"]]
    found = np.stack([_outside(tempo + k, low, high) + (OTHER_PACE if k else 0) for k in PACES])
    best = found.argmin(axis=0)
    return np.asarray(PACES, np.float32)[best], found.min(axis=0).astype(np.float32)


def length_misfit(music: Floats, motion: Floats, octaves: Floats) -> Floats:
    """``(P, C)`` 0..1: how far counts and seconds are apart; what is far apart is no worse when it is farther.

    Counts are those at the pace at which a clip is danced, `octaves` ``(P, C)`` from that of the music.
    """
    at = LAYOUT
    counts = np.abs(music[:, at["counts"], None] + octaves - motion[:, at["counts"]])
    seconds = _outside(music[:, at["shortest"], None], motion[:, at["shortest"]], motion[:, at["longest"]])
    return np.asarray(1 - (np.exp(-counts / COUNTS_SCALE) + np.exp(-seconds / SECONDS_SCALE)) / 2, np.float32)


def energy_misfit(music: Floats, motion: Floats) -> Floats:
    """``(P, C)``: how far a clip's rank in energy is from where the phrase's energy and rank want it.

    Ranks are among the clips of the song's metre and tempo. Ranks within `ALIKE` fit equally.
    """
    at = LAYOUT
    energy, clips = music[:, at["energy"]], motion[:, at["energy"]]
    if not len(energy):
        return np.zeros((0, len(clips)), np.float32)
    level = np.clip((energy - USUAL[0]) / (USUAL[1] - USUAL[0]), 0, 1)
    rank = level
    if len(energy) > 1 and np.ptp(energy) > 1e-6:
        rank = _rank(energy)
        edge = min(rank.min(), 1 - rank.max())
        rank = (rank - edge) / (1 - 2 * edge)
    tempo, metre = np.median(music[:, at["tempo"]]), np.median(music[:, at["metre"]])
    fits = (motion[:, at["low"]] <= tempo) & (tempo <= motion[:, at["high"]]) & (motion[:, at["metre"]] == metre)
    others = clips[fits] if fits.sum() >= ENOUGH else clips
    apart = np.abs(((1 - BY_RANK) * level + BY_RANK * rank)[:, None] - _rank(clips, others))
    return np.asarray(np.maximum(apart - ALIKE, 0), np.float32)


def _outside(values: Floats, low: Floats, high: Floats) -> Floats:
    """How far values are outside of ranges."""
    return np.asarray(np.maximum(np.maximum(low - values, values - high), 0), np.float32)


def _rank(values: Floats, others: Floats | None = None) -> Floats:
    """Share of the values, or of `others`, that are smaller, ties by half, 0..1."""
    order = np.sort(values if others is None else others)
    low, high = np.searchsorted(order, values, "left"), np.searchsorted(order, values, "right")
    return np.asarray((low + high) / (2 * len(order)), np.float32)
