"""Whether joint positions are those of a person, and what they do not say: up, unit, left and right, the joint set."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from choreo.errors import MotionError
from choreo.motion.joint_frames import Positions, frame, mean_leg, unit
from choreo.motion.joint_sets import JointSet
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Doubles

BONES = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for side in SIDES
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
)
"""Bones that every joint set has and that do not change their length."""
WIDTHS = (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("left_hip", "left_shoulder"))
MOST_VARIATION = 0.35
"""Largest median variation of bones, as a share of their length; pose estimation from one camera has about 0.1."""
CLEARLY = 0.75
"""Two joint sets are told apart when the better one's misfit is so much less."""
LEGS = {"m": (0.4, 1.3), "cm": (40.0, 130.0), "mm": (400.0, 1300.0)}
"""Lengths of people's legs, children included, from hip to ankle, by unit."""
METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
TURNED = 0.2
"""Cosine beyond which feet and knees that point backward are no error of measurement."""


def lengths_of(at: Positions, bones: Sequence[tuple[str, str]]) -> tuple[Doubles, Doubles]:
    """Median length of each bone, and how much it varies, as a share of it; NaN where it is never seen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of frames and bones without a value
        lengths = np.stack([np.linalg.norm(at[a] - at[b], axis=-1) for a, b in bones])
        size = np.nanmedian(lengths, axis=1)
        spread = 1.4826 * np.nanmedian(np.abs(lengths - size[:, None]), axis=1)
    return size, spread / np.maximum(size, 1e-9)


def variation(at: Positions) -> float:
    """How much `BONES` change their length, in the median; infinite when one is never seen."""
    found = lengths_of(at, BONES)[1]
    return float(np.median(found)) if np.isfinite(found).all() else np.inf


def misfit(at: Positions) -> float:
    """How far positions are from a person's: `variation`, and how much proportions differ from the canonical ones."""
    bones = [*BONES, *WIDTHS]
    size = lengths_of(at, bones)[0]
    rest = dict(zip(NAMES, rest_positions(CANONICAL)[:, None].astype(np.float64), strict=True))
    ratios = np.log(np.maximum(size, 1e-9) / lengths_of(rest, bones)[0])
    found = variation(at) + float(np.abs(ratios - np.median(ratios)).mean())
    return found if np.isfinite(found) else np.inf


def which_set(positions: Doubles, sets: Sequence[JointSet]) -> JointSet:
    """The joint set of an array ``(T, J, 3)``, of those that have so many joints: the one that makes a person of it.

    Raises
    ------
    MotionError
        When none does, or two do as well.
    """
    tracks = {each.name: {name: positions[:, k] for name, k in each.index.items()} for each in sets}
    best, *others = sorted(sets, key=lambda each: misfit(tracks[each.name]))
    require_bones(variation(tracks[best.name]), " or ".join(each.title for each in sets))
    if others and misfit(tracks[best.name]) > CLEARLY * misfit(tracks[others[0].name]):
        titles = " or ".join(each.title for each in sets)
        raise MotionError(f"{positions.shape[1]} joints that may be {titles}; say which is which with a map (--map).")
    return best


def require_bones(share: float, what: str) -> None:
    """Refuse positions whose bones change their length by more than `MOST_VARIATION`.

    Raises
    ------
    MotionError
        Says by how much.
    """
    if not share <= MOST_VARIATION:
        found = "are not there" if not np.isfinite(share) else f"change their length by {100 * share:.0f} %"
        raise MotionError(
            f"bones {found} when the numbers are read as positions of {what}, expected under "
            f"{100 * MOST_VARIATION:.0f} %: the joints are in another order, or the numbers are no positions."
        )


def up_of(at: Positions) -> str:
    """Axis that points up: from ankles to shoulders, on the whole."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trunk = np.nanmean([at[f"{side}_shoulder"] - at[f"{side}_ankle"] for side in SIDES], axis=(0, 1))
    axis = int(np.argmax(np.abs(trunk)))
    if not abs(trunk[axis]) > 1e-9:
        raise MotionError("shoulders and ankles are in one place; expected a person who stands.")
    return ("-" if trunk[axis] < 0 else "") + "xyz"[axis]


def leg_length(at: Positions) -> float:
    """Median length of the legs from hip to ankle, in the unit of the positions."""
    return float(lengths_of(at, [bone for bone in BONES if "left_knee" in bone or "right_knee" in bone])[0].sum()) / 2


def metres_of(at: Positions, unit: str) -> tuple[float, str]:
    """Factor to metres, and the unit's name: ``""`` when legs have a length in no unit, and are taken for ours.

    Raises
    ------
    MotionError
        When there is no such unit, or the legs have no length.
    """
    if unit in METRES:
        return METRES[unit], unit
    if unit != "auto":
        raise MotionError(f"unit: found {unit!r}, expected m, cm, mm or auto.")
    legs = leg_length(at)
    if not 1e-9 < legs < 1e9:
        raise MotionError(f"legs of {legs:.3g}, expected a person.")
    for name, (low, high) in LEGS.items():
        if low <= legs <= high:
            return METRES[name], name
    return mean_leg(CANONICAL) / legs, ""


def require_sides(at: Mapping[str, Doubles]) -> None:
    """Refuse positions whose left is right: swapped names, or left-handed coordinates.

    Raises
    ------
    MotionError
        Says what disagrees.
    """
    across, broad = (unit(at[f"left_{part}"] - at[f"right_{part}"]) for part in ("hip", "shoulder"))
    if float(np.median(np.sum(across * broad, axis=-1))) < 0:
        raise MotionError("left and right of hips and shoulders disagree; one of them has its names swapped.")
    hips = (at["left_hip"] + at["right_hip"]) / 2
    shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
    ahead = _ahead(across, shoulders - hips)
    signs = []
    for side in SIDES:
        hip, knee, ankle = (at[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
        bend = (knee - (hip + ankle) / 2) / np.maximum(np.linalg.norm(hip - ankle, axis=-1, keepdims=True), 1e-9)
        signs.append(4 * float(np.mean(np.sum(bend * ahead, axis=-1))))
        if f"{side}_foot" in at:
            toes = unit(at[f"{side}_foot"] - ankle)
            signs.append(float(np.median(np.sum(toes * ahead, axis=-1))))
    if max(signs) < 0 and min(signs) < -TURNED:
        raise MotionError(
            "knees and feet point backward: left and right have swapped names, or the coordinates are left-handed "
            "(then turn the sign of one axis)."
        )


def _ahead(across: Doubles, up: Doubles) -> Doubles:
    """Forward ``(T, 3)`` of a body whose left is `across`."""
    from choreo.motion import rotations as rot

    return np.asarray(rot.rotate(frame(across, up, "xy"), np.array([0.0, 0, 1])))
