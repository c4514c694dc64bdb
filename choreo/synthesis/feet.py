"""Feet through seams: a planted foot stays where it is until it lifts, or takes a small step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.ik import leg_length, needed_drop, solve_leg
from choreo.motion.kinematics import forward
from choreo.types import Bools, Floats, Motion

SIDES = ("left", "right")
KEEP = 0.03
"""Metres up to which a planted foot may stay off the clip's own place until it lifts by itself."""
KEEP_TURN = np.radians(8.0)
STEP_SECONDS = 0.3
STEP_HEIGHT = 0.045


@dataclass(frozen=True, eq=False)
class FootPath:
    """Ankle ``(T, 3)`` and foot yaw offset ``(T,)`` to be danced, and whether the foot stands ``(T,)``."""

    ankle: Floats
    yaw: Floats
    standing: Bools


def _ease(s: Floats) -> Floats:
    return np.asarray(s * s * s * (10 + s * (6 * s - 15)), np.float32)


def _release(standing: Bools, frames: int, fps: float) -> tuple[int, int]:
    """First and last frame over which the offset at the seam is given up."""
    window = max(2, round(STEP_SECONDS * fps))
    if not standing[0]:
        landing = int(np.argmax(standing)) if standing.any() else frames
        return 0, max(2, min(landing, window)) if landing < 4 else min(landing, 2 * window)
    lift = int(np.argmin(standing)) if not standing.all() else frames
    if lift >= frames:
        return frames, frames
    rest = standing[lift:]
    landing = lift + int(np.argmax(rest)) if rest.any() else frames
    return lift, max(landing, lift + 2)


def carry_foot(clip_ankle: Floats, standing: Bools, offset: Floats, turn: float, fps: float) -> FootPath:
    """Ankle path of a clip that begins `offset` metres and `turn` radians away from where the foot is.

    A standing foot keeps the offset until it lifts and loses it in the air. When the offset is large, or
    the foot would stand for the whole clip, it takes a small step at once.
    """
    frames = len(clip_ankle)
    begin, end = _release(standing, frames, fps)
    far = float(np.linalg.norm(offset[[0, 2]])) > KEEP or abs(turn) > KEEP_TURN or abs(offset[1]) > 0.01
    window = max(2, round(STEP_SECONDS * fps))
    stepping = bool(standing[0]) and far and begin > window // 2
    if stepping:
        begin, end = 0, min(window, frames)
    s = np.clip((np.arange(frames) - begin) / max(end - begin, 1), 0, 1).astype(np.float32)
    keep = 1 - _ease(s)
    ankle = clip_ankle + keep[:, None] * offset
    stands = standing.copy()
    if stepping:
        size = min(1.0, float(np.linalg.norm(offset)) / 0.15 + abs(turn) / np.radians(30))
        ankle[:, 1] += STEP_HEIGHT * size * np.sin(np.pi * s) ** 2
        stands[1:end] = False
    return FootPath(ankle.astype(np.float32), (keep * np.float32(turn)).astype(np.float32), stands)


def _smooth_ceiling(values: Floats, radius: int) -> Floats:
    """Smooth curve that is nowhere below `values`."""
    if not values.any():
        return values
    padded = np.pad(values, 2 * radius, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=-1)
    kernel = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(highest, kernel / kernel.sum(), mode="valid").astype(np.float32)


def put_feet(motion: Motion, clip_world: Floats, paths: dict[str, FootPath]) -> Motion:
    """Bend the legs so that the ankles follow `paths`; the pelvis sinks where a leg would be too short.

    Parameters
    ----------
    clip_world
        ``(T, J, 4)`` world orientations of the clip before blending, which the feet keep.
    """
    skeleton = motion.skeleton
    positions, world = forward(skeleton, motion.translation, motion.rotations)
    drop = np.zeros(len(motion), np.float32)
    for side in SIDES:
        hips = positions[:, skeleton.index(f"{side}_hip")]
        drop = np.maximum(drop, needed_drop(hips, paths[side].ankle, leg_length(skeleton, side)))
    translation = motion.translation.copy()
    translation[:, 1] -= _smooth_ceiling(drop, max(1, round(0.08 * motion.fps)))
    rotations = motion.rotations
    for side in SIDES:
        ankle, knee = skeleton.index(f"{side}_ankle"), skeleton.index(f"{side}_knee")
        foot = rot.multiply(rot.yaw(paths[side].yaw), clip_world[:, ankle])
        bend = positions[:, knee] - (positions[:, skeleton.index(f"{side}_hip")] + positions[:, ankle]) / 2
        toes = rot.rotate(world[:, ankle], np.array([0, 0, 0.05], np.float32))
        rotations = solve_leg(
            skeleton, translation, rotations, side, paths[side].ankle, foot, (bend + toes).astype(np.float32)
        )
    contacts = motion.contacts
    if contacts is not None:
        contacts = contacts.copy()
        for k, side in enumerate(SIDES):
            contacts[:, 2 * k : 2 * k + 2] &= paths[side].standing[:, None]
    return Motion(skeleton, motion.fps, translation, rotations, contacts)
