"""The beat state space: most likely beat times and intervals under the net's activations.

The bar pointer model (Whiteley, Cemgil, Godsill, ISMIR 2006; Krebs, Boeck, Widmer, ISMIR 2015) has one state for every
phase of every beat interval, as many as the intervals have frames together, but tempo changes at beats only: between
them a pointer moves on frame by frame and nothing is decided. So this is its semi-Markov form. A state is a pair of
the frame `t` of a beat and the interval `tau` to the next one; it lasts `tau` frames, and their log-likelihood is a
difference of cumulative sums. A frame has one state for each interval, about a hundred in place of many thousand, and
the paths are the same.

The first sixteenth of a state's frames is observed as "on the beat", the rest as "off" (Boeck, Krebs, Widmer, "A
multi-model approach to beat tracking considering heterogeneous music styles", ISMIR 2014).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from choreo.types import Doubles, Ints

ON_SHARE = 16
"""One frame in so many of an interval counts as on the beat."""
STEADINESS = 70.0
"""Log-probability that a change of the interval costs for each unit of its relative size."""
JUMP = 1e-9
"""Probability at each beat that the song goes on at any other tempo."""
SAME_PULSE = 0.15
"""How near to a half, double or triple (in parts of the logarithm) a change is none of tempo."""
FORBIDDEN = -50.0
"""Added to the score of a beat whose interval is not allowed: it happens only where nothing else fits."""
CLIP = (0.005, 0.95)
"""Bounds of the activations: the net is never quite sure, and one missed beat must not outweigh a song."""


def upsample(active: Doubles, stride: int, frames: int) -> Doubles:
    """Activations of every `stride`-th frame at all `frames`, linearly between."""
    return np.asarray(np.interp(np.arange(frames), stride * np.arange(len(active)), active))


def peak_near(active: Doubles, frames: Ints, reach: int = 3) -> Doubles:
    """Largest activation within `reach` frames of each of `frames`, ``(B,)``."""
    return np.asarray(active[np.clip(frames[:, None] + np.arange(-reach, reach + 1), 0, len(active) - 1)].max(axis=1))


def at_level(frames: Ints, active: Doubles, first: int, level: float) -> Ints:
    """Beats at another metrical level: with `level` 2 the stronger half of them, with 0.5 the middles too.

    `active` has the activations from frame `first` on.
    """
    if level == 2:
        sure = peak_near(active, frames - first)
        return frames[int(sure[1::2].mean() > sure[::2].mean()) :: 2]
    if level == 0.5:
        return np.sort(np.concatenate([frames, (frames[:-1] + frames[1:]) // 2]))
    return frames


def transitions(taus: Ints) -> Doubles:
    """``(K, K)`` log-probability of the interval of the column after that of the row.

    Small changes as Krebs, Boeck and Widmer (2015) have them; and rarely a song goes on at any other tempo, except at
    half, double or triple: that would be the same pulse, counted at another level.
    """
    ratio = taus[None, :] / taus[:, None]
    near = np.exp(-STEADINESS * np.abs(ratio - 1))
    octaves = np.abs(np.log(ratio)[:, :, None] / np.log([2.0, 0.5, 3.0, 1 / 3]) - 1).min(axis=2) < SAME_PULSE
    share = near / near.sum(axis=1, keepdims=True) + np.where(octaves, 0.0, JUMP / len(taus))
    return np.asarray(np.log(share / share.sum(axis=1, keepdims=True) + 1e-300))


def decode(active: Doubles, taus: Ints, prior: Doubles, pull: Doubles) -> Ints:
    """Most likely beat frames, by Viterbi decoding over whole beats.

    Parameters
    ----------
    active : (T,)
        Probability of a beat at each frame, above 0 and below 1.
    taus : (K,)
        Intervals in frames, rising.
    prior : (K,)
        Log-probability of each interval at the start.
    pull : (S, K)
        Added to the score of every beat by its interval; the rows are spread evenly over the frames.

    Returns
    -------
    (B,) int
        Rising frames.
    """
    total, kinds = len(active), len(taus)
    on, off = np.log(active), np.log((1 - active) / (ON_SHARE - 1))
    sum_on, sum_off = (np.concatenate([[0.0], np.cumsum(x)]) for x in (on, off))
    width = np.maximum(1, np.ceil(taus / ON_SHARE).astype(np.int64))
    change = np.ascontiguousarray(transitions(taus).T)  # interval after, interval before

    def explained(start: Ints, stop: Ints) -> Doubles:
        """Log-likelihood of the frames ``start .. stop - 1`` of a beat at `start`, one column an interval."""
        middle = np.minimum(np.minimum(start + width, total), stop)
        return np.asarray(sum_on[middle] - sum_on[start] + sum_off[stop] - sum_off[middle])

    # best[t, k]: log-probability of the best path with a beat at frame t that lasts taus[k] frames; frames before t are
    # explained, those from t on are not yet. came[t, k]: column of the interval before this one, so that the beat
    # before is at t - taus[came[t, k]]; -1 when the beat at t is the first. No interval is shorter than taus[0] frames,
    # so the beats in a block of that length depend on earlier blocks only: they are solved at once. None is longer than
    # taus[-1], so `best` is a ring: frame t is in row t % len(best).
    step = int(taus[0])
    best = np.full((int(taus[-1]) + step, kinds), -np.inf)
    came = np.full((total, kinds), -1, np.int8 if kinds < 128 else np.int16)
    columns = np.arange(kinds)
    for first in range(0, total, step):
        now = np.arange(first, min(first + step, total))[:, None]
        before = now - taus
        start = np.maximum(before, 0)
        earlier = best[start % len(best), columns] + explained(start, np.maximum(now, start))
        arrived = np.where(before >= 0, earlier, -np.inf)
        here = pull[first * len(pull) // total]
        # frame, interval after, interval before: the last is searched
        choice = arrived[:, None, :] + (change + here[:, None])
        source = choice.argmax(axis=2)
        came[first : first + step] = source
        score = np.take_along_axis(choice, source[:, :, None], axis=2)[:, :, 0]
        # A first beat comes within one interval of the start: the song begins at a phase that is as likely as any
        # other (hence -log tau), and all that is before is off the beat.
        fresh = np.where(now < taus, prior + here - np.log(taus) + sum_off[now], -np.inf)
        begins = fresh > score
        came[first : first + step][begins] = -1
        best[now[:, 0] % len(best)] = np.where(begins, fresh, score)
    return _trace(best, came, taus, explained)


def _trace(
    best: Doubles, came: NDArray[np.signedinteger[Any]], taus: Ints, explained: Callable[[Ints, Ints], Doubles]
) -> Ints:
    """Frames of the best path: from its last beat, after which no other fits into the song, back to its first."""
    total = len(came)
    now = np.arange(max(0, total - int(taus[-1])), total)[:, None]
    finish = best[now[:, 0] % len(best)] + explained(now, np.full_like(now, total))
    finish[now + taus < total] = -np.inf
    row, kind = (int(index) for index in np.unravel_index(int(finish.argmax()), finish.shape))
    frame, found = int(now[row, 0]), []
    while True:
        found.append(frame)
        previous = int(came[frame, kind])
        if previous < 0:
            return np.array(found[::-1], np.int64)
        frame, kind = frame - int(taus[previous]), previous
