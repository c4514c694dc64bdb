"""Structure: whether the dance repeats where the music does, and follows its energy, bar by bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.errors import ShapeError
from choreo.metrics import validate
from choreo.metrics.beats import joint_speed
from choreo.metrics.poses import mirrored, sampled
from choreo.motion.joint_arrays import shared
from choreo.types import Doubles

POSES = 16
"""Poses of a bar that are compared."""
LEAST_BARS = 4
"""Bars below which nothing is correlated."""
SAME_MUSIC = 0.75
"""Similarity from which two bars have the same music, as in `choreo.music.phrases`."""
SHIFTS = 200
"""Most circular shifts of the bars in the null distribution."""


def bar_distances(positions: Doubles, fps: float, bars: Doubles) -> Doubles:
    """Distance of the dance in every two bars ``(N, N)``, or in one and the mirror image of the other if that is less.

    Root mean square over joints and `POSES` poses, metres; joints that are not there do not count.

    Parameters
    ----------
    positions
        ``(T, 24, 3)`` metres.
    bars
        ``(N, 2)`` seconds from the first frame where bars begin and end.
    """
    spans = _spans(bars)
    share = (np.arange(POSES) + 0.5) / POSES
    times = (spans[:, :1] + share * np.diff(spans, axis=1)).ravel()
    poses = sampled(positions, fps, times)
    used = shared(validate.positions(positions, fps))
    plain, other = (each[:, used].reshape(len(spans), POSES * 3 * used.sum()) for each in (poses, mirrored(poses)))
    return np.minimum(_gaps(plain, plain), _gaps(plain, other))


def _spans(bars: Doubles) -> Doubles:
    spans = np.asarray(bars, np.float64)
    if spans.ndim != 2 or spans.shape[1] != 2 or not np.isfinite(spans).all() or np.any(spans[:, 1] <= spans[:, 0]):
        raise ShapeError(f"bars: got {spans.shape}, want (N, 2) seconds, each end after its beginning")
    return spans


def _gaps(a: Doubles, b: Doubles) -> Doubles:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.sqrt(np.maximum(squares, 0) / (a.shape[1] / 3)))


@dataclass(frozen=True)
class Repetition:
    """NaN where there are too few bars, or no two alike, or none unlike.

    ``correlation``: rank correlation of the self-similarities of music and motion, -1..1; ``z``: standard deviations
    above the same with the dance's bars shifted circularly; ``shared``: probability that two bars of the same music are
    danced more alike than two bars of different music, 0.5 when the dance does not depend on the music; ``pairs``: how
    many pairs have the same music.
    """

    correlation: float
    z: float
    shared: float
    pairs: int


def repetition(motion: Doubles, music: Doubles) -> Repetition:
    """Compare the self-similarity of a dance with that of its music.

    Parameters
    ----------
    motion
        ``(N, N)`` distances of bars, as `bar_distances` gives them.
    music
        ``(N, N)`` similarity of the same bars, 1 for the same, as `choreo.music.similarity.bar_similarity` gives it.

    Raises
    ------
    ShapeError
        When they are not square and of one size.
    """
    motion, music = validate.features(motion, "motion"), validate.features(music, "music")
    nan = float("nan")
    if motion.shape != music.shape or motion.shape[0] != motion.shape[1]:
        raise ShapeError(f"self-similarities: got {motion.shape} and {music.shape}, want both (N, N)")
    above = np.triu_indices(len(motion), 1)
    if len(motion) < LEAST_BARS:
        return Repetition(nan, nan, nan, 0)
    alike, same = -motion[above], music[above] >= SAME_MUSIC
    music_ranks = _ranks(music[above])
    value = _pearson(_ranks(alike), music_ranks)
    shifts = np.unique(np.linspace(1, len(motion) - 1, min(SHIFTS, len(motion) - 1)).astype(np.int64))
    null = np.array([_pearson(_ranks(-np.roll(motion, (k, k), (0, 1))[above]), music_ranks) for k in shifts])
    spread = float(np.nanstd(null)) if np.isfinite(null).any() else 0.0
    z = (value - float(np.nanmean(null))) / spread if spread > 1e-9 else nan
    return Repetition(value, z, _auc(alike[same], alike[~same]), int(same.sum()))


def _ranks(values: Doubles) -> Doubles:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), np.float64)


def _pearson(a: Doubles, b: Doubles) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 1e-12 else float("nan")


def _auc(high: Doubles, low: Doubles) -> float:
    """Area under the ROC curve: probability that one of `high` exceeds one of `low`, ties counted half."""
    if not len(high) or not len(low):
        return float("nan")
    ranks = _ranks(np.concatenate([high, low]))[: len(high)]
    return float((ranks.sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def bar_energy(positions: Doubles, fps: float, bars: Doubles) -> Doubles:
    """Mean joint speed in each bar ``(N,)``, m/s; `bars` as in `bar_distances`."""
    speed = joint_speed(validate.positions(positions, fps), fps)
    spans = _spans(bars)
    if not len(speed):
        return np.zeros(len(spans))
    total = np.concatenate([[0.0], np.cumsum(speed)])
    frames = np.round(spans * fps).astype(np.int64)
    first = np.clip(frames[:, 0], 0, len(speed) - 1)
    last = np.maximum(np.clip(frames[:, 1], 0, len(speed)), first + 1)
    return np.asarray((total[last] - total[first]) / (last - first))


def energy_correlation(motion: Doubles, music: Doubles) -> float:
    """Pearson correlation of motion energy and music energy by bar ``(N,)``, -1..1.

    NaN below four bars, or where either does not change: an even song asks for no change.
    """
    motion, music = np.asarray(motion, np.float64), np.asarray(music, np.float64)
    if len(motion) < LEAST_BARS or min(np.ptp(motion), np.ptp(music)) < 1e-6:
        return float("nan")
    return _pearson(motion, music)
