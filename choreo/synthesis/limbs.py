"""Arms and legs over a transition: bones go the shortest way from one direction to the other, seen from the trunk.

Recordings tell where a straight arm points, not how it is split into turns of the shoulder and of the elbow about it:
these jump from frame to frame and cancel each other. An offset on each joint's own rotation would come between them
and shake the hand. So each bone has two offsets: a swing of its direction in the trunk's frame, which alone decides
where the limb is, and a twist about itself.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.parts import dot
from choreo.motion.skeleton import both
from choreo.synthesis.inertia import decay, going_on, limited
from choreo.types import Floats, Ints, Skeleton

CHAINS = (("spine3", ("shoulder", "elbow", "wrist")), ("pelvis", ("hip", "knee", "ankle")))
"""Part of the trunk that a limb is seen from, and the joints above its bones."""


@lru_cache(maxsize=8)
def _bones(skeleton: Skeleton) -> tuple[Ints, Ints, Floats]:
    """Joints ``(K,)`` of limbs from above down, the trunk's that they are seen from, unit axes of bones ``(K, 3)``."""
    joints, trunk = list[int](), list[int]()
    for base, parts in CHAINS:
        for part in parts:
            joints += both(skeleton, part)
            trunk += [skeleton.index(base)] * 2
    ends = [int(np.flatnonzero(skeleton.parents == joint)[0]) for joint in joints]
    axes = skeleton.offsets[ends]
    return np.array(joints), np.array(trunk), axes / np.linalg.norm(axes, axis=-1, keepdims=True)


def _seen_from_trunk(skeleton: Skeleton, rotations: Floats) -> Floats:
    """Orientations ``(T, K, 4)`` of the bones in the frame of the trunk."""
    joints, trunk, _ = _bones(skeleton)
    _, world = forward(skeleton, np.zeros(3, np.float32), rotations, [*trunk, *joints])
    return rot.multiply(rot.conjugate(world[:, : len(trunk)]), world[:, len(trunk) :])


def swings_and_twists(to: Floats, have: Floats, axes: Floats) -> tuple[Floats, Floats]:
    """What leads from the orientations `have` ``(..., K, 4)`` of bones to those of `to`.

    Returns
    -------
    swings, twists
        ``(..., K, 3)`` rotation vectors that take the bones' directions the shortest way; ``(..., K, 1)`` radians about
        the bones themselves, before that. ``swing * have * twist`` is `to`.
    """
    swing = rot.between(rot.rotate(have, axes), rot.rotate(to, axes))
    rest = rot.multiply(rot.conjugate(rot.multiply(swing, have)), to)
    twist = 2 * np.arctan2(dot(rest[..., 1:], np.broadcast_to(axes, rest[..., 1:].shape)), rest[..., :1])
    return rot.to_axis_angle(swing), rot.wrap_angle(twist).astype(np.float32)


def blend_limbs(
    skeleton: Skeleton, previous: Floats, incoming: Floats, trunk: Floats, fps: float, seconds: float
) -> Floats:
    """Rotations with the limbs' replaced, so that they go on from `previous`.

    Parameters
    ----------
    previous, incoming
        ``(P, J, 4)`` and ``(T, J, 4)``: the outgoing clip's last frames, the incoming one's first.
    trunk
        ``(T, J, 4)``: `incoming` with all other joints blended.
    """
    joints, _, axes = _bones(skeleton)
    last = previous[-2:]
    seen = _seen_from_trunk(skeleton, np.concatenate([last, incoming]))
    wanted, bones = going_on(seen[: len(last)]), seen[len(last) :]
    swings, twists = swings_and_twists(wanted[: len(bones)], bones[:2], axes)
    swing_speed, twist_speed = np.zeros_like(swings[0]), np.zeros_like(twists[0])
    if len(previous) > 1 and len(bones) > 1:
        swing_speed = limited((swings[1] - swings[0]) * fps)
        twist_speed = limited(rot.wrap_angle(twists[1] - twists[0]).astype(np.float32) * fps)
    swing = rot.from_axis_angle(decay(swings[0], swing_speed, len(bones), fps, seconds))
    twist = rot.from_axis_angle(decay(twists[0], twist_speed, len(bones), fps, seconds) * axes)
    turned = rot.normalize(rot.multiply(rot.multiply(swing, bones), twist))
    out = trunk.copy()
    places = {joint: k for k, joint in enumerate(joints.tolist())}
    for joint, k in places.items():
        above = int(skeleton.parents[joint])
        if above in places:
            out[:, joint] = rot.multiply(rot.conjugate(turned[:, places[above]]), turned[:, k])
        elif above == 0:
            out[:, joint] = turned[:, k]
        else:
            out[:, joint] = rot.multiply(rot.conjugate(trunk[:, above]), turned[:, k])
    return np.asarray(rot.normalize(out), np.float32)
