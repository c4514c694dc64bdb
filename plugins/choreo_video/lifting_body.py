"""The body that is fitted: which landmarks it has, its bones with usual lengths, and where joints lie beside landmarks.

Lengths are those of the canonical skeleton as BlazePose's landmarks show it.
"""

from __future__ import annotations

import numpy as np

from choreo.motion.joint_frames import unit
from choreo.types import Doubles
from choreo_video.landmarks import NAMES

POINTS = (
    "left_hip", "right_hip", "left_shoulder", "right_shoulder", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist", "left_index", "right_index", "left_pinky", "right_pinky", "nose", "left_ear", "right_ear",
)  # fmt: skip
"""Landmarks that are fitted, in order."""
ROWS = np.array([NAMES.index(name) for name in POINTS])
FEET = tuple(POINTS.index(f"{side}_{part}") for side in ("left", "right") for part in ("heel", "foot_index"))
"""Left heel, left toes, right heel, right toes, in the order of contacts."""
_HALF = (
    ("hip", "knee", 0.425, 0.03), ("knee", "ankle", 0.425, 0.03), ("ankle", "heel", 0.075, 0.06),
    ("ankle", "foot_index", 0.19, 0.06), ("heel", "foot_index", 0.23, 0.06), ("shoulder", "elbow", 0.29, 0.03),
    ("elbow", "wrist", 0.26, 0.03), ("wrist", "index", 0.1, 0.15), ("wrist", "pinky", 0.09, 0.15),
    ("index", "pinky", 0.06, 0.3), ("shoulder", "hip", 0.53, 0.06),
)  # fmt: skip
"""Bones of one side: from, to, metres, and the share of the length by which it changes while one dances."""
_ACROSS = (
    ("left_hip", "right_hip", 0.2, 0.04), ("left_shoulder", "right_shoulder", 0.33, 0.06),
    ("left_shoulder", "right_hip", 0.59, 0.06), ("right_shoulder", "left_hip", 0.59, 0.06),
    ("left_ear", "right_ear", 0.15, 0.05), ("nose", "left_ear", 0.13, 0.1), ("nose", "right_ear", 0.13, 0.1),
    ("left_shoulder", "left_ear", 0.25, 0.15), ("right_shoulder", "right_ear", 0.25, 0.15),
    ("left_shoulder", "right_ear", 0.3, 0.15), ("right_shoulder", "left_ear", 0.3, 0.15),
)  # fmt: skip


def _bones() -> list[tuple[int, int, float, float]]:
    rows = [
        (POINTS.index(f"{side}_{first}"), POINTS.index(f"{side}_{second}"), length, give)
        for side in ("left", "right")
        for first, second, length, give in _HALF
    ]
    return rows + [(POINTS.index(a), POINTS.index(b), length, give) for a, b, length, give in _ACROSS]


BONES = np.array([(a, b) for a, b, _, _ in _bones()])
"""``(B, 2)`` points at the ends of each bone."""
LENGTHS = np.array([length for _, _, length, _ in _bones()])
"""``(B,)`` metres."""
GIVES = np.array([give for _, _, _, give in _bones()])
"""``(B,)`` share by which each changes while one dances."""
PAIRS = np.array([*range(len(_HALF), 2 * len(_HALF)), *range(len(_HALF)), *range(2 * len(_HALF), len(BONES))])
"""``PAIRS[b]`` is the same bone of the other side; people are symmetric."""


def joints_of(points: Doubles, names: tuple[str, ...] = POINTS) -> Doubles:
    """Joints ``(T, J, 3)`` at the landmarks: hips lie further up and outside than BlazePose has them."""
    at = {name: points[:, k] for k, name in enumerate(names)}
    out = points.copy()
    across = unit(at["left_hip"] - at["right_hip"])
    up = (at["left_shoulder"] + at["right_shoulder"] - at["left_hip"] - at["right_hip"]) / 2
    up = unit(up - np.sum(up * across, axis=-1, keepdims=True) * across)
    for side, way in (("left", 1.0), ("right", -1.0)):
        out[:, names.index(f"{side}_hip")] += way * HIP_OUT * across + HIP_UP * up
    return out


HIP_OUT, HIP_UP = 0.017, 0.028
"""Metres from BlazePose's landmark of a hip to the joint; medians over rendered bodies."""
