"""A clip danced on a step's beats, sampled at the frames of the whole dance."""

from __future__ import annotations

from functools import cache

import numpy as np

from choreo.motion.kinematics import mirror
from choreo.motion.resample import sample
from choreo.moves import Move, compile_move, vocabulary
from choreo.synthesis.warp import clip_times
from choreo.types import Clip, Doubles, Motion, PlanStep


@cache
def _starter() -> dict[str, Move]:
    return vocabulary()


def realise(clip: Clip, step: PlanStep, times: Doubles, fps: float, seed: int) -> Motion:
    """Motion of `clip` at `times` (seconds in the song), its beats on the step's beats.

    Authored moves of the starter database are compiled anew onto the beats, so nothing is warped;
    other clips are warped.
    """
    beats = np.asarray(step.beats, np.float64)
    if clip.dataset == "starter" and clip.move in _starter():
        motion = compile_move(_starter()[clip.move], beats=beats - beats[0], seed=seed)
        local = times - beats[0]
    else:
        motion, local = clip.motion, clip_times(clip.beats, beats, times)
    danced = sample(motion, local, fps=fps)
    return mirror(danced) if step.mirror else danced
