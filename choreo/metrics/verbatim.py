"""Copying: stretches of a dance that are in a set of source motions, or earlier in the dance itself.

A run is a sequence of poses of the dance, each within a tolerance of a pose of one source, whose times in the source
advance at half to double speed. The longest runs are found by dynamic programming over pairs of poses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.metrics import validate
from choreo.metrics.poses import mirrored, sampled
from choreo.metrics.validate import JOINTS
from choreo.motion.joint_arrays import shared
from choreo.types import Bools, Doubles, Ints

RATE, FINE_RATE = 15.0, 30.0
"""Poses a second that are taken of the dance, and of the sources that they are looked for in."""
STEPS = (1, 2, 3, 4)
"""Poses of a source by which a run may advance with one pose of the dance: half to double speed."""
TOLERANCE = 0.04
"""Metres, root mean square over the joints, up to which two poses are the same."""
LEAST_SECONDS = 1.0
"""A shorter run is no copy: anybody's step is somebody's."""
BLOCK = 64
"""Poses of the dance in one matrix product."""
APART_SECONDS = 2.0
"""Seconds that a repetition within the dance must be later than what it repeats."""


@dataclass(frozen=True)
class Run:
    """A stretch of the dance that is in a source.

    ``start``, ``end``: seconds of the dance; ``source``: its index; ``source_end``: seconds of the source at the end of
    the run; ``mirror``: whether left and right are exchanged.
    """

    start: float
    end: float
    source: int
    source_end: float
    mirror: bool

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Copies:
    """``rate``: share of the dance in runs; ``longest``: seconds; ``sources``: how many different ones; the runs."""

    rate: float
    longest: float
    sources: int
    runs: tuple[Run, ...]


def copies(dance: Doubles, sources: Sequence[Doubles], fps: float, *, tolerance: float = TOLERANCE) -> Copies:
    """Find verbatim runs of a dance in sources, at half to double speed, mirrored or not.

    Parameters
    ----------
    dance, sources
        Positions ``(T, 24, 3)`` metres at `fps` frames a second; position and heading do not matter, and poses are
        compared by the joints that all of them have.
    tolerance
        Root mean square distance of the joints, metres, up to which two poses are the same.

    Returns
    -------
    Copies
        All 0 where there is nothing to compare with.
    """
    if not sources:
        return Copies(0.0, 0.0, 0, ())
    # Poses that match nothing stand between the sources, as many as the largest step: no run goes from one to another.
    used = shared(validate.positions(dance, fps), *(validate.positions(each, fps) for each in sources))
    wall = np.full((max(STEPS), JOINTS, 3), np.inf)
    parts = [np.concatenate([_sampled(each, fps, FINE_RATE, used), wall]) for each in sources]
    of = np.concatenate([np.full(len(each), k) for k, each in enumerate(parts)])
    at = np.concatenate([np.arange(len(each)) for each in parts])
    return _find_copies(
        _sampled(dance, fps, RATE, used), np.concatenate(parts), of, at, limit=tolerance**2 * used.sum()
    )


def self_copies(dance: Doubles, fps: float, *, tolerance: float = TOLERANCE, apart: float = APART_SECONDS) -> Copies:
    """Find stretches of a dance ``(T, 24, 3)`` that repeat what was danced `apart` seconds earlier or more."""
    used = shared(validate.positions(dance, fps))
    library = _sampled(dance, fps, FINE_RATE, used)
    of, at = np.zeros(len(library), np.int64), np.arange(len(library))
    return _find_copies(_sampled(dance, fps, RATE, used), library, of, at, limit=tolerance**2 * used.sum(), apart=apart)


def _sampled(positions: Doubles, fps: float, rate: float, used: Bools) -> Doubles:
    """Poses at `rate`, 0 for joints that are not compared."""
    poses = sampled(positions, fps, np.arange(0, (len(positions) - 1) / fps + 1e-9, 1 / rate))
    return np.where(used[:, None], poses, 0.0)


def _find_copies(
    dance: Doubles, library: Doubles, of: Ints, at: Ints, *, limit: float, apart: float | None = None
) -> Copies:
    """Copies in a `library` of poses; `of` and `at` ``(L,)`` are the source of each and its index in that source.

    `limit`: sum of squares up to which two poses are the same.
    """
    plain, plain_ends = _runs(dance, library, limit, apart)
    flipped, flipped_ends = _runs(mirrored(dance), library, limit, apart)
    mirror = flipped > plain
    ends = np.where(mirror, flipped_ends, plain_ends)
    return _summary(np.maximum(plain, flipped), of[ends], at[ends], mirror)


def _runs(dance: Doubles, library: Doubles, limit: float, apart: float | None) -> tuple[Ints, Ints]:
    """Length in poses of the longest run that ends at each pose of the dance, and the library's pose that it ends at.

    ``length[i, j] = 1 + max(length[i - 1, j - step] for step in STEPS)`` where pose i of the dance and pose j of the
    library are the same, else 0. One row is kept, as each needs the row before it only. With `apart`, the library is
    the dance itself and only what is that many seconds earlier counts.
    """
    poses = dance.reshape(len(dance), -1).astype(np.float32)
    solid = np.isfinite(library[:, 0, 0])
    known = np.where(solid[:, None], library.reshape(len(library), -1), 0.0).astype(np.float32)
    squares = (known**2).sum(axis=1)
    front = max(STEPS)
    before = np.zeros(front + len(library), np.int32)  # columns of 0 in front: steps from before the first pose
    lengths, ends = np.zeros(len(dance), np.int64), np.zeros(len(dance), np.int64)
    for i, pose in enumerate(poses):
        if i % BLOCK == 0:
            dots = poses[i : i + BLOCK] @ known.T
        same = solid & (squares - 2 * dots[i % BLOCK] + pose @ pose <= limit)
        if apart is not None:
            same[max(0, round((i / RATE - apart) * FINE_RATE)) :] = False
        longest = before[front - 1 : -1].copy()
        for step in STEPS[1:]:
            np.maximum(longest, before[front - step : -step], out=longest)
        before[front:] = np.where(same, longest + 1, 0)
        ends[i] = int(before[front:].argmax())
        lengths[i] = before[front + ends[i]]
    return lengths, ends


def _summary(lengths: Ints, source: Ints, end: Ints, mirror: np.ndarray) -> Copies:
    """Cut the dance into runs: from its last pose backwards, always the longest that ends there."""
    runs: list[Run] = []
    least = round(LEAST_SECONDS * RATE)
    i = len(lengths) - 1
    while i >= 0:
        length = int(lengths[i])
        if length >= least:
            first = i - length + 1
            runs.append(Run(first / RATE, (i + 1) / RATE, int(source[i]), int(end[i]) / FINE_RATE, bool(mirror[i])))
            i = first - 1
        else:
            i -= 1
    covered = sum(run.seconds for run in runs) * RATE / len(lengths)
    longest = max((run.seconds for run in runs), default=0.0)
    return Copies(covered, longest, len({run.source for run in runs}), tuple(runs[::-1]))
