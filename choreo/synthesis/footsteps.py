"""Feet through transitions: a planted foot stays where it is until it lifts, or takes a small step.

At a transition each foot is at some offset from where the incoming clip has it. Blending that offset away while the
foot is in contact would make it slide. So the offset is kept while the foot stands and given up ("released") while it
is in the air; where the clip does not lift the foot soon enough, a step is put in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_offsets
from choreo.motion.easing import decaying_speed, smootherstep
from choreo.motion.ik import leg_length, needed_drop, solve_legs
from choreo.motion.kinematics import forward
from choreo.motion.knees import knee_poles
from choreo.motion.repair import runs
from choreo.motion.skeleton import SIDES, both
from choreo.types import Bools, Floats, Motion, Skeleton

KEEP = 0.03
"""Metres of offset that a planted foot may keep until the clip lifts it."""
KEEP_TURN = np.radians(8.0)
"""Radians of yaw that it may keep."""
STEP_SECONDS = 0.4
QUICK_SECONDS = 0.3
"""Of a step when the other foot has to step, too."""
STEP_HEIGHT = 0.045
"""Metres that a step of full size is lifted."""
LOW_STEP = 0.015
"""The same while the other foot is in the air."""
LEAST_DEEP = 0.003
"""Metres under the floor from on which a foot that swings is raised."""
TOUCHING = 0.03
"""Metres above which no point of a sole is in contact, whatever the clip says: a blend may bring a heel down later."""
SINK_SECONDS = 0.3
"""How long a pelvis takes to sink where a leg would be too short after a transition."""
LANDING = 0.1
"""Metres a second at which a foot is moving still."""
LAND_SECONDS = 0.15
"""How long a foot that is moving takes to land where the clip's stands."""
FLIGHT = 0.12
"""Metres that its speed may carry a foot away."""
ENOUGH = 0.7
"""Share of a step's time that a swing must last to give the whole offset up in it."""


@dataclass(frozen=True, eq=False)
class SolePath:
    """Where a foot is to be: target of the leg's IK.

    Attributes
    ----------
    point
        ``(T, 3)`` metres, of the point of the sole that the foot stands on.
    yaw
        ``(T,)`` radians by which the foot is turned from the clip's own yaw.
    standing
        ``(T,)`` whether it is in contact.
    """

    point: Floats
    yaw: Floats
    standing: Bools


@dataclass(frozen=True)
class Release:
    """First and past-last frame over which a foot gives its offset up; whether a step is put in for that, a low one."""

    begin: int
    end: int
    stepping: bool
    low: bool = False


def release(standing: Bools, far: bool, fps: float, *, at: int = 0, seconds: float = STEP_SECONDS) -> Release:
    """When a foot gives its offset up.

    A foot with a small offset keeps it until the first swing that is long enough. One that is too far off takes the
    first swing if that comes soon, lengthened where it is short; else a step is put in at once.

    Parameters
    ----------
    standing
        ``(T,)``, of the clip that begins.
    far
        Whether the offset is more than the foot can keep (`is_far`).
    at
        Frame at which a step that is put in begins.
    seconds
        How long that step takes.
    """
    frames, whole = len(standing), max(2, round(STEP_SECONDS * fps))
    swings = runs(~standing)
    if not far:
        # Without any such swing the release lies behind the last frame: the foot keeps its offset to the clip's end.
        begin, end = next(((a, b) for a, b in swings if b - a >= ENOUGH * whole), (frames, frames))
        return Release(begin, max(min(end, begin + 2 * whole), begin + 2), False)
    begin, end = swings[0] if swings else (frames, frames)
    # Not soon: standing off for longer would twist the leg. Soon and long: the clip's swing does it. Soon and short:
    # the swing is lengthened to a whole step, which the contacts must show (`stepping`).
    if begin > at + whole // 2:
        return Release(min(at, frames), at + max(2, round(seconds * fps)), True)
    if end - begin >= ENOUGH * whole:
        return Release(begin, min(end, begin + 2 * whole), False)
    return Release(begin, begin + whole, True)


def releases(standing: Bools, far: tuple[bool, bool], fps: float) -> tuple[Release, Release]:
    """`release` of both feet ``(T, 2)``, left and right: one after the other where both would have to step at once.

    A foot that is in the air already lands first. Of two that stand, the one goes first that the clip keeps on the
    floor longer, so that the other one may use a swing of the clip.
    """
    soon = max(2, round(STEP_SECONDS * fps))
    each = [release(standing[:, k], far[k], fps) for k in (0, 1)]
    at_once = all(far) and all(one.begin < soon // 2 for one in each) and any(one.stepping for one in each)
    airborne = [k for k in (0, 1) if not standing[0, k]]
    if not at_once or len(airborne) == 2:  # with both in the air it is a jump, and feet may move together
        return _careful(each[0], standing[:, 1]), _careful(each[1], standing[:, 0])
    stays = [next((begin for begin, _ in runs(~standing[:, k])), len(standing)) for k in (0, 1)]
    first = airborne[0] if airborne else int(stays[1] > stays[0])
    if not airborne:
        each[first] = release(standing[:, first], True, fps, seconds=QUICK_SECONDS)
    landed = min(each[first].end, soon)
    each[1 - first] = release(standing[:, 1 - first], True, fps, at=landed, seconds=QUICK_SECONDS)
    return _careful(each[0], standing[:, 1]), _careful(each[1], standing[:, 0])


def _careful(planned: Release, other: Bools) -> Release:
    """A step that is put in, low where the other foot is in the air meanwhile: somebody must be on the floor."""
    off = planned.stepping and not other[planned.begin : planned.end].all()
    return replace(planned, low=True) if off else planned


def blend_foot(
    path: Floats, standing: Bools, offset: Floats, speed: Floats, turn: float, when: Release, fps: float
) -> SolePath:
    """Path of a foot that is away from where the incoming clip has it.

    Parameters
    ----------
    path
        ``(T, 3)`` metres: the sole's point in the clip.
    standing
        ``(T,)``, of the clip.
    offset, turn
        ``(3,)`` metres and radians from the clip to where the foot is.
    speed
        ``(3,)`` m/s that the foot has beyond the clip's.
    when
        Frames over which offset and turn are given up.
    """
    begin, end = when.begin, when.end
    s = np.clip((np.arange(len(path)) - begin) / max(end - begin, 1), 0, 1).astype(np.float32)
    keep = 1 - smootherstep(s)
    point = path + keep[:, None] * offset
    moving = float(np.linalg.norm(speed))
    if begin == 0 or moving > LANDING:
        # The foot is moving already: it goes on, a fast one for a shorter time, and not lower than the clip's lowest or
        # than it is itself, for it may be on its way into the floor. Where the clip's stands meanwhile, it lands.
        longest = end / fps if begin == 0 else LAND_SECONDS
        seconds = min(longest, max(LAND_SECONDS, FLIGHT / max(0.2 * moving, 1e-6)))
        slope = decaying_speed(np.minimum(np.arange(len(path)) / (seconds * fps), 1).astype(np.float32))
        point += slope[:, None] * speed * np.float32(seconds)
        point[:, 1] = np.maximum(point[:, 1], min(float(path[:, 1].min()), float(point[0, 1])))
    stands = standing.copy()
    if begin > 0 and moving > LANDING:
        stands[1 : round(LAND_SECONDS * fps)] = False
    if when.stepping:
        # Small corrections are small steps; sin^2 lifts and lands without speed.
        size = min(1.0, float(np.linalg.norm(offset)) / 0.15 + abs(turn) / np.radians(30))
        point[:, 1] += (LOW_STEP if when.low else STEP_HEIGHT) * size * np.sin(np.pi * s) ** 2
        stands[begin + 1 : end] = False
    return SolePath(point.astype(np.float32), (keep * np.float32(turn)).astype(np.float32), stands)


def is_far(offset: Floats, turn: float) -> bool:
    """Whether a planted foot cannot stay where it is until it lifts by itself."""
    return float(np.linalg.norm(offset[[0, 2]])) > KEEP or abs(turn) > KEEP_TURN or abs(float(offset[1])) > 0.01


def _smooth_ceiling(values: Floats, radius: int) -> Floats:
    """Smooth curve that is nowhere below `values`.

    A moving average alone would cut peaks off, and the leg would be too short just there. So it averages the maxima of
    windows: all those within `radius` of a frame include that frame, hence none of them is lower than its value.
    """
    if not values.any():
        return values
    padded = np.pad(values, 2 * radius, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=-1)
    kernel = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(highest, kernel / kernel.sum(), mode="valid").astype(np.float32)


def sole_heights(skeleton: Skeleton, ankles: Floats, feet: Floats) -> Floats:
    """Heights ``(T, 2, 2)`` of heel and ball of feet with these ankles ``(T, 2, 3)``, turned ``(T, 2, 4)``."""
    soles, balls = sole_offsets(), skeleton.offsets[both(skeleton, "foot")]
    points = np.stack([soles[[0, 2]], balls + soles[[1, 3]]], axis=1)
    return np.asarray(ankles[..., None, 1] + rot.rotate(feet[..., None, :], points)[..., 1])


def sunken(heights: Floats) -> Floats:
    """Metres ``(T, 2)`` by which feet are to be raised, from the heights ``(T, 2, 2)`` of their soles."""
    return np.asarray(np.maximum(0, -LEAST_DEEP - heights.min(axis=-1)))


def solve_feet(
    motion: Motion,
    feet_world: Floats,
    paths: dict[str, SolePath],
    pivots: dict[str, Floats],
    *,
    begins: bool = False,
    ends: bool = False,
) -> Motion:
    """Solve the legs' IK so that the soles follow `paths`; the pelvis sinks where a leg would be too short.

    Parameters
    ----------
    feet_world
        ``(T, 2, 4)`` world orientations of left and right ankle in the clip before blending, which the feet keep.
    pivots
        ``(3,)`` from each ankle to the point of the sole that follows the path, in the foot's frame.
    begins, ends
        Whether pelvis and knees begin and end where they are, for they go on from another motion, or into one.
    """
    skeleton = motion.skeleton
    joints = [joint for part in ("hip", "knee", "ankle") for joint in both(skeleton, part)]
    positions, world = forward(skeleton, motion.translation, motion.rotations, [*joints, 0])
    hips, legs = positions[:, :2], positions[:, :6].reshape(-1, 3, 2, 3)
    turned = rot.multiply(rot.yaw(np.stack([paths[side].yaw for side in SIDES], axis=1)), feet_world)
    points = np.stack([paths[side].point for side in SIDES], axis=1)
    ankles = (points - rot.rotate(turned, np.stack([pivots[side] for side in SIDES]))).astype(np.float32)
    heights = sole_heights(skeleton, ankles, turned)
    raised = sunken(heights)
    ankles[..., 1] += raised
    touching = heights + raised[..., None] < TOUCHING
    drop = np.zeros(len(motion), np.float32)
    for k, side in enumerate(SIDES):
        drop = np.maximum(drop, needed_drop(hips[:, k], ankles[:, k], leg_length(skeleton, side)))
    translation = motion.translation.copy()
    drop = _smooth_ceiling(drop, max(1, round(0.1 * motion.fps)))
    sunk = smootherstep(np.arange(len(drop), dtype=np.float32) / (SINK_SECONDS * motion.fps))
    drop = drop * (sunk if begins else 1) * (sunk[::-1] if ends else 1)
    translation[:, 1] -= drop
    poles = knee_poles(world[:, 6], legs, world[:, 4:6], motion.fps, begins=begins, ends=ends)
    rotations = solve_legs(skeleton, translation, motion.rotations, SIDES, ankles, turned, poles)
    contacts = motion.contacts
    if contacts is not None:
        contacts = contacts.copy()
        for k, side in enumerate(SIDES):
            contacts[:, 2 * k : 2 * k + 2] &= paths[side].standing[:, None] & touching[:, k]
    return replace(motion, translation=translation, rotations=rotations, contacts=contacts)
