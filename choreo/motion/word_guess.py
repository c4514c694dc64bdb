"""Which bone is which by the words in its name, for skeletons of no family that is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from choreo.motion.bone_tree import in_order
from choreo.motion.bone_words import helps, key, keys
from choreo.motion.family_names import FAMILIES, SIDED, JointMap
from choreo.motion.skeleton import SIDES

_PARTS: Mapping[str, Sequence[str]] = {
    "hip": ("upleg", "upperleg", "legupper", "thigh", "hip", "hipjoint", "femur", "leg1"),
    "knee": ("leg", "lowerleg", "leglower", "calf", "shin", "knee", "lowleg", "tibia", "leg2"),
    "ankle": ("foot", "ankle", "feet", "leg3"),
    "foot": ("toe", "toebase", "toes", "ball", "toe0"),
    "collar": ("collar", "clavicle", "clav", "scapula", "shoulder"),
    "shoulder": ("arm", "upperarm", "armupper", "uparm", "uarm", "humerus", "shldr", "arm1", "shoulder"),
    "elbow": ("forearm", "lowerarm", "armlower", "elbow", "lowarm", "farm", "radius", "arm2"),
    "wrist": ("hand", "wrist", "palm", "arm3"),
}
_TRUNK: Mapping[str, Sequence[str]] = {
    "pelvis": ("hips", "pelvis", "hip", "root"),
    "neck": ("neck", "neck1", "neck0"),
    "head": ("head", "head1", "head0"),
}
_SPINE = re.compile(r"(spine|chest|upperchest|lowerback|torso|abdomen|back|thorax|ab)\d*")


def _part(ours: str) -> str:
    return ours.split("_", 1)[-1]


KNOWN = frozenset(
    key(name)[1] for joints in FAMILIES.values() for ours, name in joints.items() if _part(ours) in SIDED
) | {word for words in _PARTS.values() for word in words}
"""Words of joints with a side, which a side may be run together with: ``lfemur``."""


def by_words(names: Sequence[str], parents: Sequence[int] | None = None) -> JointMap:
    """Joints that are recognised by the words in their names."""
    return {ours: names[joint] for ours, joint in numbers_by_words(names, parents).items()}


def numbers_by_words(names: Sequence[str], parents: Sequence[int] | None) -> dict[str, int]:
    """Numbers of the joints of `by_words`, by canonical name."""
    order = range(len(names)) if parents is None else in_order(parents)
    given = keys(names, KNOWN)
    parts = {joint: given[joint] for joint in order if not helps(names[joint])}
    found: dict[str, int] = {}
    for side in SIDES:
        mine = {rest: joint for joint, (where, rest) in reversed(list(parts.items())) if where == side}
        for ours, words in _PARTS.items():
            taken = found.values()
            hit = next((mine[word] for word in words if word in mine and mine[word] not in taken), None)
            if hit is not None:
                found[f"{side}_{ours}"] = hit
        if f"{side}_shoulder" not in found and f"{side}_collar" in found:  # one joint only: it is the arm's
            found[f"{side}_shoulder"] = found.pop(f"{side}_collar")
    middle = {rest: joint for joint, (where, rest) in reversed(list(parts.items())) if not where}
    for ours, words in _TRUNK.items():
        hit = next((middle[word] for word in words if word in middle), None)
        if hit is not None:
            found[ours] = hit
    spine = [joint for joint, (where, rest) in parts.items() if not where and _SPINE.fullmatch(rest)]
    return found | spread([joint for joint in spine if joint not in found.values()])


def beside_elbows(found: dict[str, int], names: Sequence[str], parents: Sequence[int]) -> dict[str, int]:
    """The map with upper arms that are where they must be: right above the elbow.

    Where a joint of another name lies between, what was taken for the upper arm is the collar.
    """
    out = dict(found)
    for side in SIDES:
        elbow, shoulder = found.get(f"{side}_elbow"), found.get(f"{side}_shoulder")
        if elbow is None or shoulder is None:
            continue
        above = int(parents[elbow])
        if above < 0 or above in found.values() or helps(names[above]):
            continue
        if int(parents[above]) == shoulder:
            out |= {f"{side}_collar": shoulder, f"{side}_shoulder": above}
    return out


def with_upper_halves(found: dict[str, int], names: Sequence[str], parents: Sequence[int]) -> dict[str, int]:
    """The map with limbs that begin at their upper half where this is a twist bone of its own, as in Auto-Rig Pro."""
    out = dict(found)
    for ours in (f"{side}_{part}" for side in SIDES for part in ("hip", "shoulder")):
        joint = found.get(ours, -1)
        above = int(parents[joint]) if joint >= 0 else -1
        if above < 0 or above in found.values() or "twist" not in names[above].lower():
            continue
        (side, upper), (mine, lower) = (key(names[k]) for k in (above, joint))
        stem = upper.partition("twist")[0]
        if side == mine and stem and lower.startswith(stem):
            out[ours] = above
    return out


def spread(spine: Sequence[int]) -> dict[str, int]:
    """Which of a spine's joints, from below on up, are the canonical ones."""
    if len(spine) < 3:
        return dict(zip(("spine2",) if len(spine) == 1 else ("spine1", "spine3"), spine, strict=False))
    return {"spine1": spine[0], "spine2": spine[len(spine) // 2], "spine3": spine[-1]}


__all__ = ["KNOWN", "beside_elbows", "by_words", "numbers_by_words", "spread", "with_upper_halves"]
