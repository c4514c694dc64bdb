"""The bar state space: which beats begin bars, and the metre of each part.

A hidden Markov model whose states are the positions in a bar, one step a beat (the bars of Krebs, Boeck, Dorfer,
Widmer, ISMIR 2016, without patterns of rhythm). Each metre is decoded by itself, the best one is that of the song;
where another one explains eight bars and more much better, these are counted in it. Two beats or four is decided last:
a song in four that is heard in two loses half of what a dance stands on, so it takes a march to be counted in two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles, Ints
from choreo_beats.barnet import BarActivations
from choreo_beats.net import METRES

RARITY = {2: -3.0, 3: 0.0, 4: 0.0, 5: -4.0, 6: -8.0, 7: -4.0, 10: -8.0, 12: -8.0}
"""Log of how rare a metre is, beyond what the net says. Those that the net does not know are for the user to ask."""
TRUST = 3.0
"""How many times the net's guess of the metre counts."""
FLOOR = 0.01
"""Added to each metre's probability: the net may be sure and wrong about sounds that it was never taught."""
LEAST = 0.01
"""Bound of the downbeat probabilities: one wrong beat must not outweigh a song."""
SHARPNESS = 0.3
"""Exponent of the downbeat probabilities: those of neighbouring beats are not independent, as the model has them."""
SLIP = 3e-3
"""Probability at each beat that a bar is cut short or prolonged."""
CHANGE = 1e-4
"""Probability at the end of a bar that the metre changes."""
FEWEST_BARS = 8
"""Bars of another metre than the song's that are counted in it; fewer are an accident."""
TWO = 0.75
"""Probability of two beats in a bar, of two or four, from which a song that could be in four is counted in two."""


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


def find_bars(heard: BarActivations, metre: int | None = None, one: int | None = None) -> Bars:
    """Find positions in the bar and the metre.

    Parameters
    ----------
    heard
        What the net says of the beats.
    metre
        Beats in a bar when the user sets them.
    one
        Index of a beat that begins a bar, when the user says so.
    """
    odds = _odds(heard.downbeats)
    if metre is not None:
        _, path = _viterbi(odds, metre, one)
        return Bars(path + 1, metre, None, _shifted(odds, path, metre))
    chance = dict(zip(METRES, heard.metres.tolist(), strict=True))
    solved = {m: _viterbi(odds, m, one) for m in METRES}
    score = {m: solved[m][0] + TRUST * float(np.log(chance[m] + FLOOR)) + RARITY[m] for m in METRES}
    best = max(METRES, key=lambda m: (score[m], -m))
    if best in (2, 4):
        best = 2 if chance[2] > TWO * (chance[2] + chance[4]) and score[2] > score[4] else 4
    path = solved[best][1]
    changed = _with_changes(odds, best, one) if len(path) >= 2 * FEWEST_BARS * best else None
    if changed is not None:
        positions, metres = changed
        most = int(np.bincount(metres).argmax())
        return Bars(positions + 1, most, metres, _shifted(odds, solved[most][1], most))
    return Bars(path + 1, best, None, _shifted(odds, path, best))


def _odds(down: Doubles) -> Doubles:
    """Log-probability of no downbeat and of a downbeat at each beat, ``(2, B)``."""
    sure = np.clip(down, LEAST, 1 - LEAST)
    return SHARPNESS * np.stack([np.log(1 - sure), np.log(sure)])


def _shifted(odds: Doubles, path: Ints, metre: int) -> Doubles:
    """Log-probability of the bar lines of a path, and of these shifted by 1, 2, ... beats later, ``(metre,)``."""
    places = (path[None, :] - np.arange(metre)[:, None]) % metre
    return np.asarray(np.where(places == 0, odds[1], odds[0]).sum(axis=1))


def _viterbi(odds: Doubles, metre: int, one: int | None) -> tuple[float, Ints]:
    """Log-probability and positions ``(B,)`` from 0 of the best path in one metre."""
    position = np.arange(metre)
    emission = np.where(position[None, :] == 0, odds[1][:, None], odds[0][:, None])
    if one is not None:
        emission[one, 1:] = -np.inf
    slip, keep = np.log(SLIP / metre), np.log(1 - SLIP)
    score = emission[0] - np.log(metre)
    back = np.zeros((len(emission), metre), np.int64)
    source = (position - 1) % metre
    for beat in range(1, len(emission)):
        steady = score[source] + keep
        best = int(score.argmax())  # a slip may lead anywhere, so the best state is its only source
        jumped = score[best] + slip
        back[beat] = np.where(steady >= jumped, source, best)
        score = np.maximum(steady, jumped) + emission[beat]
    path = [int(score.argmax())]
    for beat in range(len(emission) - 1, 0, -1):
        path.append(int(back[beat, path[-1]]))
    return float(score.max()), np.array(path[::-1], np.int64)


def _with_changes(odds: Doubles, metre: int, one: int | None) -> tuple[Ints, Ints] | None:
    """Positions from 0 and metres ``(B,)`` of the best path that goes between three and four; None when none does."""
    if metre not in (3, 4):
        return None
    sizes = np.array([3, 3, 3, 4, 4, 4, 4])
    place = np.array([0, 1, 2, 0, 1, 2, 3])
    source = np.array([2, 0, 1, 6, 3, 4, 5])
    emission = np.where(place == 0, odds[1][:, None], odds[0][:, None])
    if one is not None:
        emission[one, place != 0] = -np.inf
    slip, keep, change = np.log(SLIP / 4), np.log(1 - SLIP - CHANGE), np.log(CHANGE)
    score = emission[0] - np.log(4) + np.where(sizes == metre, 0.0, 2 * change)
    back = np.zeros((len(emission), 7), np.int64)
    other = np.array([6, -1, -1, 2, -1, -1, -1])  # a bar of the other metre begins after the last beat of one
    for beat in range(1, len(emission)):
        candidates = np.stack([
            score[source] + keep,
            np.where(other >= 0, score[other] + change, -np.inf),
            np.where(sizes == 3, score[:3].max(), score[3:].max()) + slip,
        ])  # fmt: skip
        froms = np.stack([source, other, np.where(sizes == 3, score[:3].argmax(), 3 + score[3:].argmax())])
        which = candidates.argmax(axis=0)
        back[beat] = froms[which, np.arange(7)]
        score = candidates[which, np.arange(7)] + emission[beat]
    path = [int(score.argmax())]
    for beat in range(len(emission) - 1, 0, -1):
        path.append(int(back[beat, path[-1]]))
    states = np.array(path[::-1])
    metres = sizes[states]
    edges = np.flatnonzero(np.diff(metres, prepend=metres[0] - 1, append=0))
    if len(edges) <= 2:
        return None
    lengths = np.diff(edges)
    if (lengths < FEWEST_BARS * metres[edges[:-1]]).any():
        return None
    return place[states], metres
