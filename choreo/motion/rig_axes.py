"""How the bones of a rig are turned in its T-pose: where the axes of each joint point.

Three letters are a joint's x, y and z: to the dancer's ``L``eft or ``R``ight, ``U``p or ``D``own, ``F``orward or
``B``ack. They are those of Unreal's mannequin (x along the bone, on the right side against it), of Mixamo's and
Rigify's characters (y along the bone) and of Godot's ``SkeletonProfileHumanoid``. All other rigs have joints that are
not turned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.skeleton import SIDES
from choreo.types import Doubles

PARTS = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist", "finger", "thumb")
_WAYS = {"L": (1, 0, 0), "R": (-1, 0, 0), "U": (0, 1, 0), "D": (0, -1, 0), "F": (0, 0, 1), "B": (0, 0, -1)}
UNTURNED = "LUF"
CHILD = {
    "spine1": "spine2", "spine2": "spine3", "spine3": "neck", "neck": "head", "hip": "knee", "knee": "ankle",
    "ankle": "foot", "collar": "shoulder", "shoulder": "elbow", "elbow": "wrist", "wrist": "hand",
}  # fmt: skip
"""The joint that a joint's bone leads to; parts of limbs without their side."""
STRAIGHT = 0.5
"""Cosine from which on an axis that points along a bone is turned to point along it exactly."""


@dataclass(frozen=True)
class Axes:
    """Axes of a rig's joints: of the root on the floor, of the trunk, and of `PARTS` on the left and on the right.

    ``along``: whether an axis follows each bone exactly, or the letters are kept.
    """

    root: str
    trunk: str
    left: str
    right: str
    along: bool = True


AXES: Mapping[str, Axes] = {
    "unreal": Axes(
        "LBU", "UBR", "UBR UBR UBR FUR LBU LBU LBU LDB LDB FLU", "DFR DFR DFR BDR LFD LFD LFD LUF LUF BLD"
    ),
    "mixamo": Axes(
        "LUF", "LUF", "RDF RDF RFU RFU BLD BLD BLD BLD BLD BLD", "RDF RDF RFU RFU FRD FRD FRD FRD FRD FRD"
    ),
    "rigify": Axes(
        "LBU", "LUF", "LDB LDB LFD LFD FLU DLF DLF DLF BLD BLD", "LDB LDB LFD LFD BRU URF URF URF FRD FRD"
    ),
    "godot": Axes(
        "LUF", "LUF", "RDF LDB RFU LFD FLU BLD DLF BLD BLD ULB", "RDF LDB RFU LFD BRU FRD URF FRD FRD DRB", along=False
    ),
}  # fmt: skip


def turned(letters: str) -> Doubles:
    """Orientation ``(4,)`` of a joint whose axes point where the letters say.

    Examples
    --------
    >>> turned("LUF").tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    return np.asarray(rot.from_matrix(np.array([_WAYS[letter] for letter in letters], np.float64).T))


def orientations(rig: str, rest: Mapping[str, Doubles]) -> dict[str, Doubles]:
    """World orientations ``(4,)`` in the T-pose of our joints and of ``root``, the one on the floor.

    Parameters
    ----------
    rest
        ``(3,)`` metres, by the names of our skeleton: where the joints are in the T-pose.
    """
    axes = AXES.get(rig)
    if axes is None:
        return {name: turned(UNTURNED) for name in (*rest, "root")}
    sides = {
        side: dict(zip(PARTS, row.split(), strict=True))
        for side, row in zip(SIDES, (axes.left, axes.right), strict=True)
    }
    found = {"root": turned(axes.root)}
    for name in rest:
        side, _, part = name.partition("_")
        letters = sides[side][_part(part)] if side in sides else axes.trunk
        toward = _along(name, rest) if axes.along or "thumb" in name else None
        found[name] = turned(letters) if toward is None else _straight(turned(letters), toward)
    return found


def _part(part: str) -> str:
    """One of `PARTS` of a joint's name without its side."""
    if part == "hand":
        return "wrist"
    return part if part in PARTS else "thumb" if part.startswith("thumb") else "finger"


def _along(name: str, rest: Mapping[str, Doubles]) -> Doubles | None:
    """Where the bone of a joint leads ``(3,)``; None where it has none."""
    side, _, part = name.partition("_")
    if name[-1] in "12" and part:  # the outer bone of a finger goes on from the first
        first, second = f"{name[:-1]}1", f"{name[:-1]}2"
    else:
        first, second = name, f"{side}_{CHILD.get(part)}" if part else CHILD.get(name, "")
    return rest[second] - rest[first] if first in rest and second in rest else None


def _straight(orientation: Doubles, toward: Doubles) -> Doubles:
    """Turn an orientation by as little as brings its axis that is nearest to a direction onto it."""
    ways = rot.to_matrix(orientation).T
    toward = toward / np.linalg.norm(toward)
    cosines = ways @ toward
    best = int(np.argmax(np.abs(cosines)))
    if abs(float(cosines[best])) < STRAIGHT:
        return orientation
    return np.asarray(rot.multiply(rot.between(np.sign(cosines[best]) * ways[best], toward), orientation))


__all__ = ["AXES", "Axes", "orientations", "turned"]
