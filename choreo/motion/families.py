"""Map the joints of any skeleton to the canonical ones: by known families, else by the words in names, else by TOML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from choreo.errors import MotionError
from choreo.foreign.files import read_text
from choreo.foreign.limits import TEXT_BYTES
from choreo.motion.joint_frames import NEEDED
from choreo.motion.skeleton import NAMES, SIDES
from choreo.plugins import suggest

JointMap = dict[str, str]
"""Names of the source's joints by canonical name."""
SIDED = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist", "hand")
MIDDLE = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_SIDE_WORDS = (("left", "Left", "L", "l", "左"), ("right", "Right", "R", "r", "右"))


def _family(middle: str, limbs: str, form: str) -> JointMap:
    """Build a map from names in the order of `MIDDLE` and `SIDED`; ``-`` for none, ``{}`` in `form` is the part."""
    found = {ours: theirs for ours, theirs in zip(MIDDLE, middle.split(), strict=True) if theirs != "-"}
    for side, word, capital, small, sign in _SIDE_WORDS:
        for ours, theirs in zip(SIDED, limbs.split(), strict=True):
            if theirs != "-":
                name = form.format(theirs, word=word, capital=capital, small=small, sign=sign)
                found[f"{side}_{ours}"] = name
    return found


FAMILIES: Mapping[str, JointMap] = {
    "canonical": {name: name for name in NAMES},
    "mixamo": _family(
        "Hips Spine Spine1 Spine2 Neck Head", "UpLeg Leg Foot ToeBase Shoulder Arm ForeArm Hand -", "{word}{}"
    ),
    "lafan1": _family(
        "Hips Spine Spine1 Spine2 Neck Head", "UpLeg Leg Foot Toe Shoulder Arm ForeArm Hand -", "{word}{}"
    ),
    "cmu": _family(
        "Hips LowerBack Spine Spine1 Neck1 Head", "UpLeg Leg Foot ToeBase Shoulder Arm ForeArm Hand -", "{word}{}"
    ),
    "acclaim": _family(
        "root lowerback upperback thorax upperneck head", "femur tibia foot toes clavicle humerus radius hand fingers",
        "{small}{}",
    ),
    "bandai-namco": _family(
        "Hips Spine - Chest Neck Head", "UpperLeg LowerLeg Foot Toes Shoulder UpperArm LowerArm Hand -", "{}_{capital}"
    ),
    "perfume": _family(
        "Hips Chest Chest3 Chest4 Neck Head", "Hip Knee Ankle Toe Collar Shoulder Elbow Wrist -", "{word}{}"
    ),
    "unreal": _family(
        "pelvis spine_01 spine_02 spine_03 neck_01 head", "thigh calf foot ball clavicle upperarm lowerarm hand -",
        "{}_{small}",
    ),
    "vrm": _family(
        "hips spine chest upperChest neck head",
        "UpperLeg LowerLeg Foot Toes Shoulder UpperArm LowerArm Hand -", "{word}{}",
    ),
    "vroid": _family(
        "J_Bip_C_Hips J_Bip_C_Spine J_Bip_C_Chest J_Bip_C_UpperChest J_Bip_C_Neck J_Bip_C_Head",
        "UpperLeg LowerLeg Foot ToeBase Shoulder UpperArm LowerArm Hand -", "J_Bip_{capital}_{}",
    ),
    "smpl": _family(
        "Pelvis Spine1 Spine2 Spine3 Neck Head", "Hip Knee Ankle Foot Collar Shoulder Elbow Wrist Hand",
        "{capital}_{}",
    ),
    "mmd": _family("センター 上半身 - 上半身2 首 頭", "足 ひざ 足首 つま先 肩 腕 ひじ 手首 -", "{sign}{}"),
    "daz": _family(
        "hip abdomen - chest neck head", "Thigh Shin Foot Toe Collar Shldr ForeArm Hand -", "{small}{}"
    ),
    "motive": _family(
        "Hip Ab Chest - Neck Head", "Thigh Shin Foot Toe Shoulder UArm FArm Hand -", "{capital}{}"
    ),
}  # fmt: skip

_PARTS: Mapping[str, Sequence[str]] = {
    "hip": ("upleg", "upperleg", "thigh", "hip", "hipjoint", "femur"),
    "knee": ("leg", "lowerleg", "calf", "shin", "knee", "lowleg", "tibia"),
    "ankle": ("foot", "ankle", "feet"),
    "foot": ("toe", "toebase", "toes", "ball", "toe0"),
    "collar": ("collar", "clavicle", "shoulder"),
    "shoulder": ("arm", "upperarm", "uparm", "uarm", "humerus", "shldr", "shoulder"),
    "elbow": ("forearm", "lowerarm", "elbow", "lowarm", "farm", "radius"),
    "wrist": ("hand", "wrist"),
}
_TRUNK: Mapping[str, Sequence[str]] = {
    "pelvis": ("hips", "pelvis", "hip", "root"),
    "neck": ("neck", "neck1", "neck0", "neck01"),
    "head": ("head",),
}
_TWIST = re.compile("twist|roll|ribbon|helper")
_SPINE = re.compile(r"(spine|chest|upperchest|lowerback|torso|abdomen|back|thorax|ab)\d*")


def plain(name: str) -> str:
    """Name of a joint without namespace: ``mixamorig:LeftArm`` is ``LeftArm``."""
    return re.split(r"[:|]", name)[-1].strip()


def sided(name: str) -> tuple[str, str]:
    """Side (``left``, ``right`` or empty) and what is left of the name, small letters only."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", re.sub(r"^(mixamorig\d*|Bip\d+|Character\d*_)", "", plain(name)))
    words = [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]
    side = ""
    for word, meant in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        if word in words:
            side = meant
            words.remove(word)
            break
    rest = "".join(words)
    if not side:
        for word in SIDES:
            if rest.startswith(word):
                side, rest = word, rest[len(word) :]
    return side, rest


def _match(names: Sequence[str], family: JointMap) -> JointMap:
    """Joints of a family that the skeleton has, compared without namespaces."""
    by_plain = {plain(name): name for name in reversed(names)}
    by_plain |= {re.sub(r"^mixamorig\d*", "", key): name for key, name in by_plain.items()}
    by_plain |= {
        key[:1].lower() + key[1:]: name for key, name in by_plain.items() if key[:1].lower() + key[1:] not in by_plain
    }
    found = {}
    for ours, theirs in family.items():
        for form in (theirs, theirs[:1].lower() + theirs[1:]):
            if form in by_plain:
                found[ours] = by_plain[form]
                break
    return found


def by_words(names: Sequence[str]) -> JointMap:
    """Joints that are recognised by the words in their names."""
    parts = {name: sided(name) for name in names}
    found: JointMap = {}
    for side in SIDES:
        mine = {rest: name for name, (where, rest) in reversed(parts.items()) if where == side}
        for ours, words in _PARTS.items():
            for word in words:
                taken = found.values()
                if word in mine and mine[word] not in taken:
                    found[f"{side}_{ours}"] = mine[word]
                    break
        if f"{side}_shoulder" not in found and f"{side}_collar" in found:  # one joint only: it is the arm's
            found[f"{side}_shoulder"] = found.pop(f"{side}_collar")
    middle = {rest: name for name, (where, rest) in reversed(parts.items()) if not where}
    for ours, words in _TRUNK.items():
        hit = next((middle[word] for word in words if word in middle), None)
        if hit:
            found[ours] = hit
    spine = [name for name in names if not parts[name][0] and _SPINE.fullmatch(parts[name][1])]
    for ours, theirs in zip(_spread(len(spine)), spine, strict=False):
        found[ours] = theirs
    return found


def _beside_elbows(found: JointMap, names: Sequence[str], parents: Sequence[int]) -> JointMap:
    """The map with upper arms that are where they must be: right above the elbow.

    Where a joint of another name lies between, what was taken for the upper arm is the collar.
    """
    for side in SIDES:
        elbow, shoulder = found.get(f"{side}_elbow"), found.get(f"{side}_shoulder")
        if elbow is None or shoulder is None:
            continue
        above = int(parents[names.index(elbow)])
        if above < 0 or names[above] in found.values() or _TWIST.search(names[above].lower()):
            continue
        if int(parents[above]) >= 0 and names[int(parents[above])] == shoulder:
            found |= {f"{side}_collar": shoulder, f"{side}_shoulder": names[above]}
    return found


def _spread(count: int) -> Sequence[str]:
    """Which spine joints a spine of so many joints has."""
    return {1: ("spine2",), 2: ("spine1", "spine3")}.get(count, ("spine1", "spine2", "spine3"))


def guess_map(names: Sequence[str], parents: Sequence[int]) -> tuple[str, JointMap]:
    """Find the family and the map of a skeleton.

    Returns
    -------
    family
        ``guessed`` when it is none of `FAMILIES`.
    joints
        Names of the source's joints by canonical name; complete in what retargeting needs.

    Raises
    ------
    MotionError
        Naming the joints that could not be found.
    """
    best, family = max(
        ((_match(names, family), label) for label, family in FAMILIES.items()), key=lambda item: len(item[0])
    )
    missing = [name for name in NEEDED if name not in best]
    if missing:
        best, family = _beside_elbows(by_words(names), names, parents), "guessed"
        missing = [name for name in NEEDED if name not in best]
    if missing:
        raise MotionError(
            f"a skeleton with the joints {', '.join(names[:12])}{' ...' * (len(names) > 12)}: no joint found for "
            f"{', '.join(missing)}. Say which are which in a TOML file (--map; 'choreo convert --show-map' prints one)."
        )
    if "pelvis" not in best:
        best["pelvis"] = names[0]
    return family, best


def to_toml(family: str, joints: JointMap) -> str:
    """Text of a map for the user to correct."""
    lines = [f'# joints of a skeleton of the family "{family}": canonical name = "name in the file"', "[joints]"]
    lines += [f'{name} = "{_escaped(joints[name])}"' if name in joints else f'# {name} = ""' for name in NAMES]
    return "\n".join(lines) + "\n"


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


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
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise MotionError(f"{path}: lacks {', '.join(missing)}, which retargeting needs.")
    return dict(found)
