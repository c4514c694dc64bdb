"""What is written: a skeleton at rest with its motion, in the target's units and axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Doubles, Floats, Ints, Motion, RigMotion

CENTIMETRE = 0.01
STILL = 1e-7
"""Metres; joints that leave their place in the parent by less are not animated there."""

LOOSE = 1.5e-6
"""Metres beside its place at which a joint rests that moves in its parent: Blender joins a bone to the one above whose
end it meets exactly, and then does not move it."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A skeleton and its motion; lengths in `unit` metres, local to the parent.

    ``parents : (J,)``; ``places : (J, 3)`` and ``turns : (J, 4)`` at rest; ``rotations : (T, J, 4)``;
    ``moves``: ``(T, 3)`` of the joints that move in their parents; ``joint_of``: the joint that each canonical one is,
    by its number.
    """

    names: tuple[str, ...]
    parents: Ints
    places: Doubles
    turns: Doubles
    rotations: Floats | Doubles
    moves: dict[int, Doubles]
    joint_of: dict[int, int]
    fps: float
    unit: float
    up: str

    def rest(self) -> tuple[Doubles, Doubles]:
        """World positions ``(J, 3)`` and orientations ``(J, 4)`` at rest."""
        places, turns = self.places.copy(), self.turns.copy()
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                places[joint] = places[parent] + rot.rotate(turns[parent], self.places[joint])
                turns[joint] = rot.multiply(turns[parent], self.turns[joint])
        return places, turns

    def from_metres(self, points: np.ndarray) -> Doubles:
        """Points or directions times a length, ``(..., 3)`` metres with Y up, in the figure's units and axes."""
        x, y, z = np.moveaxis(np.asarray(points, np.float64) / self.unit, -1, 0)
        return np.stack((x, y, z) if self.up == "y" else (x, -z, y), axis=-1)

    def in_metres(self, points: Doubles) -> Doubles:
        """Points ``(..., 3)`` of the figure in metres with Y up."""
        x, y, z = np.moveaxis(points * self.unit, -1, 0)
        return np.stack((x, y, z) if self.up == "y" else (x, z, -y), axis=-1)


def of_motion(motion: Motion) -> Figure:
    """The motion's own skeleton in centimetres, Y up, which all programs take without a setting."""
    skeleton = motion.skeleton
    places = skeleton.offsets.astype(np.float64) / CENTIMETRE
    turns = np.zeros((len(skeleton), 4))
    turns[:, 0] = 1
    moves = {0: motion.translation.astype(np.float64) / CENTIMETRE}
    joints = {joint: joint for joint in range(len(skeleton))}
    return Figure(skeleton.names, skeleton.parents, places, turns, motion.rotations, moves, joints, motion.fps,
                  CENTIMETRE, "y")  # fmt: skip


def of_rig(rigged: RigMotion) -> Figure:
    """A motion on a target's rig, in its units and axes."""
    away = np.abs(rigged.translations - rigged.rest_translations).max(axis=(0, 2)) * rigged.unit
    moves = {int(joint): rigged.translations[:, joint] for joint in np.flatnonzero(away > STILL)}
    joints = {int(ours): joint for joint, ours in enumerate(rigged.canonical) if ours >= 0}
    places = rigged.rest_translations.copy()
    places[[joint for joint in moves if rigged.parents[joint] >= 0], 0] += LOOSE / rigged.unit
    return Figure(rigged.names, rigged.parents, places, rigged.rest_rotations, rigged.rotations,
                  moves, joints, rigged.fps, rigged.unit, rigged.up)  # fmt: skip
