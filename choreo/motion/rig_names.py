"""Rigs of other programs: what each calls the joints, and which joints it has of its own.

Names and trees are those of Unreal's ``SK_Mannequin``, Unity's ``HumanBodyBones``, the humanoid bones of VRM 1.0, the
deforming bones of Blender's Rigify, Godot's ``SkeletonProfileHumanoid``, Roblox' R15, SMPL, and MikuMikuDance's models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from choreo.motion.hands import FINGERS
from choreo.motion.skeleton import NAMES, SIDES

MIDDLE = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
LIMBS = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist", "hand")
UNITS: Mapping[str, float] = {"m": 1.0, "cm": 0.01}
"""Metres of a unit of length, by name."""
ROOTS = ("hips", "floor")
UPS = ("y", "z")


@dataclass(frozen=True)
class OwnJoint:
    """A joint that only the rig has.

    Attributes
    ----------
    above
        The rig's joint that it hangs on and goes along with.
    carries
        Canonical joints that hang on it.
    between
        The two canonical joints between which it lies in the T-pose, and how far from the first to the second, 0 to 1.
    """

    name: str
    above: str
    carries: tuple[str, ...]
    between: tuple[str, str, float]


@dataclass(frozen=True)
class Rig:
    """A rig of another program.

    Attributes
    ----------
    joints
        Its names by those of our skeleton; joints that it lacks are not there.
    floor
        Name of its root on the floor, where it has one or is given one.
    root
        Whether its tree begins at the ``hips`` or on the ``floor``, when nothing else is asked for.
    turns
        Joints of ours that are turned as another one there, by name: one bone for what are several of ours.
    unit, up
        As the program has them, by name; None where the format of the file may choose.
    """

    name: str
    joints: Mapping[str, str]
    floor: str = "Root"
    root: str = "hips"
    own: tuple[OwnJoint, ...] = ()
    turns: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    up: str | None = None


def _named(
    middle: str, limbs: str, fingers: str, form: str, sides: Sequence[str], digits: Sequence[str] = ("1", "2")
) -> dict[str, str]:
    """Names in the order of `MIDDLE`, `LIMBS` and `FINGERS`; ``-`` for none.

    In `form` and in the fingers ``{}`` is the part, ``{side}`` one of `sides`, and ``{digit}`` a joint of a finger: one
    of `digits` (``thumb/others`` where thumbs have other ones).
    """
    found = {ours: theirs for ours, theirs in zip(MIDDLE, middle.split(), strict=True) if theirs != "-"}
    for ours, side in zip(SIDES, sides, strict=True):
        for part, theirs in zip(LIMBS, limbs.split(), strict=True):
            if theirs != "-":
                found[f"{ours}_{part}"] = form.format(theirs, side=side)
        for finger, theirs in zip(FINGERS, fingers.split(), strict=bool(fingers)):
            for number, digit in enumerate(digits, 1):
                thumbs, _, others = digit.partition("/")
                own = thumbs if finger == "thumb" or not others else others
                found[f"{ours}_{finger}{number}"] = theirs.format(side=side, digit=own)
    return {name: found[name] for name in (*NAMES, *(each for each in found if each not in NAMES)) if name in found}


_WORDS = ("Left", "Right")
_UNITY = "{side}Thumb{digit} {side}Index{digit} {side}Middle{digit} {side}Ring{digit} {side}Little{digit}"

RIGS: Mapping[str, Rig] = {
    rig.name: rig
    for rig in (
        Rig(
            "choreo",
            {name: name for name in NAMES}
            | {f"{side}_{finger}{k}": f"{side}_{finger}{k}" for side in SIDES for finger in FINGERS for k in (1, 2)},
            floor="root",
        ),
        Rig(
            "mixamo",
            {
                ours: f"mixamorig:{theirs}"
                for ours, theirs in _named(
                    "Hips Spine Spine1 Spine2 Neck Head",
                    "UpLeg Leg Foot ToeBase Shoulder Arm ForeArm Hand -",
                    " ".join(f"{{side}}Hand{finger.capitalize()}{{digit}}" for finger in FINGERS),
                    "{side}{}",
                    _WORDS,
                ).items()
            },
            floor="Root",
            unit="cm",
            up="y",
        ),
        Rig(
            "unreal",
            _named(
                "pelvis spine_01 spine_02 spine_03 neck_01 head",
                "thigh calf foot ball clavicle upperarm lowerarm hand -",
                " ".join(f"{finger}_{{digit}}_{{side}}" for finger in FINGERS),
                "{}_{side}",
                "lr",
                ("01", "02"),
            ),
            floor="root",
            root="floor",
            own=(
                OwnJoint("spine_04", "spine_03", (), ("spine3", "neck", 0.3)),
                OwnJoint("spine_05", "spine_04", ("neck", "left_collar", "right_collar"), ("spine3", "neck", 0.6)),
                OwnJoint("neck_02", "neck_01", ("head",), ("neck", "head", 0.5)),
            ),
            unit="cm",
            up="z",
        ),
        Rig(
            "unity",
            _named(
                "Hips Spine Chest UpperChest Neck Head",
                "UpperLeg LowerLeg Foot Toes Shoulder UpperArm LowerArm Hand -",
                _UNITY,
                "{side}{}",
                _WORDS,
                ("Proximal", "Intermediate"),
            ),
            unit="m",
            up="y",
        ),
        Rig(
            "vrm",
            _named(
                "hips spine chest upperChest neck head",
                "UpperLeg LowerLeg Foot Toes Shoulder UpperArm LowerArm Hand -",
                _UNITY,
                "{side}{}",
                SIDES,
                ("Metacarpal/Proximal", "Proximal/Intermediate"),
            ),
            floor="root",
            unit="m",
            up="y",
        ),
        Rig(
            "rigify",
            {
                ours: f"DEF-{theirs}"
                for ours, theirs in _named(
                    "spine spine.001 spine.002 spine.003 spine.004 spine.006",
                    "thigh shin foot toe shoulder upper_arm forearm hand -",
                    "thumb.{digit}.{side} " + " ".join(f"f_{each}.{{digit}}.{{side}}" for each in FINGERS[1:]),
                    "{}.{side}",
                    "LR",
                    ("01", "02"),
                ).items()
            },
            floor="root",
            root="floor",
            unit="m",
        ),
        Rig(
            "godot",
            _named(
                "Hips Spine Chest UpperChest Neck Head",
                "UpperLeg LowerLeg Foot Toes Shoulder UpperArm LowerArm Hand -",
                _UNITY,
                "{side}{}",
                _WORDS,
                ("Metacarpal/Proximal", "Proximal/Intermediate"),
            ),
            floor="Root",
            root="floor",
            unit="m",
            up="y",
        ),
        Rig(
            "roblox",
            _named(
                "LowerTorso UpperTorso - - Head -",
                "UpperLeg LowerLeg Foot - - UpperArm LowerArm Hand -",
                "",
                "{side}{}",
                _WORDS,
            ),
            floor="Root",
            root="floor",
            own=(OwnJoint("HumanoidRootPart", "Root", ("pelvis",), ("pelvis", "pelvis", 0.0)),),
            turns={"spine1": "spine3", "neck": "head"},
            up="y",
        ),
        Rig(
            "smpl",
            _named(
                "Pelvis Spine1 Spine2 Spine3 Neck Head",
                "Hip Knee Ankle Foot Collar Shoulder Elbow Wrist Hand",
                "",
                "{side}_{}",
                "LR",
            ),
            unit="m",
            up="y",
        ),
        Rig(
            "mmd",
            _named(
                "センター 上半身 - 上半身2 首 頭",
                "足 ひざ 足首 つま先 肩 腕 ひじ 手首 -",
                "{side}親指{digit} {side}人指{digit} {side}中指{digit} {side}薬指{digit} {side}小指{digit}",
                "{side}{}",
                "左右",
                ("０/１", "１/２"),
            ),
            floor="全ての親",
            root="floor",
            own=(OwnJoint("下半身", "センター", ("left_hip", "right_hip"), ("pelvis", "pelvis", 0.0)),),
            up="y",
        ),
    )
}
"""By the name that ``--rig`` takes."""

__all__ = ["RIGS", "ROOTS", "UNITS", "UPS", "OwnJoint", "Rig"]
