"""Where a move leaves the dancer."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.moves.foot_steps import ankle_of, foot_steps, stance_pose
from choreo.moves.frame import BodyMeasures, floor_path
from choreo.moves.notation import Move
from choreo.types import Doubles


@lru_cache(maxsize=1024)
def end_of(move: Move) -> Doubles:
    """``(3,)`` metres to the side and ahead, and radians turned, from where a move begins: the middle of the feet.

    Raises
    ------
    MotionError
        When steps overlap.
    """
    path, measures = floor_path(move, np.array([0.0, float(move.counts)])), BodyMeasures.of(CANONICAL)
    moved = np.zeros(2)
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        held = begin = stance_pose(move, path, 0.0, side, measures)
        for step in foot_steps(move, path, side, begin, measures):
            held = step.new
        moved += (ankle_of(held, sign, measures) - ankle_of(begin, sign, measures)) / 2
    return np.array([moved[0], moved[1], path.at(float(move.counts))[1]])
