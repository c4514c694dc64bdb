"""What joint sets have beside hips, knees and the like, made the canonical joints that a pose is reconstructed from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.joint_frames import frame, trunk, unit
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Doubles


def canonical_joints(at: Mapping[str, Doubles]) -> tuple[dict[str, Doubles], Doubles | None]:
    """Canonical joints ``(T, 3)`` by name, and the head's orientation ``(T, 4)`` where face or crown show it.

    Parameters
    ----------
    at
        Positions ``(T, 3)`` in the words of `choreo.motion.joint_sets`, metres, +Y up.
    """
    out = {name: at[name] for name in NAMES if name in at}
    for side in SIDES:
        _foot(out, at, side)
        knuckles = [at[f"{side}_{name}"] for name in ("index", "pinky") if f"{side}_{name}" in at]
        if f"{side}_hand" not in out and len(knuckles) == 2:
            out[f"{side}_hand"] = (knuckles[0] + knuckles[1]) / 2
        elif f"{side}_hand" not in out and f"{side}_middle1" in at:
            out[f"{side}_hand"] = at[f"{side}_middle1"]
    return out, _face(at) if "head" not in out else None


def _foot(out: dict[str, Doubles], at: Mapping[str, Doubles], side: str) -> None:
    """The ball of the foot: where the skeleton has it, above the line from the heel to the toes."""
    tips = [at[f"{side}_{name}"] for name in ("big_toe", "small_toe", "toe") if f"{side}_{name}" in at]
    if f"{side}_foot" in out or not tips:
        return
    tip = np.mean(tips, axis=0)
    heel, ankle, knee = at.get(f"{side}_heel"), at[f"{side}_ankle"], at[f"{side}_knee"]
    if heel is None:
        out[f"{side}_foot"] = tip
        return
    rest = CANONICAL.offsets[NAMES.index(f"{side}_foot")].astype(np.float64)
    sole = frame(tip - heel, knee - ankle, "zy")
    size = float(np.median(np.linalg.norm(tip - heel, axis=-1))) / SOLE_LENGTH
    out[f"{side}_foot"] = ankle + rot.rotate(sole, rest * [0, 1, 1] * size)


SOLE_LENGTH = 0.24
"""Metres from heel to toes of the canonical body."""


def _face(at: Mapping[str, Doubles]) -> Doubles | None:
    """Orientation of the head from ears and nose, or from its crown; None where neither is there.

    How nose and crown lie in a head differs by joint set, so the pitch in the median is taken out: on the whole people
    look ahead.
    """
    _, chest = trunk(at)
    if all(name in at for name in ("nose", "left_ear", "right_ear")):
        middle = (at["left_ear"] + at["right_ear"]) / 2
        turned = frame(at["left_ear"] - at["right_ear"], at["nose"] - middle, "xz")
        ahead = rot.rotate(rot.conjugate(chest), rot.rotate(turned, np.array([0.0, 0, 1])))
        tilt = float(np.median(np.arcsin(np.clip(ahead[:, 1], -1, 1))))
        return np.asarray(rot.multiply(turned, rot.from_axis_angle(np.array([tilt, 0.0, 0.0]))))
    if "head_top" in at:
        shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
        inside = rot.rotate(rot.conjugate(chest), unit(at["head_top"] - at.get("neck", shoulders)))
        usual = np.median(inside, axis=0) * [0, 1, 1]
        return np.asarray(rot.multiply(chest, rot.between(np.broadcast_to(usual, inside.shape), inside)))
    return None
