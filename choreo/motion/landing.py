"""Bring the feet of a retargeted motion as near to the floor as those of its recording.

Bones of two people differ, so a body that is carried at the scaled height of the dancer's hips floats here and sinks
there. Where the recording says that a foot is down (`choreo.motion.footing`) the whole body goes up or down until ours
is; what is left over between the two feet is done by the legs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_points
from choreo.motion.easing import smoothstep
from choreo.motion.footing import DOWN, Footing
from choreo.motion.skeleton import SIDES
from choreo.types import Doubles, Motion

NEAR_FLOOR = 0.02
"""Metres over its level at which a point counts 1/e of one that stands."""
BODY_SECONDS = 0.2
"""Standard deviation of the average by which the body follows the feet that stand."""
LEG_SECONDS = 0.025
"""The same of the average of what the legs do beside, in which single frames that were measured wrong are lost."""
LEG_LOW, LEG_HIGH = 0.08, 0.30
"""Metres: lower feet are brought to their height by the leg, higher ones are left where they are."""
FLAT_SECONDS = 0.3
"""A foot must stand on heel and ball for so long, all in all, to show how its shoe is turned."""
FLAT_MOST = np.radians(70.0)
"""A foot turned farther than this while heel and ball are down was measured wrong and is left."""


def flattened(turned: dict[str, Doubles], found: Footing, fps: float) -> dict[str, Doubles]:
    """World orientations ``(T, 4)`` by canonical name with feet that lie flat whenever heel and ball are down.

    What is taken out of each foot is one constant turn: the heel of a shoe, or markers that sat high or aside. A heel
    that is lifted, and toes that are, stay as they are beside it.
    """
    out = dict(turned)
    up = np.array([0.0, 1.0, 0.0])
    for k, side in enumerate(SIDES):
        flat = found.still[:, 2 * k] & found.still[:, 2 * k + 1]
        if flat.sum() < FLAT_SECONDS * fps or f"{side}_ankle" not in out:
            continue
        foot = out[f"{side}_ankle"]
        standing = np.median(rot.rotate(rot.conjugate(foot[flat]), np.broadcast_to(up, (int(flat.sum()), 3))), axis=0)
        standing = standing / max(float(np.linalg.norm(standing)), 1e-9)
        if standing[1] < np.cos(FLAT_MOST):
            continue
        fix = rot.between(up, standing)
        for part in ("ankle", "foot"):
            if f"{side}_{part}" in out:
                out[f"{side}_{part}"] = rot.multiply(out[f"{side}_{part}"], fix)
    return out


def landed(motion: Motion, found: Footing) -> tuple[Motion, Doubles]:
    """The body at the height at which its feet stand where they stand in the recording.

    Returns
    -------
    motion, shift
        `shift` ``(T, 2, 3)`` metres: by how much each foot is to be moved by its leg to be where it is in the
        recording. What markers or joints are aside of our heels and balls, fixed to the foot, is left out of it.
    """
    from scipy.ndimage import gaussian_filter1d

    points = sole_points(motion).astype(np.float64)
    weight = np.exp(-found.clearance / NEAR_FLOOR)
    gap = points[..., 1] - found.clearance
    feet = [slice(0, 2), slice(2, 4)]
    each = np.stack(
        [(weight[:, f] * gap[:, f]).sum(axis=1) / np.maximum(weight[:, f].sum(axis=1), 1e-12) for f in feet], axis=1
    )
    lowest = np.stack([found.clearance[:, f].min(axis=1) for f in feet], axis=1)
    bearing = np.stack([weight[:, f].max(axis=1) for f in feet], axis=1)
    off = _followed(each, bearing, lowest, motion.fps)
    translation = motion.translation.copy()
    translation[:, 1] -= off.astype(np.float32)
    fade = 1 - smoothstep(np.clip((lowest - LEG_LOW) / (LEG_HIGH - LEG_LOW), 0, 1))
    shift = np.zeros((len(motion), 2, 3))
    shift[..., 1] = off[:, None] - each
    for k, ball in enumerate((1, 3)):
        heading = rot.yaw(_heading(points[:, ball] - points[:, ball - 1]))
        aside = np.zeros((len(motion), 3))
        aside[:, ::2] = found.places[:, ball] - points[:, ball, ::2]
        fixed = np.median(rot.rotate(rot.conjugate(heading), aside), axis=0)
        shift[:, k, ::2] = (aside - rot.rotate(heading, np.broadcast_to(fixed, aside.shape)))[:, ::2]
    calm = gaussian_filter1d(shift * fade[..., None], LEG_SECONDS * motion.fps, axis=0, mode="nearest")
    return replace(motion, translation=translation), np.asarray(calm)


def _heading(ahead: Doubles) -> Doubles:
    """Yaw ``(T,)`` in radians of directions ``(T, 3)``."""
    return np.asarray(np.arctan2(ahead[:, 0], ahead[:, 2]))


def _followed(each: Doubles, bearing: Doubles, lowest: Doubles, fps: float) -> Doubles:
    """How far the body is off ``(T,)``: the mean of the feet that bear, a line where none does, smoothed."""
    from scipy.ndimage import gaussian_filter1d

    total = bearing.sum(axis=1)
    known = np.flatnonzero(lowest.min(axis=1) < DOWN)
    if not len(known):
        known = np.arange(len(each))
    mean = (bearing * each).sum(axis=1) / np.maximum(total, 1e-12)
    whole = np.interp(np.arange(len(each)), known, mean[known])
    return np.asarray(gaussian_filter1d(whole, BODY_SECONDS * fps, mode="nearest"))


def floating(motion: Motion, found: Footing, high: float = 0.04) -> float:
    """Share of the frames with a foot down in which all four sole points of ours are more than `high` metres up."""
    down = found.on_floor()
    up = (sole_points(motion)[..., 1] > high).all(axis=1)
    return float((up & down).sum() / max(int(down.sum()), 1))


__all__ = ["flattened", "floating", "landed"]
