"""The beat state space: most likely beat times and intervals under the net's activations.

A semi-Markov form of the bar pointer model (Whiteley, Cemgil, Godsill 2006; Krebs, Boeck, Widmer
2015): a beat at frame `t` with interval `tau` explains `tau` frames, the first sixteenth of them as
"on the beat"; the interval may change a little at each beat. Since no interval is shorter than
``taus[0]`` frames, that many frames are solved at once in numpy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from choreo.types import Doubles, Ints

ON_SHARE = 16
STEADINESS = 70.0
CLIP = (0.005, 0.95)
"""The net is never quite sure: one missed beat must not outweigh a song."""


def upsampled(active: Doubles, stride: int, frames: int) -> Doubles:
    """Activations of every `stride`-th frame at all `frames`, linearly between."""
    return np.asarray(np.interp(np.arange(frames), stride * np.arange(len(active)), active))


def at(active: Doubles, frames: Ints, reach: int = 3) -> Doubles:
    """Largest activation within `reach` frames of each, ``(B,)``."""
    return np.asarray(active[np.clip(frames[:, None] + np.arange(-reach, reach + 1), 0, len(active) - 1)].max(axis=1))


def transitions(taus: Ints) -> Doubles:
    """``(K, K)`` log-probability of the interval in a column after the one in a row."""
    change = -STEADINESS * np.abs(taus[None, :] / taus[:, None] - 1)
    return np.asarray(change - np.log(np.exp(change).sum(axis=1, keepdims=True)))


def decode(active: Doubles, taus: Ints, prior: Doubles, pull: Doubles) -> Ints:
    """Most likely beat frames.

    Parameters
    ----------
    active : (T,)
        Probability of a beat at each frame, above 0 and below 1.
    taus : (K,)
        Intervals in frames, rising.
    prior : (K,)
        Log-probability of each interval at the start.
    pull : (K,)
        Added to the score of every beat by its interval.

    Returns
    -------
    (B,) int
        Rising frames.
    """
    total, kinds = len(active), len(taus)
    on, off = np.log(active), np.log((1 - active) / (ON_SHARE - 1))
    sum_on, sum_off = (np.concatenate([[0.0], np.cumsum(x)]) for x in (on, off))
    width = np.maximum(1, np.ceil(taus / ON_SHARE).astype(np.int64))
    change = transitions(taus) + pull

    def explained(start: Ints, stop: Ints) -> Doubles:
        middle = np.minimum(np.minimum(start + width, total), stop)
        return np.asarray(sum_on[middle] - sum_on[start] + sum_off[stop] - sum_off[middle])

    best = np.full((total, kinds), -np.inf)
    came = np.full((total, kinds), -1, np.int16)
    columns = np.arange(kinds)
    step = int(taus[0])
    for first in range(0, total, step):
        now = np.arange(first, min(first + step, total))[:, None]
        before = now - taus
        start = np.maximum(before, 0)
        arrived = np.where(before >= 0, best[start, columns] + explained(start, np.maximum(now, start)), -np.inf)
        choice = arrived[:, :, None] + change
        came[first : first + step] = choice.argmax(axis=1)
        score = choice.max(axis=1)
        fresh = np.where(now < taus, prior + pull - np.log(taus) + sum_off[now], -np.inf)
        begins = fresh > score
        came[first : first + step][begins] = -1
        best[first : first + step] = np.where(begins, fresh, score)
    return _trace(best, came, taus, explained)


def _trace(best: Doubles, came: NDArray[np.int16], taus: Ints, explained: Callable[[Ints, Ints], Doubles]) -> Ints:
    total = len(best)
    now = np.arange(max(0, total - int(taus[-1])), total)[:, None]
    finish = best[now[:, 0]] + explained(now, np.full_like(now, total))
    finish[now + taus < total] = -np.inf
    row, kind = (int(place) for place in np.unravel_index(int(finish.argmax()), finish.shape))
    frame, found = int(now[row, 0]), []
    while True:
        found.append(frame)
        previous = int(came[frame, kind])
        if previous < 0:
            return np.array(found[::-1], np.int64)
        frame, kind = frame - int(taus[previous]), previous
