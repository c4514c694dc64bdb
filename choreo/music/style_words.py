"""What is heard of a rhythm, in words: "four on the floor, off-beats struck, at 118"."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from choreo.music.style_features import PHASES, BeatPatterns
from choreo.types import Doubles, Ints

KICK, LOW, MIDDLE, SNARE, HIGH = range(5)
"""Bands of `BeatPatterns.onsets`."""
ON, QUARTER, THIRD, HALF, TWO_THIRDS, LATE = range(len(PHASES))
CLEAR = 1.35
"""How many times as strong a place must be as the one that it is held against."""
EVEN = 0.65
"""Share of the strongest beat that the weakest of even ones has."""
Grid = Doubles
"""``(metre, 6, 5)``: mean onset strength by beat of the bar, phase and band, each band about 1 in the mean."""


def _ratio(one: float, other: float) -> float:
    return one / max(other, 1e-6)


def _even(values: Doubles) -> bool:
    return bool(values.min() >= EVEN * values.max())


def _four_on_the_floor(g: Grid) -> bool:
    beats = g[:, ON, KICK]
    return len(g) == 4 and _even(beats) and _ratio(beats.mean(), g[:, HALF, KICK].mean()) > CLEAR


def _backbeat(g: Grid) -> bool:
    snare = g[:, ON, MIDDLE:].mean(axis=1)
    return len(g) == 4 and _ratio(snare[1::2].min(), snare[::2].max()) > 1.15


def _one_drop(g: Grid) -> bool:
    low = g[:, ON, :LOW].mean(axis=1)
    return len(g) == 4 and _ratio(max(low[0], low[2]), min(low[0], low[2])) > 1.8 and _skank(g)


def _skank(g: Grid) -> bool:
    chords = g[:, :, MIDDLE]
    return len(g) == 4 and _ratio(chords[:, HALF].mean(), chords[:, ON].mean()) > CLEAR


def _offbeats(g: Grid) -> bool:
    return _ratio(g[:, HALF, HIGH].mean(), g[:, ON, HIGH].mean()) > 1.15


def _swung(g: Grid) -> bool:
    high = g[:, :, SNARE:].mean(axis=(0, 2))
    return _ratio(high[TWO_THIRDS], max(high[HALF], high[THIRD])) > 1.2


def _triplets(g: Grid) -> bool:
    high = g[:, :, MIDDLE:].mean(axis=(0, 2))
    return _ratio(min(high[THIRD], high[TWO_THIRDS]), max(high[HALF], high[QUARTER])) > 1.2


def _sixteenths(g: Grid) -> bool:
    high = g[:, :, SNARE:].mean(axis=(0, 2))
    fours = min(high[QUARTER], high[LATE])
    return _ratio(fours, high[HALF]) > 0.85 and _ratio(fours, max(high[THIRD], high[TWO_THIRDS])) > 1.2


def _dembow(g: Grid) -> bool:
    snare = g[:, :, MIDDLE:].mean(axis=2)
    if len(g) != 4:
        return False
    hits = [snare[b, p] for b, p in ((0, LATE), (1, HALF), (2, LATE), (3, HALF))]
    rests = [snare[b, p] for b, p in ((0, HALF), (1, LATE), (2, HALF), (3, LATE))]
    return _ratio(float(np.mean(hits)), float(np.mean(rests))) > 1.7


def _cha_cha(g: Grid) -> bool:
    if len(g) != 4:
        return False
    offs = g[:, HALF, MIDDLE:].mean(axis=1)
    return _ratio(offs[3], offs[:3].max()) > 1.25 and not _skank(g)


def _marcato(g: Grid) -> bool:
    beats = g[:, ON, LOW:].mean(axis=1)
    return len(g) == 4 and _even(beats) and _ratio(beats.mean(), g[:, HALF, LOW:].mean()) > 2.2


def _waltz(g: Grid) -> bool:
    low, upper = g[:, ON, : LOW + 1].mean(axis=1), g[:, ON, MIDDLE:].mean(axis=1)
    return len(g) == 3 and low[0] > 1.2 * low[1:].max() and upper[1:].min() > 0.6 * upper[0]


WORDS: tuple[tuple[str, Callable[[Grid], bool]], ...] = (
    ("four on the floor", _four_on_the_floor),
    ("one drop", _one_drop),
    ("dembow", _dembow),
    ("backbeat", _backbeat),
    ("bass on the one, chords on two and three", _waltz),
    ("every beat alike and short", _marcato),
    ("off-beat chords", _skank),
    ("open off-beats", _offbeats),
    ("four-and-one", _cha_cha),
    ("triplets", _triplets),
    ("swung", _swung),
    ("sixteenths", _sixteenths),
)
"""What is told, the most telling first."""
MOST = 2
"""Words of a sentence."""


def bar_grid(patterns: BeatPatterns, positions: Ints, metre: int) -> Grid:
    """Mean onset strength by place in the bar, ``(metre, 6, 5)``, each band about 1 in the mean."""
    slot = (positions - 1) % metre
    grid = np.zeros((metre, len(PHASES), patterns.onsets.shape[2]))
    for place in range(metre):
        here = slot == place
        grid[place] = patterns.onsets[here].mean(axis=0) if here.any() else 0
    return np.asarray(grid / (grid.mean(axis=(0, 1)) + 1e-6))


def rhythm_words(patterns: BeatPatterns, positions: Ints, metre: int, time_signature: str = "") -> str:
    """Say what is heard: at most two words for the rhythm, the time signature unless it is 4/4, and the tempo.

    Returns
    -------
    str
        Such as ``four on the floor, open off-beats, at 118``.
    """
    grid = bar_grid(patterns, positions, metre)
    found = [word for word, heard in WORDS if heard(grid)][:MOST]
    if time_signature not in ("", "4/4"):
        found.append(f"in {time_signature}")
    return ", ".join([*found, f"at {60 / patterns.interval:.0f}"])
