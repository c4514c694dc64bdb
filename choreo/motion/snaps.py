"""Snaps: how much a joint accelerates at given moments against what it does now and then in the whole motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.motion.rotations import Array
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles

NEAR_SECONDS = 0.15
"""To either side of a moment."""
USUAL = 0.99
"""Quantile of a joint's accelerations that counts as what it does now and then."""
STILL = 2.0
"""Metres a second squared: a joint that does less now and then is compared with this."""


@dataclass(frozen=True)
class Snap:
    """The joint that accelerates most near one of the moments, by its own measure.

    Attributes
    ----------
    ratio
        Largest acceleration near a moment over the joint's 99th percentile in the whole motion, or over what it has a
        right to there where that is more; 0 without moments.
    joint
        Its name.
    time
        Second at which it happens, on the clock of the moments.
    number
        Which of the moments it is nearest to.
    """

    ratio: float
    joint: str = ""
    time: float = float("nan")
    number: int = 0


def joint_accelerations(positions: Array, fps: float) -> Array:
    """Accelerations ``(T, J)``, m/s^2, of positions ``(T, J, 3)`` in metres; the ends repeat their neighbours."""
    if len(positions) < 3:
        return np.zeros(positions.shape[:2], positions.dtype)
    inner = np.linalg.norm(np.diff(positions, n=2, axis=0), axis=-1) * positions.dtype.type(fps**2)
    return np.pad(inner, [(1, 1), (0, 0)], mode="edge")


def worst_snap(
    accelerations: Array,
    times: Doubles,
    moments: Doubles,
    *,
    near: float = NEAR_SECONDS,
    names: Sequence[str] = NAMES,
    own: Array | None = None,
) -> Snap:
    """Find the worst snap near moments, such as the seams of a dance.

    Parameters
    ----------
    accelerations
        ``(T, J)`` as `joint_accelerations` gives them; long motions may be put together from blocks. A joint that is
        missing is NaN.
    times
        ``(T,)`` rising seconds of the frames.
    moments
        ``(M,)`` rising seconds on the same clock.
    near
        Seconds to either side of a moment.
    names
        Of the joints.
    own
        ``(T, J)`` m/s^2 that the joints have a right to at each time, such as what the recording does that is danced:
        where it is more than what they do now and then, they are compared with it.

    Examples
    --------
    >>> still = np.ones((600, 24))
    >>> still[300, 20] = 5
    >>> found = worst_snap(still, np.arange(600) / 60, np.array([2.0, 5.0, 8.0]))
    >>> found.ratio, found.joint, found.time, found.number
    (2.5, 'left_wrist', 5.0, 1)
    """
    there = np.flatnonzero(np.isfinite(accelerations).all(axis=0))
    if not len(accelerations) or not len(there):
        return Snap(0.0)
    if len(there) < accelerations.shape[1]:
        accelerations, names = accelerations[:, there], [names[k] for k in there.tolist()]
        own = None if own is None else own[:, there]
    # One joint after the other: long dances need not lie in memory twice.
    usual = np.maximum([np.quantile(joint, USUAL) for joint in accelerations.T], STILL)
    worst = Snap(0.0)
    for number, moment in enumerate(moments):
        first, last = np.searchsorted(times, (moment - near, moment + near))
        if first == last:
            continue
        ratios = accelerations[first:last] / (usual if own is None else np.maximum(usual, own[first:last]))
        frame, joint = np.unravel_index(int(ratios.argmax()), ratios.shape)
        if ratios[frame, joint] > worst.ratio:
            worst = Snap(float(ratios[frame, joint]), names[int(joint)], float(times[first + frame]), number)
    return worst


__all__ = ["NEAR_SECONDS", "Snap", "joint_accelerations", "worst_snap"]
