"""Feet through seams: a planted foot stays where it is until it lifts, or takes a small step."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.ik import leg_length, needed_drop, solve_leg
from choreo.motion.kinematics import forward
from choreo.types import Bools, Floats, Motion

SIDES = ("left", "right")
KEEP = 0.03
"""Metres up to which a planted foot may stay off the clip's own place until it lifts by itself."""
KEEP_TURN = np.radians(8.0)
STEP_SECONDS = 0.4
STEP_HEIGHT = 0.045
ENOUGH = 0.7
"""Share of a step's time that a swing must last to take the foot elsewhere."""


@dataclass(frozen=True, eq=False)
class FootPath:
    """Point of the sole ``(T, 3)`` and foot yaw offset ``(T,)`` to be danced, and whether the foot stands ``(T,)``."""

    point: Floats
    yaw: Floats
    standing: Bools


def _ease(s: Floats) -> Floats:
    return np.asarray(s * s * s * (10 + s * (6 * s - 15)), np.float32)


def _release(standing: Bools, far: bool, frames: int, fps: float) -> tuple[int, int, bool]:
    """First and last frame over which the offset at the seam is given up, and whether the foot steps for that.

    A foot that is near its clip's place gives the rest up in the next swing that is long enough. One that is far takes
    the first swing when that comes soon, and makes it long enough; else it takes a small step at once.
    """
    window = max(2, round(STEP_SECONDS * fps))
    edges = [0, *(np.flatnonzero(np.diff(standing.astype(np.int8))) + 1).tolist(), frames]
    swings = [(begin, end) for begin, end in pairwise(edges) if not standing[begin]]
    if not far:
        begin, end = next(((a, b) for a, b in swings if b - a >= ENOUGH * window), (frames, frames))
        return begin, max(min(end, begin + 2 * window), begin + 2), False
    begin, end = swings[0] if swings else (frames, frames)
    if begin > window // 2:
        return 0, min(window, frames), True
    if end - begin >= ENOUGH * window:
        return begin, min(end, begin + 2 * window), False
    return begin, min(begin + window, frames), True


def carry_foot(path: Floats, standing: Bools, offset: Floats, speed: Floats, turn: float, fps: float) -> FootPath:
    """Path of the sole's point of a clip that begins `offset` metres and `turn` radians away from where it is.

    A standing foot keeps the offset until it lifts and loses it in the air. When the offset is large, or
    the foot would stand for the whole clip, it takes a small step at once. A foot in the air goes on from the `speed`
    in m/s that it has beyond the clip's.
    """
    frames = len(path)
    far = float(np.linalg.norm(offset[[0, 2]])) > KEEP or abs(turn) > KEEP_TURN or abs(offset[1]) > 0.01
    begin, end, stepping = _release(standing, far, frames, fps)
    s = np.clip((np.arange(frames) - begin) / max(end - begin, 1), 0, 1).astype(np.float32)
    keep = 1 - _ease(s)
    point = path + keep[:, None] * offset
    if begin == 0:
        slope = s - 6 * s**3 + 8 * s**4 - 3 * s**5
        limit = (4 * float(np.linalg.norm(offset)) + 0.3) / max(float(np.linalg.norm(speed)) * end / fps, 1e-6)
        point += slope[:, None] * speed * (min(1.0, limit) * end / fps)
        point[:, 1] = np.maximum(point[:, 1], min(float(path[:, 1].min()), float(point[0, 1])))
    stands = standing.copy()
    if stepping:
        size = min(1.0, float(np.linalg.norm(offset)) / 0.15 + abs(turn) / np.radians(30))
        point[:, 1] += STEP_HEIGHT * size * np.sin(np.pi * s) ** 2
        stands[begin + 1 : end] = False
    return FootPath(point.astype(np.float32), (keep * np.float32(turn)).astype(np.float32), stands)


def _smooth_ceiling(values: Floats, radius: int) -> Floats:
    """Smooth curve that is nowhere below `values`."""
    if not values.any():
        return values
    padded = np.pad(values, 2 * radius, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=-1)
    kernel = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(highest, kernel / kernel.sum(), mode="valid").astype(np.float32)


def put_feet(motion: Motion, clip_world: Floats, paths: dict[str, FootPath], pivots: dict[str, Floats]) -> Motion:
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
