"""Feet through seams: a planted foot stays where it is until it lifts, or takes a small step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.easing import decaying_speed, smootherstep
from choreo.motion.ik import leg_length, needed_drop, solve_leg
from choreo.motion.kinematics import forward
from choreo.motion.repair import runs
from choreo.motion.skeleton import SIDES
from choreo.types import Bools, Floats, Motion

KEEP = 0.03
"""Metres up to which a planted foot may stay off the clip's own place until it lifts by itself."""
KEEP_TURN = np.radians(8.0)
STEP_SECONDS = 0.4
QUICK_SECONDS = 0.3
"""Of a step when the other foot has to step, too."""
STEP_HEIGHT = 0.045
ENOUGH = 0.7
"""Share of a step's time that a swing must last to take the foot elsewhere."""


@dataclass(frozen=True, eq=False)
class SolePath:
    """Point of the sole ``(T, 3)`` and foot yaw offset ``(T,)`` to be danced, and whether the foot stands ``(T,)``."""

    point: Floats
    yaw: Floats
    standing: Bools


@dataclass(frozen=True)
class Release:
    """First and last frame over which a foot gives up its offset at a seam, and whether it takes a step for that."""

    begin: int
    end: int
    stepping: bool


def release(standing: Bools, far: bool, fps: float, *, at: int = 0, seconds: float = STEP_SECONDS) -> Release:
    """When a foot gives up its offset, from frame `at` on, in a step of so many seconds if it has to.

    A foot that is near its clip's place gives the rest up in the next swing that is long enough. One that is far takes
    the first swing when that comes soon, and makes it long enough; else it takes a small step at once.

    Parameters
    ----------
    standing
        ``(T,)``, of the clip that begins.
    far
        Whether the foot is away from the clip's place by more than it can keep (`is_far`).
    """
    frames, whole = len(standing), max(2, round(STEP_SECONDS * fps))
    swings = runs(~standing)
    if not far:
        begin, end = next(((a, b) for a, b in swings if b - a >= ENOUGH * whole), (frames, frames))
        return Release(begin, max(min(end, begin + 2 * whole), begin + 2), False)
    begin, end = swings[0] if swings else (frames, frames)
    if begin > at + whole // 2:
        return Release(min(at, frames), min(at + max(2, round(seconds * fps)), frames), True)
    if end - begin >= ENOUGH * whole:
        return Release(begin, min(end, begin + 2 * whole), False)
    return Release(begin, min(begin + whole, frames), True)


def releases(standing: Bools, far: tuple[bool, bool], fps: float) -> tuple[Release, Release]:
    """`release` of both feet ``(T, 2)``, left and right: one after the other, where both would have to move at once.

    A foot that is in the air already lands first; of two that stand, the one goes first that stands longer in the clip,
    so that the other may take a swing of its own.
    """
    soon = max(2, round(STEP_SECONDS * fps))
    each = [release(standing[:, k], far[k], fps) for k in (0, 1)]
    at_once = all(far) and all(one.begin < soon // 2 for one in each) and any(one.stepping for one in each)
    airborne = [k for k in (0, 1) if not standing[0, k]]
    if not at_once or len(airborne) == 2:
        return each[0], each[1]
    stays = [next((begin for begin, _ in runs(~standing[:, k])), len(standing)) for k in (0, 1)]
    first = airborne[0] if airborne else int(stays[1] > stays[0])
    if not airborne:
        each[first] = release(standing[:, first], True, fps, seconds=QUICK_SECONDS)
    landed = min(each[first].end, soon)
    each[1 - first] = release(standing[:, 1 - first], True, fps, at=landed, seconds=QUICK_SECONDS)
    return each[0], each[1]


def blend_foot(
    path: Floats, standing: Bools, offset: Floats, speed: Floats, turn: float, when: Release, fps: float
) -> SolePath:
    """Path of the sole's point of a clip that begins `offset` metres and `turn` radians away from where it is.

    A standing foot keeps the offset until it lifts and loses it in the air, or takes a small step, as `when` says. A
    foot in the air goes on from the `speed` in m/s that it has beyond the clip's.
    """
    begin, end = when.begin, when.end
    s = np.clip((np.arange(len(path)) - begin) / max(end - begin, 1), 0, 1).astype(np.float32)
    keep = 1 - smootherstep(s)
    point = path + keep[:, None] * offset
    if begin == 0:
        slope = decaying_speed(s)
        limit = (4 * float(np.linalg.norm(offset)) + 0.3) / max(float(np.linalg.norm(speed)) * end / fps, 1e-6)
        point += slope[:, None] * speed * (min(1.0, limit) * end / fps)
        point[:, 1] = np.maximum(point[:, 1], min(float(path[:, 1].min()), float(point[0, 1])))
    stands = standing.copy()
    if when.stepping:
        size = min(1.0, float(np.linalg.norm(offset)) / 0.15 + abs(turn) / np.radians(30))
        point[:, 1] += STEP_HEIGHT * size * np.sin(np.pi * s) ** 2
        stands[begin + 1 : end] = False
    return SolePath(point.astype(np.float32), (keep * np.float32(turn)).astype(np.float32), stands)


def is_far(offset: Floats, turn: float) -> bool:
    """Whether a planted foot cannot stay where it is until it lifts by itself."""
    return float(np.linalg.norm(offset[[0, 2]])) > KEEP or abs(turn) > KEEP_TURN or abs(float(offset[1])) > 0.01


def _smooth_ceiling(values: Floats, radius: int) -> Floats:
    """Smooth curve that is nowhere below `values`."""
    if not values.any():
        return values
    padded = np.pad(values, 2 * radius, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=-1)
    kernel = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(highest, kernel / kernel.sum(), mode="valid").astype(np.float32)


def solve_feet(motion: Motion, clip_world: Floats, paths: dict[str, SolePath], pivots: dict[str, Floats]) -> Motion:
    """Bend the legs so that the soles follow `paths`; the pelvis sinks where a leg would be too short.

    Parameters
    ----------
    clip_world
        ``(T, J, 4)`` world orientations of the clip before blending, which the feet keep.
    pivots
        ``(3,)`` from each ankle to the point of the sole that follows the path, in the foot's frame.
    """
    skeleton = motion.skeleton
    positions, world = forward(skeleton, motion.translation, motion.rotations)
    drop = np.zeros(len(motion), np.float32)
    turned, ankles = {}, {}
    for side in SIDES:
        hips = positions[:, skeleton.index(f"{side}_hip")]
        turned[side] = rot.multiply(rot.yaw(paths[side].yaw), clip_world[:, skeleton.index(f"{side}_ankle")])
        ankles[side] = (paths[side].point - rot.rotate(turned[side], pivots[side])).astype(np.float32)
        drop = np.maximum(drop, needed_drop(hips, ankles[side], leg_length(skeleton, side)))
    translation = motion.translation.copy()
    translation[:, 1] -= _smooth_ceiling(drop, max(1, round(0.08 * motion.fps)))
    rotations = motion.rotations
    for side in SIDES:
        ankle, knee = skeleton.index(f"{side}_ankle"), skeleton.index(f"{side}_knee")
        foot = turned[side]
        bend = positions[:, knee] - (positions[:, skeleton.index(f"{side}_hip")] + positions[:, ankle]) / 2
        toes = rot.rotate(world[:, ankle], np.array([0, 0, 0.05], np.float32))
        rotations = solve_leg(
            skeleton, translation, rotations, side, ankles[side], foot, (bend + toes).astype(np.float32)
        )
    contacts = motion.contacts
    if contacts is not None:
        contacts = contacts.copy()
        for k, side in enumerate(SIDES):
            contacts[:, 2 * k : 2 * k + 2] &= paths[side].standing[:, None]
    return Motion(skeleton, motion.fps, translation, rotations, contacts)
