"""The bar state space: which beats begin bars, and the metre.

A hidden Markov model whose states are the positions in a bar, one step a beat (the bars of Krebs, Boeck, Dorfer,
Widmer, ISMIR 2016, without patterns of rhythm). Each metre is decoded by itself and the best one holds for the whole
song, since a dance needs one count.
"""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles, Ints
from choreo_beats.net import METRES

RARITY = {2: 0.0, 3: 0.0, 4: 0.0, 5: -6.0, 6: -8.0, 7: -6.0}
"""Log of how rare a metre is, beyond what the net says. Metre 6 is found only when the user asks for it."""
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


def with_one(down: Doubles, beat: int) -> Doubles:
    """Downbeat probabilities ``(B,)`` in which `beat` is known to begin a bar."""
    return np.where(np.arange(len(down)) == beat, 1.0, down)


def find_bars(down: Doubles, metres: Doubles, metre: int | None = None) -> tuple[Ints, int]:
    """Find positions in the bar and the metre.

    Parameters
    ----------
    down : (B,)
        Probability that each beat is a downbeat.
    metres : (5,)
        Probability of each of `METRES`.
    metre
        Beats in a bar when the user sets them.

    Returns
    -------
    ``(B,)`` from 1, and beats in a bar.
    """
    guess = {m: TRUST * float(np.log(p + FLOOR)) + RARITY[m] for m, p in zip(METRES, metres, strict=True)}
    return decode(down, {metre: 0.0} if metre else guess)


def decode(down: Doubles, prior: dict[int, float]) -> tuple[Ints, int]:
    """Most likely positions in the bar ``(B,)`` and metre; `prior` has the log-probability of each metre to try."""
    sure = np.clip(down, LEAST, 1 - LEAST)
    odds = SHARPNESS * np.stack([np.log(1 - sure), np.log(sure)])
    solved = []
    for metre, chance in prior.items():
        score, path = _viterbi(odds, metre)
        solved.append((score + chance, -metre, path))
    _, metre, path = max(solved, key=lambda item: item[:2])
    return path + 1, -metre


def _viterbi(odds: Doubles, metre: int) -> tuple[float, Ints]:
    """Log-probability and positions ``(B,)`` from 0 of the best path; `odds` ``(2, B)``: no downbeat, downbeat."""
    position = np.arange(metre)
    emission = np.where(position[None, :] == 0, odds[1][:, None], odds[0][:, None])
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
