"""The partner of a dancer: before him, a little to his right, going where he goes.

Each of the partner's feet is beside the leader's foot on the same side of the couple, so that what goes forward for him
goes back for the partner, and both sway the same way; feet interleave, as ballroom dances have it (the right foot of
each points between the feet of the other). In turns the partner goes the longer way around: a foot that stands is where
it is on average while the leader's stands, clear of his, and goes from there to the next. Pelvis, trunk and head mirror
his; the chest stays before his however he leans.
"""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of, foot_points, sole_offsets
from choreo.motion.easing import smoothstep
from choreo.motion.foot_lock import planted
from choreo.motion.ik import solve_legs
from choreo.motion.kinematics import forward, mirror
from choreo.motion.repair import runs
from choreo.motion.skeleton import CANONICAL, SIDES, both
from choreo.types import Bools, Doubles, Floats, Motion

APART = 0.46
"""Metres from pelvis to pelvis, along the leader's way of looking."""
BESIDE = 0.14
"""Metres that the partner stands to the leader's right."""
YIELD = 0.6
"""Of how far his chest is before or behind his hips, the share that the partner's hips go along."""
CHESTS = 0.39
"""Metres from chest to chest, the same way: trunks neither part nor meet, however he leans."""
LEAN_MOST = np.radians(25.0)
"""A trunk is leaned no farther than this for it."""
TWIST_MOST = np.radians(60.0)
"""Nor is it turned farther for shoulders that are to be parallel to his."""
CLEAR = 0.12
"""Metres that a standing foot keeps from the middles of his feet, and by how much it gives way for that at most."""
RISE_MOST = 0.6
"""Radians that a foot rises on its ball at most."""
LYING = 0.05
"""Radians; a foot that is turned less lies flat."""
FOOT = CANONICAL.index("left_foot")
CALM_SECONDS = 0.2
"""Standard deviation by which the leader's heading is smoothed: the couple turns, hips and shoulders within it."""


def calm(values: Doubles, fps: float) -> Doubles:
    """Values ``(T, ...)`` smoothed over `CALM_SECONDS`, as many as one second has."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, CALM_SECONDS * fps, axis=0, mode="nearest"))


def ahead_and_left(heading: Doubles) -> tuple[Doubles, Doubles]:
    """Unit vectors ``(T, 3)`` to where the leader looks, and to his left."""
    sine, cosine, none = np.sin(heading), np.cos(heading), np.zeros(len(heading))
    return np.stack([sine, none, cosine], axis=1), np.stack([cosine, none, -sine], axis=1)


def couple_heading(lead: Motion) -> Doubles:
    """Radians ``(T,)`` of where the leader's hips face, without their swing."""
    return calm(np.unwrap(rot.heading(lead.rotations[:, 0].astype(np.float64))), lead.fps)


def partner_of(lead: Motion, heading: Doubles) -> Motion:
    """The partner of a leader who faces `heading` ``(T,)``; the arms are only mirrored. Canonical skeleton only."""
    ahead, left = ahead_and_left(heading)
    positions, world = forward(CANONICAL, lead.translation, lead.rotations)
    chest = CANONICAL.index("spine3")
    lean = np.einsum("tk,tk->t", positions[:, chest] - positions[:, 0], ahead)
    shift = (APART + YIELD * calm(lean, lead.fps))[:, None] * ahead - BESIDE * left
    image = mirror(lead)
    rotations = image.rotations.astype(np.float64)
    rotations[:, 0] = rot.multiply(rot.yaw(2 * heading + np.pi), rotations[:, 0])
    root = (lead.translation + shift).astype(np.float32)
    facing = rot.heading(world[:, chest].astype(np.float64)) + np.pi
    leaned = _leaned(root, rotations, positions[:, chest] + CHESTS * ahead - BESIDE * left, facing)
    soles = foot_points(positions, world).reshape(-1, 2, 2, 3).astype(np.float64)
    feet = rot.heading(world[:, both(CANONICAL, "ankle")].astype(np.float64))
    down = contacts_of(lead).reshape(-1, 2, 2)
    # the partner's left foot is beside his right one
    steps = [
        _foot(soles[:, his], shift, 2 * heading + np.pi - feet[:, his], down[:, his], soles, lead.fps) for his in (1, 0)
    ]
    targets, flat = (np.stack([step[k] for step in steps], axis=1).astype(np.float32) for k in (0, 1))
    contacts = np.concatenate([step[2] for step in steps], axis=1)
    poles = np.repeat(-ahead[:, None], 2, axis=1).astype(np.float32)
    legs = solve_legs(CANONICAL, root, leaned.astype(np.float32), SIDES, targets, flat, poles)
    legs[:, both(CANONICAL, "foot")] = np.array([1, 0, 0, 0], np.float32)
    return planted(Motion(CANONICAL, lead.fps, root, rot.continuous(legs).astype(np.float32), contacts, image.hands))


def _foot(
    sole: Doubles, shift: Doubles, turn: Doubles, down: Bools, others: Doubles, fps: float
) -> tuple[Doubles, Doubles, Bools]:
    """Ankles ``(T, 3)``, orientations ``(T, 4)`` and contacts ``(T, 2)`` of a foot beside one of the leader's.

    `sole` ``(T, 2, 3)``, and contacts `down` ``(T, 2)`` are of his heel and ball, `others` ``(T, 2, 2, 3)`` of both his
    feet; `turn` ``(T,)`` is where the foot points. It rises on its ball as far as his is from lying flat, either way.
    """
    heel, ball = (each.astype(np.float64) for each in (sole_offsets()[0], sole_offsets()[1] + CANONICAL.offsets[FOOT]))
    stands = np.asarray(down.any(axis=1))
    place = sole.mean(axis=1) + shift
    place[:, 1] = sole[..., 1].min(axis=1)
    course = np.column_stack([place[:, [0, 2]], np.unwrap(turn)])
    course = _standing(course, stands, others.mean(axis=2)[..., [0, 2]])
    place[:, [0, 2]], turned = course[:, :2], rot.yaw(course[:, 2]).astype(np.float64)
    rise = np.arcsin(np.clip(np.abs(sole[:, 0, 1] - sole[:, 1, 1]) / (ball[2] - heel[2]), 0, 0.9))
    rise = np.minimum(calm(rise, fps / 2.5), RISE_MOST)
    foot = rot.multiply(turned, rot.from_axis_angle(rise[:, None] * np.array([1.0, 0.0, 0.0])))
    before = rot.rotate(turned, np.broadcast_to((ball - heel) / 2, (len(place), 3)))
    ankle = place + before * np.array([1.0, 0.0, 1.0]) - rot.rotate(foot, np.broadcast_to(ball, (len(place), 3)))
    lies = down.all(axis=1) & (rise < LYING)
    return np.asarray(ankle), np.asarray(foot), np.stack([lies, stands], axis=1)


def _leaned(root: Floats, rotations: Doubles, chest: Doubles, facing: Doubles) -> Doubles:
    """With the trunk leaned and turned at the lowest joint of the spine.

    So the chest is where it should be ``(T, 3)`` and faces where it should, ``(T,)`` radians.
    """
    low, high = CANONICAL.index("spine1"), CANONICAL.index("spine3")
    found, world = forward(CANONICAL, root, rotations.astype(np.float32), [0, low, high])
    found, world = np.asarray(found, np.float64), np.asarray(world, np.float64)
    lean = rot.to_axis_angle(rot.between(found[:, 2] - found[:, 1], chest - found[:, 1]))
    lean *= np.minimum(1, LEAN_MOST / np.maximum(np.linalg.norm(lean, axis=-1, keepdims=True), 1e-9))
    swing = rot.from_axis_angle(lean)
    off = rot.wrap_angle(facing - rot.heading(rot.multiply(swing, world[:, 2])))
    turn = rot.multiply(rot.yaw(np.clip(off, -TWIST_MOST, TWIST_MOST)), swing)
    out = rotations.copy()
    out[:, low] = rot.multiply(rot.conjugate(world[:, 0]), rot.multiply(turn, world[:, 1]))
    return out


def _clear(place: Doubles, others: Doubles) -> Doubles:
    """A place ``(2,)`` moved away from those where others' feet are ``(T, F, 2)`` meanwhile."""
    start = place
    for _ in range(8):
        away = (place - others).reshape(-1, 2)
        near = np.linalg.norm(away, axis=-1)
        k = int(np.argmin(near))
        if near[k] >= CLEAR:
            break
        place = place + away[k] / max(near[k], 1e-6) * (CLEAR - near[k] + 0.005)
    moved = place - start
    return np.asarray(start + moved * min(1.0, CLEAR / max(float(np.linalg.norm(moved)), 1e-9)))


def _standing(course: Doubles, stands: Bools, others: Doubles) -> Doubles:
    """A course ``(T, 3)``, place and turn, that stays while it stands, clear of others, and goes smoothly between."""
    off = np.zeros_like(course)
    known = np.zeros(len(course), bool)
    for first, last in runs(stands):
        stay = course[first:last].mean(axis=0)
        stay[:2] = _clear(stay[:2], others[first:last])
        off[first:last] = stay - course[first:last]
        known[first:last] = True
    if not known.any():
        return course
    for first, last in runs(~known):
        before = off[first - 1] if first else off[last]
        after = off[last] if last < len(off) else before
        share = smoothstep((np.arange(last - first) + 1) / (last - first + 1))[:, None]
        off[first:last] = before + (after - before) * share
    return course + off


__all__ = ["ahead_and_left", "calm", "couple_heading", "partner_of"]
