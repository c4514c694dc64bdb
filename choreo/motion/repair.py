"""Find what no body does, such as jumps, spikes and drop-outs, mend short ones and tell where long ones are."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.types import Bools, Doubles, Motion

FASTEST = 12.0
"""Metres a second: the hands of the fastest dancers stay below; above is a fault of the recording."""
MEND_SECONDS = 0.25
"""Faults up to this long are bridged; longer ones are cut out."""
WIDE = 5


def _grown(flags: Bools, by: int) -> Bools:
    return np.asarray(np.convolve(flags, np.ones(2 * by + 1), "same") > 0) if flags.any() else flags


def spikes(points: Doubles, fps: float, limit: float = FASTEST) -> Bools:
    """Frames ``(T,)`` in which a point of ``(T, 3)`` is where it cannot be.

    A point that leaves its running median by more than it could move, or comes and goes faster than `limit` m/s.
    """
    from scipy.ndimage import median_filter

    if len(points) < 3:
        return np.zeros(len(points), bool)
    step = np.linalg.norm(np.diff(points, axis=0), axis=-1) * fps
    fast = np.concatenate([[False], step > limit]) | np.concatenate([step > limit, [False]])
    if not fast.any():
        return fast
    width = 2 * max(WIDE, round(0.15 * fps)) + 1
    middle = median_filter(points, size=(min(width, len(points) // 2 * 2 + 1), 1), mode="nearest")
    away = np.linalg.norm(points - middle, axis=-1) > 2 * limit / fps
    found = np.asarray(fast & away)
    return found if found.any() else fast


def runs(flags: Bools) -> list[tuple[int, int]]:
    """First and past-last frame of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def impossible(motion: Motion) -> Bools:
    """Frames ``(T,)`` of a motion in which a joint jumps, the root aside, or the root does."""
    places, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    root = spikes(places[:, 0].astype(np.float64), motion.fps)
    relative = (places - places[:, :1]).astype(np.float64)
    step = np.linalg.norm(np.diff(relative, axis=0), axis=-1) * motion.fps
    fast = np.flatnonzero((step > FASTEST).any(axis=0))
    found = root
    for joint in fast:
        found = found | spikes(relative[:, joint], motion.fps)
    return np.asarray(found)


def mended(motion: Motion) -> tuple[Motion, Bools, int]:
    """Bridge short faults.

    Returns
    -------
    motion
        With slerp and lines over short faults.
    left
        ``(T,)`` True where a fault was too long to be bridged.
    count
        Frames that were bridged.
    """
    wrong = impossible(motion)
    if not wrong.any():
        return motion, wrong, 0
    translation, rotations = motion.translation.copy(), motion.rotations.copy()
    left, count = np.zeros(len(motion), bool), 0
    for first, last in runs(wrong):
        if last - first > MEND_SECONDS * motion.fps or first == 0 or last == len(motion):
            left[first:last] = True
            continue
        share = (np.arange(first, last) - first + 1) / (last - first + 1)
        translation[first:last] = translation[first - 1] + share[:, None] * (translation[last] - translation[first - 1])
        rotations[first:last] = rot.slerp(rotations[None, first - 1], rotations[None, last], share[:, None])
        count += last - first
    fixed = Motion(
        motion.skeleton, motion.fps, translation.astype(np.float32), rot.continuous(rotations), motion.contacts
    )
    return fixed, left, count


def sliced(motion: Motion, first: int, last: int) -> Motion:
    """Frames ``first .. last - 1``."""
    contacts = None if motion.contacts is None else motion.contacts[first:last]
    return Motion(motion.skeleton, motion.fps, motion.translation[first:last], motion.rotations[first:last], contacts)
