"""Whether a map of joints can be that of a human: by the tree, the lengths of the limbs, and the sides of the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from choreo.errors import MotionError
from choreo.motion.bone_tree import Parents, between, is_below, is_tree
from choreo.motion.joint_frames import unit
from choreo.motion.skeleton import SIDES
from choreo.types import Doubles

LIMBS = (("hip", "knee", "ankle", "foot"), ("collar", "shoulder", "elbow", "wrist", "hand"))
"""Joints of a leg and of an arm, each below the one before."""
BONES = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
HALVES = 3.0
"""Most times that one bone of a limb is as long as the other; 1.1 at most in people, more in figures of games."""
UNLIKE = 1.4
"""Most times that a bone of one side is as long as that of the other."""
ARM_TO_LEG = (0.2, 2.2)
"""Length of the arms over that of the legs; 0.6 in people, more in figures with short legs."""
BENT = 0.2
"""Most that a joint inside a bone is off its line, in lengths of the bone: what lies on it is a twist bone."""
RIGID = 0.05
"""Most that a bone's length changes while it moves, as a share: else a joint lies inside of it."""
SURE = 0.3
"""Cosine from which on a direction says something."""


def check_map(
    names: Sequence[str], parents: Parents, rest: Doubles | None, joints: Mapping[str, str], *, family: str = ""
) -> None:
    """Make sure that a map can be that of a human.

    Parameters
    ----------
    rest
        World positions ``(J, 3)`` of the joints at rest, or ``(T, J, 3)`` of several poses, in any unit, with any axis
        up; None where they are not known: then only the tree is looked at.
    joints
        Names of the skeleton's joints by canonical name.
    family
        What a guess was made from, for the error; empty for maps of users.

    Raises
    ------
    MotionError
        Which joints, what is wrong with them and by how much, and what to do.
    """
    found = faults(names, parents, rest, joints)
    if found:
        raise MotionError(told(found, family))


def told(found: Sequence[str], family: str = "") -> str:
    """What is said of the faults of a map."""
    made = f"they were guessed (names of {family})" if family else "they are mapped"
    more = f" And {len(found) - 4} more." if len(found) > 4 else ""
    return (
        f"the joints as {made} are no human's: {'; '.join(found[:4])}.{more} Say which joint is which in a TOML file "
        "(--map); --show-map writes one to be corrected."
    )


def faults(names: Sequence[str], parents: Parents, rest: Doubles | None, joints: Mapping[str, str]) -> list[str]:
    """What is wrong with a map; empty where nothing is. Parameters as of `check_map`."""
    number = {name: k for k, name in reversed(list(enumerate(names)))}
    at = {ours: number[theirs] for ours, theirs in joints.items() if theirs in number}
    found = [f"{ours} ({theirs!r}) is not in the skeleton" for ours, theirs in joints.items() if theirs not in number]
    found += _twice(at, names)
    if is_tree(parents):
        found += _unchained(at, names, parents)
    if rest is None or found:
        return found
    poses = np.asarray(rest, np.float64).reshape(-1, len(names), 3)
    here = {ours: poses[:, k] for ours, k in at.items()}
    return _lengths(here) or [*_inside(at, names, parents, poses), *_body(here)]


def _twice(at: Mapping[str, int], names: Sequence[str]) -> list[str]:
    seen: dict[int, str] = {}
    found = []
    for ours, joint in at.items():
        if joint in seen:
            found.append(f"{seen[joint]} and {ours} are one joint ({names[joint]!r})")
        seen.setdefault(joint, ours)
    return found


def _unchained(at: Mapping[str, int], names: Sequence[str], parents: Parents) -> list[str]:
    """Joints that do not hang on those that they must hang on."""
    pairs = [("pelvis", "spine1"), ("spine1", "spine2"), ("spine2", "spine3"), ("neck", "head"), ("pelvis", "head")]
    for side in SIDES:
        pairs += [("pelvis", f"{side}_hip"), ("pelvis", f"{side}_collar"), ("pelvis", f"{side}_shoulder")]
        for limb in LIMBS:
            there = [f"{side}_{part}" for part in limb if f"{side}_{part}" in at]
            pairs += list(pairwise(there))
    return [
        f"{below} ({names[at[below]]!r}) does not hang on {above} ({names[at[above]]!r})"
        for above, below in pairs
        if above in at and below in at and at[above] != at[below] and not is_below(parents, at[below], at[above])
    ]


def length(here: Mapping[str, Doubles], above: str, below: str) -> float:
    """Distance of two joints, the median over the poses; 0 where one is not known."""
    if above not in here or below not in here:
        return 0.0
    return float(np.median(np.linalg.norm(here[below] - here[above], axis=-1)))


def _lengths(here: Mapping[str, Doubles]) -> list[str]:
    found = []
    sizes = {
        (side, above, below): length(here, f"{side}_{above}", f"{side}_{below}")
        for side in SIDES
        for above, below in BONES
        if f"{side}_{above}" in here and f"{side}_{below}" in here
    }
    whole = max(sizes.values(), default=0.0)
    for (side, above, below), size in sizes.items():
        if not size > 1e-3 * whole:
            found.append(f"{side}_{above} and {side}_{below} are in one place")
        other = sizes.get(("right", above, below), 0.0)
        if side == "left" and other > 0 and size > 0 and max(size / other, other / size) > UNLIKE:
            found.append(f"left_{above} to left_{below} is {size / other:.2f} times as long as the right one")
    if found:
        return found
    for side in SIDES:
        for upper, lower in ((BONES[0], BONES[1]), (BONES[2], BONES[3])):
            a, b = sizes.get((side, *upper)), sizes.get((side, *lower))
            if a and b and max(a / b, b / a) > HALVES:
                found.append(f"{side}_{upper[0]} to {side}_{upper[1]} is {a / b:.2f} times as long as on to "
                             f"{side}_{lower[1]}, expected about 1")  # fmt: skip
        parts = [sizes.get((side, *bone)) for bone in BONES]
        if all(parts):
            ratio = (parts[2] + parts[3]) / (parts[0] + parts[1])  # type: ignore[operator]
            if not ARM_TO_LEG[0] < ratio < ARM_TO_LEG[1]:
                found.append(f"the {side} arm is {ratio:.2f} times as long as the leg, expected about 0.6")
    return found


def _inside(at: Mapping[str, int], names: Sequence[str], parents: Parents, poses: Doubles) -> list[str]:
    """Bones that have a joint inside of them: one off their line, or one about which they bend."""
    found = []
    for side in SIDES:
        for above, below in BONES:
            if f"{side}_{above}" not in at or f"{side}_{below}" not in at:
                continue
            first, last = at[f"{side}_{above}"], at[f"{side}_{below}"]
            bone = poses[:, last] - poses[:, first]
            sizes = np.linalg.norm(bone, axis=-1)
            size = max(float(np.median(sizes)), 1e-12)
            inside = between(parents, first, last)
            for joint in inside:
                rest = poses[:, joint] - poses[:, first]
                off = float(np.median(np.linalg.norm(np.cross(unit(bone), rest), axis=-1))) / size
                if off > BENT:
                    found.append(f"between {side}_{above} ({names[first]!r}) and {side}_{below} ({names[last]!r}) lies "
                                 f"{names[joint]!r}, {off:.0%} of the length off the line")  # fmt: skip
                    break
            else:
                change = float(np.quantile(sizes, 0.95) - np.quantile(sizes, 0.05)) / size
                if inside and change > RIGID:  # of bones without a joint inside it is noise
                    found.append(f"{side}_{above} ({names[first]!r}) to {side}_{below} ({names[last]!r}) changes its "
                                 f"length by {change:.0%}")  # fmt: skip
    return found


def up_of(here: Mapping[str, Doubles]) -> Doubles:
    """Directions ``(T, 3)`` from the hips to the shoulders."""
    middles = [(here[f"left_{part}"] + here[f"right_{part}"]) / 2 for part in ("shoulder", "hip")]
    return unit(middles[0] - middles[1])


def _both(here: Mapping[str, Doubles], above: str, below: str) -> Doubles:
    """Directions ``(T, 3)`` from joints to others, the sum of both sides."""
    left, right = (here[f"{side}_{below}"] - here[f"{side}_{above}"] for side in SIDES)
    return left + right


def leftness(here: Mapping[str, Doubles]) -> tuple[float, str]:
    """How surely what is called left is on the body's left, from -1 to 1, and what shows it.

    Toes point forward, and left is to the left of that; without toes, knees bend forward.
    """
    up = up_of(here)
    across = unit(here["left_hip"] - here["right_hip"])
    if all(f"{side}_foot" in here for side in SIDES):
        feet = _both(here, "ankle", "foot")
        shins = _both(here, "knee", "ankle")
        # Of a foot that points down along the shin only what is across it is forward.
        ahead = feet - np.sum(feet * unit(shins), axis=-1, keepdims=True) * unit(shins)
        ahead = ahead - np.sum(ahead * up, axis=-1, keepdims=True) * up
        size = np.linalg.norm(feet, axis=-1)
        sure = float(np.median(np.linalg.norm(ahead, axis=-1) / np.maximum(size, 1e-12)))
        if sure > SURE:
            return float(np.mean(np.sum(np.cross(up, unit(ahead)) * across, axis=-1))), "the toes"
    bends = [
        np.sum(np.cross(unit(here[f"{side}_knee"] - here[f"{side}_hip"]),
                        unit(here[f"{side}_ankle"] - here[f"{side}_knee"])) * across, axis=-1)
        for side in SIDES
    ]  # fmt: skip
    return float(np.clip(2 * np.mean(bends), -1, 1)), "the bend of the knees"


def _body(here: Mapping[str, Doubles]) -> list[str]:
    """Arms and legs that are crossed, sides that are exchanged, four legs."""
    found = []
    across = [unit(here[f"left_{part}"] - here[f"right_{part}"]) for part in ("hip", "shoulder")]
    agree = float(np.mean(np.sum(across[0] * across[1], axis=-1)))
    if agree < -SURE:
        found.append("left and right of the arms are those of the legs exchanged")
    sure, shown = leftness(here)
    if sure < -SURE and not found:
        found.append(f"left and right are exchanged, as {shown} show")
    return found + _four_legged(here)


def _four_legged(here: Mapping[str, Doubles]) -> list[str]:
    """A trunk across the legs, and arms that stand beside them: in rest, or nearly always."""
    up = up_of(here)
    legs = unit(_both(here, "hip", "ankle"))
    arms = unit(_both(here, "shoulder", "wrist" if all(f"{side}_wrist" in here for side in SIDES) else "elbow"))
    level = np.abs(np.sum(up * legs, axis=-1)) < 0.7
    beside = np.sum(arms * legs, axis=-1) > 0.7
    share = float(np.mean(level & beside))
    if share <= 0.9:
        return []
    angle = float(np.degrees(np.arccos(np.clip(np.median(-np.sum(up * legs, axis=-1)), -1, 1))))
    return [f"it stands on four legs: trunk and legs are {angle:.0f} degrees out of line, and the arms stand beside "
            "the legs"]  # fmt: skip
