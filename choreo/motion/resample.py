"""Motion at other times: slerp of rotations, cubic interpolation of the root, contact where both neighbours have it."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles, Floats, Motion


def _cubic(values: Floats, low: np.ndarray, part: np.ndarray) -> Floats:
    """Catmull-Rom between frames; the ends repeat."""
    last = len(values) - 1
    p0, p1, p2, p3 = (values[np.clip(low + k, 0, last)].astype(np.float64) for k in (-1, 0, 1, 2))
    t = part[:, None]
    bent = (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    return np.asarray(p1 + 0.5 * ((p2 - p0) * t + bent), dtype=np.float32)


def _straight(values: Floats, low: np.ndarray, high: np.ndarray, part: np.ndarray) -> Floats:
    """Linear between frames ``(T, ...)``."""
    share = part.astype(np.float32).reshape(-1, *(1,) * (values.ndim - 1))
    return np.asarray(values[low] + (values[high] - values[low]) * share, dtype=np.float32)


def sample(motion: Motion, times: Doubles, *, fps: float | None = None) -> Motion:
    """Poses at `times` ``(M,)`` in seconds from the first frame, clamped to the motion's range.

    The result is said to run at `fps` (the motion's own by default): sampling at unequal steps warps time.
    """
    frame = np.clip(np.asarray(times, np.float64) * motion.fps, 0, len(motion) - 1)
    low = np.minimum(frame.astype(np.int64), max(len(motion) - 2, 0))
    part = frame - low
    high = np.minimum(low + 1, len(motion) - 1)
    rotations = rot.slerp(motion.rotations[low], motion.rotations[high], part[:, None])
    contacts = motion.contacts
    if contacts is not None:  # between a frame that stands and one that does not, the foot moves already
        contacts = contacts[np.where(part < 1, low, high)] & contacts[np.where(part > 0, high, low)]
    return Motion(
        motion.skeleton,
        motion.fps if fps is None else fps,
        _cubic(motion.translation, low, part),
        rot.continuous(rotations).astype(np.float32),
        contacts,
        None if motion.hands is None else _straight(motion.hands, low, high, part),
    )


def resample(motion: Motion, fps: float) -> Motion:
    """The same motion at another frame rate; frame ``i`` shows the time ``i / fps``."""
    if fps == motion.fps:
        return motion
    frames = int(np.floor(motion.duration * fps + 1e-6)) + 1
    return sample(motion, np.arange(frames) / fps, fps=fps)
