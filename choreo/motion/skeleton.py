"""The canonical skeleton: SMPL's 24 joints with the built-in character's bone lengths."""

from __future__ import annotations

import numpy as np

from choreo.types import Skeleton

NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
    "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hand", "right_hand",
)  # fmt: skip
PARENTS = np.array([-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21])

_HALF = {  # metres from the parent; the right side is the left side with x negated
    "pelvis": (0.0, 0.9786, 0.0),
    "left_hip": (0.1185, -0.0072, -0.0078),
    "spine1": (0.0, 0.0852, -0.0362),
    "left_knee": (0.0, -0.4562, 0.0),
    "spine2": (0.0, 0.081, 0.0135),
    "left_ankle": (0.0, -0.4356, 0.0),
    "spine3": (0.0, 0.084, -0.0014),
    "left_foot": (0.0048, -0.0709, 0.138),
    "neck": (0.0, 0.3385, 0.023),
    "left_collar": (0.0237, 0.2632, 0.0414),
    "head": (0.0, 0.1041, 0.0363),
    "left_shoulder": (0.1482, -0.0259, -0.008),
    "left_elbow": (0.2863, 0.0, 0.0),
    "left_wrist": (0.2616, 0.0, 0.0),
    "left_hand": (0.1136, 0.0, 0.0),
}


def _offsets() -> np.ndarray:
    rows = []
    for name in NAMES:
        x, y, z = _HALF[name.replace("right_", "left_")]
        rows.append((-x if name.startswith("right_") else x, y, z))
    return np.array(rows, dtype=np.float32)


SIDES = ("left", "right")
"""Prefixes of the joints' names, in the order of left and right in contacts and pairs."""
CANONICAL = Skeleton(NAMES, PARENTS, _offsets())
MIRROR = np.array(
    [NAMES.index(n.replace("left_", "right_") if "left_" in n else n.replace("right_", "left_")) for n in NAMES]
)
"""``MIRROR[j]`` is the joint on the other side."""


def both(skeleton: Skeleton, part: str) -> list[int]:
    """Joints of the left and the right side that are named ``left_part`` and ``right_part``."""
    return [skeleton.index(f"{side}_{part}") for side in SIDES]
