"""Fingers of a character: which nodes they are, about what they bend, and how the dance bends them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.families import sided
from choreo.motion.hands import FINGERS, hands_of
from choreo.motion.joint_frames import unit
from choreo.motion.skeleton import SIDES
from choreo.types import Doubles, Motion
from choreo_gltf.reader import Tree

OTHER_NAMES = {"pinky": ("pinky", "little", "pinkie")}
NO_BONES = ("end", "tip", "nub", "4")
"""What nodes are called that only mark where a finger ends."""
SPLIT: dict[int, tuple[tuple[float, float], ...]] = {
    1: ((1.0, 0.5),),
    2: ((1.0, 0.0), (0.0, 1.0)),
    3: ((1.0, 0.0), (0.0, 0.6), (0.0, 0.4)),
}
"""Shares of a finger's two angles, knuckle and outer joints, that each bone of a chain of so many takes."""
VRM_FINGERS = {"thumb": "Thumb", "index": "Index", "middle": "Middle", "ring": "Ring", "pinky": "Little"}
VRM_JOINTS = ("Metacarpal", "Proximal", "Intermediate", "Distal")

PLACES: dict[str, tuple[tuple[float, float, float], float, float]] = {
    "thumb": ((0.03, -0.012, 0.026), 0.048, 0.034),
    "index": ((0.118, 0.0, 0.03), 0.034, 0.022),
    "middle": ((0.119, 0.0, 0.005), 0.038, 0.025),
    "ring": ((0.116, -0.002, -0.018), 0.034, 0.024),
    "pinky": ((0.108, -0.005, -0.039), 0.026, 0.018),
}
"""Knuckle from the left wrist, and the lengths of the next two bones, metres: those of the built-in dancer's hand."""


@dataclass(frozen=True, eq=False)
class Bend:
    """One bone of a finger: its node, the axis ``(3,)`` in the node's own frame, and shares and rest of its angles."""

    node: int
    side: int
    finger: int
    axis: Doubles
    shares: tuple[float, float]
    rest: float


def chains(tree: Tree, wrist: int, side: str, humans: dict[str, int]) -> dict[str, list[int]]:
    """Nodes of each finger from the knuckle on, three at most: as a VRM file says (`humans`), else by the names."""
    found: dict[str, list[int]] = {}
    for finger, theirs in VRM_FINGERS.items():
        told = [humans[name] for joint in VRM_JOINTS if (name := f"{side}{theirs}{joint}") in humans]
        nodes = [tree.order.index(node) for node in told if node in tree.order]
        if nodes:
            found[finger] = nodes[:3]
    if found:
        return found
    below = {wrist}
    for joint, parent in enumerate(tree.parents):
        if parent not in below:
            continue
        below.add(joint)
        name = sided(tree.names[joint])[1]
        finger = next((f for f in FINGERS if any(word in name for word in OTHER_NAMES.get(f, (f,)))), "")
        marks = any(name.endswith(word) for word in NO_BONES) or ("metacarpal" in name and finger != "thumb")
        if finger and not marks and len(found.get(finger, ())) < 3:
            found.setdefault(finger, []).append(joint)
    return found


def bends_of(
    tree: Tree, index: dict[str, int], positions: Doubles, turns: Doubles, humans: dict[str, int]
) -> list[Bend]:
    """Bones of the character's fingers; none of a hand whose palm cannot be told.

    Parameters
    ----------
    index
        Nodes by canonical joint.
    positions, turns
        ``(J, 3)`` and ``(J, 4)`` of the nodes at rest, in the world.
    """
    out: list[Bend] = []
    for number, side in enumerate(SIDES):
        wrist = index.get(f"{side}_wrist")
        if wrist is None:
            continue
        fingers = chains(tree, wrist, side, humans)
        outer = next((fingers[name] for name in ("pinky", "ring", "middle") if name in fingers), None)
        if "index" not in fingers or outer is None:
            continue
        sign = 1.0 if number == 0 else -1.0
        first, last = positions[fingers["index"][0]] - positions[wrist], positions[outer[0]] - positions[wrist]
        back = sign * unit(np.cross(first, last))
        along = unit(first + last)
        thumb_side = unit(first - last)
        for finger, nodes in fingers.items():
            ways = _ways(tree, positions, nodes)
            if finger == "thumb":
                across = sign * unit(0.85 * along + 0.5 * back)
                curl = unit(np.cross(ways[0], 0.5 * along - 0.7 * back - 0.5 * thumb_side))
                axes, rests = [across, curl, curl], [0.0, 0.0, 0.0]
            else:
                axis = unit(np.cross(ways[0], -back))
                level = float(np.arcsin(np.clip(ways[0] @ -back, -1, 1)))
                bent = [float(np.arctan2(np.cross(a, b) @ axis, a @ b)) for a, b in pairwise(ways)]
                axes, rests = [axis] * 3, [level, *bent, 0.0]
            out += [
                Bend(node, number, FINGERS.index(finger), rot.rotate(rot.conjugate(turns[node]), axis), shares, rest)
                for node, axis, shares, rest in zip(nodes, axes, SPLIT[len(nodes)], rests, strict=False)
            ]
    # Of a damaged file places may be anything: what has no direction is left as it is.
    return [bone for bone in out if np.isfinite(bone.axis).all() and np.isfinite(bone.rest)]


def _ways(tree: Tree, positions: Doubles, nodes: list[int]) -> list[Doubles]:
    """Where each bone of a finger points; the last as its child lies, or as the one before."""
    ends = [*nodes[1:], next((j for j, parent in enumerate(tree.parents) if parent == nodes[-1]), -1)]
    out: list[Doubles] = []
    for node, end in zip(nodes, ends, strict=True):
        parent = tree.parents[node]
        way = positions[end] - positions[node] if end >= 0 else np.zeros(3)
        if not np.linalg.norm(way) > 1e-6:
            way = out[-1] if out else positions[node] - positions[parent]
        out.append(unit(way))
    return out


def bent(tree: Tree, motion: Motion, bones: list[Bend]) -> dict[int, Doubles]:
    """Local rotations ``(T, 4)`` of the bones of fingers, by node."""
    hands = hands_of(motion).astype(np.float64)
    out = {}
    for bone in bones:
        angle = hands[:, bone.side, bone.finger] @ np.array(bone.shares) - bone.rest
        out[bone.node] = rot.multiply(tree.rest[bone.node], rot.from_axis_angle(angle[:, None] * bone.axis))
    return out


def vrm_fingers() -> list[tuple[str, str, Doubles, Bend]]:
    """Finger bones in VRM's T-pose, straight and level: name, parent's name, metres from it ``(3,)``, bend.

    Their `Bend.node` is 0.
    """
    out = []
    for number, side in enumerate(SIDES):
        flip = np.array([1.0 if number == 0 else -1.0, 1.0, 1.0])
        for finger, (knuckle, *lengths) in PLACES.items():
            way = unit(np.array([0.7, -0.05, 0.7] if finger == "thumb" else [1.0, 0.0, 0.0]))
            across, curl = (unit(np.array(axis)) for axis in ((0.85, 0.5, 0.0), (0.0, 0.0, -1.0)))
            if finger == "thumb":
                curl = unit(np.cross(way, [0.5, -0.7, -0.5]))
            axes = (across, curl, curl) if finger == "thumb" else (curl, curl, curl)
            joints = VRM_JOINTS[:2] + VRM_JOINTS[3:] if finger == "thumb" else VRM_JOINTS[1:]
            above = f"{side}Hand"
            for joint, place, axis, shares in zip(
                joints, (np.array(knuckle), lengths[0] * way, lengths[1] * way), axes, SPLIT[3], strict=True
            ):
                name = f"{side}{VRM_FINGERS[finger]}{joint}"
                bend = Bend(0, number, FINGERS.index(finger), axis * (1, *flip[:1], *flip[:1]), shares, 0.0)
                out.append((name, above, place * flip, bend))
                above = name
    return out


__all__ = ["Bend", "bends_of", "bent", "vrm_fingers"]
