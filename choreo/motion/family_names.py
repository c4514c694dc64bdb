"""Families of skeletons: what programs and libraries call the canonical joints."""

from __future__ import annotations

from collections.abc import Mapping

from choreo.motion.skeleton import NAMES

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


_BIPED = "Thigh Calf Foot Toe0 Clavicle UpperArm Forearm Hand -"

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
    "mmd-english": _family(
        "center upper_body - upper_body2 neck head", "leg knee ankle toe shoulder arm elbow wrist -", "{}_{capital}"
    ),
    "vrchat": _family("Hips Spine - Chest Neck Head", "leg knee ankle toe shoulder arm elbow wrist -", "{word} {}"),
    "daz": _family(
        "hip abdomen - chest neck head", "Thigh Shin Foot Toe Collar Shldr ForeArm Hand -", "{small}{}"
    ),
    "mocapnet": _family("hip abdomen - chest neck head", "Thigh Shin Foot - Collar Shldr ForeArm Hand -", "{small}{}")
    | {"left_foot": "toe1-1.L", "right_foot": "toe1-1.R"},
    "daz-genesis8": _family(
        "hip abdomenLower abdomenUpper chestUpper neckLower head",
        "ThighBend Shin Foot Toe Collar ShldrBend ForearmBend Hand -", "{small}{}",
    ),
    "daz-genesis9": _family(
        "hip spine1 spine2 spine4 neck1 head", "thigh shin foot toes shoulder upperarm forearm hand -", "{small}_{}"
    ),
    "motive": _family(
        "Hip Ab - Chest Neck Head", "Thigh Shin Foot Toe Shoulder UArm FArm Hand -", "{capital}{}"
    ),
    "rigify": _family(
        "spine spine.001 spine.002 spine.003 spine.004 spine.006",
        "thigh shin foot toe shoulder upper_arm forearm hand -", "{}.{capital}",
    ),
    "auto-rig-pro": _family(
        "root.x spine_01.x spine_02.x spine_03.x neck.x head.x",
        "thigh_stretch leg_stretch foot toes_01 shoulder arm_stretch forearm_stretch hand -", "{}.{small}",
    ),
    "character-creator": _family(
        "Hip Waist Spine01 Spine02 NeckTwist01 Head", "Thigh Calf Foot ToeBase Clavicle Upperarm Forearm Hand -",
        "{capital}_{}",
    ),
    "second-life": _family(
        "mPelvis mTorso - mChest mNeck mHead", "Hip Knee Ankle Foot Collar Shoulder Elbow Wrist -", "m{}{word}"
    ),
    "makehuman": _family(
        "root spine05 spine03 spine01 neck01 head",
        "upperleg01 lowerleg01 foot toe1-1 clavicle upperarm01 lowerarm01 wrist -", "{}.{capital}",
    ),
    "biped": _family("Pelvis Spine Spine1 Spine2 Neck Head", _BIPED, "{capital} {}"),
    "valve": _family("Pelvis Spine Spine1 Spine4 Neck1 Head1", _BIPED, "{capital}_{}"),
    "source": _family(
        "pelvis spine_0 spine_1 spine_3 neck head", "hip knee foot toe collar upperArm lowerArm hand -",
        "{}_{capital}",
    ),
    "xsens": _family(
        "Pelvis L5 L3 T8 Neck Head", "UpperLeg LowerLeg Foot Toe Shoulder UpperArm ForeArm Hand -", "{word}{}"
    ),
    "rokoko": _family(
        "Hips Spine1 Spine2 Spine4 Neck Head", "Thigh Shin Foot Toe Shoulder Arm ForeArm Hand -", "{word}{}"
    ),
    "kinect": _family(
        "SpineBase SpineMid - SpineShoulder Neck Head", "Hip Knee Ankle Foot - Shoulder Elbow Wrist Hand", "{}{word}"
    ),
    "kinect-azure": _family(
        "PELVIS SPINE_NAVEL - SPINE_CHEST NECK HEAD", "HIP KNEE ANKLE FOOT CLAVICLE SHOULDER ELBOW WRIST HAND",
        "{}_{word}",
    ),
    "maya": _family(
        "pelvis spine_01 spine_02 chest neck head", "hip knee ankle ball clavicle shoulder elbow wrist -",
        "{capital}_{}",
    ),
    "advanced-skeleton": _family(
        "Root_M Spine1_M Spine2_M Chest_M Neck_M Head_M", "Hip Knee Ankle Toes Scapula Shoulder Elbow Wrist -",
        "{}_{capital}",
    ),
    "arkit": _family(
        "hips spine_1 spine_4 spine_7 neck_1 head", "upLeg leg foot toes shoulder_1 arm forearm hand -", "{word}_{}"
    ),
    "soma": _family(
        "Hips Spine1 Spine2 Chest Neck1 Head", "Leg Shin Foot ToeBase Shoulder Arm ForeArm Hand -", "{word}{}"
    ),
    "roblox": _family(
        "LowerTorso - UpperTorso - - Head", "UpperLeg LowerLeg Foot - - UpperArm LowerArm Hand -", "{word}{}"
    ),
    "synty": _family(
        "Hips Spine_01 Spine_02 Spine_03 Neck Head", "UpperLeg LowerLeg Ankle Ball Clavicle Shoulder Elbow Hand -",
        "{}_{capital}",
    ),
}  # fmt: skip
"""Names by family, as the program writes them; what it puts before and after all of them may be left out."""
