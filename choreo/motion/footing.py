"""When the feet of a recording are on the floor: from its own markers or joints, not from what we make of them.

Each of four points, heel and ball of either foot, has a level at which it stands: shoes have heels, markers sit where
they were put, floors of laboratories are a centimetre or two off. A point is down when it is near its own level; it is
still when it does not move along the floor either. A foot that glides or drags is down and not still.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from choreo.motion.contacts import held, sole_points
from choreo.motion.ground import drift_of
from choreo.types import Bools, Doubles, Motion

SLOW = 0.15
"""Metres a second, in space, below which a point may be resting."""
LOWEST_SHARE = 0.03
"""The quantile of a point's heights beside which it stands."""
SAME_LEVEL = 0.04
"""Metres by which a floor may be uneven, and a point be held up without being taken off the floor."""
DOWN, OFF = 0.025, 0.04
"""Metres over its level: a point comes down when it is lower than the first, and is up when higher than the second."""
STILL, MOVING = 0.12, 0.25
"""Metres a second along the floor: a point that is down stands still below the first, until it exceeds the second."""
MARKER_TOES = 0.06
"""Metres from markers on the balls of the feet to the tips of the toes."""
SMOOTH_SECONDS = 0.06
"""Positions are averaged over this time before speeds are taken; markers tremble."""


@dataclass(frozen=True, eq=False)
class Footing:
    """What the feet of a recording do; columns are left heel, left ball, right heel, right ball.

    Attributes
    ----------
    places
        ``(T, 4, 2)`` metres, x and z of each point.
    clearance
        ``(T, 4)`` metres of each point over its own level, 0 where it rests; of a ball, or the toes before it.
    down
        ``(T, 4)`` whether it is on the floor, moving or not.
    still
        ``(T, 4)`` whether it is on the floor and does not move along it.
    """

    places: Doubles
    clearance: Doubles
    down: Bools
    still: Bools

    def on_floor(self) -> Bools:
        """Whether any point is down ``(T,)``."""
        return np.asarray(self.down.any(axis=1))


def footing(points: Doubles, fps: float, toes: float = 0.0) -> Footing:
    """Read contacts off the tracks of heels and balls.

    Parameters
    ----------
    points
        ``(T, 4, 3)`` metres, +Y up: left heel, left ball, right heel, right ball, or what moves with them (an ankle for
        a heel); heights may have any zero, for each point another.
    toes
        Metres from what marks the balls to the tips of the toes, when it sits on top of the shoe and rises with the
        heel; 0 when it stays low while one stands on the toes, as the joint there does.
    """
    from scipy.ndimage import uniform_filter1d

    frames = len(points)
    size = max(1, round(SMOOTH_SECONDS * fps)) | 1
    smooth = uniform_filter1d(np.asarray(points, np.float64), size, axis=0, mode="nearest")
    velocity = np.gradient(smooth, 1 / fps, axis=0) if frames > 1 else np.zeros_like(smooth)
    slow = np.linalg.norm(velocity, axis=-1) < SLOW
    along = np.linalg.norm(velocity[..., ::2], axis=-1)
    heights = np.asarray(points[..., 1], np.float64)
    heights = heights - np.array([_level(heights[:, k], slow[:, k]) for k in range(4)])
    heights = heights - drift_of(heights.min(axis=1), fps)[:, None]
    clearance = np.stack([heights[:, k] - _uneven(heights[:, k], slow[:, k]) for k in range(4)], axis=1)
    clearance = np.maximum(clearance, 0)
    for heel, ball in ((0, 1), (2, 3)):
        apart = np.linalg.norm(points[:, ball, ::2] - points[:, heel, ::2], axis=1)
        rise = np.maximum(clearance[:, heel] - clearance[:, ball], 0)
        steep = rise / np.maximum(np.hypot(apart, rise), 1e-9)
        clearance[:, ball] = np.maximum(clearance[:, ball] - toes * steep, 0)
    down = held(clearance < DOWN, clearance < OFF)
    still = held(down & (along < STILL), down & (along < MOVING))
    return Footing(np.asarray(points[..., ::2], np.float64), clearance, down, still)


def own_footing(motion: Motion) -> Footing:
    """`footing` of a motion on the canonical skeleton, from its own soles."""
    return footing(sole_points(motion).astype(np.float64), motion.fps)


def _level(heights: Doubles, slow: Bools) -> float:
    """The height at which a point stands: near the lowest at which it ever is, where it comes to rest."""
    lowest = float(np.quantile(heights, LOWEST_SHARE))
    resting = heights[slow & (np.abs(heights - lowest) < SAME_LEVEL / 2)]
    return float(np.median(resting)) if len(resting) >= 5 else lowest


def _uneven(heights: Doubles, slow: Bools) -> Doubles:
    """How high the floor is ``(T,)`` where the point rests, a line between one rest and the next."""
    resting = np.flatnonzero(slow & (np.abs(heights) < SAME_LEVEL))
    if not len(resting):
        return np.zeros(len(heights))
    return np.interp(np.arange(len(heights)), resting, heights[resting])


def resampled(points: Doubles, fps: float, wanted: float, frames: int) -> Doubles:
    """Tracks ``(T, K, 3)`` at another rate, lines between frames: frame i of `frames` is at ``i / wanted`` seconds."""
    at = np.clip(np.arange(frames) / wanted * fps, 0, len(points) - 1)
    low = np.minimum(at.astype(np.int64), max(len(points) - 2, 0))
    part = (at - low)[:, None, None]
    return np.asarray(points[low] * (1 - part) + points[np.minimum(low + 1, len(points) - 1)] * part)


def with_contacts(motion: Motion, found: Footing) -> Motion:
    """The motion with the contacts of its recording: what stands still."""
    return replace(motion, contacts=found.still)
