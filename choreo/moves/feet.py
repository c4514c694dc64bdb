"""What a foot holds, and a step from one to the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from choreo.moves.notation import Key
from choreo.types import Doubles


@dataclass(frozen=True, eq=False)
class FootPose:
    """What a foot holds between two steps, the count at which it came to it, and where its knee points, if written."""

    ball: Doubles
    yaw: float
    pitch: float = 0.0
    lift: float = 0.0
    since: float = 0.0
    knee: Doubles = field(default_factory=lambda: np.zeros(3))


@dataclass(frozen=True)
class FootStep:
    """One step of one foot: from the pose that it held to the one that it holds from the count `at` on.

    On its way it is lifted by no more than `most` metres; `hasty` 0..1 is how evenly it flies for want of time.
    """

    key: Key
    how: str
    begin: float
    at: float
    old: FootPose
    new: FootPose
    most: float = np.inf
    hasty: float = 0.0


__all__ = ["FootPose", "FootStep"]
