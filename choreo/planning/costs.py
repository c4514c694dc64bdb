"""What a choreography costs: pure functions over arrays, and the weights in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.types import Clip, Floats, Motion


@dataclass(frozen=True)
class Weights:
    """How much each term counts. Retrieval's distance has weight 1 per bar.

    `transition` per metre of mean joint misfit at a seam; `velocity` seconds that turn m/s into metres;
    `style` for a clip of another style; `straddle` for crossing a phrase border; `twice` for the same
    clip again at once, `again` for coming back within `memory` bars; `motif` is the reward, per bar,
    of dancing repeated music as before; `role` for an entrance, idle or pose out of its place;
    `outside` for a full move where no phrase is; `jitter` is the size of the seed's say.
    """

    transition: float = 3.0
    velocity: float = 0.12
    style: float = 2.5
    straddle: float = 0.35
    twice: float = 0.25
    again: float = 1.6
    motif: float = 2.0
    role: float = 6.0
    idle: float = 0.5
    outside: float = 0.8
    jitter: float = 0.25
    memory: int = 8


def seam_features(motion: Motion, *, at_end: bool, velocity: float) -> Floats:
    """Pose and velocity at one end of a motion, ``(24 * 6,)``, free of place and heading.

    Joint positions in metres about the root's ground point, and velocities in m/s times `velocity`.
    """
    span = slice(-4, None) if at_end else slice(0, 4)
    positions, world = forward(motion.skeleton, motion.translation[span], motion.rotations[span])
    frame = -1 if at_end else 0
    ground = positions[frame, 0] * np.array([1, 0, 1], np.float32)
    facing = rot.yaw(-rot.heading(world[frame, 0]))
    speeds = (positions[-1] - positions[0]) * motion.fps / max(len(positions) - 1, 1)
    pose = rot.rotate(facing, positions[frame] - ground)
    return np.concatenate([pose, rot.rotate(facing, speeds) * velocity], axis=-1).astype(np.float32).ravel()


def transition_costs(ends: Floats, starts: Floats) -> Floats:
    """Mean misfit per joint in metres from every end ``(N, F)`` to every start ``(N, F)``: ``(N, N)``.

    Blocked over rows, so memory stays linear in N.
    """
    joints = ends.shape[1] // 6
    out = np.empty((len(ends), len(starts)), np.float32)
    for row, end in enumerate(ends):
        gaps = (starts - end).reshape(len(starts), joints, 6)
        out[row] = np.linalg.norm(gaps, axis=-1).mean(axis=-1)
    return out


def style_costs(clips: Sequence[Clip], style: str | None) -> Floats:
    """``(C,)``: 0 for clips of the style, 0.4 for ``groove``, which goes with all, 1 for others."""
    if style is None:
        return np.zeros(len(clips), np.float32)
    rated = [0.0 if style in clip.styles else 0.4 if "groove" in clip.styles else 1.0 for clip in clips]
    return np.array(rated, np.float32)


def role_costs(clips: Sequence[Clip], first: int, last: int, bar: int, spans: Sequence[int]) -> Floats:
    """``(C,)`` of putting each clip at `bar`: 1 out of place, -0.3 for an entrance or ending in place.

    Entrances belong to bar `first`; endings and poses to where they stop at bar `last`.
    """
    out = np.zeros(len(clips), np.float32)
    for k, clip in enumerate(clips):
        if clip.role == "entrance":
            out[k] = -0.3 if bar == first else 1.0
        elif clip.role in ("ending", "pose"):
            out[k] = -0.3 if bar + spans[k] == last else 1.0
    return out
