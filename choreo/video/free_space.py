"""Where in a picture no dancer is: for words, which never lie over a body.

Each joint carries the part of the mesh that moves with it. The outermost points of that part, in 14 directions, are
projected in every frame, and the box around them counts as taken: somewhat more than the body, never less than its
hands at full reach. Boxes of all dancers over some frames together make a grid of cells, free or taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.rotations import rotate
from choreo.types import Body, Bools, CameraPath, Doubles, Floats, Ints, Scene
from choreo.video.camera import view_bases
from choreo.video.outline import WAYS

CELLS = 120
"""Cells along the picture's smaller side."""
SHARE = 0.08
"""Weight from which a joint carries a vertex."""
SPREAD = WAYS[np.abs(WAYS).sum(axis=1) != 2]
"""Directions to the faces and corners of a cube."""
PAD = 0.03
"""Metres around the points: skin between two joints lies outside of what either carries alone."""
BARE = 0.13
"""The same around joints that carry no mesh."""
NEAREST = 0.2
"""Metres before the lens from which on things are projected; what is nearer covers more than its box says."""
RATE = 15.0
"""Frames a second that are projected at least; between them a joint stays within the boxes of both."""
CUT = 0.3
"""Metres by which the camera moves from one frame to the next where the film is cut."""
BLOCK = 64
"""Frames that are projected at a time."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of the picture's width and height."""


@dataclass(frozen=True, eq=False)
class Room:
    """What dancers take of each frame: boxes ``(T, K, 4)`` in shares of the picture, the first of frame `first`."""

    first: int
    boxes: Doubles

    def within(self, first: int, last: int) -> Doubles:
        """Boxes of the frames `first` to `last` (not with it), ``(N, 4)``."""
        return np.asarray(self.boxes[max(first - self.first, 0) : last - self.first].reshape(-1, 4))


def room_of(scene: Scene, first: int, last: int) -> Room:
    """What dancers take of the frames `first` to `last` (not with it) of a scene."""
    step = max(1, int(scene.fps / RATE))
    cuts = first + np.flatnonzero(np.linalg.norm(np.diff(scene.camera.eye[first:last], axis=0), axis=1) > CUT)
    tried = np.unique(np.concatenate([np.arange(first, last, step), cuts, cuts + 1, [last - 1]]))
    parts = np.array_split(tried, -(-len(tried) // BLOCK))
    posed = np.concatenate([_boxes(scene, part) for part in parts])
    if step == 1 or len(posed) == 1:
        return Room(first, posed)
    # What is passed through on the way from one pose to the next is taken by both.
    low = np.minimum(posed[:-1, :, :2], posed[1:, :, :2])
    both = np.concatenate([low, np.maximum(posed[:-1, :, 2:], posed[1:, :, 2:])], axis=-1)
    at = np.clip(np.searchsorted(tried, np.arange(first, last), side="right") - 1, 0, len(both) - 1)
    return Room(first, both[at])


def _boxes(scene: Scene, chosen: Ints) -> Doubles:
    """Boxes of all joints of all dancers in some frames, ``(T, K, 4)``."""
    path = CameraPath(scene.camera.eye[chosen], scene.camera.target[chosen], scene.camera.fov_y)
    bases = view_bases(path).astype(np.float64)
    focal = 0.5 / float(np.tan(scene.camera.fov_y / 2))
    shape = np.array([scene.height / scene.width, 1.0])
    found = []
    for body, motion in scene.performers:
        owners, points, pads = _carried(body, len(motion.skeleton))
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        at, turns = forward(motion.skeleton, motion.translation[chosen], motion.rotations[chosen])
        world = at[:, owners] + rotate(turns[:, owners], points)
        seen = np.einsum("tpk,tak->tpa", world - bases[:, None, 3], bases[:, :3])
        scale = shape * (focal / np.maximum(-seen[..., 2], NEAREST))[..., None]
        middle = 0.5 + seen[..., :2] * [1, -1] * scale
        low = np.minimum.reduceat(middle - pads[:, None] * scale, starts, axis=1)
        high = np.maximum.reduceat(middle + pads[:, None] * scale, starts, axis=1)
        found.append(np.concatenate([low, high], axis=-1))
    return np.concatenate(found, axis=1)


@lru_cache(maxsize=8)
def _carried(body: Body, joints: int) -> tuple[Ints, Floats, Doubles]:
    """Joint ``(P,)``, sorted, place from it ``(P, 3)`` and pad ``(P,)`` in metres of the outermost points of a mesh."""
    rest = rest_positions(body.skeleton).astype(np.float64)
    parents = np.asarray(body.skeleton.parents)
    owners, points, pads = [], [], []
    carrier = np.arange(len(body.skeleton))
    while (above := carrier >= joints).any():  # joints that the motion does not have go with their parents
        carrier = np.where(above, parents[carrier], carrier)
    for joint in range(joints):
        mine = carrier[body.joint_indices.astype(np.int64)] == joint
        near = body.vertices[((body.weights > SHARE) & mine).any(axis=1)].astype(np.float64) - rest[joint]
        far = near[np.unique((near @ SPREAD.T).argmax(axis=0))] if len(near) else np.zeros((1, 3))
        owners.append(np.full(len(far), joint))
        points.append(far)
        pads.append(np.full(len(far), PAD if len(near) else BARE))
    return np.concatenate(owners), np.concatenate(points).astype(np.float32), np.concatenate(pads)


def taken(boxes: Sequence[Box] | Doubles, width: int, height: int) -> Bools:
    """Cells ``(rows, columns)`` of a picture of `width` and `height` pixels that boxes touch."""
    rows, columns = cells_of(width, height)
    edges = np.asarray(boxes, np.float64).reshape(-1, 4) * [columns, rows, columns, rows]
    low = np.floor(np.clip(edges[:, :2], 0, [columns, rows])).astype(int)
    high = np.ceil(np.clip(edges[:, 2:], 0, [columns, rows])).astype(int)
    # A box adds 1 from its corner on and takes it off behind its sides: two running sums fill all boxes at once.
    steps = np.zeros((rows + 1, columns + 1), np.int64)
    for x, y, sign in ((low[:, 0], low[:, 1], 1), (high[:, 0], low[:, 1], -1), (low[:, 0], high[:, 1], -1),
                       (high[:, 0], high[:, 1], 1)):  # fmt: skip
        np.add.at(steps, (y, x), sign)
    return np.asarray(steps.cumsum(axis=0).cumsum(axis=1)[:rows, :columns] > 0)


def cells_of(width: int, height: int) -> tuple[int, int]:
    """Rows and columns of the grid of a picture."""
    scale = CELLS / min(width, height)
    return max(1, round(height * scale)), max(1, round(width * scale))


def free_places(grid: Bools, rows: int, columns: int) -> Bools:
    """Where a block of cells is free: true at its upper left cell, ``(R - rows + 1, C - columns + 1)``."""
    if rows > grid.shape[0] or columns > grid.shape[1]:
        return np.zeros((0, 0), bool)
    sums = np.pad(grid.astype(np.int64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    inside = sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]
    return np.asarray(inside == 0)


__all__ = ["Box", "Room", "cells_of", "free_places", "room_of", "taken"]
