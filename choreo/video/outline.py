"""How far a body's mesh reaches beyond its joints, for cameras that keep all of it in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import rest_positions
from choreo.motion.map_fit import HEIGHT
from choreo.motion.skeleton import CANONICAL
from choreo.types import Body, Doubles, Floats, Ints

WAYS = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)])
"""Directions in which the outermost vertex of each joint is taken."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Outermost points of a mesh, ``points : (P, 3)`` metres from their ``joints : (P,)``.

    ``size`` is the body's height over that of the built-in one.
    """

    joints: Ints
    points: Doubles
    size: float

    def at(self, positions: Floats, rotations: Floats) -> Doubles:
        """World positions ``(T, P, 3)`` of the points, from `forward`'s of all joints."""
        turns = rotations[:, self.joints].astype(np.float64)
        return np.asarray(positions[:, self.joints] + rot.rotate(turns, self.points))


@lru_cache(maxsize=4)
def outline_of(body: Body, flesh: float) -> Outline | None:
    """Outline of a body's mesh, `flesh` metres nearer to the joints than it is.

    None for bodies with canonical bones, whose shape is known.
    """
    joints = len(CANONICAL)
    if np.array_equal(body.skeleton.offsets[:joints], CANONICAL.offsets) or not len(body.vertices):
        return None
    rest = rest_positions(body.skeleton).astype(np.float64)
    heaviest = body.joint_indices[np.arange(len(body.weights)), body.weights.argmax(axis=1)].astype(np.int64)
    carriers = np.arange(len(body.skeleton))
    while (above := carriers >= joints).any():  # fingers go with their hands
        carriers = np.where(above, body.skeleton.parents[carriers], carriers)
    mine, points, owners = carriers[heaviest], [], []
    for joint in np.unique(mine):
        near = body.vertices[mine == joint].astype(np.float64) - rest[joint]
        far = near[np.unique((near @ WAYS.T).argmax(axis=0))]
        reach = np.linalg.norm(far, axis=1, keepdims=True)
        far = (far * (1 - flesh / np.maximum(reach, flesh)))[reach[:, 0] > flesh]
        points.append(far)
        owners.append(np.full(len(far), joint))
    size = float(np.ptp(body.vertices[:, 1])) / HEIGHT
    return Outline(np.concatenate(owners), np.concatenate(points), max(size, 0.1))


def outlines_of(bodies: Sequence[Body], flesh: float) -> tuple[Outline | None, ...]:
    """Outlines of a cast."""
    return tuple(outline_of(body, flesh) for body in bodies)


def mean_size(outlines: Sequence[Outline | None]) -> float:
    """Mean height of a cast over the usual one; 1 for the built-in dancer."""
    return float(np.mean([1.0 if each is None else each.size for each in outlines])) if outlines else 1.0


__all__ = ["Outline", "mean_size", "outline_of", "outlines_of"]
