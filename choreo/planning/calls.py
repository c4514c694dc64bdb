"""Movements that the lyrics call for, bar by bar: what it costs to dance something else while they are sung."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.planning.bars import Bar
from choreo.retrieval.lyrics_bridge import ANTICIPATED
from choreo.types import Call, Floats, Ints


def bars_called(bars: Sequence[Bar], calls: Sequence[Call]) -> Ints:
    """``(N,)`` number of the bar in which each call is sung, -1 where it lies outside of them."""
    starts = np.array([bar.beats[0] - ANTICIPATED * (bar.beats[1] - bar.beats[0]) for bar in bars])
    times = np.array([call.start for call in calls], np.float64)
    found = np.searchsorted(starts, times, side="right") - 1
    return np.where(times < bars[-1].beats[-1], found, -1)


def call_costs(bars: Sequence[Bar], calls: Sequence[Call], clip_bars: Ints) -> Floats:
    """``(B, C)`` of beginning each clip at each bar: what it costs in those of its bars in which something is sung.

    Parameters
    ----------
    clip_bars
        ``(C,)`` bars that each clip takes.
    """
    per_bar = np.zeros((len(bars) + 1, len(clip_bars)))
    for bar, call in zip(bars_called(bars, calls).tolist(), calls, strict=True):
        if bar >= 0:
            per_bar[bar + 1] += call.costs
    sums = np.cumsum(per_bar, axis=0)
    ends = np.minimum(np.arange(len(bars))[:, None] + clip_bars, len(bars))
    return (np.take_along_axis(sums, ends, axis=0) - sums[: len(bars)]).astype(np.float32)


def calls_answered(bars: Sequence[Bar], calls: Sequence[Call], clip: int, first: int, past: int) -> tuple[str, ...]:
    """Words that are sung in the bars `first` to before `past` and that a clip is the movement of, each once."""
    sung = bars_called(bars, calls).tolist() if calls else []
    found = (call.words for bar, call in zip(sung, calls, strict=True) if first <= bar < past and call.answers[clip])
    return tuple(dict.fromkeys(found))


__all__ = ["bars_called", "call_costs", "calls_answered"]
