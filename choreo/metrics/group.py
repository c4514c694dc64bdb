"""Measures of a group: how its dancers' movements go together, and how often their bodies cut each other.

Both are from Le et al., "Music-Driven Group Choreography", CVPR 2023 (AIOZ-GDANCE), section 5; what the text leaves
open is as in the authors' public code (``calculate_gmc_score_generated`` and ``extract_kinetic_features_per_frame``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from choreo.errors import ShapeError
from choreo.metrics import validate
from choreo.metrics.features import moving_mean
from choreo.motion.blocks import blocks
from choreo.motion.kinematics import forward
from choreo.motion.repair import sliced
from choreo.types import Doubles, Ints, Motion

PUBLISHED_FPS = 30.0
"""The rate of the published data, at which the numbers of `group_motion_correlation` are comparable."""
REACH = 2
"""Frames to either side over which velocities and accelerations are averaged."""
MASS = 1.5
"""By which the published code multiplies every energy."""
LONGEST = 20_000
"""Frames that are aligned with each other at most: time and memory go with their square."""
TRUNK, HEAD, LIMB = 0.14, 0.1, 0.05
"""Metres of flesh around the bones of trunk, head and limbs, near to a slender body's."""


def group_motion_correlation(positions: Sequence[Doubles], fps: float) -> float:
    """Group motion correlation (GMC), larger where dancers move alike at the same time.

    Every two dancers are aligned by dynamic time warping of their joints' positions, by Euclidean distance. Along the
    alignment the kinetic features of both (Onuma et al. 2008: of each joint horizontal and vertical squared velocity
    and acceleration, each as ``log(1 + 1.5 e)``) are multiplied and summed; the mean over the alignment is the pair's
    correlation, the mean over pairs the group's. It has no upper bound: vivid dances have larger numbers than calm
    ones, so only dances to the same music compare.

    Parameters
    ----------
    positions
        For each dancer ``(T, 24, 3)`` metres, of one length, where they dance.
    fps
        Frames a second; as published at 30. Others give other numbers.

    Returns
    -------
    NaN for fewer than two dancers or three frames.

    Raises
    ------
    ShapeError
        When an array has another form, lengths differ, or there are more than `LONGEST` frames.
    """
    dancers = [validate.positions(each, fps) for each in positions]
    if len({len(each) for each in dancers}) > 1 or any(len(each) > LONGEST for each in dancers):
        found = ", ".join(str(len(each)) for each in dancers[:8])
        raise ShapeError(f"positions: dancers of {found} frames, want one length of at most {LONGEST}")
    if len(dancers) < 2 or len(dancers[0]) < 3:
        return float("nan")
    kept = np.isfinite(np.stack(dancers)).all(axis=(0, 1, 3))
    features = [_per_frame(each[:, kept], fps) for each in dancers]
    pairs = []
    for i, j in combinations(range(len(dancers)), 2):
        one, other = aligned(dancers[i][:, kept], dancers[j][:, kept])
        # Features are of the steps between frames, one fewer.
        inside = (one < len(features[i])) & (other < len(features[j]))
        pairs.append(float((features[i][one[inside]] * features[j][other[inside]]).sum(axis=1).mean()))
    return float(np.mean(pairs))


def _per_frame(positions: Doubles, fps: float) -> Doubles:
    """Kinetic features of every step between frames ``(T - 1, 3 J)``."""
    velocity = np.diff(positions, axis=0) * fps
    acceleration = np.diff(velocity, axis=0) * fps
    frames = np.arange(1, len(positions))
    mean = moving_mean(velocity, frames - 1 - REACH, frames + REACH)
    change = moving_mean(acceleration, frames - 1 - REACH, frames + REACH)
    energy = np.stack(
        [(mean[..., [0, 2]] ** 2).sum(axis=-1), mean[..., 1] ** 2, np.linalg.norm(change, axis=-1)], axis=-1
    )
    return np.log1p(MASS * energy).reshape(len(energy), -1)


def aligned(first: Doubles, second: Doubles) -> tuple[Ints, Ints]:
    """Frames of two motions that dynamic time warping puts beside each other, ``(P,)`` each, from first to last.

    The costs are squared distances of all coordinates ``(T, ...)``; steps go one frame ahead in one motion or in both.
    """
    one, other = (each.reshape(len(each), -1) for each in (first, second))
    rows, columns = len(one), len(other)
    squares = (one**2).sum(axis=1), (other**2).sum(axis=1)
    came = np.zeros((rows + columns - 1, rows), np.int8)
    # Cells of one antidiagonal do not depend on each other; those before it are kept by the row that they are in.
    before, last = np.full(rows + 1, np.inf), np.full(rows + 1, np.inf)
    for number in range(rows + columns - 1):
        row = np.arange(max(0, number - columns + 1), min(rows, number + 1))
        column = number - row
        cost = squares[0][row] + squares[1][column] - 2 * np.einsum("ij,ij->i", one[row], other[column])
        # From both, from the row before, from the column before; index 0 is outside.
        ways = np.stack([before[row], last[row], last[row + 1]])
        best = ways.argmin(axis=0)
        total = np.maximum(cost, 0) + (0 if number == 0 else ways[best, np.arange(len(row))])
        came[number, row] = best
        now = np.full(rows + 1, np.inf)
        now[row + 1] = total
        before, last = last, now
    here, there = rows - 1, columns - 1
    path = [(here, there)]
    while here or there:
        step = int(came[here + there, here])
        here, there = here - (step != 2), there - (step != 1)
        path.append((here, there))
    found = np.array(path[::-1])
    return found[:, 0], found[:, 1]


def trajectory_intersections(motions: Sequence[Motion]) -> float:
    """Trajectory intersection frequency (TIF): pairs of dancers whose bodies cut each other, a frame; 0 is best.

    As published each two are counted in both orders. Published are intersections of SMPL's meshes; here a body is the
    flesh around the bones of its skeleton, a capsule each, which needs no mesh that may not be shipped.

    Parameters
    ----------
    motions
        One a dancer, of one length.

    Raises
    ------
    ShapeError
        When lengths differ.
    """
    if len({len(each) for each in motions}) > 1:
        raise ShapeError(f"motions: dancers of {[len(each) for each in motions][:8]} frames, want one length")
    if len(motions) < 2:
        return 0.0
    met = 0
    for block in blocks(len(motions[0]), 1024):
        bones = [_bones(sliced(each, block.start, block.stop)) for each in motions]
        for one, other in combinations(bones, 2):
            near = _near(one, other)
            if near.any():
                met += 2 * int(_cut(one, other, near).sum())
    return met / len(motions[0])


def _bones(motion: Motion) -> tuple[Doubles, Doubles, Doubles]:
    """Both ends of every bone ``(T, B, 3)``, and the flesh around it ``(B,)``, metres."""
    joints = forward(motion.skeleton, motion.translation, motion.rotations)[0].astype(np.float64)
    names = motion.skeleton.names[1:]
    flesh = [TRUNK if "spine" in name or "neck" in name else HEAD if "head" in name else LIMB for name in names]
    return joints[:, motion.skeleton.parents[1:]], joints[:, 1:], np.array(flesh)


def _near(one: tuple[Doubles, Doubles, Doubles], other: tuple[Doubles, Doubles, Doubles]) -> np.ndarray:
    """In which frames the boxes around two bodies cut each other, ``(T,)``."""
    boxes = []
    for start, end, flesh in (one, other):
        both = np.concatenate([start, end], axis=1)
        boxes.append((both.min(axis=1) - flesh.max(), both.max(axis=1) + flesh.max()))
    (low, high), (low_other, high_other) = boxes
    return np.asarray(((low <= high_other) & (low_other <= high)).all(axis=1))


def _cut(
    one: tuple[Doubles, Doubles, Doubles], other: tuple[Doubles, Doubles, Doubles], frames: np.ndarray
) -> np.ndarray:  # fmt: skip
    """In which of the chosen frames any bone's flesh of one cuts that of the other."""
    p, q = one[0][frames][:, :, None], other[0][frames][:, None]
    u, v = one[1][frames][:, :, None] - p, other[1][frames][:, None] - q
    apart = segment_distances(p, u, q, v)
    return np.asarray((apart < one[2][:, None] + other[2][None]).any(axis=(1, 2)))


def segment_distances(p: Doubles, u: Doubles, q: Doubles, v: Doubles) -> Doubles:
    """Distances of segments ``p + s u`` and ``q + t v``, s and t from 0 to 1 ``(...)``; Ericson 2005, section 5.1.9."""
    between = p - q
    a, e = np.maximum((u * u).sum(-1), 1e-12), np.maximum((v * v).sum(-1), 1e-12)
    b, c, f = (u * v).sum(-1), (u * between).sum(-1), (v * between).sum(-1)
    parallel = a * e - b * b
    s = np.where(parallel > 1e-12, np.clip((b * f - c * e) / np.maximum(parallel, 1e-12), 0, 1), 0.0)
    t = (b * s + f) / e
    s = np.where(t < 0, np.clip(-c / a, 0, 1), np.where(t > 1, np.clip((b - c) / a, 0, 1), s))
    t = np.clip(t, 0, 1)
    return np.asarray(np.linalg.norm(between + s[..., None] * u - t[..., None] * v, axis=-1))
