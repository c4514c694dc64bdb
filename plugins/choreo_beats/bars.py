"""Which beats begin bars: a hidden Markov model over the position in the bar, one metre for the song."""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles, Ints
from choreo_beats.net import METRES

RARITY = {2: 0.0, 3: 0.0, 4: 0.0, 5: -6.0, 6: -8.0, 7: -6.0}
"""Log of how rare a metre is, beyond what the net says; only those of `METRES` are guessed."""
TRUST = 3.0
"""How many times the net's guess of the metre counts."""
FLOOR = 0.01
"""Added to each metre's probability: the net may be sure and wrong about sounds that it was never taught."""
LEAST = 0.01
SHARPNESS = 0.3
SLIP = 3e-3


def bars(down: Doubles, metres: Doubles, metre: int | None = None) -> tuple[Ints, int]:
    """Positions in the bar and the metre.

    Parameters
    ----------
    down : (B,)
        Probability that each beat is a downbeat.
    metres : (5,)
        Probability of each of `METRES`.
    metre
        The user's word.

    Returns
    -------
    ``(B,)`` from 1, and beats in a bar.
    """
    guess = {m: TRUST * float(np.log(p + FLOOR)) + RARITY[m] for m, p in zip(METRES, metres, strict=True)}
    return decode(down, {metre: 0.0} if metre else guess)


def decode(down: Doubles, prior: dict[int, float]) -> tuple[Ints, int]:
    """Each metre of `prior` by itself with Viterbi, the best wins: a dance needs one count.

    A slip (a bar cut short or prolonged) costs ``log(SLIP)``.
    """
    sure = np.clip(down, LEAST, 1 - LEAST)
    odds = SHARPNESS * np.stack([np.log(1 - sure), np.log(sure)])
    solved = []
    for metre, chance in prior.items():
        score, path = _one_metre(odds, metre)
        solved.append((score + chance, -metre, path))
    _, metre, path = max(solved, key=lambda item: item[:2])
    return path + 1, -metre


def _one_metre(odds: Doubles, metre: int) -> tuple[float, Ints]:
    place = np.arange(metre)
    emission = np.where(place[None, :] == 0, odds[1][:, None], odds[0][:, None])
    slip, keep = np.log(SLIP / metre), np.log(1 - SLIP)
    score = emission[0] - np.log(metre)
    back = np.zeros((len(emission), metre), np.int64)
    source = (place - 1) % metre
    for beat in range(1, len(emission)):
        steady = score[source] + keep
        best = int(score.argmax())
        jumped = score[best] + slip
        back[beat] = np.where(steady >= jumped, source, best)
        score = np.maximum(steady, jumped) + emission[beat]
    path = [int(score.argmax())]
    for beat in range(len(emission) - 1, 0, -1):
        path.append(int(back[beat, path[-1]]))
    return float(score.max()), np.array(path[::-1], np.int64)
