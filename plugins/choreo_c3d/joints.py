"""From Vicon-like markers to joint centres: Plug-in Gait, CMU and the like, by the names of the markers.

Hips after Bell, Brand and Pedersen ("Prediction of hip joint centre location from external landmarks", 1989), in
shares of the pelvis' width; knees, ankles and elbows half a joint's width inside of their markers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.footing import MARKER_TOES, Footing, footing
from choreo.motion.joint_frames import frame, trunk, unit
from choreo.motion.repair import runs, spikes
from choreo.motion.skeleton import SIDES
from choreo.types import Bools, Doubles
from choreo_c3d.reader import Markers

ALIASES: Mapping[str, tuple[str, ...]] = {
    "LFWT": ("LASI", "LASIS"), "RFWT": ("RASI", "RASIS"), "LBWT": ("LPSI", "LPSIS"), "RBWT": ("RPSI", "RPSIS"),
    "LSHN": ("LTIB",), "RSHN": ("RTIB",), "LKNE": ("LKNEE",), "RKNE": ("RKNEE",), "LWRA": ("LWRI", "LIWR"),
    "RWRA": ("RWRI", "RIWR"), "LWRB": ("LOWR",), "RWRB": ("ROWR",), "CLAV": ("CLAVICLE", "STRN1"), "STRN": ("STERN",),
    "LTOE": ("LMT1",), "RTOE": ("RMT1",),
}  # fmt: skip
NEEDED = ("FWT", "KNE", "ANK", "TOE", "SHO", "ELB", "WRA")
GAP_SECONDS = 0.5
"""Gaps of markers longer than this are not filled."""
HIP_SIDE, HIP_DOWN, HIP_BACK = 0.36, 0.30, 0.19
"""Shares of the distance between the front pelvis markers (Bell et al.)."""
KNEE_HALF, ANKLE_HALF, ELBOW_HALF, SHOULDER_DOWN, SOLE = 0.055, 0.04, 0.04, 0.045, 0.012
"""Metres, marker radius included."""


@dataclass(frozen=True, eq=False)
class Feet:
    """Points of the feet ``(T, 4, 3)``, heights over the level at which each stands.

    `along`: left heel, left ball, right heel, right ball; `across`: inner and outer side of the left and the right
    foot, None without markers there.
    """

    along: Doubles
    across: Doubles | None


def filled(markers: Markers) -> tuple[dict[str, Doubles], Bools, int]:
    """Markers by their usual names with short gaps and spikes bridged.

    Returns
    -------
    at
        ``(T, 3)`` by name.
    lost
        ``(T,)`` True where a marker that is needed was away for too long.
    count
        How many samples of markers were bridged.

    Raises
    ------
    MotionError
        When the set lacks markers that the joints need.
    """
    from scipy.interpolate import PchipInterpolator

    points = {}
    for name in dict.fromkeys([*markers.labels, *ALIASES]):
        found = next((label for label in (name, *ALIASES.get(name, ())) if label in markers.labels), None)
        if found is not None:
            points[name] = markers.points[:, markers.labels.index(found)].copy()
    missing = [side + part for side in "LR" for part in NEEDED if side + part not in points]
    if missing:
        raise MotionError(
            f"the marker set {', '.join(markers.labels[:10])} ... lacks {', '.join(missing)}; "
            "expected Plug-in Gait, CMU or Vicon names."
        )
    times = np.arange(len(markers.points)) / markers.fps
    lost, count = np.zeros(len(times), bool), 0
    needed = {side + part for side in "LR" for part in NEEDED}
    for name, track in points.items():
        seen = np.asarray(np.isfinite(track).all(axis=1))
        bridge = np.where(seen[:, None], track, _held(track, seen))
        seen &= ~spikes(bridge, markers.fps)
        long = np.zeros(len(times), bool)
        for first, last in runs(~seen):
            if last - first > GAP_SECONDS * markers.fps:
                long[first:last] = True
        if seen.sum() < 4:
            lost |= name in needed
            points[name] = np.zeros_like(track)
            continue
        smooth = PchipInterpolator(times[seen], track[seen], axis=0, extrapolate=False)(times)
        points[name] = np.where(np.isfinite(smooth), smooth, _held(track, seen))
        count += int((~seen & ~long).sum())
        if name in needed:
            lost |= long
    return points, lost, count


def _held(track: Doubles, seen: Bools) -> Doubles:
    """The last value that was seen, the first one before it."""
    if not seen.any():
        return np.zeros_like(track)
    last = np.maximum.accumulate(np.where(seen, np.arange(len(track)), -1))
    return np.asarray(track[np.where(last < 0, int(np.argmax(seen)), last)])


def joint_centres(at: Mapping[str, Doubles], found: Feet) -> tuple[dict[str, Doubles], Doubles | None]:
    """Joint centres ``(T, 3)`` by canonical name, and the head's orientation ``(T, 4)`` where it has four markers.

    `found` is what the markers of the feet do: heels of shoes differ, so how the feet lie is told by where they stand.
    """
    out: dict[str, Doubles] = {}
    across = _pelvis(out, at)
    trunk_up = unit((at["LSHO"] + at["RSHO"]) / 2 - (out["left_hip"] + out["right_hip"]) / 2)
    for letter, side, sign in (("L", "left", 1.0), ("R", "right", -1.0)):
        _leg(out, at, letter, side, sign, across)
        _foot(out, found, side)
        out[f"{side}_shoulder"] = at[f"{letter}SHO"] - SHOULDER_DOWN * trunk_up
        wrist = at[f"{letter}WRA"]
        if f"{letter}WRB" in at:
            wrist = (wrist + at[f"{letter}WRB"]) / 2
        out[f"{side}_wrist"] = wrist
        elbow, shoulder = at[f"{letter}ELB"], out[f"{side}_shoulder"]
        plane = np.cross(wrist - elbow, shoulder - elbow)
        thumb = at[f"{letter}WRA"] - at[f"{letter}WRB"] if f"{letter}WRB" in at else plane
        inward = unit(np.cross(thumb, wrist - elbow)) * sign
        bend = (wrist + shoulder) / 2 - elbow
        inward = inward * np.where(np.sum(inward * bend, axis=-1, keepdims=True) < 0, -1, 1)
        out[f"{side}_elbow"] = elbow + ELBOW_HALF * 0.5 * inward
        if f"{letter}FIN" in at:
            out[f"{side}_hand"] = at[f"{letter}FIN"]
    if "C7" in at and "CLAV" in at:
        out["neck"] = 0.65 * at["C7"] + 0.35 * at["CLAV"]
    if "T10" in at and "STRN" in at:
        out["spine2"] = 0.6 * at["T10"] + 0.4 * at["STRN"]
    return out, _head(out, at)


def sole_markers(at: Mapping[str, Doubles]) -> Doubles:
    """What is on heels and balls of the feet ``(T, 4, 3)``: left heel, left ball, right heel, right ball."""
    points = []
    for letter in "LR":
        toe = at[f"{letter}TOE"]
        points += [at.get(f"{letter}HEE", at[f"{letter}ANK"]), (toe + at.get(f"{letter}MT5", toe)) / 2]
    return np.stack(points, axis=1)


def feet_of(at: Mapping[str, Doubles], fps: float) -> Feet:
    """Read off the markers of the feet how these lie on the floor."""
    sides = None
    if all(f"{letter}MT5" in at for letter in "LR"):
        across = np.stack([at[f"{letter}{name}"] for letter in "LR" for name in ("TOE", "MT5")], axis=1)
        sides = levelled(footing(across, fps))
    return Feet(levelled(footing(sole_markers(at), fps, MARKER_TOES)), sides)


def levelled(found: Footing) -> Doubles:
    """Points ``(T, 4, 3)`` of a foot whose heights are those over the level at which each stands."""
    return np.concatenate([found.places[..., :1], found.clearance[..., None], found.places[..., 1:]], axis=-1)


def _foot(out: dict[str, Doubles], found: Feet, side: str) -> None:
    """Fill in what shows how a foot lies: points behind its ball, and to the dancer's left of it."""
    first = 2 * SIDES.index(side)
    out[f"{side}_heel"] = out[f"{side}_foot"] + found.along[:, first] - found.along[:, first + 1]
    if found.across is not None:
        outward = found.across[:, first + 1] - found.across[:, first]
        out[f"{side}_instep"] = out[f"{side}_foot"] + (outward if side == "left" else -outward)


def chest(at: Mapping[str, Doubles], centres: Mapping[str, Doubles]) -> Doubles | None:
    """Orientation ``(T, 4)`` of the chest by its own four markers, so that shoulders can move on it; None without them.

    Where the markers sat on the dancer is taken out: on the whole the chest looks where the shoulders do.
    """
    if not all(name in at for name in ("C7", "CLAV", "T10", "STRN")):
        return None
    up = at["C7"] + at["CLAV"] - at["T10"] - at["STRN"]
    turned = frame(up, at["CLAV"] + at["STRN"] - at["C7"] - at["T10"], "yz")
    _, shoulders = trunk(centres)
    return np.asarray(rot.multiply(turned, rot.mean(rot.multiply(rot.conjugate(turned), shoulders))))


def _pelvis(out: dict[str, Doubles], at: Mapping[str, Doubles]) -> Doubles:
    """Fill in the hips; returns the direction ``(T, 3)`` of the dancer's left."""
    left, right = at["LFWT"], at["RFWT"]
    front = (left + right) / 2
    width = float(np.median(np.linalg.norm(left - right, axis=-1)))
    if "LBWT" in at and "RBWT" in at:
        ahead = front - (at["LBWT"] + at["RBWT"]) / 2
    else:
        ahead = np.cross(left - right, (at["LSHO"] + at["RSHO"]) / 2 - front)
    basis = frame(left - right, ahead, "xz")
    for side, sign in (("left", 1.0), ("right", -1.0)):
        inside = width * np.array([sign * HIP_SIDE, -HIP_DOWN, -HIP_BACK])
        out[f"{side}_hip"] = front + rot.rotate(basis, inside)
    return unit(left - right)


def _leg(
    out: dict[str, Doubles], at: Mapping[str, Doubles], letter: str, side: str, sign: float, across: Doubles
) -> None:
    knee, ankle, toe = at[f"{letter}KNE"], at[f"{letter}ANK"], at[f"{letter}TOE"]
    heel = at.get(f"{letter}HEE", ankle)
    shin = unit(knee - ankle)
    foot = toe - heel
    lateral = unit(np.cross(shin, foot))  # the dancer's left
    lateral = np.where(np.sum(lateral * across, axis=-1, keepdims=True) < 0, -lateral, lateral)
    hinge = unit(0.5 * across + 0.5 * lateral)
    thigh = unit(out[f"{side}_hip"] - knee)
    hinge = unit(hinge - np.sum(hinge * thigh, axis=-1, keepdims=True) * thigh)
    out[f"{side}_knee"] = knee - sign * KNEE_HALF * hinge
    out[f"{side}_ankle"] = ankle - sign * ANKLE_HALF * lateral
    ball = (toe + at[f"{letter}MT5"]) / 2 if f"{letter}MT5" in at else toe
    out[f"{side}_foot"] = ball - SOLE * unit(np.cross(foot, lateral))


def _head(out: dict[str, Doubles], at: Mapping[str, Doubles]) -> Doubles | None:
    names = ("LFHD", "RFHD", "LBHD", "RBHD")
    if not all(name in at for name in names):
        return None
    left_front, right_front, left_back, right_back = (at[name] for name in names)
    turned = frame(
        left_front + left_back - right_front - right_back, left_front + right_front - left_back - right_back, "xz"
    )
    middle = (left_front + right_front + left_back + right_back) / 4
    ahead = rot.rotate(turned, np.array([0.0, 0, 1]))
    tilt = float(np.median(np.arcsin(np.clip(ahead[:, 1], -1, 1))))  # of the band: on the whole people look ahead
    turned = rot.multiply(turned, rot.from_axis_angle(np.array([tilt, 0.0, 0.0])))
    out["head"] = middle - rot.rotate(turned, np.array([0, 0.1, 0.02]))
    return np.asarray(turned)
