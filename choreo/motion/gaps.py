"""Tracks of points that were not seen all the time: short gaps and spikes are bridged, long ones are told."""

from __future__ import annotations

import numpy as np

from choreo.motion.repair import runs, spikes
from choreo.types import Bools, Doubles

GAP_SECONDS = 0.5
"""Gaps longer than this are not bridged."""
JUMP = 18.0
"""Metres a second beyond which a point jumped; slower faults are found later, by the whole body."""
LEAST_SEEN = 4
"""Frames in which a point must be seen to be a track at all."""


def bridged(track: Doubles, fps: float) -> tuple[Doubles, Bools, int] | None:
    """A point's track with short gaps and spikes bridged.

    Parameters
    ----------
    track
        ``(T, 3)`` metres, NaN where the point was not seen.

    Returns
    -------
    track
        ``(T, 3)`` without NaN; where it is lost, held or guessed.
    lost
        ``(T,)`` True in gaps of more than `GAP_SECONDS`, before the first frame seen and after the last one.
    count
        Frames that were bridged.

    None when the point is seen in less than `LEAST_SEEN` frames.
    """
    from scipy.interpolate import PchipInterpolator

    seen = np.asarray(np.isfinite(track).all(axis=1))
    if seen.sum() < LEAST_SEEN:
        return None
    seen &= ~spikes(held(track, seen), fps, JUMP)
    lost = np.zeros(len(track), bool)
    for first, last in runs(~seen):
        if last - first > GAP_SECONDS * fps or first == 0 or last == len(track):
            lost[first:last] = True
    if seen.all():
        return track, lost, 0
    if seen.sum() < LEAST_SEEN:
        return None
    times = np.arange(len(track)) / fps
    smooth = PchipInterpolator(times[seen], track[seen], axis=0, extrapolate=False)(times)
    return np.where(np.isfinite(smooth), smooth, held(track, seen)), lost, int((~seen & ~lost).sum())


def held(track: Doubles, seen: Bools) -> Doubles:
    """The last value that was seen; before it, the first one."""
    last = np.maximum.accumulate(np.where(seen, np.arange(len(track)), -1))
    return np.asarray(track[np.where(last < 0, int(np.argmax(seen)), last)])
