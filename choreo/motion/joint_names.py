"""Names of joints as arrays and tables of joint positions have them, in the words of `choreo.motion.joint_sets`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from choreo.errors import MotionError
from choreo.motion.families import FAMILIES, guess_map, plain
from choreo.motion.joint_frames import NEEDED
from choreo.motion.joint_sets import SETS, in_order
from choreo.motion.skeleton import SIDES

ARM = ("arm", "upperarm", "uparm", "humerus")
SIDED: Mapping[str, tuple[str, ...]] = {
    "hip": ("hip", "hips", "upleg", "upperleg", "thigh", "hipjoint", "femur"),
    "knee": ("knee", "leg", "lowerleg", "lowleg", "calf", "shin", "tibia"),
    "ankle": ("ankle", "foot"),
    "foot": ("foot", "ball", "toe", "toes", "toebase"),
    "toe": ("footindex",),
    "big_toe": ("bigtoe",),
    "small_toe": ("smalltoe",),
    "heel": ("heel",),
    "shoulder": (*ARM, "shoulder"),
    "collar": ("collar", "clavicle", "shoulder"),
    "elbow": ("elbow", "forearm", "lowerarm", "lowarm", "radius"),
    "wrist": ("wrist", "hand"),
    "hand": ("hand", "middle1"),
    "index": ("index", "indexfinger"),
    "pinky": ("pinky", "pinkyfinger"),
    "thumb": ("thumb",),
    "eye": ("eye",),
    "ear": ("ear",),
}
"""What joints with a side are called, in small letters without signs; the first that is there and free is taken."""
MIDDLE: Mapping[str, tuple[str, ...]] = {
    "pelvis": ("pelvis", "hips", "hip", "root", "midhip", "hipcenter", "centerhip", "chip", "bottomtorso"),
    "spine1": ("spine1",),
    "spine2": ("spine2", "spine", "belly", "centertorso", "torso"),
    "spine3": ("spine3",),
    "neck": ("thorax", "neck", "neckbase", "uppertorso", "upperneck"),
    "nose": ("nose",),
    "head_top": ("headtop", "topofhead", "headend", "vertex"),
    "head": ("head", "centerhead"),
}


def words(name: str) -> tuple[str, str]:
    """Side (``left``, ``right`` or empty) and the rest of a name, small letters and digits only.

    Examples
    --------
    >>> [words(name) for name in ("LShoulder", "right_hip", "L_Foot", "rightUpLeg", "MidHip", "lear", "RBigToe")]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('left', 'shoulder'), ('right', 'hip'), ('left', 'foot'), ('right', 'upleg'), ('', 'midhip'), ('left', 'ear'),
     ('right', 'bigtoe')]
    """
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain(name))
    parts = [part for part in re.split(r"[^a-z0-9]+", text.lower()) if part]
    for word, side in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        if word in parts:
            parts.remove(word)
            return side, "".join(parts)
    rest = "".join(parts)
    known = {form for forms in (*SIDED.values(), *MIDDLE.values()) for form in forms}
    for start, side in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        if rest.startswith(start) and rest not in known and rest[len(start) :] in known:
            return side, rest[len(start) :]
    return "", rest


def joint_numbers(names: Sequence[str]) -> dict[str, int]:
    """Number of each joint by its name in the words of the joint sets; joints that are not recognised keep their own.

    Raises
    ------
    MotionError
        When a name is there twice, or a joint without which no pose can be reconstructed is not found.
    """
    given = in_order(names)
    found = dict(given) if set(NEEDED) <= set(given) else _of_a_family(given) or _recognised(names)
    missing = [name for name in NEEDED if name not in found]
    if missing:
        known = ", ".join(each.title for each in SETS.values())
        raise MotionError(
            f"the joints {', '.join(names[:12])}{' ...' * (len(names) > 12)}: none found for {', '.join(missing)}. "
            f"Name them as in {known}, or say which is which with a map (--map)."
        )
    return found


def _of_a_family(given: Mapping[str, int]) -> dict[str, int] | None:
    """Joints named as in a known family of skeletons."""
    with suppress(MotionError):
        family, joints = guess_map(tuple(given), [-1] * len(given))
        if family in FAMILIES and "pelvis" in joints:
            return {ours: given[theirs] for ours, theirs in joints.items()}
    return None


def _recognised(names: Sequence[str]) -> dict[str, int]:
    parts = [words(name) for name in names]
    found: dict[str, int] = {}
    for side in SIDES:
        mine = {rest: number for number, (where, rest) in reversed(list(enumerate(parts))) if where == side}
        _take(found, mine, {f"{side}_{part}": forms for part, forms in SIDED.items()})
    middle = {rest: number for number, (where, rest) in reversed(list(enumerate(parts))) if not where}
    _take(found, middle, MIDDLE)
    if "head" in found and not {"spine3", "left_collar"} & set(found):  # where no body model is, it is the top
        found.setdefault("head_top", found.pop("head"))
    return found


def _take(found: dict[str, int], there: Mapping[str, int], wanted: Mapping[str, tuple[str, ...]]) -> None:
    """Give each wanted joint the first of its forms that is there and that no joint before it has taken."""
    for name, forms in wanted.items():
        form = next((form for form in forms if form in there and there[form] not in found.values()), None)
        if form is not None:
            found[name] = there[form]
