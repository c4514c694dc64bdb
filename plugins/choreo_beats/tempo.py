"""How likely each beat interval is for a whole song."""

from __future__ import annotations

import numpy as np
import scipy.fft

from choreo.types import Doubles, Floats, Ints

SLOWEST, FASTEST = 55.0, 215.0
CENTRE, SPREAD = 95.0, 0.6
"""Preferred beats per minute and its spread in octaves: too fast and too slow come out equally rare."""
TRUST = 6.0
LEVEL = 1.35
"""Intervals within this factor of one another count as one metrical level."""
PULL = 0.05
"""How much a frame at a tempo one `SPREAD` off the centre costs, in half nats."""


def intervals(fps: float, bpm: float | None = None) -> Ints:
    """Beat intervals to consider, in frames, rising; within 4 % of `bpm` when the user names one."""
    low, high = (SLOWEST, FASTEST) if bpm is None else (bpm / 1.04, bpm * 1.04)
    shortest, longest = int(np.floor(60 * fps / high)), int(np.ceil(60 * fps / low))
    return np.arange(max(2, shortest), longest + 1, dtype=np.int64)


def autocorrelation(flux: Floats, lags: int) -> Doubles:
    """Autocorrelation of the onset strength, ``(lags,)``, 1 at lag 0, negative values cut."""
    centred = flux - flux.mean()
    size = scipy.fft.next_fast_len(2 * len(flux), real=True)
    spectrum = scipy.fft.rfft(centred.astype(np.float64), size)
    found = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:lags]
    found = np.pad(found, (0, max(0, lags - len(found))))
    return np.maximum(found, 0) / max(float(found[0]), 1e-12)


def periodicity(flux: Floats, taus: Ints) -> Doubles:
    """How well the onsets repeat after each interval and its multiples, ``(K,)``, 0..1."""
    weights = (1.0, 0.9, 0.7, 0.6)
    similar = autocorrelation(flux, int(taus[-1]) * len(weights) + 8)
    score = np.zeros(len(taus))
    for times, weight in enumerate(weights, start=1):
        near = [similar[times * taus + shift] for shift in range(-times, times + 1)]
        score += weight * np.max(near, axis=0)
    return score / max(float(score.max()), 1e-12)


def log_prior(flux: Floats, fps: float, taus: Ints, bpm: float | None = None) -> Doubles:
    """Log-probability of each interval, ``(K,)``."""
    if bpm is None:
        score = TRUST * periodicity(flux, taus) - strangeness(fps, taus)
    else:
        score = -0.5 * ((60 * fps / taus / bpm - 1) / 0.01) ** 2
    return np.asarray(score - np.log(np.exp(score - score.max()).sum()) - score.max())


def strangeness(fps: float, taus: Ints) -> Doubles:
    """How far each interval is from the preferred tempo, ``(K,)``, 0 at the centre."""
    return np.asarray(0.5 * (np.log2(60 * fps / taus / CENTRE) / SPREAD) ** 2)


def pull(fps: float, taus: Ints) -> Doubles:
    """What each beat pays for its tempo, ``(K,)`` <= 0.

    Paid for as long as the beat lasts: fast hi-hats would else make every song count in eighths,
    since the prior of the start is nothing against minutes of onsets.
    """
    return -PULL * taus * strangeness(fps, taus)


def one_level(taus: Ints, gaps: Ints) -> Ints:
    """Intervals of the metrical level that fills most of the song; all of `taus` when none left it.

    A song that slid from counting beats to counting eighths is decoded again with these, since
    dancers cannot halve their pace in the middle.
    """
    ratio = gaps[None, :] / taus[:, None]
    together = (ratio < LEVEL) & (ratio > 1 / LEVEL)
    if together.all(axis=1).any():
        return taus
    time = (together * gaps).sum(axis=1)
    inside = gaps[together[int(time.argmax())]]
    middle = np.median(np.repeat(inside, inside))
    return taus[(taus / middle < LEVEL) & (middle / taus < LEVEL)]
