"""A model of the proportions that MMD dances are made for, since a VMD file has none: arms lowered at rest."""

from __future__ import annotations

import numpy as np

from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Skeleton

ARM_DOWN = np.radians(35.0)
"""How far the arms of MMD's models hang at rest."""
MIDDLE = {
    "センター": "pelvis", "下半身": "lower", "上半身": "spine1", "上半身2": "spine2", "首": "neck", "頭": "head",
}  # fmt: skip
LIMBS = {
    "足": "hip", "ひざ": "knee", "足首": "ankle", "つま先": "foot", "肩": "collar", "腕": "shoulder", "ひじ": "elbow",
    "手首": "wrist",
}  # fmt: skip
BONES = {
    **{name: ours for name, ours in MIDDLE.items() if ours != "lower"},
    **{
        sign + name: f"{side}_{ours}"
        for sign, side in (("左", "left"), ("右", "right"))
        for name, ours in LIMBS.items()
    },
}
"""Canonical joints by MMD's names."""
LEG_IK = {"left": "左足ＩＫ", "right": "右足ＩＫ"}
IK_PARENT = {"left": "左足IK親", "right": "右足IK親"}
"""What carries a leg's IK, where a model has it; it turns about the floor below the ankle."""
PATH = ("全ての親", "センター", "グルーブ")
"""Bones that carry the body, outermost first."""


def model() -> Skeleton:
    """The canonical joints with arms lowered by `ARM_DOWN`."""
    offsets = CANONICAL.offsets.astype(np.float64).copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for part in ("elbow", "wrist", "hand"):
            joint = NAMES.index(f"{side}_{part}")
            length = float(np.linalg.norm(offsets[joint]))
            offsets[joint] = length * np.array([sign * np.cos(ARM_DOWN), -np.sin(ARM_DOWN), 0.0])
    return Skeleton(NAMES, CANONICAL.parents, offsets.astype(np.float32))
