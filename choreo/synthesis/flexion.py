"""How far knees bend, and feet and pelvis at such a distance that they bend so far.

A leg that is almost straight turns a millimetre of its foot into several of its knee. Where poses are smoothed, feet
and pelvis alone would let the knees snap: the bend is smoothed, too, and what it takes is given by a foot in the air,
or by the pelvis over one that stands.
"""

from __future__ import annotations

import numpy as np

from choreo.motion.ik import bone_length
from choreo.motion.skeleton import both
from choreo.types import Bools, Floats, Skeleton

MOST_FOOT, MOST_PELVIS = 0.06, 0.02
"""Metres that a foot in the air goes along its leg, and the pelvis up or down, at most."""
STEEP = 0.5
"""Cosine of a leg to the vertical from which on the pelvis is moved for it as if it were this steep."""
FADE_FRAMES = 5
"""Frames over which a foot that lands or lifts is left to where it is."""


def leg_bones(skeleton: Skeleton) -> tuple[Floats, Floats]:
    """Lengths in metres ``(2,)`` of thighs and shins, left and right."""
    thigh, shin = (
        np.array([bone_length(skeleton, joint) for joint in both(skeleton, part)], np.float32)
        for part in ("knee", "ankle")
    )
    return thigh, shin


def knee_bends(hips: Floats, ankles: Floats, bones: tuple[Floats, Floats]) -> Floats:
    """Radians ``(T, 2)`` by which the knees are bent, 0 for straight legs, from positions ``(T, 2, 3)``."""
    thigh, shin = bones
    reach = np.linalg.norm(ankles - hips, axis=-1)
    return np.asarray(np.pi - np.arccos(np.clip((thigh**2 + shin**2 - reach**2) / (2 * thigh * shin), -1, 1)))


def reaches(bends: Floats, bones: tuple[Floats, Floats]) -> Floats:
    """Metres ``(T, 2)`` from hip to ankle of knees that are bent so far."""
    thigh, shin = bones
    return np.asarray(np.sqrt(thigh**2 + shin**2 + 2 * thigh * shin * np.cos(bends)))


def pelvis_shift(hips: Floats, ankles: Floats, wanted: Floats, lifted: Bools, share: Floats) -> Floats:
    """Metres ``(T,)`` that the pelvis is to be raised for standing legs to be as long as `wanted` ``(T, 2)``."""
    line = ankles - hips
    reach = np.linalg.norm(line, axis=-1)
    steep = np.maximum(-line[..., 1] / np.maximum(reach, 1e-6), STEEP)
    each = np.clip((wanted - reach) / steep, -MOST_PELVIS, MOST_PELVIS) * ~lifted
    standing = np.maximum((~lifted).sum(axis=1), 1)
    return np.asarray(each.sum(axis=1) / standing * np.clip(2 * share, 0, 1), np.float32)


def feet_at(hips: Floats, ankles: Floats, wanted: Floats, lifted: Bools, share: Floats) -> Floats:
    """Ankles ``(T, 2, 3)``, those in the air as far from the hips as `wanted` ``(T, 2)``."""
    line = ankles - hips
    reach = np.linalg.norm(line, axis=-1)
    free = _averaged(((share > 0)[:, None] & lifted).astype(np.float32), FADE_FRAMES // 2) * lifted
    longer = np.clip(wanted - reach, -MOST_FOOT, MOST_FOOT) * free
    return np.asarray(ankles + line * (longer / np.maximum(reach, 1e-6))[..., None], np.float32)


def _averaged(values: Floats, radius: int) -> Floats:
    """Means ``(T, ...)`` over a frame and `radius` frames to either side; the ends repeat."""
    padded = np.pad(values, [(radius, radius), *[(0, 0)] * (values.ndim - 1)], mode="edge")
    return np.asarray(sum(padded[k : k + len(values)] for k in range(2 * radius + 1)) / (2 * radius + 1))
