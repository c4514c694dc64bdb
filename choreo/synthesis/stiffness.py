"""Smoothing as a beam that is stiff where it must be: how much of it each part of a body needs, frame by frame.

A path through frames ``x`` is bent as little as it can be and stays as near to the recording's as it can:
``sum (x - recording)^2 + sum stiffness * (second difference of x)^2``, the smoother of Whittaker (1923), whose penalty
is one of each frame here. It is solved at once, however far a snap has to be spread.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from choreo.types import Bools, Doubles, Floats, Ints, Skeleton

LEAST = 2.0
"""Stiffness of a frame at which a joint exceeds its limit, for a start; 1 smooths about a frame, 256 about four."""
POWER = 2
"""Of what it exceeds, by which the frame is made stiffer."""
MOST = 1e8
"""Stiffness that is not exceeded: as good as straight."""
SPREADS = (4, 4, 4, 4, 1, 0)
"""Frames to either side of one that exceeds that are made stiffer with it, from round to round: many at first, so that
there is room, then few, for what is still too much is where a neighbour is stiffer."""
ARM, LEG = ("shoulder", "elbow", "wrist", "hand"), ("hip", "knee", "ankle", "foot")


@lru_cache(maxsize=8)
def body_parts(skeleton: Skeleton) -> tuple[Ints, ...]:
    """Joints of the trunk with the head, of the left and the right arm, of the left and the right leg, hips first."""
    limbs = [[skeleton.index(f"{side}_{part}") for part in parts] for parts in (ARM, LEG) for side in ("left", "right")]
    trunk = sorted(set(range(len(skeleton))) - {joint for limb in limbs for joint in limb})
    return tuple(np.array(each) for each in (trunk, *limbs))


def stiffer(stiffness: Floats, ratios: Floats, standing: Bools, parts: tuple[Ints, ...], spread: int) -> Floats:
    """Stiffness ``(5, T)`` of `parts` that is more where their joints exceed: `ratios` ``(T, J)`` over 1.

    The trunk is stiffer for its own joints, for the shoulders and hips, which it carries, and for knees over feet that
    are `standing` ``(T, 2)``: these have nothing else that could give way. `spread` is one of `SPREADS`.
    """
    worst = np.stack([ratios[:, joints].max(axis=1) for joints in parts])
    carried = ratios[:, [limb[0] for limb in parts[1:]]].max(axis=1)
    worst[0] = np.maximum(np.maximum(worst[0], carried), (worst[3:] * standing.T).max(axis=0))
    grown = np.where(worst > 1, np.maximum(stiffness, LEAST) * np.maximum(worst, 1) ** POWER, stiffness)
    beside = np.pad(grown, [(0, 0), (spread, spread)])
    near = np.lib.stride_tricks.sliding_window_view(beside, 2 * spread + 1, axis=1)
    fading = np.cos(0.5 * np.pi * np.arange(-spread, spread + 1) / (spread + 1)) ** 2
    return np.asarray(np.clip((near * fading).max(axis=-1), stiffness, MOST), np.float32)


def smoothers(stiffness: Floats, fixed: Bools) -> Doubles:
    """Matrices ``(K, T, T)`` that smooth paths with stiffness ``(K, T)``; frames that are `fixed` ``(K, T)`` stay."""
    bend = _second_difference(stiffness.shape[1])
    matrix = np.eye(stiffness.shape[1]) + (bend.T * stiffness[:, None, 1:-1].astype(np.float64)) @ bend
    matrix[fixed] = np.broadcast_to(np.eye(stiffness.shape[1]), matrix.shape)[fixed]
    return np.asarray(np.linalg.inv(matrix), np.float64)


def smoothed(matrix: Doubles, *paths: Floats) -> list[Floats]:
    """Paths ``(T, ...)`` smoothed by one of the matrices ``(T, T)``."""
    flat = [path.reshape(len(path), -1) for path in paths]
    out = (matrix @ np.concatenate(flat, axis=1)).astype(np.float32)
    ends = np.cumsum([each.shape[1] for each in flat])[:-1]
    return [each.reshape(path.shape) for each, path in zip(np.split(out, ends, axis=1), paths, strict=True)]


@lru_cache(maxsize=64)
def _second_difference(frames: int) -> Doubles:
    return np.asarray(np.diff(np.eye(frames), n=2, axis=0))
