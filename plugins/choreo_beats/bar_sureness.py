"""How likely the bars are right: logistic regressions on how clear the downbeats and how even the beats are.

Fitted by ``train/calibrate_bars.py`` on composed music that no net was trained on, spoilt at random, with the beats
that the tracker hears in it, right or wrong: bars over wrong beats are wrong, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from choreo.types import Doubles
from choreo_beats.barnet import BarActivations, weights
from choreo_beats.bars import Bars


def clues(heard: BarActivations, bars: Bars, beats: Doubles) -> Doubles:
    """What tells whether bars are right, ``(3,)``.

    How much of the downbeats' probability lies off the bar lines, as minus its logarithm; minus the mean entropy of
    these probabilities in nats; spread of the logarithm of the intervals between `beats` ``(B,)``, seconds.
    """
    p = np.clip(heard.downbeats, 0.002, 0.998)
    off = 1 - float(p[bars.positions == 1].sum() / p.sum())
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).mean()
    spread = np.log(np.diff(beats)).std() if len(beats) > 2 else 0.0
    return np.array([-np.log(off + 0.02), -float(entropy), min(float(spread), 0.5)])


@cache
def _fitted() -> Mapping[str, Doubles]:
    names = ("sure.mean", "sure.scale", "sure.downbeat", "sure.metre")
    return {name: np.asarray(weights()[name], np.float64) for name in names}


def bar_certainty(heard: BarActivations, bars: Bars, beats: Doubles) -> tuple[float, float]:
    """Probability that the downbeats are right, and that the metre is."""
    w = _fitted()
    x = np.append((clues(heard, bars, beats) - w["sure.mean"]) / w["sure.scale"], 1.0)
    downbeat, metre = (
        float(1 / (1 + np.exp(-np.clip(x @ w[f"sure.{part}"], -30, 30)))) for part in ("downbeat", "metre")
    )
    return downbeat, metre


def rival(beats: Doubles, bars: Bars) -> float | None:
    """Second of the first downbeat in the second-likeliest place of the bar lines; None in bars of one beat."""
    if len(bars.scores) < 2:
        return None
    shift = int(np.argsort(-bars.scores, kind="stable")[1])
    places = (bars.positions - 1 - shift) % bars.metre
    ones = np.flatnonzero(places == 0)
    return float(beats[ones[0]]) if len(ones) else None
