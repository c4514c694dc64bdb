"""Foot locking: contacts are detected, and the slide of feet in contact is removed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion.contacts import contact_slide, detect_contacts, foot_points
from choreo.motion.easing import smoothstep
from choreo.motion.ground import grounded
from choreo.motion.ik import leg_length, needed_drop, solve_legs
from choreo.motion.kinematics import forward
from choreo.motion.repair import runs
from choreo.motion.skeleton import SIDES, both
from choreo.types import Bools, Doubles, Motion

FADE_SECONDS = 0.25
"""Before the first and after the last contact, the correction of a foot fades over this time."""
MOST = 0.25
"""Metres that a foot is moved at most; a foot that is farther off was no contact."""


def settle(motion: Motion, *, fix: bool = True, near: float = 0.0) -> tuple[Motion, float, float]:
    """Put the floor at 0 (unless it is within `near` metres), detect contacts and, with `fix`, remove their slide.

    Returns
    -------
    motion, slide_before, slide_after
        The slides are means over standing frames in m/s.
    """
    motion = grounded(motion, near)
    contacts = detect_contacts(motion)
    motion = replace(motion, contacts=contacts)
    before = _mean_slide(motion)
    if not fix or not contacts.any():
        return motion, before, before
    fixed = planted(motion)
    return fixed, before, _mean_slide(fixed)


def _mean_slide(motion: Motion) -> float:
    speeds = contact_slide(motion)
    return float(speeds.mean()) if len(speeds) else 0.0


def _offsets(points: Doubles, contacts: Bools, fps: float) -> Doubles:
    """Horizontal correction ``(T, 2)`` of one foot from its points ``(T, 2, 3)`` and contacts ``(T, 2)``.

    With it the foot stays where it is during each contact: its ball if that is on the floor, else its heel. Between
    contacts the correction changes smoothly from one to the next.
    """
    frames = len(points)
    out = np.zeros((frames, 2))
    known = np.zeros(frames, bool)
    for first, last in runs(np.asarray(contacts.any(axis=1))):
        # Summed step by step, since what bears changes within a contact: heel, then ball. Around its mean, so that the
        # foot is locked in the middle of where it slid and is moved least.
        flat = points[first:last, :, ::2]
        bearing = contacts[first + 1 : last, 1].astype(int)
        frame = np.arange(1, last - first)
        step = np.zeros((last - first, 2))
        step[1:] = flat[frame, bearing] - flat[frame - 1, bearing]
        drift = np.cumsum(step, axis=0)
        correction = drift.mean(axis=0) - drift
        if float(np.abs(correction).max()) < MOST:
            out[first:last], known[first:last] = correction, True
    if not known.any():
        return out
    return _bridged(out, known, fps)


def _bridged(values: Doubles, known: Bools, fps: float) -> Doubles:
    """Fill values ``(T, 2)`` that are not `known`: smoothly between neighbours, fading to 0 at the ends."""
    out = values.copy()
    fade = max(2, round(FADE_SECONDS * fps))
    for first, last in runs(~known):
        count = last - first
        s = (np.arange(count) + 1) / (count + 1)
        ease = smoothstep(s)[:, None]
        left = values[first - 1] if first else np.zeros(2)
        right = values[last] if last < len(values) else np.zeros(2)
        if first and last < len(values):
            out[first:last] = left + (right - left) * ease
        elif first:
            out[first:last] = left * (1 - np.clip(np.arange(1, count + 1) / fade, 0, 1))[:, None]
        else:
            out[first:last] = right * np.clip(1 - np.arange(count, 0, -1) / fade, 0, 1)[:, None]
    return out


def planted(motion: Motion) -> Motion:
    """The motion with its feet locked while in contact, none below the floor; legs by IK."""
    assert motion.contacts is not None
    skeleton = motion.skeleton
    positions, world = forward(skeleton, motion.translation, motion.rotations)
    points = foot_points(positions, world).astype(np.float64)
    targets = {}
    for k, side in enumerate(SIDES):
        part = slice(2 * k, 2 * k + 2)
        offset = _offsets(points[:, part], motion.contacts[:, part], motion.fps)
        ankle = positions[:, skeleton.index(f"{side}_ankle")].astype(np.float64).copy()
        ankle[:, ::2] += offset
        ankle[:, 1] += np.maximum(0, -points[:, part, 1].min(axis=1))
        targets[side] = ankle
    translation = motion.translation.astype(np.float64).copy()
    translation[:, 1] -= _sink(motion, positions.astype(np.float64), targets)
    feet = world[:, both(skeleton, "ankle")]
    ankles = np.stack([targets[side] for side in SIDES], axis=1).astype(np.float32)
    sunk = translation.astype(np.float32)
    rotations = solve_legs(skeleton, sunk, motion.rotations, SIDES, ankles, feet)
    return replace(motion, translation=sunk, rotations=rotations)


def _sink(motion: Motion, positions: Doubles, targets: dict[str, Doubles]) -> Doubles:
    """Metres ``(T,)`` that the pelvis goes down so that both legs reach, smoothed."""
    skeleton, drop = motion.skeleton, np.zeros(len(motion))
    for side, ankle in targets.items():
        hips = positions[:, skeleton.index(f"{side}_hip")]
        drop = np.maximum(drop, needed_drop(hips, ankle, leg_length(skeleton, side)))
    if not drop.any():
        return drop
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    # The average of maxima over the same window is smooth and nowhere below the drop that is needed.
    radius = max(1, round(0.1 * motion.fps))
    return np.asarray(uniform_filter1d(maximum_filter1d(drop, 2 * radius + 1), 2 * radius + 1))
