"""How a clip begins and ends, and where it takes the dancer: all that planning reads of its motion.

One vector of `WIDTH` numbers a clip, its boundary, stands for the whole motion, so that a database keeps it beside the
facts of a clip and a transition is priced without a motion being read. Its parts lie one after the other as `FIELDS`
lists them; `boundary_part` takes them out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, MIRROR
from choreo.types import Clip, Floats, Motion

JOINTS = len(CANONICAL)
NEAR = 4
"""Frames at 60 a second over which `pose_change` and the velocities are measured (after Kovar et al. 2002)."""
FIELDS = {"pose": 6 * JOINTS, "velocity": 6 * JOINTS, "contacts": 8, "pose_change": 2, "displacement": 3}
"""Numbers of each part of a boundary, in their order.

All but the displacement have two halves of equal length: the clip's first frame, then its last.
"""
WIDTH = sum(FIELDS.values())
_OFFSETS = np.cumsum([0, *FIELDS.values()])


def boundary_part(boundaries: Floats, name: str) -> Floats:
    """Take one part out of boundaries.

    Parameters
    ----------
    boundaries
        ``(C, WIDTH)``.
    name
        One of `FIELDS`.

    Returns
    -------
    ``pose``
        ``(C, 2, 24, 3)`` joint positions in metres, from the root's position on the floor, in the root's heading.
    ``velocity``
        ``(C, 2, 24, 3)`` of the joints, metres a second, in the root's heading.
    ``contacts``
        ``(C, 2, 4)`` 1 where a sole stands.
    ``pose_change``
        ``(C, 2)`` metres by which the joints move within the pose over `NEAR` frames, root mean square over joints.
    ``displacement``
        ``(C, 3)`` of the root from the first frame to the last: metres to the side and ahead, and radians turned, as
        seen from the first frame.
    """
    number = list(FIELDS).index(name)
    values = boundaries[:, _OFFSETS[number] : _OFFSETS[number + 1]]
    shapes = {"pose": (2, JOINTS, 3), "velocity": (2, JOINTS, 3), "contacts": (2, 4)}
    return values.reshape(len(values), *shapes[name]) if name in shapes else values


def mirrored_boundaries(boundaries: Floats) -> Floats:
    """Boundaries of the same clips danced mirrored, ``(C, WIDTH) float32``."""
    if not len(boundaries):
        return np.zeros((0, WIDTH), np.float32)
    flip = np.array([-1, 1, 1], np.float32)
    parts = {name: boundary_part(boundaries, name) for name in FIELDS}
    parts["pose"], parts["velocity"] = (parts[name][:, :, MIRROR] * flip for name in ("pose", "velocity"))
    parts["contacts"] = parts["contacts"][:, :, [2, 3, 0, 1]]
    parts["displacement"] = parts["displacement"] * np.array([-1, 1, -1], np.float32)
    return np.concatenate([parts[name].reshape(len(boundaries), -1) for name in FIELDS], axis=1).astype(np.float32)


def _measured_frames(motion: Motion) -> list[int]:
    """The first frame, one `NEAR` after it, one `NEAR` before the last, and the last."""
    last, near = len(motion) - 1, max(1, round(NEAR * motion.fps / 60))
    return [0, min(near, last), max(last - near, 0), last]


def measure_boundaries(motions: Sequence[Motion]) -> Floats:
    """Measure how motions begin and end, ``(C, WIDTH) float32``."""
    if not motions:
        return np.zeros((0, WIDTH), np.float32)
    # Four frames of each motion, so that one call of the kinematics does for all motions: (C, 4, J, ...).
    frames = [_measured_frames(motion) for motion in motions]
    seconds = np.array([max(f[1] - f[0], 1) / m.fps for f, m in zip(frames, motions, strict=True)], np.float32)
    translation = np.stack([m.translation[f] for f, m in zip(frames, motions, strict=True)])
    rotations = np.stack([m.rotations[f] for f, m in zip(frames, motions, strict=True)])
    joints, _ = forward(CANONICAL, translation, rotations)
    ground = translation[:, :, None] * np.array([1, 0, 1], np.float32)
    heading = rot.heading(rotations[:, :, 0])
    back = rot.yaw(-heading[:, [0, 3]])[:, :, None].astype(np.float32)
    pose = rot.rotate(back, (joints - ground)[:, [0, 3]])
    speed = np.stack([joints[:, 1] - joints[:, 0], joints[:, 3] - joints[:, 2]], axis=1) / seconds[:, None, None, None]
    velocity = rot.rotate(back, speed)
    # The change of the pose leaves out what the root travels and turns: each frame is seen from its own root.
    own = rot.rotate(rot.yaw(-heading)[:, :, None].astype(np.float32), joints - ground)
    pose_change = np.sqrt((np.stack([own[:, 1] - own[:, 0], own[:, 3] - own[:, 2]], axis=1) ** 2).sum(-1).mean(-1))
    contacts = np.stack([contacts_of(motion)[[0, -1]] for motion in motions]).astype(np.float32)
    travelled = rot.rotate(back[:, 0, 0], (ground[:, 3] - ground[:, 0])[:, 0])
    turned = rot.wrap_angle(heading[:, 3] - heading[:, 0])
    displacement = np.stack([travelled[:, 0], travelled[:, 2], turned], axis=1)
    parts = (pose, velocity, contacts, pose_change, displacement)
    return np.concatenate([each.reshape(len(motions), -1) for each in parts], axis=1).astype(np.float32)


def boundaries_of(clips: Sequence[Clip]) -> Floats:
    """Boundaries of clips ``(C, WIDTH)``: those that a database keeps as they are, others measured."""
    out = np.zeros((len(clips), WIDTH), np.float32)
    stored = [getattr(clip, "boundary", None) for clip in clips]
    unmeasured = [k for k, boundary in enumerate(stored) if boundary is None]
    for k, boundary in enumerate(stored):
        if boundary is not None:
            out[k] = boundary
    out[unmeasured] = measure_boundaries([clips[k].motion for k in unmeasured])
    return out
