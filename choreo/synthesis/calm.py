"""Both ends of a step calmed: no joint accelerates more around a transition than it does elsewhere in the dance.

What a recording does at its ends and what the blend adds meet at a transition, and one snap is seen. Where a joint
accelerates more than its limit, the poses around are smoothed in time, as a thin beam straightens that is held at both
ends. It acts only near the ends of steps, only around the frames that exceed, and on no foot that stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of
from choreo.motion.ik import solve_legs
from choreo.motion.kinematics import forward
from choreo.motion.repair import followed, sliced
from choreo.motion.skeleton import SIDES, both
from choreo.motion.snaps import joint_accelerations
from choreo.synthesis.flexion import feet_at, knee_bends, leg_bones, pelvis_shift, reaches
from choreo.synthesis.footsteps import sole_heights, sunken
from choreo.types import Bools, Floats, Motion

END_SECONDS = 0.35
"""What is near a transition."""
QUANTILE = 0.98
"""Of a joint's accelerations in a step: what it does there now and then."""
LEAST = 1.0
"""The same of a joint that hardly moves, m/s^2."""
ROUNDS, PASSES = 4, 16
"""How often accelerations are measured anew, and how many steps of smoothing there are each time."""
SHIFT_PASSES = 4
"""The same of steps for the pelvis that is raised and lowered for the knees' sake."""
SHORTEST = 8
"""Frames of a step that is worth it."""
SPREAD = 4
"""Frames to either side of one that exceeds that are smoothed with it."""


def accelerations(motion: Motion) -> Floats:
    """Accelerations ``(T, J)`` of all joints, m/s^2; the ends repeat their neighbours."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return joint_accelerations(positions, motion.fps)


@dataclass(frozen=True, eq=False)
class Usual:
    """What joints do now and then in the steps of a dance so far.

    Attributes
    ----------
    limits
        ``(J,)`` m/s^2, mean over the frames of the steps' quantiles.
    frames
        How many frames that is measured on.
    """

    limits: Floats
    frames: int = 0

    def with_step(self, measured: Floats) -> Usual:
        """Of the steps so far and one with the accelerations ``(T, J)``."""
        own, frames = np.maximum(np.quantile(measured, QUANTILE, axis=0), LEAST).astype(np.float32), len(measured)
        if not self.frames:
            return Usual(own, frames)
        share = np.float32(frames / (self.frames + frames))
        return Usual(self.limits + (own - self.limits) * share, self.frames + frames)


def calmed(piece: Motion, before: Motion | None, usual: Usual | None, *, goes_on: bool) -> tuple[Motion, Usual]:
    """A step with both ends calmed.

    Parameters
    ----------
    before
        The last two frames of the step before, the later of which `piece` begins with; None when it is the first.
    usual
        Of the steps before.
    goes_on
        Whether another step follows.

    Returns
    -------
    piece, usual
        Its first frame and its last two are as they were; what is usual with this step.
    """
    begins = before is not None and len(before) > 1
    whole = followed(sliced(before, 0, 1), piece) if before is not None and begins else piece
    usual = usual or Usual(np.full(len(piece.skeleton), np.inf, np.float32))
    if len(whole) < SHORTEST:
        return piece, usual
    measured = accelerations(whole)
    if len(whole) > piece.fps / 2 or not usual.frames:
        usual = usual.with_step(measured)
    ratios = measured / usual.limits
    place = np.arange(len(whole), dtype=np.float32)
    near = round(END_SECONDS * piece.fps)
    windows = []
    if begins:
        last = min(len(whole), 2 * near)
        windows.append((0, last, np.minimum(place[:last] - 1, last - 1 - place[:last])))
    if goes_on:
        first = max(0, len(whole) - near)
        windows.append((first, len(whole), np.minimum(place[first:] - first, len(whole) - 1 - place[first:])))
    for first, last, inside in windows:
        # Two frames at either end of a window stay: place and speed at which the motion outside goes on.
        ease = np.clip(inside, 0, 1)
        over = ratios[first:last]
        if (over[ease > 0] > 1).any():
            calm = _calmed(sliced(whole, first, last), usual.limits, ease.astype(np.float32), over)
            whole = _replaced(whole, first, calm)
    return (sliced(whole, 1, len(whole)) if begins else whole), usual


def _replaced(motion: Motion, first: int, part: Motion) -> Motion:
    """The motion with `part` in place of its frames from `first` on; contacts and hands stay."""
    translation, rotations = motion.translation.copy(), motion.rotations.copy()
    translation[first : first + len(part)] = part.translation
    rotations[first : first + len(part)] = part.rotations
    return replace(motion, translation=translation, rotations=rot.continuous(rotations))


def _calmed(motion: Motion, limits: Floats, ease: Floats, ratios: Floats) -> Motion:
    """The motion smoothed around frames with `ratios` ``(T, J)`` over 1, as far as `ease` ``(T,)`` 0..1 allows."""
    skeleton = motion.skeleton
    ankles, thighs, bones = both(skeleton, "ankle"), both(skeleton, "hip"), leg_bones(skeleton)
    legs, soles = forward(skeleton, motion.translation, motion.rotations, [*ankles, *thighs])
    feet, soles = legs[:, :2], soles[:, :2]
    bends = knee_bends(legs[:, 2:], feet, bones).astype(np.float32)
    contacts = contacts_of(motion)
    lifted = ~np.stack([contacts[:, :2].any(axis=1), contacts[:, 2:].any(axis=1)], axis=1)
    translation, rotations, turned = motion.translation, rot.continuous(motion.rotations), rot.continuous(soles)
    share = np.zeros(len(motion), np.float32)
    # The frame at which a window begins stays, but what is smoothed beside it may make it snap.
    near = (ease > 0) | np.append(ease[1:] > 0, False)
    best, least = motion, _excess(ratios[near])
    for _ in range(ROUNDS):
        share = np.maximum(share, _around(np.asarray((ratios > 1).any(axis=1))) * ease)
        for _ in range(PASSES):
            translation = _diffused(translation, share)
            rotations = _diffused(rotations, share)
            feet = _diffused(feet, share[:, None] * lifted)
            turned = _diffused(turned, share[:, None] * lifted)
            bends = _diffused(bends, share[:, None])
        posed, tilted = rot.normalize(rotations), rot.normalize(turned)
        over_floor = feet.copy()
        over_floor[..., 1] += sunken(sole_heights(skeleton, feet, tilted))
        hips, _ = forward(skeleton, translation, posed, thighs)
        wanted = reaches(bends, bones)
        shift = pelvis_shift(hips, over_floor, wanted, lifted, share)
        for _ in range(SHIFT_PASSES):
            shift = _diffused(shift, np.minimum(4 * share, 1))
        raised, hips = translation.copy(), hips.copy()
        raised[:, 1] += shift
        hips[..., 1] += shift[:, None]
        ahead = feet_at(hips, over_floor, wanted, lifted, share)
        ahead[..., 1] += sunken(sole_heights(skeleton, ahead, tilted))
        tries = []
        for ground, ends in ((translation, over_floor), (raised, ahead)):
            solved = solve_legs(skeleton, ground, posed, SIDES, ends, tilted)
            smoothed = Motion(skeleton, motion.fps, ground, solved, motion.contacts, motion.hands)
            measured = accelerations(smoothed) / limits
            tries.append((_excess(measured[near]), smoothed, measured))
        excess, smoothed, ratios = min(tries, key=lambda each: each[0])
        if excess >= least:
            break
        best, least = smoothed, excess
        if least == 0:
            break
    return best


def _excess(ratios: Floats) -> float:
    """By how much ratios exceed 1, in fourth powers, so that one large excess weighs more than many small ones."""
    return float((np.maximum(ratios - 1, 0) ** 4).sum())


def _around(over: Bools) -> Floats:
    """``(T,)`` 0..1: 1 at frames that exceed, falling to 0 over `SPREAD` frames to either side."""
    out = np.zeros(len(over), np.float32)
    for k in range(-SPREAD, SPREAD + 1):
        shifted = np.zeros(len(over), np.float32)
        at = np.flatnonzero(over) + k
        shifted[at[(at >= 0) & (at < len(shifted))]] = np.cos(0.5 * np.pi * k / (SPREAD + 1)) ** 2
        out = np.maximum(out, shifted)
    return out


def _diffused(values: Floats, share: Floats) -> Floats:
    """Frames ``(T, ...)`` moved by their `share` towards where the acceleration changes least from frame to frame.

    Steps of the flow of a thin beam, whose energy is the squared acceleration: unlike steps towards the neighbours'
    middle they keep a steady speed, also beside frames that stay. One is over neighbours, one over every other frame,
    which reaches farther.
    """
    share = np.float32(1 / 16) * share.reshape(share.shape + (1,) * (values.ndim - share.ndim))
    out = values.copy()
    for k in (1, 2):
        if len(out) > 4 * k:
            middle = slice(2 * k, -2 * k)
            bent = out[: -4 * k] + out[4 * k :] - 4 * (out[k : -3 * k] + out[3 * k : -k]) + 6 * out[middle]
            out[middle] -= share[middle] * bent
    return out
