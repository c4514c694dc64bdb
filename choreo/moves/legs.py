"""Legs by two-bone IK between a pelvis and feet that are both final: knees over the toes, or where they are written."""

from __future__ import annotations

import numpy as np

from choreo.motion.parts import length
from choreo.motion.rotations import Array, between, conjugate, multiply, rotate
from choreo.motion.skeleton import both
from choreo.moves.foot_paths import Steps
from choreo.moves.frame import BodyMeasures
from choreo.moves.limbs import pose_limbs
from choreo.moves.pelvis import PelvisPath, Turns, euler
from choreo.types import Skeleton

OVER_TOES = 0.65
"""Share of a knee's direction that is the foot's; the rest is the pelvis'."""
DOWN = np.array([0.0, -1.0, 0.0])
STRETCHED, FULL = 0.94, 0.99
"""Shares of the leg: feet in the air that are farther away than the first are held back, short of the second, so that
the knee comes to a stretch and does not snap into it."""


def pose_legs(skeleton: Skeleton, pelvis: PelvisPath, rotations: Array, steps: Steps, measures: BodyMeasures) -> None:
    """Fill hips, knees, ankles and feet of ``rotations (T, J, 4)`` in place, toes flat while the ball carries."""
    feet = (steps.left, steps.right)
    yaw, pitch, toe, lift = (
        np.stack([getattr(foot, name) for foot in feet], axis=1) for name in ("yaw", "pitch", "toe", "lift")
    )
    heading, turn = pelvis.heading[:, None], pelvis.turns.yaw[:, None]
    zero = np.zeros_like(yaw)
    root = rotations[:, None, 0]
    hip = pelvis.translation[:, None] + rotate(root, skeleton.offsets[both(skeleton, "hip")].astype(float))
    ankles = np.stack([foot.ankle(measures) for foot in feet], axis=1)
    ankles = _held_back(hip, ankles, lift, measures.leg)
    toward = OVER_TOES * (yaw - heading) + (1 - OVER_TOES) * turn + heading
    poles = _knees(ankles - hip, toward, np.stack([foot.knee for foot in feet], axis=1))
    shins = pose_limbs(skeleton, rotations, ("hip", "knee", "ankle"), hip, root, ankles, poles, (0.0, 0.0, -1.0))
    soles = euler(Turns(yaw, pitch, zero))
    rotations[:, both(skeleton, "ankle")] = multiply(conjugate(shins), soles)
    rotations[:, both(skeleton, "foot")] = euler(Turns(zero, toe, zero))


def _knees(along: Array, toward: Array, guide: Array) -> Array:
    """Directions ``(T, 2, 3)`` in which knees bend.

    Parameters
    ----------
    along
        ``(T, 2, 3)`` from hip to ankle.
    toward
        ``(T, 2)`` radians: the headings of knees of hanging legs. A leg that is raised carries its knee with it: a
        heading alone would be the direction of the leg itself where it is raised level, and the knee would flip.
    guide
        ``(T, 2, 3)`` directions that are written, 0 where none is.
    """
    forward = np.stack([np.sin(toward), np.full_like(toward, 0.1), np.cos(toward)], axis=-1)
    carried = rotate(between(np.broadcast_to(DOWN, along.shape), along / length(along)), forward)
    guided = np.minimum(length(guide), 1.0)
    return np.asarray((1 - guided) * carried + guide)


def _held_back(hip: Array, ankles: Array, lift: Array, leg: float) -> Array:
    """Ankles ``(T, 2, 3)``, those of feet in the air within reach: distances grow ever less towards the full leg."""
    along = ankles - hip
    far = length(along)
    over = np.maximum(far / leg - STRETCHED, 0.0)
    room = FULL - STRETCHED
    short = leg * (STRETCHED + room * np.tanh(over / room))
    free = np.clip(lift / 0.05, 0.0, 1.0)[..., None]
    return np.asarray(hip + along * np.where(over > 0, 1 - free * (1 - short / far), 1.0))
