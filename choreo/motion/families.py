"""Map the joints of any skeleton to the canonical ones: known families, words in names, the tree alone, or TOML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.files import read_text
from choreo.foreign.limits import TEXT_BYTES
from choreo.motion.bone_tree import between, common, in_order, is_below, is_tree
from choreo.motion.bone_words import Key, key, keys, plain, sided
from choreo.motion.family_names import FAMILIES, JointMap
from choreo.motion.joint_frames import NEEDED
from choreo.motion.map_check import check_map, faults, told
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.motion.tree_ends import hand_joint, head_joints, trunk_joints
from choreo.motion.tree_guess import tree_guess
from choreo.motion.word_guess import KNOWN, beside_elbows, by_words, numbers_by_words, spread, with_upper_halves
from choreo.plugins import suggest
from choreo.types import Doubles

ESSENTIAL = tuple(name for name in NEEDED if not name.endswith("wrist"))
"""Joints without which a skeleton is no humanoid: figures without hands have no wrists."""
GUESSED, BY_TREE = "guessed", "guessed by the tree"
"""Names of families for maps by the words in names, and by the tree alone."""
_MIDDLE = ("spine1", "spine2", "spine3", "neck", "head")

_KEYS: Mapping[str, Mapping[str, Key]] = {
    family: {ours: key(name, KNOWN) for ours, name in joints.items()} for family, joints in FAMILIES.items()
}


def _match(given: Mapping[Key, Sequence[int]], family: Mapping[str, Key], parents: Sequence[int]) -> dict[str, int]:
    """Joints of a family that the skeleton has; of several of one name, one that hangs where it must."""
    found: dict[str, int] = {}
    for ours in NAMES:
        able = [joint for joint in given.get(family.get(ours, ("", "")), ()) if joint not in found.values()]
        if not able:
            continue
        above = _above(ours, found)
        found[ours] = next((joint for joint in able if above is None or is_below(parents, joint, above)), able[0])
    return found


def _above(ours: str, found: Mapping[str, int]) -> int | None:
    """The nearest joint above a canonical one that is already found."""
    k = NAMES.index(ours)
    while (k := int(CANONICAL.parents[k])) >= 0:
        if NAMES[k] in found:
            return found[NAMES[k]]
    return None


def with_trunk(found: dict[str, int], parents: Sequence[int], poses: Doubles | None) -> dict[str, int]:
    """The map with a trunk that the tree has: a pelvis that all hangs on, the spine up to the arms, neck and head."""
    if not is_tree(parents):
        return found
    ends = [found[f"{side}_{part}"] for side in SIDES for part in ("hip", "shoulder")]
    pelvis = found.get("pelvis", -1)
    if pelvis < 0 or any(not is_below(parents, joint, pelvis) for joint in ends):
        pelvis = common(parents, ends)
    limbs = {ours: joint for ours, joint in found.items() if ours not in ("pelvis", *_MIDDLE)}
    if pelvis < 0 or pelvis in limbs.values():
        return found
    out = {"pelvis": pelvis, **limbs}
    spine = trunk_joints(parents, out)
    named = {ours: found[ours] for ours in _MIDDLE[:3] if found.get(ours) in spine}
    if spine and spine[-1] in named.values() and [*named.values()] == [k for k in spine if k in named.values()]:
        out |= named  # other joints of the spine are fixed ones, or go with these
    else:
        out |= spread([joint for joint in spine if joint not in limbs.values()])
    top = spine[-1] if spine else pelvis
    upper = {ours: found[ours] for ours in ("neck", "head") if ours in found and found[ours] not in out.values()}
    upper = {ours: joint for ours, joint in upper.items() if is_below(parents, joint, pelvis)
             and not any(is_below(parents, end, joint) for end in ends)}  # fmt: skip
    if "head" in upper and "neck" not in upper:
        necks = [joint for joint in between(parents, top, upper["head"]) if joint not in out.values()]
        upper |= dict(zip(("neck",), necks, strict=False))
    elif not upper:
        chain = head_joints(parents, poses, out)
        upper = dict(zip(("head", "neck"), (*chain[-1:], *chain[:-1][:1]), strict=False))
    return out | upper


def _with_ends(
    found: dict[str, int], words: Mapping[str, int], parents: Sequence[int], poses: Doubles | None
) -> dict[str, int]:
    """The map with toes, collars and hands that words name and that hang where they must; hands by the tree, too."""
    out = dict(found)
    for side in SIDES:
        toes, collar, wrist = (f"{side}_{part}" for part in ("foot", "collar", "wrist"))
        free = {ours: words[ours] for ours in (toes, collar, wrist)
                if ours not in out and ours in words and words[ours] not in found.values()}  # fmt: skip
        if toes in free and is_below(parents, free[toes], found[f"{side}_ankle"]):
            out[toes] = free[toes]
        if wrist in free and is_below(parents, free[wrist], found[f"{side}_elbow"]):
            out[wrist] = free[wrist]
        if (collar in free and "pelvis" in out and is_below(parents, free[collar], out["pelvis"])
                and is_below(parents, found[f"{side}_shoulder"], free[collar])):  # fmt: skip
            out[collar] = free[collar]
        if wrist not in out and poses is not None and is_tree(parents):
            hand = hand_joint(parents, poses, found[f"{side}_shoulder"], found[f"{side}_elbow"])
            if hand >= 0 and hand not in out.values():
                out[wrist] = hand
    return out


def _candidates(
    names: Sequence[str], parents: Sequence[int], poses: Doubles | None, words: dict[str, int]
) -> Iterator[tuple[str, dict[str, int]]]:
    """Maps in the order in which they are trusted: families, the one with most joints first; words; the tree."""
    order = in_order(parents) if is_tree(parents) else list(range(len(names)))
    given: dict[Key, list[int]] = {}
    each = keys(names, KNOWN)
    for joint in order:
        given.setdefault(each[joint], []).append(joint)
    matched = [(family, _match(given, known, parents)) for family, known in _KEYS.items()]
    exact = {
        family: sum(names[joint] == FAMILIES[family].get(ours) for ours, joint in each.items())
        for family, each in matched
    }
    yield from sorted(matched, key=lambda item: (-len(item[1]), -exact[item[0]]))
    yield GUESSED, beside_elbows(dict(words), names, parents)
    if poses is not None:
        yield BY_TREE, tree_guess(parents, poses, [side for side, _ in each]) or {}


def _agree(found: Mapping[str, int], named: Mapping[str, int]) -> bool:
    """Whether two maps have most limbs' joints in common, whatever side they call them."""
    parts = {ours.split("_", 1)[1] for ours in ESSENTIAL}
    both = [{joints.get(f"{side}_{part}") for side in SIDES} for joints in (found, named) for part in sorted(parts)]
    return sum(a == b for a, b in zip(both[: len(parts)], both[len(parts) :], strict=True)) >= len(parts) - 1


def guess_map(names: Sequence[str], parents: Sequence[int], rest: Doubles | None = None) -> tuple[str, JointMap]:
    """Find the family and the map of a skeleton.

    Parameters
    ----------
    rest
        World positions ``(J, 3)`` of the joints at rest, or ``(T, J, 3)`` of several poses; None where they are not
        known: then only names and the tree are looked at.

    Returns
    -------
    family
        ``guessed`` when it is none of `FAMILIES`, ``guessed by the tree`` when the names say nothing.
    joints
        Names of the source's joints by canonical name; of a figure without hands without wrists, else complete in what
        retargeting needs.

    Raises
    ------
    MotionError
        Naming the joints that could not be found, or what is wrong with those that were.
    """
    poses = None if rest is None else np.asarray(rest, np.float64).reshape(-1, len(names), 3)
    words = numbers_by_words(names, parents)
    missing: list[str] = []
    first, named = "", dict[str, int]()
    for family, found in _candidates(names, parents, poses, words):
        if not set(ESSENTIAL) <= set(found):
            missing = [name for name in NEEDED if name not in found] if family == GUESSED else missing
            continue
        if is_tree(parents):
            found = with_upper_halves(found, names, parents)
            if not any(f"{side}_collar" in found for side in SIDES):
                found = beside_elbows(found, names, parents)
        if family == BY_TREE and named and not _agree(found, named):
            continue
        whole = _with_ends(with_trunk(found, parents, poses), words, parents, poses)
        joints = {ours: names[joint] for ours, joint in whole.items()}
        wrong = faults(names, parents, poses, joints)
        if not wrong:
            if is_tree(parents):
                joints.setdefault("pelvis", names[0])
            return family, joints
        first, named = first or told(wrong, family), named or whole
    if first:
        raise MotionError(first)
    shown = "" if poses is None else "; nor do the places of the joints show two arms, two legs and which are left"
    raise MotionError(
        f"a skeleton with the joints {', '.join(names[:12])}{' ...' * (len(names) > 12)}: no joint found for "
        f"{', '.join(missing)}{shown}. Say which are which in a TOML file (--map; 'choreo convert --show-map' prints "
        "one)."
    )


def with_pelvis(joints: Mapping[str, str], names: Sequence[str], parents: Sequence[int]) -> JointMap:
    """A user's map, checked against the tree, with the joint above both hips as the pelvis where it has none.

    Raises
    ------
    MotionError
        When the skeleton lacks a joint of it, or one does not hang on another that it must hang on.
    """
    out = dict(joints)
    absent = sorted({theirs for theirs in out.values() if theirs not in names})
    if absent:
        raise MotionError(
            f"the map names the joint {absent[0]!r}, which the skeleton does not have.{suggest(absent[0], names)}"
        )
    hips = [names.index(out[name]) for name in ("left_hip", "right_hip") if name in out]
    if "pelvis" not in out and hips:
        above = common(parents, hips)
        if above < 0:
            raise MotionError("the map lacks the pelvis, and no joint is above both hips.")
        out["pelvis"] = names[above]
    check_map(names, parents, None, out)
    return out


def to_toml(family: str, joints: Mapping[str, str]) -> str:
    """Text of a map for the user to correct."""
    lines = [f'# joints of a skeleton of the family "{family}": canonical name = "name in the file"', "[joints]"]
    lines += [f"{name} = {_quoted(joints[name])}" if name in joints else f'# {name} = ""' for name in NAMES]
    return "\n".join(lines) + "\n"


def _quoted(name: str) -> str:
    """A name as TOML's basic string, which is JSON's but for one control character."""
    return json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_map(path: Path) -> JointMap:
    """Read a map as `to_toml` writes it.

    Raises
    ------
    MotionError
        When it cannot be read, or names joints that are not canonical.
    """
    text = read_text(path, TEXT_BYTES, MotionError)
    try:
        found = tomllib.loads(text).get("joints")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MotionError(f"{path}: is not a TOML file ({error}).") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise MotionError(f"{path}: expected a table [joints] of names, as 'choreo convert --show-map' prints it.")
    unknown = sorted(set(found) - set(NAMES))
    if unknown:
        raise MotionError(f"{path}: {unknown[0]!r} is no canonical joint.{suggest(unknown[0], NAMES)}")
    missing = [name for name in ESSENTIAL if name not in found]
    if missing:
        raise MotionError(f"{path}: lacks {', '.join(missing)}, which retargeting needs.")
    return dict(found)


__all__ = [
    "BY_TREE",
    "ESSENTIAL",
    "FAMILIES",
    "GUESSED",
    "JointMap",
    "by_words",
    "check_map",
    "guess_map",
    "plain",
    "read_map",
    "sided",
    "to_toml",
    "with_pelvis",
    "with_trunk",
]
