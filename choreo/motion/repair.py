"""Find faults of a recording, such as jumps, spikes and drop-outs; bridge short ones and report long ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.types import Bools, Doubles, Motion

FASTEST = 12.0
"""Metres a second: the hands of the fastest dancers stay below; above is a fault of the recording."""
MEND_SECONDS = 0.25
"""Faults up to this long are bridged; longer ones are cut out."""
HASTE = 1.5
"""A single step may be this many times faster than `FASTEST` when the point stays where it went."""
LONG_SECONDS = 1.5
"""A track that goes on elsewhere for so long is no fault; frames are missing before it."""
FARTHEST_SECONDS = 0.25
"""Over a gap, however long, a point may have come as far as it can in this time."""


def spikes(points: Doubles, fps: float, limit: float = FASTEST) -> Bools:
    """Frames ``(T,)`` in which a point of ``(T, 3)`` is where it cannot be.

    Steps faster than `limit` m/s break the track into pieces. The longest piece is trusted. From there, forwards and
    backwards, a short piece after which the track comes back is a fault, and so is one that is too far away to have
    been reached. A long piece that is too far away is trusted nevertheless: frames are missing before it, so that the
    frames on both sides of the break are faults.
    """
    count = len(points)
    jumps = np.flatnonzero(np.linalg.norm(np.diff(points, axis=0), axis=-1) * fps > limit) + 1
    if not len(jumps):
        return np.zeros(count, bool)
    edges = np.concatenate([[0], jumps, [count]])
    middle = int(np.argmax(np.diff(edges)))
    wrong = np.ones(count, bool)
    wrong[edges[middle] : edges[middle + 1]] = False
    pieces = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    ahead = [(first, last - 1) for first, last in pieces[middle + 1 :]]
    behind = [(last - 1, first) for first, last in reversed(pieces[:middle])]
    for side, begin in ((ahead, pieces[middle][1] - 1), (behind, pieces[middle][0])):
        last = begin
        for near, far, broken in _trusted(points, side, begin, fps, limit):
            wrong[min(near, far) : max(near, far) + 1] = False
            if broken:
                wrong[[last, near]] = True
            last = far
    return wrong


def _trusted(
    points: Doubles, pieces: list[tuple[int, int]], begin: int, fps: float, limit: float
) -> list[tuple[int, int, bool]]:
    """Of pieces (nearest, farthest frame) that lead away from `begin`, the trusted ones, and whether after a break."""
    found, last = [], begin

    def reachable(frame: int, frames: float) -> bool:
        allowed = limit * min(max(abs(frame - last), frames) / fps, FARTHEST_SECONDS)
        return bool(np.linalg.norm(points[last] - points[frame]) <= allowed)

    for k, (near, far) in enumerate(pieces):
        back = k + 1 < len(pieces) and reachable(pieces[k + 1][0], 1)
        if abs(far - near) < MEND_SECONDS * fps and back:
            continue
        fits, long = reachable(near, HASTE), abs(far - near) >= LONG_SECONDS * fps
        if fits or long:
            found.append((near, far, not fits or abs(near - last) == 1))
            last = far
    return found


def runs(flags: Bools) -> list[tuple[int, int]]:
    """First and past-last frame of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def impossible(motion: Motion) -> Bools:
    """Frames ``(T,)`` of a motion in which the root jumps, or a joint relative to the root."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    root = spikes(positions[:, 0].astype(np.float64), motion.fps)
    relative = (positions - positions[:, :1]).astype(np.float64)
    step = np.linalg.norm(np.diff(relative, axis=0), axis=-1) * motion.fps
    # Joints relative to the root, or a jump of the root would be found in all 24. Few joints are ever too fast.
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
        if last - first > MEND_SECONDS * motion.fps or first == 0 or last == len(motion) or _torn(motion, first, last):
            left[first:last] = True
            continue
        share = (np.arange(first, last) - first + 1) / (last - first + 1)
        translation[first:last] = translation[first - 1] + share[:, None] * (translation[last] - translation[first - 1])
        rotations[first:last] = rot.slerp(rotations[None, first - 1], rotations[None, last], share[:, None])
        count += last - first
    fixed = replace(motion, translation=translation.astype(np.float32), rotations=rot.continuous(rotations))
    return fixed, left, count


def _torn(motion: Motion, first: int, last: int) -> bool:
    """Whether a joint would have to be faster than `FASTEST` to get from before the fault to after it."""
    ends = sliced(motion, first - 1, last + 1)
    positions, _ = forward(motion.skeleton, ends.translation[[0, -1]], ends.rotations[[0, -1]])
    far = float(np.linalg.norm(positions[1] - positions[0], axis=-1).max())
    return far > FASTEST * (last - first + 1) / motion.fps


def followed(first: Motion, second: Motion) -> Motion:
    """The frames of a motion, then those of another that has contacts and hands where it has."""
    contacts = None if first.contacts is None or second.contacts is None else [first.contacts, second.contacts]
    hands = None if first.hands is None or second.hands is None else [first.hands, second.hands]
    return Motion(
        first.skeleton,
        first.fps,
        np.concatenate([first.translation, second.translation]),
        rot.continuous(np.concatenate([first.rotations, second.rotations])),
        None if contacts is None else np.concatenate(contacts),
        None if hands is None else np.concatenate(hands),
    )


def sliced(motion: Motion, first: int, last: int) -> Motion:
    """Frames ``first .. last - 1``."""
    contacts = None if motion.contacts is None else motion.contacts[first:last]
    hands = None if motion.hands is None else motion.hands[first:last]
    translation, rotations = motion.translation[first:last], motion.rotations[first:last]
    return Motion(motion.skeleton, motion.fps, translation, rotations, contacts, hands)
