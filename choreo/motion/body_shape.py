"""How deep arms are in trunk and head: capsules around the joints, as thick as the built-in body.

The trunk is wider than it is deep, so that it is measured narrower across, and the spine lies at its back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.motion.parts import cross, dot, length
from choreo.motion.rotations import Array
from choreo.motion.skeleton import NAMES, SIDES

NARROWED = 0.77
"""Share of a distance across the trunk that counts: half its depth over half its width."""
FORWARD = 0.03
"""Metres from the spine to the middle of the trunk."""
CAPSULES = (("pelvis", "spine3", 1.0, 0.112), ("spine3", "neck", 0.7, 0.112), ("neck", "head", 1.9, 0.085))
"""Two joints, share of the way from the first to the second at which the axis ends, radius in metres."""
ARM = (
    ("elbow", "elbow", 0.0, 0.045),
    ("elbow", "wrist", 0.5, 0.035),
    ("elbow", "wrist", 1.0, 0.028),
    ("wrist", "hand", 1.0, 0.025),
)
"""Points of an arm: two joints, share of the way between them, radius in metres."""


@dataclass(frozen=True, eq=False)
class ArmDepths:
    """How deep points of the arms are inside.

    Attributes
    ----------
    depth
        ``(T, 2, P)`` metres, of left and right arm; negative outside.
    points
        ``(T, 2, P, 3)`` where they are.
    out
        ``(T, 2, P, 3)`` unit vectors along which they come out soonest.
    front
        ``(T, 3)`` unit vectors to where the chest faces.
    """

    depth: Array
    points: Array
    out: Array
    front: Array


def arm_depths(positions: Array, names: Sequence[str] = NAMES) -> ArmDepths:
    """Measure the arms of ``(T, J, 3)`` positions in metres, whose joints have the canonical `names`."""
    at = {name: positions[:, k] for k, name in enumerate(names)}
    across = _unit(at["left_shoulder"] - at["right_shoulder"])
    front = _unit(cross(across, at["neck"] - at["pelvis"]))
    points = np.stack(
        [
            np.stack([_part_way(at[f"{side}_{a}"], at[f"{side}_{b}"], share) for a, b, share, _ in ARM], axis=1)
            for side in SIDES
        ],
        axis=1,
    )
    thick = np.array([radius for *_, radius in ARM], positions.dtype)
    across, front = across[:, None, None], front[:, None, None]
    deepest, way = np.full(points.shape[:3], -np.inf, positions.dtype), np.zeros_like(points)
    for first, second, share, radius in CAPSULES:
        begin = at[first][:, None, None] + np.float32(FORWARD) * front
        axis = np.float32(share) * (at[second] - at[first])[:, None, None]
        rel = points - begin
        along = np.clip(dot(rel, axis) / np.maximum(dot(axis, axis), 1e-9), 0, 1)
        gap = rel - along * axis
        gap = gap - (1 - np.float32(NARROWED)) * dot(gap, across) * across
        depth = radius + thick - length(gap)[..., 0]
        deeper = depth > deepest
        deepest, way = np.where(deeper, depth, deepest), np.where(deeper[..., None], _unit(gap), way)
    return ArmDepths(deepest, points, way, front[:, 0, 0])


def _part_way(a: Array, b: Array, share: float) -> Array:
    return a + np.float32(share) * (b - a)


def _unit(v: Array) -> Array:
    return np.asarray(v / np.maximum(length(v), 1e-9))
