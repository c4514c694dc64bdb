"""Beat alignment: motion beats, both published alignment scores, and measures that chance does not raise.

Times are seconds on one clock, the music's. A dance that is always late by 40 ms, one that has a motion beat every
60 ms, and one that is on the beat are all near each other in the published scores; precision, recall, lag and the
comparison with shifted copies of the dance distinguish them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.metrics import validate
from choreo.metrics.chance import SHIFTS, Null, Score, block_null, ceiling, shift_null
from choreo.motion.joint_arrays import present
from choreo.types import Doubles, Ints

SMOOTHING = 0.05
"""Standard deviation in seconds of the Gaussian over the speed, between AIST++'s none and Bailando's 83 ms."""
FINE = 1 / 120
"""The same for the exact time of a minimum: dancers stop faster than they start, so a wide Gaussian finds it late."""
SIGMA = 3 / 60
"""Standard deviation in seconds of the alignment scores: both papers' three frames at 60 frames a second."""
PROMINENCE = 0.02
"""Metres a second by which the mean speed must fall and rise again; less is noise of a body at rest."""
ORDER = 10
"""Frames on either side, at 60 frames a second, that must be faster in AIST++'s form."""


def joint_speed(positions: Doubles, fps: float) -> Doubles:
    """Mean speed of the joints between frames ``(T - 1,)``, m/s; entry ``i`` is at ``(i + 0.5) / fps``."""
    return np.linalg.norm(np.diff(present(positions), axis=0), axis=-1).mean(axis=-1) * fps


def motion_beats(
    positions: Doubles, fps: float, *, smoothing: float = SMOOTHING, prominence: float = PROMINENCE
) -> Doubles:
    """Kinematic beats: local minima of the mean joint speed.

    Parameters
    ----------
    positions
        ``(T, 24, 3)`` metres.
    smoothing
        Standard deviation in seconds of the Gaussian that smooths the speed for finding minima. The time of each is
        then taken from a curve that is smoothed by a 120th of a second only, within `smoothing` of it.
    prominence
        Metres a second by which the speed must rise on both sides.

    Returns
    -------
    ``(M,)`` rising seconds from the first frame, interpolated by a parabola; of a hold, its beginning. Empty for a
    dancer who stands still.

    Examples
    --------
    >>> from choreo.metrics import joint_positions
    >>> from choreo.testing import sample_motion
    >>> motion_beats(joint_positions(sample_motion()), 60).ndim
    1
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    raw = joint_speed(validate.positions(positions, fps), fps)
    if len(raw) < 3:
        return np.zeros(0)
    coarse, fine = (
        gaussian_filter1d(raw, width * fps) if width > 0 else raw for width in (smoothing, min(FINE, smoothing))
    )
    # Speeds below the prominence are raised to it, so that a hold is one flat minimum, not one for each peak of noise.
    found, plateaus = find_peaks(-np.maximum(coarse, prominence), prominence=prominence, plateau_size=1)
    reach = round(smoothing * fps)
    minima = []  # fractional indices of the speed
    for at, size, left, right in zip(
        found, plateaus["plateau_sizes"], plateaus["left_edges"], plateaus["right_edges"], strict=True
    ):
        if size > 1:
            first = max(int(left) - 2 * reach, 0)
            minima.append(float(first + int(np.argmax(raw[first : right + 1] <= max(prominence, raw[left])))))
            continue
        first = max(int(at) - reach, 1)
        minima.append(_lowest(fine, first + int(np.argmin(fine[first : min(at + reach + 1, len(fine) - 1)]))))
    return (np.unique(minima) + 0.5) / fps


def _lowest(curve: Doubles, at: int) -> float:
    """Fractional index of the minimum of the parabola through the samples about `at`."""
    before, here, after = curve[at - 1 : at + 2]
    bend = before - 2 * here + after
    return at + float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend > 0 else float(at)


def motion_beats_aist(positions: Doubles, fps: float = 60.0) -> Ints:
    """Frames ``(M,)`` of motion beats as AIST++ has them: unsmoothed, lowest among ten frames on either side."""
    from scipy.signal import argrelextrema

    speed = np.concatenate([[0.0], joint_speed(validate.positions(positions, fps), fps)])
    return np.asarray(argrelextrema(speed, np.less, order=ORDER)[0], np.int64)


def motion_beats_bailando(positions: Doubles, fps: float = 60.0) -> Ints:
    """Frames ``(M,)`` of motion beats as Bailando has them: Gaussian of five frames, any strict minimum."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import argrelextrema

    speed = joint_speed(validate.positions(positions, fps), fps)
    return np.asarray(argrelextrema(gaussian_filter1d(speed, 5), np.less)[0] if len(speed) else [], np.int64)


def nearest(beats: Doubles, others: Doubles) -> Doubles:
    """Signed distance of each of `beats` to the nearest of the rising `others`: positive when later than it."""
    if not len(others):
        return np.full(len(beats), np.inf)
    after = np.clip(np.searchsorted(others, beats), 1, max(len(others) - 1, 1))
    pair = others[np.stack([after - 1, np.minimum(after, len(others) - 1)])]
    gaps = beats - pair
    return np.asarray(np.where(np.abs(gaps[0]) <= np.abs(gaps[1]), gaps[0], gaps[1]))


def bas_aist(motion: Doubles, music: Doubles, *, sigma: float = SIGMA) -> float:
    """Beat alignment of AIST++ (Li et al. 2021): each motion beat to the nearest music beat, 0..1.

    Beats and `sigma` in one unit, seconds or frames. Few motion beats are rewarded, missed music beats cost nothing;
    0 without beats.
    """
    return _alignment(motion, music, sigma)


def bas_bailando(motion: Doubles, music: Doubles, *, sigma: float = SIGMA) -> float:
    """Beat alignment of Bailando (Siyao et al. 2022): each music beat to the nearest motion beat, 0..1.

    Many motion beats are rewarded: chance alone reaches .22, .30, .38 at 2, 3, 4 of them a second. 0 without beats.
    """
    return _alignment(music, motion, sigma)


def _alignment(beats: Doubles, others: Doubles, sigma: float) -> float:
    if not len(beats) or not len(others):
        return 0.0
    gaps = nearest(np.asarray(beats, np.float64), np.asarray(others, np.float64))
    return float(np.exp(-0.5 * (gaps / sigma) ** 2).mean())


def matches(motion: Doubles, music: Doubles, window: float) -> Ints:
    """Most pairs of indices ``(K, 2)`` with each beat in at most one and no farther apart than `window` seconds.

    With one window for all, pairing greedily in the order of time gives a maximum matching.
    """
    pairs: list[tuple[int, int]] = []
    i = j = 0
    mine, theirs = motion.tolist(), music.tolist()
    while i < len(mine) and j < len(theirs):
        gap = mine[i] - theirs[j]
        if abs(gap) <= window:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif gap < 0:
            i += 1
        else:
            j += 1
    return np.array(pairs, np.int64).reshape(-1, 2)


@dataclass(frozen=True)
class Match:
    """Precision, recall and F1 at a window in seconds; NaN where there is nothing to divide by."""

    window: float
    precision: float
    recall: float
    f1: float


def match(motion: Doubles, music: Doubles, window: float) -> Match:
    """Pair motion and music beats one to one and count.

    Returns
    -------
    Match
        ``precision`` is the share of motion beats that meet a music beat, ``recall`` that of music beats met. Without
        any music beat all are NaN; without any motion beat the precision is NaN and F1 is 0.
    """
    hits = len(matches(motion, music, window))
    precision = hits / len(motion) if len(motion) else float("nan")
    recall = hits / len(music) if len(music) else float("nan")
    f1 = 2 * hits / (len(motion) + len(music)) if len(music) else float("nan")
    return Match(window, precision, recall, f1)


def lags(motion: Doubles, music: Doubles) -> Doubles:
    """Seconds by which motion beats come after the music beat that is nearest, ``(M,)``; negative is early.

    Only those within half of the median time between music beats: beyond that a beat belongs to none.
    """
    if len(music) < 2 or not len(motion):
        return np.zeros(0)
    gaps = nearest(motion, music)
    return np.asarray(gaps[np.abs(gaps) <= np.median(np.diff(music)) / 2])


@dataclass(frozen=True, eq=False)
class BeatScores:
    """Results of `beat_scores`; NaN or None where beats are too few.

    ``near``, ``far``: `Match` at 50 and 70 ms; ``lag`` median seconds after the beat; ``shift``, ``block``: F1 at 70 ms
    with both null distributions; ``ceiling``: largest z of ``shift``; ``aist``, ``bailando``: beat alignment scores,
    sigma in seconds; ``aist_chance``, ``bailando_chance``: what chance reaches.
    """

    motion: Doubles
    music: Doubles
    near: Match
    far: Match
    lag: float
    shift: Null | None
    block: Null | None
    ceiling: float
    aist: float
    aist_chance: float
    bailando: float
    bailando_chance: float


def beat_scores(
    motion: Doubles, music: Doubles, *, start: float, end: float, shifts: int = SHIFTS, seed: int = 0
) -> BeatScores:
    """All measures of beat alignment, between `start` and `end`.

    Parameters
    ----------
    motion, music
        ``(M,)`` and ``(B,)`` rising seconds on one clock; what is outside of `start` to `end` does not count, nor do
        motion beats before the music has begun to beat or after it has ended.
    shifts
        Shifts in each null distribution, 200 or more.

    Raises
    ------
    ShapeError
        When times do not rise.

    Examples
    --------
    >>> music = np.arange(0, 20, 0.5)
    >>> scores = beat_scores(music + 0.02, music, start=0, end=20)
    >>> scores.near.recall, round(scores.lag, 3)
    (1.0, 0.02)
    """
    motion, music = validate.times(motion, "motion beats"), validate.times(music, "music beats")
    music = music[(music >= start) & (music <= end)]
    if len(music) > 1:
        reach = float(np.median(np.diff(music))) / 2
        start, end = max(start, float(music[0]) - reach), min(end, float(music[-1]) + reach)
    motion = motion[(motion >= start) & (motion < end)]

    def f1(a: Doubles, b: Doubles) -> float:
        return match(a, b, 0.07).f1

    def shifted(score: Score) -> Null:
        return shift_null(motion, music, score, start=start, end=end, shifts=shifts)

    enough = len(motion) >= 2 and len(music) >= 4
    nan = float("nan")
    return BeatScores(
        motion=motion,
        music=music,
        near=match(motion, music, 0.05),
        far=match(motion, music, 0.07),
        lag=float(np.median(found)) if len(found := lags(motion, music)) else nan,
        shift=shifted(f1) if enough else None,
        block=block_null(motion, music, f1, start=start, end=end, shifts=shifts, seed=seed) if enough else None,
        ceiling=ceiling(music, f1, start=start, end=end, shifts=shifts) if enough else nan,
        aist=bas_aist(motion, music),
        aist_chance=shifted(bas_aist).mean if enough else nan,
        bailando=bas_bailando(motion, music),
        bailando_chance=shifted(bas_bailando).mean if enough else nan,
    )
