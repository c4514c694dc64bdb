"""The bar state space: which beats begin bars, and the metre of each part.

A hidden Markov model whose states are the positions in a bar, one step a beat (the bars of Krebs, Boeck, Dorfer,
Widmer, ISMIR 2016, without patterns of rhythm). Each metre is decoded by itself, the best one is that of the song;
where another one explains eight bars and more much better, these are counted in it. Two beats or four is decided last:
a song in four that is heard in two loses half of what a dance stands on, so it takes a march to be counted in two.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from choreo.types import Bools, Doubles, Ints
from choreo_beats.barnet import BarActivations
from choreo_beats.net import METRES

RARITY = {2: -3.0, 3: 0.0, 4: 0.0, 5: -4.0, 7: -4.0}
"""Log of how rare a metre is, beyond what the net says."""
TRUST = 3.0
"""How many times the net's guess of the metre counts."""
FLOOR = 0.01
"""Added to each metre's probability: the net may be sure and wrong about sounds that it was never taught."""
LEAST = 0.01
"""Bound of the downbeat probabilities: one wrong beat must not outweigh a song."""
SHARPNESS = 0.5
"""Exponent of the downbeat probabilities: those of neighbouring beats are not independent, as the model has them."""
SLIP = 3e-3
"""Probability at each beat that a bar is cut short or prolonged; half of these begin a new bar."""
CHANGE = 1e-3
"""Probability at the end of a bar that the metre changes."""
JOIN = 0.05
"""Probability that new bars, of this metre or another, begin at a beat from which on the tempo is another."""
BESIDE = 24
"""Beats on either side of one from which on the tempo is another, in which the metre changes with it or not at all: the
net hears some bars ahead and back."""
CHANGING = (3, 4)
"""Metres that may change into each other in a song."""
FEWEST_BARS = 8
"""Bars of another metre than the song's that are counted in it; fewer are an accident."""
TWO = 0.95
"""Probability of two beats in a bar, of two or four, from which a song that could be in four is counted in two."""
TWO_COMPOUND, MAYBE_COMPOUND = 0.85, 0.3
"""The same where beats may divide in three, as they do in most songs in two; and the probability of that."""
STIFF = 1e-4
"""Probability of a slip at each beat once the user has said where a bar begins."""
NO_SLIP = 4
"""Bars on both sides of the user's downbeat in which no bar is cut short or prolonged."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Where bars begin.

    ``positions : (B,)`` from 1; `metre` of most of the song; ``metres : (B,)`` beats in the bar of each beat, None
    where all bars have `metre`; ``scores : (metre,)`` log-probability of the bar lines as they are, and shifted by 1,
    2, ... beats.
    """

    positions: Ints
    metre: int
    metres: Ints | None
    scores: Doubles


def find_bars(
    heard: BarActivations, metre: int | None = None, one: int | None = None, joins: Bools | None = None
) -> Bars:  # fmt: skip
    """Find positions in the bar and the metre.

    Parameters
    ----------
    heard
        What the net says of the beats.
    metre
        Beats in a bar when the user sets them.
    one
        Index of a beat that begins a bar, when the user says so. Bars are counted from it both ways; the metre, and
        slips far from it, stay as the net hears them.
    joins
        ``(B,)`` beats from which on the tempo is another: a song may begin there. None for nowhere.
    """
    odds = _odds(heard.downbeats)
    if metre is not None:
        return _steady(odds, metre, one)
    joins = None if joins is None or not joins.any() else joins
    metre = _song_metre(odds, heard)
    changed = _changing(odds, metre, joins) if metre in CHANGING else None
    if changed is None or (one is not None and changed[0][one] != 0):
        return _steady(odds, metre, one)
    places, metres = changed
    most = int(np.bincount(metres).argmax())
    return Bars(places + 1, most, metres, _steady(odds, most, None).scores)


def _steady(odds: Doubles, metre: int, one: int | None) -> Bars:
    """Bars of one metre all through."""
    path = _solve(odds, (metre,))[1]
    if one is not None and path[one] != 0:
        slips = np.full(odds.shape[1], np.log(STIFF))
        slips[max(one - NO_SLIP * metre, 0) : one + NO_SLIP * metre] = -np.inf
        path = _solve(odds, (metre,), slips)[1]
        path = (path - path[one]) % metre
    places = (path[None, :] - np.arange(metre)[:, None]) % metre
    scores = np.where(places == 0, odds[1], odds[0]).sum(axis=1)
    return Bars(path + 1, metre, None, np.asarray(scores))


def _song_metre(odds: Doubles, heard: BarActivations) -> int:
    """The metre that explains the beats best."""
    chance = dict(zip(METRES, heard.metres.tolist(), strict=True))
    score = {m: _solve(odds, (m,))[0] + TRUST * float(np.log(chance[m] + FLOOR)) + RARITY[m] for m in METRES}
    best = max(METRES, key=lambda m: (score[m], -m))
    if best not in (2, 4):
        return best
    clear = TWO_COMPOUND if heard.compound > MAYBE_COMPOUND else TWO
    return 2 if chance[2] > clear * (chance[2] + chance[4]) and score[2] > score[4] else 4


def _odds(down: Doubles) -> Doubles:
    """Log-probability of no downbeat and of a downbeat at each beat, ``(2, B)``."""
    sure = np.clip(down, LEAST, 1 - LEAST)
    return SHARPNESS * np.stack([np.log(1 - sure), np.log(sure)])


def _changing(odds: Doubles, metre: int, joins: Bools | None = None) -> tuple[Ints, Ints] | None:
    """Positions from 0 and metres ``(B,)`` of the best path that goes between `CHANGING`; None when none does."""
    total = odds.shape[1]
    order = (metre, *(m for m in CHANGING if m != metre))
    sizes, places = _states(order)
    banned = np.zeros((total, len(sizes)), bool)
    while True:
        _, states = _solve(odds, order, banned=banned, joins=joins)
        metres = sizes[states]
        edges = np.flatnonzero(np.diff(metres, prepend=0, append=0))
        short = [
            (first, last)
            for first, last in pairwise(edges.tolist())
            if metres[first] != metre and last - first < FEWEST_BARS * metres[first]
        ]
        for first, last in short:
            banned[first:last, sizes != metre] = True
        if not short:
            break
    return (places[states], metres) if (metres != metre).any() else None


def _states(metres: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Beats in the bar and position from 0 of each state, ``(S,)``."""
    return np.repeat(metres, metres).astype(np.int64), np.concatenate([np.arange(m) for m in metres])


def _solve(
    odds: Doubles,
    metres: tuple[int, ...],
    slips: Doubles | None = None,
    banned: Bools | None = None,
    joins: Bools | None = None,
) -> tuple[float, Ints]:
    """Viterbi: log-probability and states ``(B,)`` of the best path through bars of one metre or of two.

    Parameters
    ----------
    odds : (2, B)
        No downbeat, downbeat.
    metres
        One, or the song's and another one.
    slips : (B,)
        Log-probability of a slip at each beat.
    banned : (B, S)
        States that a beat cannot be in.
    joins : (B,)
        Beats at which bars of either metre may begin, whatever came before.
    """
    sizes, places = _states(metres)
    total, state = odds.shape[1], np.arange(len(sizes))
    emission = np.where(places == 0, odds[1][:, None], odds[0][:, None])
    if banned is not None:
        emission[banned] = -np.inf
    slips = np.full(total, np.log(SLIP)) if slips is None else slips
    leaps = slips[:, None] + np.log(np.where(places == 0, 0.5, 0.5 / (sizes - 1)))
    starts = np.cumsum((0, *metres))
    steady, keep = np.where(places == 0, state + sizes - 1, state - 1), np.log(1 - SLIP - CHANGE)
    other = np.where(sizes == metres[0], len(sizes) - 1, metres[0] - 1)  # the last beat of the other metre
    change = np.where(places == 0, np.log(CHANGE), -np.inf)
    beside = np.zeros(total, bool)
    for beat in [] if joins is None else np.flatnonzero(joins).tolist():
        beside[max(beat - BESIDE, 0) : beat + BESIDE + 1] = True
    score = emission[0] - np.log(metres[0]) + np.where(sizes == metres[0], 0.0, np.log(CHANGE))
    back = np.zeros((total, len(sizes)), np.int64)
    best: Ints | int
    for beat in range(1, total):
        if len(metres) == 1:
            best = int(score.argmax())
        else:
            best = np.repeat([a + int(score[a:b].argmax()) for a, b in pairwise(starts.tolist())], metres)
        goes_on, slipped = score[steady] + keep, score[best] + leaps[beat]
        source, reached = np.where(slipped > goes_on, best, steady), np.maximum(slipped, goes_on)
        if joins is not None and joins[beat]:
            joined = np.where(places == 0, score.max() + np.log(JOIN), -np.inf)
            source, reached = np.where(joined > reached, int(score.argmax()), source), np.maximum(joined, reached)
        if len(metres) > 1 and not beside[beat]:
            changed = score[other] + change
            source, reached = np.where(changed > reached, other, source), np.maximum(changed, reached)
        back[beat], score = source, reached + emission[beat]
    path = [int(score.argmax())]
    for beat in range(total - 1, 0, -1):
        path.append(int(back[beat, path[-1]]))
    return float(score.max()), np.array(path[::-1], np.int64)
