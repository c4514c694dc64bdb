"""Both ends of a step calmed: no joint accelerates more around a transition than it does elsewhere in the dance.

What a recording does at its ends and what the blend adds meet at a transition, and one snap is seen. Where a joint
accelerates more than its limit, the poses around are smoothed in time by diffusion: each frame goes a little towards
the middle of its neighbours, over and over. It acts only near the ends, only around the frames that exceed, and on no
foot that stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of
from choreo.motion.ik import solve_legs
from choreo.motion.kinematics import forward
from choreo.motion.repair import followed, sliced
from choreo.motion.skeleton import SIDES, both
from choreo.types import Bools, Floats, Motion

END_SECONDS = 0.35
"""What is near a transition."""
QUANTILE = 0.98
"""Of a joint's accelerations in a step: what it does there now and then."""
ROUNDS, PASSES = 4, 6
"""How often accelerations are measured anew, and how often each time frames go towards their neighbours."""
SPREAD = 4
"""Frames to either side of one that exceeds that are smoothed with it."""


def accelerations(motion: Motion) -> Floats:
    """Accelerations ``(T - 2, J)`` of all joints, m/s^2."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return np.asarray(np.linalg.norm(np.diff(positions, n=2, axis=0), axis=-1) * motion.fps**2, np.float32)


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
    frames: int

    @classmethod
    def of(cls, motion: Motion) -> Usual:
        """Of a first step."""
        if len(motion) < 3:
            return cls(np.full(len(motion.skeleton), np.inf, np.float32), 0)
        return cls(np.quantile(accelerations(motion), QUANTILE, axis=0).astype(np.float32), len(motion))

    def with_step(self, motion: Motion) -> Usual:
        """Of the steps so far and one more; one too short to tell changes nothing."""
        if len(motion) < motion.fps / 2 and self.frames:
            return self
        own = Usual.of(motion)
        if not self.frames or not own.frames:
            return own if own.frames else self
        share = own.frames / (self.frames + own.frames)
        return Usual((self.limits + (own.limits - self.limits) * np.float32(share)), self.frames + own.frames)


def calmed_end(motion: Motion, limits: Floats) -> Motion:
    """The motion with its last part calmed; its last frame stays."""
    count = min(len(motion), round(END_SECONDS * motion.fps) + SPREAD)
    if count < 5:
        return motion
    ease = np.minimum(np.arange(count, dtype=np.float32) / (2 * SPREAD), 1)
    calm = _calmed(sliced(motion, len(motion) - count, len(motion)), limits, ease)
    return (
        motion
        if calm is None
        else followed(sliced(motion, 0, len(motion) - count), calm)
        if count < len(motion)
        else calm
    )


def calmed_begin(before: Motion, motion: Motion, limits: Floats) -> Motion:
    """The motion with its first part calmed; its first frame is the last of the two of `before`, and stays."""
    count = min(len(motion), round(2 * END_SECONDS * motion.fps) + SPREAD)
    if count < 4 or len(before) < 2:
        return motion
    steps = np.arange(count + 1, dtype=np.float32)
    ease = np.clip(np.minimum(steps - 1, count - steps) / (2 * SPREAD), 0, 1)
    calm = _calmed(followed(sliced(before, 0, 1), sliced(motion, 0, count)), limits, ease)
    if calm is None:
        return motion
    calm = sliced(calm, 1, count + 1)
    return followed(calm, sliced(motion, count, len(motion))) if count < len(motion) else calm


def _calmed(motion: Motion, limits: Floats, ease: Floats) -> Motion | None:
    """The motion smoothed where joints exceed `limits`, as far as `ease` ``(T,)`` 0..1 allows; None where none does."""
    excess = (accelerations(motion) / limits).max(axis=1)
    if not ((excess > 1) & (ease[1:-1] > 0)).any():
        return None
    skeleton = motion.skeleton
    ankles = both(skeleton, "ankle")
    feet, soles = forward(skeleton, motion.translation, motion.rotations, ankles)
    contacts = contacts_of(motion)
    free = np.stack([_away(contacts[:, :2].any(axis=1)), _away(contacts[:, 2:].any(axis=1))], axis=1)
    translation, rotations, turned = motion.translation, rot.continuous(motion.rotations), rot.continuous(soles)
    share = np.zeros(len(motion), np.float32)
    best, least = motion, float(excess.max())
    for _ in range(ROUNDS):
        share = np.maximum(share, _around(excess > 1) * ease)
        for _ in range(PASSES):
            translation = _diffused(translation, share)
            rotations = _diffused(rotations, share)
            feet = _diffused(feet, share[:, None] * free)
            turned = _diffused(turned, share[:, None] * free)
        posed = rot.normalize(rotations)
        legs = solve_legs(skeleton, translation, posed, SIDES, feet, rot.normalize(turned))
        smoothed = Motion(skeleton, motion.fps, translation, legs, motion.contacts, motion.hands)
        excess = (accelerations(smoothed) / limits).max(axis=1)
        if excess.max() < least:
            best, least = smoothed, float(excess.max())
        if least <= 1:
            break
    return best


def _away(standing: Bools) -> Floats:
    """``(T,)`` 0..1: 0 where a foot stands, rising to 1 over `SPREAD` frames from there."""
    out = (~standing).astype(np.float32)
    for k in range(1, SPREAD):
        near = np.zeros(len(standing), bool)
        near[k:] |= standing[:-k]
        near[:-k] |= standing[k:]
        out[near] = np.minimum(out[near], k / SPREAD)
    return out


def _around(over: Bools) -> Floats:
    """``(T,)`` 0..1: 1 at frames that exceed ``(T - 2,)``, falling to 0 over `SPREAD` frames to either side."""
    out = np.zeros(len(over) + 2, np.float32)
    for k in range(-SPREAD, SPREAD + 1):
        shifted = np.zeros(len(over) + 2, np.float32)
        at = np.flatnonzero(over) + 1 + k
        shifted[at[(at >= 0) & (at < len(shifted))]] = np.cos(0.5 * np.pi * k / (SPREAD + 1)) ** 2
        out = np.maximum(out, shifted)
    return out


def _diffused(values: Floats, share: Floats) -> Floats:
    """Each frame ``(T, ...)`` moved by its `share` towards its neighbours: a quarter of theirs, half its own at 1."""
    weight = share.reshape(share.shape + (1,) * (values.ndim - share.ndim))[1:-1]
    out = values.copy()
    out[1:-1] += np.float32(0.25) * weight * (values[:-2] - 2 * values[1:-1] + values[2:])
    return out
