"""How a clip begins and ends, and where it takes the dancer: all that the planner wants to know of its motion."""

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
"""Frames at 60 a second over which poses next to each other are compared, as `scale` (after Kovar et al. 2002)."""
FIELDS = {"pose": 6 * JOINTS, "velocity": 6 * JOINTS, "contacts": 8, "scale": 2, "moved": 3}
"""Numbers of each part; the first half of pose, velocity, contacts and scale is of the beginning."""
WIDTH = sum(FIELDS.values())
_AT = np.cumsum([0, *FIELDS.values()])


def part(ends: Floats, name: str) -> Floats:
    """One of `FIELDS` of ``(C, WIDTH)``.

    `pose` and `velocity` come as ``(C, 2, 24, 3)``: metres about the root's place on the floor, and metres a second,
    both in the root's heading. `contacts` as ``(C, 2, 4)``, `scale` ``(C, 2)`` metres, `moved` ``(C, 3)``: metres to
    the side and ahead, radians turned, seen from how the clip begins.
    """
    number = list(FIELDS).index(name)
    values = ends[:, _AT[number] : _AT[number + 1]]
    shapes = {"pose": (2, JOINTS, 3), "velocity": (2, JOINTS, 3), "contacts": (2, 4)}
    return values.reshape(len(values), *shapes[name]) if name in shapes else values


def mirrored(ends: Floats) -> Floats:
    """Ends of the mirrored clips."""
    flip = np.array([-1, 1, 1], np.float32)
    parts = {name: part(ends, name) for name in FIELDS}
    parts["pose"], parts["velocity"] = (parts[name][:, :, MIRROR] * flip for name in ("pose", "velocity"))
    parts["contacts"] = parts["contacts"][:, :, [2, 3, 0, 1]]
    parts["moved"] = parts["moved"] * np.array([-1, 1, -1], np.float32)
    return np.concatenate([parts[name].reshape(len(ends), -1) for name in FIELDS], axis=1).astype(np.float32)


def _frames(motion: Motion) -> list[int]:
    """Frames at both ends that are looked at: begin and after it, before the end and end."""
    last, near = len(motion) - 1, max(1, round(NEAR * motion.fps / 60))
    return [0, min(near, last), max(last - near, 0), last]


def measure_ends(motions: Sequence[Motion]) -> Floats:
    """Describe how motions begin and end, ``(C, WIDTH) float32``."""
    if not motions:
        return np.zeros((0, WIDTH), np.float32)
    picked = [_frames(motion) for motion in motions]
    seconds = np.array([max(f[1] - f[0], 1) / m.fps for f, m in zip(picked, motions, strict=True)], np.float32)
    translation = np.stack([m.translation[f] for f, m in zip(picked, motions, strict=True)])
    rotations = np.stack([m.rotations[f] for f, m in zip(picked, motions, strict=True)])
    places, _ = forward(CANONICAL, translation, rotations)
    ground = translation[:, :, None] * np.array([1, 0, 1], np.float32)
    heading = rot.heading(rotations[:, :, 0])
    back = rot.yaw(-heading[:, [0, 3]])[:, :, None].astype(np.float32)
    pose = rot.rotate(back, (places - ground)[:, [0, 3]])
    speed = np.stack([places[:, 1] - places[:, 0], places[:, 3] - places[:, 2]], axis=1) / seconds[:, None, None, None]
    velocity = rot.rotate(back, speed)
    own = rot.rotate(rot.yaw(-heading)[:, :, None].astype(np.float32), places - ground)
    scale = np.sqrt((np.stack([own[:, 1] - own[:, 0], own[:, 3] - own[:, 2]], axis=1) ** 2).sum(-1).mean(-1))
    contacts = np.stack([contacts_of(motion)[[0, -1]] for motion in motions]).astype(np.float32)
    away = rot.rotate(back[:, 0, 0], (ground[:, 3] - ground[:, 0])[:, 0])
    turned = rot.wrap_angle(heading[:, 3] - heading[:, 0])
    moved = np.stack([away[:, 0], away[:, 2], turned], axis=1)
    parts = (pose, velocity, contacts, scale, moved)
    return np.concatenate([each.reshape(len(motions), -1) for each in parts], axis=1).astype(np.float32)


def ends_of(clips: Sequence[Clip]) -> Floats:
    """Ends of clips ``(C, WIDTH)``: those that the database keeps, others measured."""
    out = np.zeros((len(clips), WIDTH), np.float32)
    kept = [getattr(clip, "ends", None) for clip in clips]
    new = [k for k, ends in enumerate(kept) if ends is None]
    for k, ends in enumerate(kept):
        if ends is not None:
            out[k] = ends
    out[new] = measure_ends([clips[k].motion for k in new])
    return out
