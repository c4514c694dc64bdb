"""The shoulder girdle: collar bones that take their share of what the arms do, and lead it a little."""

from __future__ import annotations

import numpy as np

from choreo.motion.ik import two_bone
from choreo.motion.parts import length
from choreo.motion.rotations import Array
from choreo.moves.pelvis import Turns, euler
from choreo.moves.springs import follow, soften

LIFT, BEND = 0.25, 1.2
"""Radians that a collar bone is lifted by an arm held level, and the power by which that grows: 30 degrees of an arm
held up, about a sixth of its way (scapulohumeral rhythm: Inman, Saunders and Abbott, 1944)."""
AHEAD, BEHIND, REACHED = 0.34, 0.28, 0.3
"""Radians that it goes forward with an arm in front, back with one behind, and further with a hand that reaches."""
LEADS = (0.075, 0.1)
"""Seconds by which lift and forward turn are ahead of the arm: a swing begins in the shoulder."""
QUICK = 0.28
"""Radians that a collar bone leads by at most."""
RIDES, ROLLS = 0.1, 0.09
"""Radians that shoulders rise with 4 cm of groove, and go forward with the weight, of a move with full drive."""
MOST = 0.62
"""Radians that the girdle turns by itself at most."""
SIGNS = np.array([1.0, -1.0])


def pose_collars(
    hand: Array,
    pole: Array,
    bones: tuple[float, float],
    ride: Array,
    sway: Array,
    calm: Array,
    fps: float,
    *,
    cyclic: bool,
) -> Array:
    """Turns of the collar bones ``(T, 2, 4)``.

    Parameters
    ----------
    hand, pole
        ``(T, 2, 3)`` hands and directions of the elbows, arm lengths out, up, forward from the shoulder.
    bones
        Upper arm and forearm, arm lengths.
    ride, sway
        ``(T,)`` how far down the groove is, and where the weight is, -1 right to 1 left, both times the drive.
    calm
        ``(T, 2)`` 0..1, how much of leading and riding is danced.
    """
    elbow, _ = two_bone(np.zeros_like(hand), hand, pole, [bones, bones])
    arm = elbow / np.maximum(length(elbow), 1e-9)
    out, up, ahead = np.moveaxis(arm, -1, 0)
    lift = LIFT * np.maximum(1 + up, 0.0) ** BEND
    turn = AHEAD * np.maximum(ahead, 0.0) + BEHIND * np.minimum(ahead, 0.0) + 0.25 * np.maximum(-out - 0.1, 0.0)
    turn = turn + REACHED * np.maximum(hand[..., 2] - 0.55, 0.0)
    both = np.stack([lift, turn], axis=-1)
    speed = soften(np.gradient(arm[..., 1:], 1 / fps, axis=0), fps, 0.05, cyclic=cyclic)
    lead = QUICK * np.tanh(speed * LEADS / QUICK)
    moved = follow(both, fps, 2.8, 0.45, cyclic=cyclic, lead=0.9)
    rides = np.stack([np.stack([RIDES * ride, -sign * ROLLS * sway], axis=-1) for sign in SIGNS], axis=1)
    both = both + (moved - both + lead + rides) * calm[..., None]
    lift, turn = np.moveaxis(MOST * np.tanh(both / MOST), -1, 0)
    return euler(Turns(-SIGNS * turn, np.zeros_like(lift), -SIGNS * lift))
