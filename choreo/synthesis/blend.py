"""Transitions by inertialisation (Bollo, GDC 2016/2018): the incoming clip plus an offset that decays.

A cross-fade would need both clips over the transition and would average their poses. Here the outgoing clip gives only
its last pose and velocity: what separates them from the incoming clip's first is an offset, added to the incoming clip
and taken to zero. Limbs have offsets of another kind, see `choreo.synthesis.limbs`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.hands import blended_hands, hands_of
from choreo.motion.kinematics import forward
from choreo.synthesis.inertia import SECONDS, decay, going_on, limited, seconds_for
from choreo.synthesis.limbs import blend_limbs
from choreo.types import Floats, Motion

FINGERS_SECONDS = 0.2
"""How long fingers take to go over from one shape to another."""
OVERSHOOT_METRES = 0.3
"""Metres by which the speed alone may carry the root away."""


def _log_step(after: Floats, before: Floats) -> Floats:
    """Rotation vectors ``(J, 3)`` in radians that lead from `before` to `after`."""
    return rot.to_axis_angle(rot.multiply(after, rot.conjugate(before)))


def blend_rotations(previous: Floats, incoming: Floats, fps: float, seconds: float = SECONDS) -> Floats:
    """Continue ``(P, J, 4)`` smoothly with ``(T, J, 4)``, whose first frame is at the last of `previous`."""
    wanted = going_on(previous)
    offset = _log_step(wanted[0], incoming[0])
    speed = np.zeros_like(offset)
    if len(previous) > 1 and len(incoming) > 1:
        # The offset that is wanted a frame later tells the speed: a difference of the two clips' angular velocities
        # would be wrong where the offset is large, for it turns the incoming clip's.
        speed = limited((_log_step(wanted[1], incoming[1]) - offset) * fps)
    added = rot.from_axis_angle(decay(offset, speed, len(incoming), fps, seconds))
    return np.asarray(rot.normalize(rot.multiply(added, incoming)), np.float32)


def blend_positions(previous: Floats, incoming: Floats, fps: float, seconds: float = SECONDS) -> Floats:
    """Continue ``(P, 3)`` smoothly with ``(T, 3)``, whose first frame is at the last of `previous`."""
    offset = previous[-1] - incoming[0]
    speed = np.zeros_like(offset)
    if len(previous) > 1 and len(incoming) > 1:
        speed = (previous[-1] - previous[-2] - incoming[1] + incoming[0]) * fps
    return np.asarray(
        incoming + decay(offset, speed, len(incoming), fps, seconds, overshoot=OVERSHOOT_METRES), np.float32
    )


def blended(previous: Motion, incoming: Motion, seconds: float | None = None) -> Motion:
    """`incoming` with an offset on its beginning, by which it goes on from `previous`; contacts unchanged."""
    hands = incoming.hands
    if hands is not None or previous.hands is not None:
        hands = blended_hands(hands_of(previous)[-1], hands_of(incoming), FINGERS_SECONDS, incoming.fps)
    skeleton, fps = incoming.skeleton, incoming.fps
    seconds = blend_seconds(previous, incoming) if seconds is None else seconds
    # Only so many frames are touched, and the others keep their bits.
    count = min(len(incoming), int(np.ceil(seconds * fps)) + 1)
    first = incoming.rotations[:count]
    rotations = blend_rotations(previous.rotations, first, fps, seconds)
    rotations = blend_limbs(skeleton, previous.rotations, first, rotations, fps, seconds)
    translation = incoming.translation.copy()
    translation[:count] = blend_positions(previous.translation, translation[:count], fps, seconds)
    return replace(
        incoming,
        translation=translation,
        rotations=rot.continuous(np.concatenate([rotations, incoming.rotations[count:]])),
        hands=hands,
    )


def blend_seconds(previous: Motion, incoming: Motion) -> float:
    """How long the offset from `incoming` to `previous` takes to decay.

    Longer where the chest, with all that hangs on it, has far to turn.
    """
    poses = np.stack([incoming.rotations[0], previous.rotations[-1]])
    _, world = forward(incoming.skeleton, np.zeros(3, np.float32), poses, [incoming.skeleton.index("spine3")])
    return seconds_for(float(np.linalg.norm(_log_step(world[1], world[0]))))
