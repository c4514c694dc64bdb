"""How likely the bars are right: logistic regressions on how clearly the best bar lines win.

Fitted by ``train/calibrate_bars.py`` on composed music that no net was trained on, spoilt at random; the margin between
the best place of the bar lines and the second-best one tells most.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from choreo.types import Doubles
from choreo_beats.barnet import BarActivations, weights
from choreo_beats.bars import Bars
from choreo_beats.net import METRES

FEATURES = 5


def clues(heard: BarActivations, bars: Bars, confidences: Doubles) -> Doubles:
    """What tells whether bars are right, ``(5,)``.

    Margin of the best bar lines in nats, compressed; the same for each beat; how sure the beats are; probability of the
    metre; how much of the downbeats' probability falls on the bar lines.
    """
    order = np.sort(bars.scores)[::-1]
    margin = float(order[0] - order[1]) if len(order) > 1 else 0.0
    chance = dict(zip(METRES, heard.metres.tolist(), strict=True))
    sure = chance.get(bars.metre, 0.0)
    if bars.metre in (2, 4):
        sure = chance[2] + chance[4]
    ones = bars.positions == 1
    share = float(heard.downbeats[ones].sum() / max(heard.downbeats.sum(), 1e-9))
    each = margin / max(len(heard.downbeats), 1)
    return np.array([np.log1p(max(margin, 0.0)), np.log(each + 0.02), float(confidences.mean()), sure, share])


@cache
def _fitted() -> Mapping[str, Doubles]:
    names = ("sure.mean", "sure.scale", "sure.downbeat", "sure.metre")
    return {name: np.asarray(weights()[name], np.float64) for name in names}


def bar_certainty(heard: BarActivations, bars: Bars, confidences: Doubles) -> tuple[float, float]:
    """Probability that the downbeats are right, and that the metre is."""
    w = _fitted()
    x = np.append((clues(heard, bars, confidences) - w["sure.mean"]) / w["sure.scale"], 1.0)
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
