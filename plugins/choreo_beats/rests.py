"""Where no music plays: speech, noise and silence before, between and after music."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.music.spectrum import Spectrum
from choreo.types import Bools, Doubles, Ints
from choreo_beats import sureness

WINDOW, HOP = 12.0, 2.0
"""Seconds that are listened to at a time, and from one such window to the next."""
SLOT = 1.0
"""Seconds of which each is music or not."""
NO_MUSIC, UNSURE = 0.2, 0.5
"""Probability of music below which a window is none, and up to which its neighbours belong to it."""
LEAST = 8.0
"""Seconds that a rest lasts at least: a break of two bars is music."""
MOST = 0.8
"""Share of a sound beyond which rests are none: it is no song with speech, and is danced as it is."""
FAINT_DB, SILENT = -60.0, 40.0
"""Loudness below which all is silence, and decibels below the loud parts of the sound from which it is."""
MARGIN = 4
"""Frames at both ends of a window in which no beat is looked at."""


def rests(sound: Spectrum, active: Doubles, frames: Ints) -> tuple[tuple[float, float], ...]:
    """Seconds, from and to, in which a sound is no music for `LEAST` seconds or more; none of what is hardly music.

    Parameters
    ----------
    active, frames
        Activations of the net ``(T,)`` at the frames of the sound, and the frames of the beats ``(B,)``.
    """
    seconds = len(sound.mel) / sound.fps
    begins = np.arange(0.0, max(seconds - WINDOW, 0.0) + 1e-9, HOP)
    music = np.array([_music(sound, active, frames, begin) for begin in begins])
    # Each slot takes the middle one of the windows that it lies in.
    slots = np.arange(0.0, seconds, SLOT)
    over = [music[(begins > at + SLOT - WINDOW - 1e-9) & (begins <= at + 1e-9)] for at in slots]
    sure = np.array([float(np.median(each)) if len(each) else 1.0 for each in over])
    faint = max(FAINT_DB, float(np.quantile(sound.loudness, 0.95)) - SILENT)
    sure[[bool((sound.between(at, at + SLOT).loudness < faint).all()) for at in slots]] = 0.0
    found = [
        (float(slots[first]), float(min(slots[last - 1] + SLOT, seconds)))
        for first, last in _runs(sure < UNSURE)
        if (sure[first:last] < NO_MUSIC).any() and (last - first) * SLOT >= LEAST
    ]
    return () if sum(b - a for a, b in found) > MOST * seconds else tuple(found)


def _music(sound: Spectrum, active: Doubles, frames: Ints, begin: float) -> float:
    """How likely the window that begins at a second is music."""
    part = sound.between(begin, begin + WINDOW)
    first = round(begin * sound.fps)
    heard = active[first : first + len(part.mel)]
    beats = frames[(frames >= first + MARGIN) & (frames < first + len(heard) - MARGIN)] - first
    if len(beats) < 2 or float(part.loudness.max()) < FAINT_DB:
        return 0.0
    return sureness.music(part, heard, beats)


def _runs(which: Bools) -> list[tuple[int, int]]:
    """First and past-last of the runs of what is true in ``(N,)``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], which.astype(np.int64), [0]])))
    return list(pairwise(edges.tolist()))[::2]
