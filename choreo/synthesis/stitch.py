"""One motion from a plan: every step realised, placed, blended into the last, feet kept on the floor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.errors import PlanError
from choreo.motion import rotations as rot
from choreo.motion.contacts import detect_contacts
from choreo.motion.kinematics import forward
from choreo.motion.stage import next_place
from choreo.synthesis.align import placed
from choreo.synthesis.blend import blended
from choreo.synthesis.feet import SIDES, carry_foot, is_far, put_feet, releases
from choreo.synthesis.realise import realise
from choreo.types import Bools, ChoreographyPlan, Clip, Floats, Motion, PlanStep, Skeleton

FPS = 60.0
TILT_SECONDS = 0.4
"""How long a foot takes from the tilt it had to the tilt it has in the next clip."""


def _frames(step: PlanStep, start: float, first: int, total: int, fps: float, final: bool) -> range:
    """Frames of the dance that a step fills, one more than it shows so that the next can go on from it."""
    end = total - 1 if final else min(total - 1, round((step.beats[-1] - start) * fps))
    return range(first, end + 1)


def _standing(motion: Motion) -> Bools:
    """``(T, 2)``: whether any part of the left and the right foot stands."""
    contacts = _contacts(motion)
    return np.stack([contacts[:, :2].any(axis=1), contacts[:, 2:].any(axis=1)], axis=1)


def _join(previous: Motion, incoming: Motion) -> Motion:
    """Place `incoming`, blend it and carry the feet over from where `previous` left them."""
    skeleton = incoming.skeleton
    here, heading = previous.translation[-1, [0, 2]], rot.heading(previous.rotations[-1, 0])
    ground, facing = next_place(here.astype(np.float64), np.asarray(heading, np.float64))
    incoming = placed(incoming, ground.astype(np.float32), float(facing))
    before_positions, before_world = forward(skeleton, previous.translation[-2:], previous.rotations[-2:])
    positions, world = forward(skeleton, incoming.translation, incoming.rotations)
    standing, contacts = _standing(incoming), _contacts(incoming)
    moved, pivots = [], dict[str, Floats]()
    for k, side in enumerate(SIDES):
        ankle = skeleton.index(f"{side}_ankle")
        pivots[side] = _pivot(skeleton, side, ball=bool(contacts[0, 2 * k + 1]) or not contacts[0, 2 * k])
        path = positions[:, ankle] + rot.rotate(world[:, ankle], pivots[side])
        earlier = before_positions[:, ankle] + rot.rotate(before_world[:, ankle], pivots[side])
        offset = earlier[-1] - path[0]
        speed = np.zeros(3, np.float32)
        if len(earlier) > 1 and len(path) > 1:
            speed = (earlier[1] - earlier[0] - path[1] + path[0]) * np.float32(incoming.fps)
        turn = float(rot.heading(before_world[-1, ankle]) - rot.heading(world[0, ankle]))
        moved.append((path.astype(np.float32), offset, speed, (turn + np.pi) % (2 * np.pi) - np.pi))
    left, right = (is_far(offset, turn) for _, offset, _, turn in moved)
    when = releases(standing, (left, right), incoming.fps)
    paths = {
        side: carry_foot(path, standing[:, k], offset, speed, turn, when[k], incoming.fps)
        for k, (side, (path, offset, speed, turn)) in enumerate(zip(SIDES, moved, strict=True))
    }
    feet_world = _blended_feet(skeleton, before_world[-1:], world, incoming.fps)
    return put_feet(blended(previous, incoming), feet_world, paths, pivots)


def _pivot(skeleton: Skeleton, side: str, *, ball: bool) -> Floats:
    """From the ankle to the ball of the foot, or to the ankle itself where only the heel stands."""
    return skeleton.offsets[skeleton.index(f"{side}_foot")] if ball else np.zeros(3, np.float32)


def _blended_feet(skeleton: Skeleton, before: Floats, world: Floats, fps: float) -> Floats:
    """World orientations whose tilt (not yaw, which the foot paths carry) goes on from `before`."""
    out = world.copy()
    s = np.clip(np.arange(len(world)) / (TILT_SECONDS * fps), 0, 1)[:, None]
    keep = 1 - s * s * s * (10 + s * (6 * s - 15))
    for side in SIDES:
        ankle = skeleton.index(f"{side}_ankle")
        last, own = before[0, ankle], world[:, ankle]
        yaw_gap = rot.yaw(rot.heading(own[0]) - rot.heading(last))
        tilt = rot.to_axis_angle(rot.multiply(rot.multiply(yaw_gap, last), rot.conjugate(own[0])))
        added = rot.from_axis_angle(keep * tilt).astype(np.float32)
        out[:, ankle] = rot.normalize(rot.multiply(added, own))
    return out


def perform(plan: ChoreographyPlan, clips: Mapping[str, Clip], *, fps: float = FPS) -> Motion:
    """Dance a plan.

    Parameters
    ----------
    clips
        What the plan uses, by clip id.

    Returns
    -------
    Motion
        On the canonical skeleton, from ``plan.start`` to ``plan.end``: frame i is at
        ``plan.start + i / fps``. The same plan gives the same bits.

    Raises
    ------
    PlanError
        When a clip of the plan is not in `clips`.
    """
    total = max(1, round((plan.end - plan.start) * fps) + 1)
    pieces: list[Motion] = []
    first, previous = 0, None
    for number, step in enumerate(plan.steps):
        if step.clip_id not in clips:
            raise PlanError(f"step {number} of the plan needs the clip {step.name!r}, which is not there.")
        frames = _frames(step, plan.start, first, total, fps, number == len(plan.steps) - 1)
        if len(frames) < 2 and pieces:
            continue
        times = plan.start + np.arange(frames.start, max(frames.stop, frames.start + 1)) / fps
        piece = realise(clips[step.clip_id], step, times, fps, plan.seed + number)
        piece = placed(piece, np.zeros(2, np.float32), 0.0) if previous is None else _join(previous, piece)
        pieces.append(piece)
        previous, first = piece, frames.stop - 1
    return _joined(pieces, total, fps)


def _joined(pieces: list[Motion], total: int, fps: float) -> Motion:
    """Concatenate; neighbours share one frame, which the later one shows."""
    last = pieces[-1]
    parts = [(p.translation[:-1], p.rotations[:-1], _contacts(p)[:-1]) for p in pieces[:-1]]
    parts.append((last.translation, last.rotations, _contacts(last)))
    translation, rotations, contacts = (np.concatenate(each)[:total] for each in zip(*parts, strict=True))
    return Motion(last.skeleton, fps, translation, rot.continuous(rotations).astype(np.float32), contacts)


def _contacts(motion: Motion) -> Bools:
    return detect_contacts(motion) if motion.contacts is None else motion.contacts
