"""Joint positions of known motions, as the joint sets of public data have them."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.joint_sets import SETS
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles, Motion

FIXED: dict[str, tuple[str, tuple[float, float, float]]] = {
    "nose": ("head", (0.0, 0.06, 0.12)),
    "head_top": ("head", (0.0, 0.19, 0.0)),
    "jaw": ("head", (0.0, 0.01, 0.06)),
}
"""Where points of the left side and the middle are: metres from a joint, in its frame."""
FIXED |= {
    f"left_{name}": (joint, at)
    for name, joint, at in (
        ("ear", "head", (0.075, 0.07, 0.0)), ("eye", "head", (0.03, 0.09, 0.1)),
        ("eye_inner", "head", (0.02, 0.09, 0.1)), ("eye_outer", "head", (0.04, 0.09, 0.1)),
        ("mouth", "head", (0.02, 0.02, 0.1)), ("heel", "left_ankle", (0.0, -0.07, -0.05)),
        ("big_toe", "left_foot", (-0.03, -0.005, 0.06)), ("small_toe", "left_foot", (0.04, -0.005, 0.03)),
        ("toe", "left_foot", (0.0, -0.005, 0.06)), ("index", "left_wrist", (0.09, 0.0, 0.03)),
        ("pinky", "left_wrist", (0.08, 0.0, -0.03)), ("thumb", "left_wrist", (0.06, 0.0, 0.05)),
    )
}  # fmt: skip


def joint_set_positions(motion: Motion, name: str) -> Doubles:
    """Positions ``(T, J, 3)`` of a motion on the canonical joints, in the order of a joint set, metres, +Y up."""
    at, world = (
        np.asarray(each, np.float64) for each in forward(motion.skeleton, motion.translation, motion.rotations)
    )
    columns = []
    for joint in SETS[name].joints:
        if joint in NAMES:
            columns.append(at[:, NAMES.index(joint)])
            continue
        mirrored = joint.startswith("right_")
        on, place = FIXED.get(joint.replace("right_", "left_"), ("left_wrist", (0.1, 0.0, 0.0)))
        on, offset = (
            (on.replace("left_", "right_"), np.array(place) * [-1, 1, 1]) if mirrored else (on, np.array(place))
        )
        columns.append(at[:, NAMES.index(on)] + rot.rotate(world[:, NAMES.index(on)], offset))
    if name == "h36m":  # the pelvis is the middle of the hips
        columns[0] = (columns[1] + columns[4]) / 2
    return np.stack(columns, axis=1)
