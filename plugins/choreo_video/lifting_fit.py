"""The fit: points in space whose bones keep their lengths and that are seen where the landmarks are.

All frames of a window are one least-squares problem (Gauss-Newton, Levenberg's damping). What couples frames is the
acceleration of each coordinate and the standing still of feet, so that its normal equations are banded and solved
exactly. Coordinates are the camera's: x to the right, y up, z towards the viewer, hence negative in front of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from choreo.types import Bools, Doubles
from choreo_video.lifting_body import BONES, FEET, GIVES, POINTS

ROUNDS = 12
SEEN, DEPTH = 0.03, 0.09
"""Metres by which a landmark that is well seen misses in the picture, and the depth of a bone's end from its start."""
OUTLIER = 3.0
"""Multiples of these from which on a landmark counts less and less (Cauchy)."""
JERKS = {"wrist": 44.0, "index": 60.0, "pinky": 60.0, "elbow": 28.0, "ankle": 28.0, "heel": 32.0, "foot_index": 36.0,
         "knee": 24.0}  # fmt: skip
CALM = 16.0
"""Accelerations in m/s2 that are usual for a point; hits are more, hence Cauchy's weight on them."""
STILL, FLOOR = 0.0015, 0.008
"""Metres by which a foot that stands moves from frame to frame at 30 a second, and by which it is off the floor."""
FLEXED, BENT = 0.01, 0.03
"""Metres by which knees are before the line from hip to ankle at least, and how firmly."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What is fitted: of T frames and J points.

    ``rays (T, J, 2)`` the landmarks in the picture, right and up, over the focal length; ``weight (T, J)`` how well
    each is seen, 0..1; ``depth (T, J)`` metres towards the viewer as the net guesses; ``fps``; ``up (3,)`` in the
    camera's coordinates and ``height`` of the camera over the floor in metres; ``stands (T, 4)`` which of `FEET` stand;
    ``soles (4,)`` metres of these landmarks over the floor when they do; ``eye (T, 3)`` where the camera is in each
    frame, whose rays and depths are turned to the same coordinates.
    """

    rays: Doubles
    weight: Doubles
    depth: Doubles
    fps: float
    up: Doubles
    height: float
    stands: Bools | None = None
    soles: Doubles = field(default_factory=lambda: np.zeros(4))
    eye: Doubles | None = None


def fitted(start: Doubles, lengths: Doubles, seen: Seen, rounds: int = ROUNDS) -> Doubles:
    """Points ``(T, J, 3)`` in the camera's coordinates.

    Parameters
    ----------
    start
        ``(T, J, 3)`` first guess.
    lengths
        ``(B,)`` metres of the bones.
    """
    from scipy.linalg import solveh_banded

    points = start.copy()
    frames, count = points.shape[:2]
    size = 3 * count
    for _ in range(rounds):
        blocks = np.zeros((frames, count, 3, count, 3))
        rhs = np.zeros((frames, count, 3))
        _add_rays(blocks, rhs, points, seen)
        _add_bones(blocks, rhs, points, lengths, seen)
        _add_knees(blocks, rhs, points)
        next1, next2 = np.zeros((2, frames, count, 3))
        _add_accelerations(blocks, rhs, next1, next2, points, seen.fps)
        if seen.stands is not None:
            _add_standing(blocks, rhs, next1, points, seen)
        band = np.zeros((2 * size + 1, frames * size))
        square = blocks.reshape(frames, size, size)
        for column in range(size):
            band[: size - column, column::size] = square[:, column:, column].T
        band[0] += DAMPING
        band[size] = next1.reshape(-1)
        band[2 * size] = next2.reshape(-1)
        step = solveh_banded(
            band, -rhs.reshape(-1), lower=True, overwrite_ab=True, overwrite_b=True, check_finite=False
        )
        step = step.reshape(points.shape)
        points = points + np.clip(step, -FARTHEST, FARTHEST)
        if np.abs(step).max() < ENOUGH:
            break
    return points


DAMPING, FARTHEST, ENOUGH = 1.0, 0.3, 0.002
"""Of the equations, whose diagonals are hundreds and more; metres that a point moves at most, and least, in a round."""


def _cauchy(residual: Doubles) -> Doubles:
    return np.asarray(1 / (1 + residual**2))


def _add_rays(blocks: Doubles, rhs: Doubles, points: Doubles, seen: Seen) -> None:
    """Where the picture shows a point, in metres at its distance: linear in the point."""
    every = np.arange(points.shape[1])
    away = points if seen.eye is None else points - seen.eye[:, None]
    off = away[..., :2] + seen.rays * away[..., 2:]
    far = np.linalg.norm(off, axis=-1) / SEEN
    weight = seen.weight**2 * _cauchy(far * np.maximum(seen.weight, 0.2) / OUTLIER) / SEEN**2
    for axis in range(2):
        ray = seen.rays[..., axis]
        blocks[:, every, axis, every, axis] += weight
        blocks[:, every, axis, every, 2] += weight * ray
        blocks[:, every, 2, every, axis] += weight * ray
        blocks[:, every, 2, every, 2] += weight * ray**2
        rhs[..., axis] += weight * off[..., axis]
        rhs[..., 2] += weight * ray * off[..., axis]


def _add_bones(blocks: Doubles, rhs: Doubles, points: Doubles, lengths: Doubles, seen: Seen) -> None:
    """Lengths of bones, and how much nearer than its start the net has each bone's end."""
    for (first, second), length, give in zip(BONES.tolist(), lengths, GIVES, strict=True):
        bone = points[:, second] - points[:, first]
        long = np.linalg.norm(bone, axis=-1, keepdims=True)
        way = bone / np.maximum(long, 1e-6)
        weight = 1 / (give * length + 0.004) ** 2
        square = weight * way[:, :, None] * way[:, None, :]
        # What a bone is too short for also pushes sideways; Gauss-Newton leaves that out.
        pull = weight * (long - length) * way
        sure = np.minimum(seen.weight[:, first], seen.weight[:, second])
        depth = bone[:, 2] - (seen.depth[:, second] - seen.depth[:, first])
        sigma = DEPTH * max(length, 0.1) / 0.3
        weigh = sure**2 * _cauchy(depth / sigma / OUTLIER) / sigma**2
        square[:, 2, 2] += weigh
        pull[:, 2] += weigh * depth
        blocks[:, first, :, first] += square
        blocks[:, second, :, second] += square
        blocks[:, first, :, second] -= square
        blocks[:, second, :, first] -= square
        rhs[:, first] -= pull
        rhs[:, second] += pull


_CHAINS = [
    [POINTS.index(f"{side}_{part}") for part in ("hip", "knee", "ankle", "heel", "foot_index")]
    for side in ("left", "right")
]


def _add_knees(blocks: Doubles, rhs: Doubles, points: Doubles) -> None:
    """Knees bend forward, the way that the foot points: where they do not, they are pushed to."""
    for hip, knee, ankle, heel, toes in _CHAINS:
        leg = points[:, ankle] - points[:, hip]
        ahead = points[:, toes] - points[:, heel]
        ahead = ahead - leg * (np.sum(ahead * leg, -1) / np.maximum(np.sum(leg * leg, -1), 1e-6))[:, None]
        ahead /= np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-6)
        share = {hip: -0.5, knee: 1.0, ankle: -0.5}
        off = sum(part * points[:, joint] for joint, part in share.items())
        lack = np.minimum(np.sum(off * ahead, -1) - FLEXED, 0.0)
        weight = (lack < 0) / BENT**2
        square = weight[:, None, None] * ahead[:, :, None] * ahead[:, None, :]
        for a, part in share.items():
            rhs[:, a] += part * (weight * lack)[:, None] * ahead
            for b, other in share.items():
                blocks[:, a, :, b] += part * other * square


def _usual() -> Doubles:
    return np.array([next((each for part, each in JERKS.items() if name.endswith(part)), CALM) for name in POINTS])


def _add_accelerations(
    blocks: Doubles, rhs: Doubles, next1: Doubles, next2: Doubles, points: Doubles, fps: float
) -> None:
    if len(points) < 3:
        return
    every = np.arange(points.shape[1])
    acceleration = np.diff(points, 2, axis=0)
    unit = _usual() / fps**2
    weight = _cauchy(np.linalg.norm(acceleration, axis=-1) / unit / HIT) / unit**2
    # The same noise is spread over more frames when there are more a second.
    weight = weight * (30 / fps)
    coefficients = (1.0, -2.0, 1.0)
    for i, one in enumerate(coefficients):
        rows = slice(i, i + len(weight))
        rhs[rows] += one * weight[..., None] * acceleration
        for axis in range(3):
            blocks[rows, every, axis, every, axis] += one**2 * weight
    next1[:-2] += -2.0 * weight[..., None]
    next1[1:-1] += -2.0 * weight[..., None]
    next2[:-2] += weight[..., None]


HIT = 5.0
"""Multiples of the usual acceleration from which on it counts less and less."""


def _add_standing(blocks: Doubles, rhs: Doubles, next1: Doubles, points: Doubles, seen: Seen) -> None:
    """Feet that stand are on the floor and do not move."""
    assert seen.stands is not None
    still = STILL * 30 / seen.fps
    for k, foot in enumerate(FEET):
        stands = seen.stands[:, k].astype(np.float64)
        over = points[:, foot] @ seen.up + seen.height - seen.soles[k]
        weight = stands / FLOOR**2
        blocks[:, foot, :, foot] += weight[:, None, None] * seen.up[:, None] * seen.up
        rhs[:, foot] += (weight * over)[:, None] * seen.up
        under = np.minimum(over, 0) * (1 - stands) / FLOOR**2
        blocks[:, foot, :, foot] += ((under < 0) / FLOOR**2)[:, None, None] * seen.up[:, None] * seen.up
        rhs[:, foot] += under[:, None] * seen.up
        both = stands[1:] * stands[:-1] / still**2
        moved = points[1:, foot] - points[:-1, foot]
        rhs[1:, foot] += both[:, None] * moved
        rhs[:-1, foot] -= both[:, None] * moved
        for axis in range(3):
            blocks[1:, foot, axis, foot, axis] += both
            blocks[:-1, foot, axis, foot, axis] += both
        next1[:-1, foot] -= both[:, None]
