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
    "pelvis": (0.0, 0.93, 0.0),
    "left_hip": (0.09, -0.07, 0.0),
    "spine1": (0.0, 0.10, -0.01),
    "left_knee": (0.0, -0.40, 0.0),
    "spine2": (0.0, 0.12, 0.0),
    "left_ankle": (0.0, -0.385, -0.02),
    "spine3": (0.0, 0.09, 0.0),
    "left_foot": (0.02, -0.055, 0.13),
    "neck": (0.0, 0.21, -0.01),
    "left_collar": (0.04, 0.13, 0.0),
    "head": (0.0, 0.10, 0.02),
    "left_shoulder": (0.13, 0.02, -0.01),
    "left_elbow": (0.26, 0.0, 0.0),
    "left_wrist": (0.25, 0.0, 0.0),
    "left_hand": (0.09, 0.0, 0.0),
}


def _offsets() -> np.ndarray:
    rows = []
    for name in NAMES:
        x, y, z = _HALF[name.replace("right_", "left_")]
        rows.append((-x if name.startswith("right_") else x, y, z))
    return np.array(rows, dtype=np.float32)


CANONICAL = Skeleton(NAMES, PARENTS, _offsets())
MIRROR = np.array(
    [NAMES.index(n.replace("left_", "right_") if "left_" in n else n.replace("right_", "left_")) for n in NAMES]
)
"""``MIRROR[j]`` is the joint on the other side."""
