"""How much of a dance is copied: verbatim runs against a set of sources, and against itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.metrics.poses import mirrored
from choreo.types import Doubles, Ints

RATE = 15.0
"""Poses a second that are compared."""
TOLERANCE = 0.04
"""Metres, root mean square over the joints: the same pose."""
LEAST_SECONDS = 1.0
"""A shorter run is no copy: anybody's step is somebody's."""
BLOCK = 64
APART_SECONDS = 2.0
"""Within the dance itself, how much earlier what is repeated must have been."""


@dataclass(frozen=True)
class Run:
    """A stretch of the dance that is danced in a source: seconds in the dance, the source, seconds in it, mirrored."""

    start: float
    end: float
    source: int
    source_end: float
    mirror: bool

    @property
    def seconds(self) -> float:
        """Length."""
        return self.end - self.start


@dataclass(frozen=True)
class Copies:
    """``rate``: share of the dance in runs; ``longest``: seconds; ``sources``: how many different ones; the runs."""

    rate: float
    longest: float
    sources: int
    runs: tuple[Run, ...]


def copies(dance: Doubles, sources: Sequence[Doubles], *, tolerance: float = TOLERANCE) -> Copies:
    """Find verbatim runs of a dance in sources, in either speed from half to double, mirrored or not.

    Parameters
    ----------
    dance, sources
        Poses at `RATE` a second ``(T, 24, 3)`` as `choreo.metrics.poses.sampled` gives them.
    tolerance
        Root mean square distance of the joints, metres, up to which two poses are the same.

    Returns
    -------
    Copies
        All 0 where there is nothing to compare with.
    """
    if not len(dance) or not any(len(each) for each in sources):
        return Copies(0.0, 0.0, 0, ())
    # two poses that match nothing stand between sources: no run can step over both
    wall = np.full((2, 72), np.inf)
    rows = [part for each in sources for part in (np.asarray(each).reshape(len(each), -1), wall)]
    of = np.concatenate([np.full(len(each) + 2, k) for k, each in enumerate(sources)])
    at = np.concatenate([np.arange(len(each) + 2) for each in sources])
    library = np.concatenate(rows)
    plain = _runs(dance, library, tolerance)
    flipped = _runs(mirrored(dance), library, tolerance)
    lengths = np.maximum(plain[0], flipped[0])
    mirror = flipped[0] > plain[0]
    place = np.where(mirror, flipped[1], plain[1])
    return _summary(lengths, of[place], at[place], mirror)


def self_copies(dance: Doubles, *, tolerance: float = TOLERANCE, apart: float = APART_SECONDS) -> Copies:
    """Find stretches of a dance ``(T, 24, 3)`` at `RATE` that repeat an earlier one of it, mirrored or not."""
    if not len(dance):
        return Copies(0.0, 0.0, 0, ())
    library = np.asarray(dance).reshape(len(dance), -1)
    gap = max(1, round(apart * RATE))
    plain = _runs(dance, library, tolerance, gap)
    flipped = _runs(mirrored(dance), library, tolerance, gap)
    lengths = np.maximum(plain[0], flipped[0])
    mirror = flipped[0] > plain[0]
    place = np.where(mirror, flipped[1], plain[1])
    return _summary(lengths, np.zeros_like(place), place, mirror)


def _runs(dance: Doubles, library: Doubles, tolerance: float, gap: int = 0) -> tuple[Ints, Ints]:
    """Longest run that ends at each pose of the dance, poses of the dance long, and where in the library it ends.

    A run goes on by one pose in both, or by one in the one and two in the other. With `gap`, the library is the dance
    itself and only poses at least that many earlier count.
    """
    poses = dance.reshape(len(dance), -1).astype(np.float32)
    solid = np.isfinite(library[:, 0])
    known = np.where(solid[:, None], library, 0.0).astype(np.float32)
    squares, limit = (known**2).sum(axis=1), tolerance**2 * dance.shape[1]
    before = np.zeros(len(library) + 2, np.int64)  # two empty columns in front, for steps from beyond the edge
    earlier, was_same = before, np.zeros(len(library), bool)
    lengths, places = np.zeros(len(dance), np.int64), np.zeros(len(dance), np.int64)
    for i, pose in enumerate(poses):
        if i % BLOCK == 0:
            dots = poses[i : i + BLOCK] @ known.T
        same = solid & (squares - 2 * dots[i % BLOCK] + pose @ pose <= limit)
        if gap:
            same[max(0, i - gap) :] = False
        # straight on; over a pose of the library; or two poses of the dance on one of the library
        longest = np.maximum(before[1:-1], before[:-2])
        held = np.where(was_same, earlier[1:-1] + 1, 0)
        run = np.where(same, 1 + np.maximum(longest, held), 0)
        places[i] = int(run.argmax())
        lengths[i] = run[places[i]]
        earlier, was_same = before, same
        before = np.concatenate([before[:2], run])
    return lengths, places


def _summary(lengths: Ints, source: Ints, place: Ints, mirror: np.ndarray) -> Copies:
    """Cut the dance into its longest runs, from the end on."""
    runs: list[Run] = []
    least = round(LEAST_SECONDS * RATE)
    i = len(lengths) - 1
    while i >= 0:
        length = int(lengths[i])
        if length >= least:
            first = i - length + 1
            runs.append(Run(first / RATE, (i + 1) / RATE, int(source[i]), int(place[i]) / RATE, bool(mirror[i])))
            i = first - 1
        else:
            i -= 1
    covered = sum(run.seconds for run in runs) * RATE / len(lengths)
    longest = max((run.seconds for run in runs), default=0.0)
    return Copies(covered, longest, len({run.source for run in runs}), tuple(runs[::-1]))
