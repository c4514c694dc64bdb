"""The path of the dancer's frame on the floor, and the lengths of the body that planning needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.moves.notation import Key, Move
from choreo.moves.tracks import sample
from choreo.types import Doubles, Skeleton


@dataclass(frozen=True, eq=False)
class BodyMeasures:
    """Lengths in metres, read from a skeleton's offsets.

    `stand` is the height of the root at rest and `ankle` that of the ankles; ``hip (3,)`` leads from the root to the
    left hip, ``ball (3,)`` from the left ankle to the ball; `spine` is from the first joint of the spine to the last.
    """

    stand: float
    hip: Doubles
    thigh: float
    shin: float
    ankle: float
    ball: Doubles
    arm: float
    spine: float

    @classmethod
    def of(cls, skeleton: Skeleton) -> BodyMeasures:
        """Measure the left side; the right one is its mirror image."""
        offset = {name: skeleton.offsets[i].astype(float) for i, name in enumerate(skeleton.names)}
        stand = float(offset["pelvis"][1])
        ankle = stand + sum(float(offset[f"left_{part}"][1]) for part in ("hip", "knee", "ankle"))
        length = {part: float(np.linalg.norm(offset[f"left_{part}"])) for part in ("knee", "ankle", "elbow", "wrist")}
        return cls(
            stand=stand,
            hip=offset["left_hip"],
            thigh=length["knee"],
            shin=length["ankle"],
            ankle=ankle,
            ball=offset["left_foot"],
            arm=length["elbow"] + length["wrist"],
            spine=float(offset["spine2"][1] + offset["spine3"][1]),
        )

    @property
    def leg(self) -> float:
        """Hip to ankle with a straight knee."""
        return self.thigh + self.shin


@dataclass(frozen=True, eq=False)
class FloorPath:
    """The dancer's frame by count: ``counts (T,)``, ``ground (T, 2)`` x and z in metres, ``yaw (T,)`` radians."""

    counts: Doubles
    ground: Doubles
    yaw: Doubles

    def at(self, count: float) -> tuple[Doubles, float]:
        """Place ``(2,)`` and yaw of the frame at `count`."""
        ground = np.array([np.interp(count, self.counts, self.ground[:, i]) for i in range(2)])
        return ground, float(np.interp(count, self.counts, self.yaw))

    def to_clip(self, local: Doubles, count: float) -> Doubles:
        """Turn a point ``(2,)`` of the dancer's frame at `count` into one of the clip."""
        ground, yaw = self.at(count)
        return np.asarray(ground + turned(local, yaw))

    def to_dancer(self, point: Doubles, count: float) -> Doubles:
        """Turn a point ``(2,)`` of the clip into one of the dancer's frame at `count`."""
        ground, yaw = self.at(count)
        return turned(point - ground, -yaw)


def turned(xz: Doubles, yaw: Doubles | float) -> Doubles:
    """Turn floor vectors ``(..., 2)`` by `yaw` radians (``(...)``) to the left."""
    sine, cosine = np.sin(yaw), np.cos(yaw)
    return np.stack([xz[..., 0] * cosine + xz[..., 1] * sine, xz[..., 1] * cosine - xz[..., 0] * sine], axis=-1)


def floor_path(move: Move, counts: Doubles) -> FloorPath:
    """Path of the dancer's frame: the move's own keys, or a straight line that covers `travel` and `turn`."""
    end: Key = {"at": float(move.counts), "to": list(move.travel), "turn": move.turn, "ease": "linear"}
    keys = move.path or (end,)
    last: Key = keys[-1]
    to, turn = list(last.get("to", (0.0, 0.0))), float(last.get("turn", 0.0))
    if (to, turn) != (list(move.travel), move.turn):
        found = f"found to {to}, turn {turn:g} at the last key"
        raise move.error("path", f"{found}, expected travel {list(move.travel)}, turn {move.turn:g}")
    keys = ({"at": 0.0, "to": [0.0, 0.0], "turn": 0.0}, *keys)
    length = float(move.counts)
    grid = np.linspace(0.0, length, 20 * move.counts + 1)
    fine = np.unique(np.concatenate([grid, counts]))
    ground = sample(keys, "to", fine, length, False)
    ground = ground if ground.ndim == 2 else np.zeros((len(fine), 2))
    return FloorPath(fine, ground, np.radians(sample(keys, "turn", fine, length, False)))
