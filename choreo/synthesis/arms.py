"""Arms that a transition would take through the trunk or the head are led around it.

The blend takes each bone the shortest way, whatever is in between. Where an arm gets deeper inside than both clips have
it, it is swung out at the shoulder, by no more than needed and gradually in time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.body_shape import ArmDepths, arm_depths
from choreo.motion.easing import smootherstep
from choreo.motion.kinematics import forward
from choreo.motion.parts import cross, dot, length
from choreo.motion.skeleton import both
from choreo.types import Floats, Motion

TOLERANCE = 0.005
"""Metres that an arm may be deeper than in the clips."""
DEEP = 0.05
"""Metres inside from which on the way out is to the front or to the back."""
ROUNDS = 8
FARTHEST = np.radians(50.0)
"""Radians that an arm is swung out by at most."""
GRADUAL_SECONDS = 0.15
"""How long before and after an arm is swung out gradually."""


def arms_outside(blend: Motion, incoming: Motion, count: int) -> Motion:
    """The blend with arms led around the trunk in its first `count` frames.

    Parameters
    ----------
    incoming
        The clip as it was before blending; what its arms are inside the body, they may be.
    """
    skeleton, count = blend.skeleton, min(count, len(blend))
    translation, rotations = blend.translation[:count], blend.rotations[:count]
    if count < 3:
        return blend
    positions, world = forward(skeleton, translation, rotations)
    found = arm_depths(positions, skeleton.names)
    if found.depth[1:].max() <= TOLERANCE:
        return blend
    own, _ = forward(skeleton, incoming.translation[:count], incoming.rotations[:count])
    # What the outgoing clip had inside comes out as its offset decays.
    fading = 1 - smootherstep(np.arange(count, dtype=np.float32) / (count - 1))
    had = np.maximum(found.depth[0].max(axis=-1), 0)[None] * fading[:, None]
    allowed = np.maximum(np.maximum(arm_depths(own, skeleton.names).depth.max(axis=-1), had), 0) + TOLERANCE
    shoulders, collars = both(skeleton, "shoulder"), both(skeleton, "collar")
    side = _side(found, TOLERANCE)
    swing = np.zeros((count, 2, 3), np.float32)
    out, best, least = rotations, rotations, np.inf
    for _ in range(ROUNDS + 1):
        deepest = found.depth.argmax(axis=-1)[..., None]
        excess = np.take_along_axis(found.depth, deepest, axis=-1)[..., 0] - allowed
        if excess[1:-1].max() < least:
            best, least = out, float(excess[1:-1].max())
        if least <= 0:
            break
        pick = deepest[..., None]
        lever = np.take_along_axis(found.points, pick, axis=2)[:, :, 0] - positions[:, shoulders]
        way = np.take_along_axis(found.out, pick, axis=2)[:, :, 0]
        # Deep inside the soonest way out turns over from frame to frame; there it is the one that all frames share.
        deep = np.clip(excess / DEEP, 0, 1)[..., None]
        way = way + deep * (side[None] * found.front[:, None] - way)
        # The swing that moves the point along `way`: about what is square to both, by the angle that its lever makes.
        axis = cross(lever, way)
        needed = np.maximum(excess, 0)[..., None] * axis / np.maximum(length(axis) ** 2, 4e-3)
        needed *= np.minimum(1, 0.5 / np.maximum(length(needed), 1e-9))
        # In the frame of the collar's parent, so that it turns with the trunk.
        chest = world[:, [int(skeleton.parents[c]) for c in collars]]
        swing = swing + _gradual(rot.rotate(rot.conjugate(chest), needed.astype(np.float32)), blend.fps)
        swing *= np.minimum(1, FARTHEST / np.maximum(length(swing), 1e-9)).astype(np.float32)
        out = rotations.copy()
        upper = rot.multiply(rotations[:, collars], rotations[:, shoulders])
        turned = rot.multiply(rot.from_axis_angle(swing), upper)
        out[:, shoulders] = rot.normalize(rot.multiply(rot.conjugate(rotations[:, collars]), turned))
        positions, world = forward(skeleton, translation, out)
        found = arm_depths(positions, skeleton.names)
    if best is rotations:
        return blend
    return replace(blend, rotations=rot.continuous(np.concatenate([best, blend.rotations[count:]])))


def _side(found: ArmDepths, tolerance: float) -> Floats:
    """``(2, 1)``: 1 for an arm that comes out in front of the trunk, -1 behind it: where most of it is when inside."""
    facing = dot(found.out, found.front[:, None, None])[..., 0] * (found.depth > tolerance)
    return np.where(facing.sum(axis=(0, 2)) < -1, -1, 1).astype(np.float32)[:, None]


def _gradual(swing: Floats, fps: float) -> Floats:
    """Rotation vectors ``(T, 2, 3)`` that rise and fall gradually around those that are wanted; 0 at both ends."""
    radius = max(1, round(GRADUAL_SECONDS * fps))
    size = length(swing)[..., 0]
    padded = np.pad(size, [(radius, radius), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=0)
    kernel = np.hanning(2 * radius + 3)[1:-1].astype(np.float32)
    weighted = np.lib.stride_tricks.sliding_window_view(
        np.pad(swing, [(radius, radius), (0, 0), (0, 0)]), 2 * radius + 1, axis=0
    )
    mean = weighted @ kernel
    highest = np.pad(windows.max(axis=-1), [(radius, radius), (0, 0)], mode="edge")
    ceiling = np.lib.stride_tricks.sliding_window_view(highest, 2 * radius + 1, axis=0) @ (kernel / kernel.sum())
    place = np.arange(len(swing), dtype=np.float32)
    ends = smootherstep(np.minimum(place, place[::-1]) / (0.5 * radius))[:, None, None]
    return np.asarray(mean / np.maximum(length(mean), 1e-9) * ceiling[..., None] * ends, np.float32)
