"""From joint positions to joint orientations: the frame of every canonical bone, read off where the joints are.

Needed for markers, which are positions only, and for skeletons whose rest pose is unknown. Positions leave the twist
of a bone about itself open. It is taken from the limb's hinge, the normal of the plane in which knee or elbow bends,
and, where the limb is straight and has no such plane, from the foot or the chest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.ik import leg_length
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Doubles, Floats, Skeleton

NEEDED = (
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
"""Joints without which no pose can be reconstructed."""
BENT = 0.35
"""Sine of the bend of a limb from which on its hinge is trusted wholly."""
AGREE = 0.4
"""Cosine to the body's lateral axis from which on a hinge of knees or feet is trusted wholly."""
STEADY = 5
"""Frames over which the median of a shoulder is taken: with the collar the whole arm would jump."""
Positions = Mapping[str, Doubles]


def unit(v: Doubles) -> Doubles:
    """Vectors ``(..., 3)`` of length 1; zero stays zero."""
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12))


def frame(primary: Doubles, secondary: Doubles, axes: str) -> Doubles:
    """Orientations ``(T, 4)``: the first of `axes` is `primary`, the second as near `secondary` as can be."""
    first = unit(primary)
    second = unit(secondary - np.sum(secondary * first, axis=-1, keepdims=True) * first)
    columns = {axes[0]: first, axes[1]: second}
    third = ({"x", "y", "z"} - set(axes)).pop()
    order = {"x": ("y", "z"), "y": ("z", "x"), "z": ("x", "y")}[third]
    columns[third] = np.cross(columns[order[0]], columns[order[1]])
    return np.asarray(rot.from_matrix(np.stack([columns[a] for a in "xyz"], axis=-1)))


def _between(a: Doubles, b: Doubles, share: float) -> Doubles:
    return np.asarray(rot.slerp(a, b, np.float64(share)))


def _agreeing(axis: Doubles, guide: Doubles) -> Doubles:
    """`axis` ``(T, 3)``, scaled to 0 as it turns from `guide` ``(T, 3)`` to the opposite side."""
    along = np.sum(unit(axis) * guide, axis=-1, keepdims=True)
    return np.asarray(axis * np.clip(along / AGREE, 0, 1))


def _hinge(upper: Doubles, lower: Doubles, fallback: Doubles, guide: Doubles | None = None) -> Doubles:
    """Axis ``(T, 3)`` that a limb bends about, `fallback` where it is straight.

    With `guide`, a hinge that points against it is an error of measurement: knees do not bend forward.
    """
    # The cross product has the length of the bend's sine. Of a nearly straight limb its direction is noise, so it is
    # mixed with the fallback by a trust that grows with the sine; squared, so that noise is left out for longer. A
    # switch instead of a mix would let the twist jump. The fallback counts half: where both are there, the hinge wins.
    axis = np.cross(unit(upper), unit(lower))
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    trust = np.clip(sine / BENT, 0, 1) ** 2
    if guide is not None:
        trust = trust * np.clip(np.sum(unit(axis) * guide, axis=-1, keepdims=True) / AGREE, 0, 1)
    return np.asarray(trust * unit(axis) + (1 - trust) * unit(fallback) * 0.5)


def trunk(at: Positions) -> tuple[Doubles, Doubles]:
    """World orientations ``(T, 4)`` of pelvis and chest."""
    hips = (at["left_hip"] + at["right_hip"]) / 2
    shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
    top = at.get("neck", shoulders)
    up = top - hips
    waist = at.get("spine2")
    low = up if waist is None else waist - hips
    high = up if waist is None else top - waist
    pelvis = frame(at["left_hip"] - at["right_hip"], low, "xy")
    chest = frame(at["left_shoulder"] - at["right_shoulder"], high, "xy")
    return pelvis, chest


def collars(at: Positions, chest: Doubles) -> dict[str, Doubles]:
    """World orientations ``(T, 4)`` of the collars: raised, lowered and drawn forward as the shoulders are.

    Seen from the chest, the shoulder of each side goes round a point at the breastbone; where it is on the median it is
    at rest. The point is as far inside of it as the collar bone of our skeleton, in the dancer's size, is long.
    """
    from scipy.ndimage import median_filter

    out: dict[str, Doubles] = {}
    if "neck" not in at:
        return out
    for side in SIDES:
        inside = rot.rotate(rot.conjugate(chest), at[f"{side}_shoulder"] - at["neck"])
        inside = median_filter(inside, (STEADY, 1), mode="nearest")
        middle = np.median(inside, axis=0)
        bone = CANONICAL.offsets[NAMES.index(f"{side}_shoulder")].astype(np.float64)
        base = CANONICAL.offsets[NAMES.index(f"{side}_collar")].astype(np.float64)
        bone = bone * abs(middle[0]) / abs(base[0] + bone[0])
        moved = rot.between(np.broadcast_to(bone, inside.shape), inside - middle + bone)
        out[f"{side}_collar"] = rot.multiply(chest, moved)
    return out


def orient(at: Positions, head: Doubles | None = None, chest: Doubles | None = None) -> dict[str, Doubles]:
    """World orientations of the canonical joints.

    Parameters
    ----------
    at
        Positions ``(T, 3)`` by canonical name, +Y up: those of `NEEDED`, and ``neck``, ``head``, ``spine2``,
        ``left_foot``, ``left_hand`` and so on where they are known. ``left_heel`` is a point behind ``left_foot``,
        ``left_instep`` one to the dancer's left of it, both as high as it while the foot lies flat.
    head
        Orientation ``(T, 4)`` of the head where it is known by itself.
    chest
        The same of the chest; by default it goes with the shoulders.

    Returns
    -------
    ``(T, 4)`` by canonical name, for all 24.
    """
    pelvis, shoulders = trunk(at)
    chest = shoulders if chest is None else chest
    out = {"pelvis": pelvis, "spine1": _between(pelvis, chest, 1 / 3), "spine2": _between(pelvis, chest, 2 / 3)}
    out["spine3"] = chest
    out |= {"left_collar": chest, "right_collar": chest} | collars(at, chest)
    out["neck"] = out["head"] = chest
    if "neck" in at and "head" in at:
        rest = CANONICAL.offsets[NAMES.index("head")].astype(np.float64)
        lean = rot.between(rot.rotate(chest, rest), at["head"] - at["neck"])
        out["neck"] = out["head"] = rot.multiply(lean, chest)
    if head is not None:
        out["head"] = head
        out["neck"] = _between(chest, head, 0.5)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        _leg(out, at, side, pelvis)
        _arm(out, at, side, sign, chest)
    return {name: rot.continuous(rot.normalize(out[name])) for name in NAMES}


def _leg(out: dict[str, Doubles], at: Positions, side: str, pelvis: Doubles) -> None:
    hip, knee, ankle = (at[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    thigh, shin = knee - hip, ankle - knee
    toes = at.get(f"{side}_foot")
    across = rot.rotate(pelvis, np.array([1.0, 0, 0]))
    aside = across
    if toes is not None:  # a foot shows the leg's rotation, unless it is pointed, in line with the shin
        aside = across + _agreeing(np.cross(-unit(shin), unit(toes - ankle)), across)
    axis = _hinge(thigh, shin, aside, across)
    out[f"{side}_hip"] = frame(-thigh, axis, "yx")
    out[f"{side}_knee"] = frame(-shin, axis, "yx")
    if toes is None:
        out[f"{side}_ankle"] = out[f"{side}_foot"] = out[f"{side}_knee"]
        return
    rest = CANONICAL.offsets[NAMES.index(f"{side}_foot")].astype(np.float64)
    heel = at.get(f"{side}_heel")
    ahead = toes - (ankle if heel is None else heel)
    lateral = _agreeing(np.cross(-unit(shin), unit(toes - ankle)), across) + 0.3 * unit(axis)
    if f"{side}_instep" in at:
        lateral = at[f"{side}_instep"] - toes
    # The foot looks from ankle to toes; its roll is the lateral axis, with some of the knee's hinge for pointed feet.
    # In the rest pose that line goes down to the ball, so the rest's pitch is taken out again.
    standing = frame(unit(ahead), lateral, "zx")
    pitch = rot.conjugate(rot.between(np.array([0.0, 0, 1]), rest * [0, 1, 1]))
    out[f"{side}_ankle"] = rot.multiply(standing, pitch) if heel is None else standing
    out[f"{side}_foot"] = out[f"{side}_ankle"]


def _arm(out: dict[str, Doubles], at: Positions, side: str, sign: float, chest: Doubles) -> None:
    shoulder, elbow, wrist = (at[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist"))
    upper, fore = elbow - shoulder, wrist - elbow
    # A straight arm has the twist of the chest, carried along by the shortest arc from the side to where the arm is.
    hanging = rot.multiply(rot.between(rot.rotate(chest, np.array([sign, 0.0, 0])), upper), chest)
    axis = _hinge(upper, fore, -sign * rot.rotate(hanging, np.array([0.0, 1, 0])))
    out[f"{side}_shoulder"] = frame(sign * upper, -sign * axis, "xy")
    out[f"{side}_elbow"] = frame(sign * fore, -sign * axis, "xy")
    hand = at.get(f"{side}_hand")
    out[f"{side}_wrist"] = out[f"{side}_elbow"] if hand is None else frame(sign * (hand - wrist), -sign * axis, "xy")
    out[f"{side}_hand"] = out[f"{side}_wrist"]


def local(world: Mapping[str, Doubles]) -> Floats:
    """Local rotations ``(T, 24, 4)`` of world orientations by canonical name."""
    rows = [world["pelvis"]]
    for joint in range(1, len(NAMES)):
        above = world[NAMES[int(CANONICAL.parents[joint])]]
        rows.append(rot.multiply(rot.conjugate(above), world[NAMES[joint]]))
    return rot.continuous(rot.normalize(np.stack(rows, axis=1))).astype(np.float32)


def own_skeleton(at: Positions) -> Skeleton:
    """The canonical joints with the bone lengths that the positions have in the median."""
    offsets = CANONICAL.offsets.astype(np.float64).copy()
    for name in NAMES[1:]:
        child = NAMES.index(name)
        parent = NAMES[int(CANONICAL.parents[child])]
        if name in at and parent in at:
            length = float(np.median(np.linalg.norm(at[name] - at[parent], axis=-1)))
            offsets[child] *= length / np.linalg.norm(offsets[child])
    _trunk_lengths(offsets, at)
    legs = sum(float(np.linalg.norm(offsets[NAMES.index(f"left_{part}")])) for part in ("knee", "ankle"))
    ratio = legs / mean_leg(CANONICAL)
    for name in ("pelvis", "left_foot", "right_foot"):
        if name == "pelvis" or name not in at:
            offsets[NAMES.index(name)] = CANONICAL.offsets[NAMES.index(name)] * ratio
    return Skeleton(NAMES, CANONICAL.parents, offsets.astype(np.float32))


def _trunk_lengths(offsets: Doubles, at: Positions) -> None:
    """Hips as wide and the spine as long as they are; both sides alike."""
    width = float(np.median(np.linalg.norm(at["left_hip"] - at["right_hip"], axis=-1)))
    broad = float(np.median(np.linalg.norm(at["left_shoulder"] - at["right_shoulder"], axis=-1)))
    hips = (at["left_hip"] + at["right_hip"]) / 2
    shoulders = (at["left_shoulder"] + at["right_shoulder"]) / 2
    height = float(np.median(np.linalg.norm(shoulders - hips, axis=-1)))
    rest = CANONICAL.offsets.astype(np.float64)
    index = {name: NAMES.index(name) for name in NAMES}
    rest_width = 2 * rest[index["left_hip"], 0]
    spine = ("spine1", "spine2", "spine3", "left_collar", "left_shoulder")
    rest_height = float(sum(rest[index[name], 1] for name in spine) - rest[index["left_hip"], 1])
    rest_broad = 2 * (rest[index["left_collar"], 0] + rest[index["left_shoulder"], 0])
    for side in SIDES:
        offsets[index[f"{side}_hip"]] = rest[index[f"{side}_hip"]] * width / rest_width
        for part in ("collar", "shoulder"):
            scaled = rest[index[f"{side}_{part}"]] * np.array([broad / rest_broad, height / rest_height, 1.0])
            offsets[index[f"{side}_{part}"]] = scaled
    for name in ("spine1", "spine2", "spine3", "neck"):
        offsets[index[name]] = rest[index[name]] * height / rest_height


def mean_leg(skeleton: Skeleton) -> float:
    """Metres from hip to ankle with the knee straight, mean of both legs."""
    return (leg_length(skeleton, "left") + leg_length(skeleton, "right")) / 2
