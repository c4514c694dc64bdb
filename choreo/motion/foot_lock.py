"""Foot locking: feet stand where their recording stood, and those that stood still do not slide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide, foot_points, sole_offsets, sole_points
from choreo.motion.easing import smoothstep
from choreo.motion.footing import Footing, with_contacts
from choreo.motion.ik import leg_length, needed_drop, solve_legs
from choreo.motion.kinematics import forward
from choreo.motion.knees import knee_poles
from choreo.motion.landing import landed
from choreo.motion.repair import runs
from choreo.motion.skeleton import SIDES, both
from choreo.motion.toes import with_toes
from choreo.types import Bools, Doubles, Floats, Motion, Skeleton

FADE_SECONDS = 0.25
"""Before the first and after the last contact, the correction of a foot fades over this time."""
MOST = 0.25
"""Metres that a foot is moved at most; a foot that is farther off was no contact."""
TILT_MOST = np.radians(30.0)
"""A foot that is turned farther from lying flat than this does not."""


def settle(motion: Motion, found: Footing, *, fix: bool = True, near: float = 0.0) -> tuple[Motion, float, float]:
    """Stand a motion on the floor as its recording stood, and with `fix` remove the slide of what stood still.

    Parameters
    ----------
    found
        What the feet of the recording do.
    near
        Metres; when ours are no farther than this from where the recording's are, nothing is moved but for the locking.

    Returns
    -------
    motion, slide_before, slide_after
        The slides are means over standing frames in m/s.
    """
    if not near or _away(motion, found) > near:
        motion, shift = landed(motion, found)
        motion = with_contacts(motion, found)
    else:
        motion, shift = with_contacts(motion, found), None
    before = _mean_slide(motion)
    if shift is None and not fix:
        return motion, before, before
    fixed = planted(motion, shift, lock=fix)
    return fixed, before, _mean_slide(fixed)


def _away(motion: Motion, found: Footing) -> float:
    """95th percentile of the metres that soles which are down are above or below the floor."""
    off = np.abs(sole_points(motion)[..., 1] - found.clearance)[found.down]
    return float(np.quantile(off, 0.95)) if off.size else 0.0


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
    return _bridged(out, known, fps)


def _levelled(feet: Doubles, contacts: Bools, fps: float) -> Doubles:
    """World orientations ``(T, 4)`` of one foot that lies flat and does not turn while heel and ball stand."""
    frames = len(feet)
    fix = np.zeros((frames, 3))
    known = np.zeros(frames, bool)
    for first, last in runs(np.asarray(contacts.all(axis=1))):
        level = rot.yaw(rot.heading(rot.mean(feet[first:last])))
        away = rot.to_axis_angle(rot.multiply(level, rot.conjugate(feet[first:last])))
        fits = np.linalg.norm(away, axis=-1) < TILT_MOST
        fix[first:last][fits], known[first:last] = away[fits], fits
    return np.asarray(rot.multiply(rot.from_axis_angle(_bridged(fix, known, fps)), feet))


def _bridged(values: Doubles, known: Bools, fps: float) -> Doubles:
    """Fill values ``(T, K)`` that are not `known`: smoothly between neighbours, fading to 0 at the ends."""
    out = values.copy()
    if not known.any():
        return out
    fade = max(2, round(FADE_SECONDS * fps))
    for first, last in runs(~known):
        count = last - first
        s = (np.arange(count) + 1) / (count + 1)
        ease = smoothstep(s)[:, None]
        left, right = values[max(first - 1, 0)], values[min(last, len(values) - 1)]
        if first and last < len(values):
            out[first:last] = left + (right - left) * ease
        elif first:
            out[first:last] = left * (1 - np.clip(np.arange(1, count + 1) / fade, 0, 1))[:, None]
        else:
            out[first:last] = right * np.clip(1 - np.arange(count, 0, -1) / fade, 0, 1)[:, None]
    return out


def planted(motion: Motion, shift: Doubles | None = None, *, lock: bool = True) -> Motion:
    """The motion with its feet locked while in contact, none below the floor; legs by IK.

    Parameters
    ----------
    shift
        ``(T, 2, 3)`` metres by which the left and the right foot are moved beside.
    lock
        Whether feet in contact are kept from sliding and turning.
    """
    assert motion.contacts is not None
    skeleton, ankles = motion.skeleton, both(motion.skeleton, "ankle")
    placed, turned = forward(skeleton, motion.translation, motion.rotations)
    points = foot_points(placed, turned).astype(np.float64)
    positions, world = placed.astype(np.float64), turned.astype(np.float64)
    targets, feet = np.zeros((len(motion), 2, 3)), world[:, ankles]
    balls = points[:, 1::2] if shift is None else points[:, 1::2] + shift
    if lock:
        for k in range(len(SIDES)):
            feet[:, k] = _levelled(feet[:, k], motion.contacts[:, 2 * k : 2 * k + 2], motion.fps)
    bent = with_toes(skeleton, motion.rotations, feet, balls[..., 1])
    for k in range(len(SIDES)):
        heel, ball = _sole(skeleton, bent, k)
        ankle = balls[:, k] - rot.rotate(feet[:, k], ball)
        sole = np.stack([ankle + rot.rotate(feet[:, k], heel), balls[:, k]], axis=1)
        if lock:
            ankle[:, ::2] += _offsets(sole, motion.contacts[:, 2 * k : 2 * k + 2], motion.fps)
        ankle[:, 1] += np.maximum(0, -sole[..., 1].min(axis=1))
        targets[:, k] = ankle
    translation = motion.translation.astype(np.float64).copy()
    translation[:, 1] -= _sink(motion, positions, dict(zip(SIDES, np.moveaxis(targets, 1, 0), strict=True)))
    sunk = translation.astype(np.float32)
    legs = np.stack([placed[:, both(skeleton, part)] for part in ("hip", "knee", "ankle")], axis=1)
    poles = knee_poles(turned[:, 0], legs, turned[:, ankles], motion.fps)
    ends, flat = targets.astype(np.float32), feet.astype(np.float32)
    rotations = solve_legs(skeleton, sunk, bent, SIDES, ends, flat, poles)
    return replace(motion, translation=sunk, rotations=rotations)


def _sole(skeleton: Skeleton, rotations: Floats, side: int) -> tuple[Doubles, Doubles]:
    """From the ankle of a side to its heel ``(3,)`` and to its ball ``(T, 3)``, which goes with the toes."""
    offsets = sole_offsets().astype(np.float64)
    joint = skeleton.index(f"{SIDES[side]}_foot")
    toes = skeleton.offsets[joint].astype(np.float64)
    return offsets[2 * side], toes + rot.rotate(rotations[:, joint].astype(np.float64), offsets[2 * side + 1])


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
