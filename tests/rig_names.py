"""Names of bones as programs and libraries write them, with their trees: what the guesses of joints are held to.

Written from the programs' own conventions and independent of the tables in `choreo.motion.families`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LIMBS = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
_WORDS = {
    "left": {"s": "l", "S": "L", "w": "left", "W": "Left", "j": "左"},
    "right": {"s": "r", "S": "R", "w": "right", "W": "Right", "j": "右"},
}


@dataclass(frozen=True)
class Naming:
    """How a family names its bones.

    ``above``: nodes over the pelvis, from the root on; ``limbs``: patterns in the order of `LIMBS`, ``-`` for none,
    with ``{s}``, ``{S}``, ``{w}``, ``{W}``, ``{j}`` for the side; ``fork``: a node between pelvis and hips;
    ``inline``: patterns of bones between a joint and the next of its limb; ``beside``: patterns of leaves on a bone;
    ``buds``: patterns of a node before a limb's first joint; ``fingers``: a pattern with ``{f}`` and ``{n}``, and the
    fingers' names; ``extra``: names of further nodes, each under the root, the pelvis or the head.
    """

    pelvis: str
    spine: tuple[str, ...]
    neck: tuple[str, ...]
    head: str
    limbs: tuple[str, ...]
    above: tuple[str, ...] = ()
    fork: str = ""
    inline: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beside: dict[str, tuple[str, ...]] = field(default_factory=dict)
    buds: dict[str, str] = field(default_factory=dict)
    fingers: tuple[str, tuple[str, ...]] = ("", ())
    roots: tuple[str, ...] = ()
    face: tuple[str, ...] = ()
    end: str = ""

    def of_side(self, pattern: str, side: str) -> str:
        """The pattern's name on a side."""
        return pattern.format(**_WORDS[side], f="{f}", n="{n}")


def named_like(trunk: str, limbs: str, **more: object) -> Naming:
    """Build from words: ``pelvis | spine spine | neck | head`` and limbs, by commas."""
    pelvis, spine, neck, head = (tuple(part.strip() for part in each.split(",") if part.strip())
                                 for each in trunk.split("|"))  # fmt: skip
    return Naming(pelvis[0], spine, neck, head[0] if head else "",
                  tuple(part.strip() for part in limbs.split(",")), **more)  # type: ignore[arg-type]  # fmt: skip


_n = named_like
FIVE = ("Thumb", "Index", "Middle", "Ring", "Pinky")
SMALL = ("thumb", "index", "middle", "ring", "pinky")
_MIXAMO = "{W}UpLeg,{W}Leg,{W}Foot,{W}ToeBase,{W}Shoulder,{W}Arm,{W}ForeArm,{W}Hand"
_UNREAL = "thigh_{s},calf_{s},foot_{s},ball_{s},clavicle_{s},upperarm_{s},lowerarm_{s},hand_{s}"


def prefixed(naming: Naming, before: str, after: str = "") -> Naming:
    """The same names with something before and after each."""
    patterns = {name: tuple(f"{before}{each}{after}" for each in many) for name, many in naming.inline.items()}
    beside = {name: tuple(f"{before}{each}{after}" for each in many) for name, many in naming.beside.items()}
    return Naming(
        before + naming.pelvis + after,
        tuple(before + each + after for each in naming.spine),
        tuple(before + each + after for each in naming.neck),
        before + naming.head + after if naming.head else "",
        tuple(each if each == "-" else before + each + after for each in naming.limbs),
        naming.above,
        before + naming.fork + after if naming.fork else "",
        patterns,
        beside,
        {name: before + each + after for name, each in naming.buds.items()},
        (before + naming.fingers[0] + after if naming.fingers[0] else "", naming.fingers[1]),
        naming.roots,
        tuple(before + each + after for each in naming.face),
        before + naming.end + after if naming.end else "",
    )


def numbered(naming: Naming) -> Naming:
    """Names as Sketchfab writes them: each with a running number of its node, added by the maker of the rig."""
    return prefixed(naming, "", "_<k>")


_PLAIN_MIXAMO = _n("Hips|Spine,Spine1,Spine2|Neck|Head", _MIXAMO, above=("Armature",),
                   fingers=("{W}Hand{f}{n}", FIVE), end="HeadTop_End")  # fmt: skip
_VALVE = _n(
    "Pelvis|Spine,Spine1,Spine2,Spine4|Neck1|Head1",
    "{S}_Thigh,{S}_Calf,{S}_Foot,{S}_Toe0,{S}_Clavicle,{S}_UpperArm,{S}_Forearm,{S}_Hand",
    fingers=("{S}_Finger{f}{n}", ("0", "1", "2", "3", "4")),
)
_RIGIFY = _n(
    "spine|spine.001,spine.002,spine.003|spine.004,spine.005|spine.006",
    "thigh.{S},shin.{S},foot.{S},toe.{S},shoulder.{S},upper_arm.{S},forearm.{S},hand.{S}",
    fingers=("f_{f}.0{n}.{S}", ("index", "middle", "ring", "pinky")),
)
_UNREAL4 = _n(
    "pelvis|spine_01,spine_02,spine_03|neck_01|head", _UNREAL, above=("root",),
    beside={"hip": ("thigh_twist_01_{s}",), "knee": ("calf_twist_01_{s}",), "shoulder": ("upperarm_twist_01_{s}",),
            "elbow": ("lowerarm_twist_01_{s}",)},
    fingers=("{f}_0{n}_{s}", SMALL), roots=("ik_foot_root", "ik_foot_l", "ik_foot_r", "ik_hand_root", "ik_hand_gun"),
)  # fmt: skip
_DAZ8 = _n(
    "hip|abdomenLower,abdomenUpper,chestLower,chestUpper|neckLower,neckUpper|head",
    "{s}ThighBend,{s}Shin,{s}Foot,{s}Toe,{s}Collar,{s}ShldrBend,{s}ForearmBend,{s}Hand", fork="pelvis",
    above=("Genesis8Female",),
    inline={"hip": ("{s}ThighTwist",), "shoulder": ("{s}ShldrTwist",), "elbow": ("{s}ForearmTwist",),
            "ankle": ("{s}Metatarsals",)},
    fingers=("{s}{f}{n}", ("Thumb", "Index", "Mid", "Ring", "Pinky")), face=("lEye", "rEye", "lowerJaw"),
)  # fmt: skip
_VRM = "{w}UpperLeg,{w}LowerLeg,{w}Foot,{w}Toes,{w}Shoulder,{w}UpperArm,{w}LowerArm,{w}Hand"
_POSER = "{s}Thigh,{s}Shin,{s}Foot,-,{s}Collar,{s}Shldr,{s}ForeArm,{s}Hand"
_MMD = "{j}足,{j}ひざ,{j}足首,{j}つま先,{j}肩,{j}腕,{j}ひじ,{j}手首"
_SMPLX = "{w}_hip,{w}_knee,{w}_ankle,{w}_foot,{w}_collar,{w}_shoulder,{w}_elbow,{w}_wrist"
_CC = _n(
    "CC_Base_Hip|CC_Base_Waist,CC_Base_Spine01,CC_Base_Spine02|CC_Base_NeckTwist01,CC_Base_NeckTwist02|CC_Base_Head",
    "CC_Base_{S}_Thigh,CC_Base_{S}_Calf,CC_Base_{S}_Foot,CC_Base_{S}_ToeBase,CC_Base_{S}_Clavicle,"
    "CC_Base_{S}_Upperarm,CC_Base_{S}_Forearm,CC_Base_{S}_Hand",
    above=("CC_Base_BoneRoot",), fork="CC_Base_Pelvis",
    beside={"hip": ("CC_Base_{S}_ThighTwist01", "CC_Base_{S}_ThighTwist02"),
            "knee": ("CC_Base_{S}_CalfTwist01", "CC_Base_{S}_KneeShareBone"),
            "shoulder": ("CC_Base_{S}_UpperarmTwist01",),
            "elbow": ("CC_Base_{S}_ForearmTwist01", "CC_Base_{S}_ElbowShareBone"), "ankle": ("CC_Base_{S}_BigToe1",)},
    fingers=("CC_Base_{S}_{f}{n}", ("Thumb", "Index", "Mid", "Ring", "Pinky")),
    face=("CC_Base_FacialBone", "CC_Base_L_Eye", "CC_Base_R_Eye"),
)  # fmt: skip
_DAZ9 = _n(
    "hip|spine1,spine2,spine3,spine4|neck1,neck2|head",
    "{s}_thigh,{s}_shin,{s}_foot,{s}_toes,{s}_shoulder,{s}_upperarm,{s}_forearm,{s}_hand", fork="pelvis",
    beside={"hip": ("{s}_thightwist1", "{s}_thightwist2"), "shoulder": ("{s}_upperarmtwist1", "{s}_upperarmtwist2"),
            "elbow": ("{s}_forearmtwist1",)},
    inline={"ankle": ("{s}_metatarsal",)},
    fingers=("{s}_{f}{n}", ("thumb", "index", "mid", "ring", "pinky")),
)  # fmt: skip
_MAKEHUMAN = _n(
    "root|spine05,spine04,spine03,spine02,spine01|neck01,neck02,neck03|head",
    "upperleg01.{S},lowerleg01.{S},foot.{S},toe1-1.{S},clavicle.{S},upperarm01.{S},lowerarm01.{S},wrist.{S}",
    buds={"hip": "pelvis.{S}", "shoulder": "shoulder01.{S}"},
    inline={"hip": ("upperleg02.{S}",), "knee": ("lowerleg02.{S}",), "shoulder": ("upperarm02.{S}",),
            "elbow": ("lowerarm02.{S}",)},
    fingers=("finger{f}-{n}.{S}", ("1", "2", "3", "4", "5")), face=("jaw", "eye.L", "eye.R"),
)  # fmt: skip
_METAHUMAN = _n(
    "pelvis|spine_01,spine_02,spine_03,spine_04,spine_05|neck_01,neck_02|head", _UNREAL, above=("root",),
    beside={"hip": ("thigh_twist_01_{s}", "thigh_correctiveRoot_{s}"), "knee": ("calf_twist_02_{s}",),
            "shoulder": ("upperarm_twist_01_{s}", "upperarm_correctiveRoot_{s}"), "elbow": ("lowerarm_twist_01_{s}",)},
    fingers=("{f}_0{n}_{s}", SMALL), roots=("ik_foot_root", "ik_hand_root"),
)  # fmt: skip
_AUTORIG = _n(
    "root.x|spine_01.x,spine_02.x,spine_03.x|neck.x|head.x",
    "thigh_stretch.{s},leg_stretch.{s},foot.{s},toes_01.{s},shoulder.{s},arm_stretch.{s},forearm_stretch.{s},hand.{s}",
    beside={"hip": ("thigh_twist.{s}",), "knee": ("leg_twist.{s}",), "shoulder": ("arm_twist.{s}",),
            "elbow": ("forearm_twist.{s}",)},
    fingers=("c_{f}{n}.{s}", SMALL),
)  # fmt: skip
_MMD_SKIN = _n(
    "センター|上半身,上半身2|首|頭", _MMD, above=("全ての親",), fork="下半身",
    inline={"shoulder": ("{j}腕捩",), "elbow": ("{j}手捩",)},
    buds={"collar": "{j}肩P", "shoulder": "{j}肩C"},
    fingers=("{j}{f}{n}", ("親指", "人指", "中指", "薬指", "小指")),
    roots=("左足ＩＫ", "右足ＩＫ", "左つま先ＩＫ"), face=("左目", "右目"),
)  # fmt: skip
_MMD_D = _n(
    "センター|上半身,上半身2|首|頭",
    _MMD, above=("全ての親",), fork="下半身", beside={"hip": ("{j}足D",)}, roots=("左足ＩＫ", "右足ＩＫ"),
)  # fmt: skip
_SECOND_LIFE = _n(
    "mPelvis|mTorso,mChest|mNeck|mHead",
    "mHip{W},mKnee{W},mAnkle{W},mFoot{W},mCollar{W},mShoulder{W},mElbow{W},mWrist{W}",
    inline={"foot": ("mToe{W}",)}, end="mSkull", face=("mEyeLeft", "mEyeRight"),
    fingers=("mHand{f}{n}{W}", FIVE),
)  # fmt: skip
_KINECT = _n(
    "SpineBase|SpineMid,SpineShoulder|Neck|Head",
    "Hip{W},Knee{W},Ankle{W},Foot{W},-,Shoulder{W},Elbow{W},Wrist{W}",
    inline={"wrist": ("Hand{W}",)},
)

NAMINGS: dict[str, Naming] = {
    "mixamo": prefixed(_PLAIN_MIXAMO, "mixamorig:"),
    "mixamo9": prefixed(_PLAIN_MIXAMO, "mixamorig9:"),
    "sketchfab": numbered(prefixed(_PLAIN_MIXAMO, "mixamorig:")),
    "sketchfab-unreal": numbered(_UNREAL4),
    "ready-player-me": _PLAIN_MIXAMO,
    "unreal": _UNREAL4,
    "metahuman": _METAHUMAN,
    "rigify-deform": prefixed(
        _n("spine|spine.001,spine.002,spine.003|spine.004,spine.005|spine.006",
           "thigh.{S},shin.{S},foot.{S},toe.{S},shoulder.{S},upper_arm.{S},forearm.{S},hand.{S}",
           inline={"hip": ("thigh.{S}.001",), "knee": ("shin.{S}.001",), "shoulder": ("upper_arm.{S}.001",),
                   "elbow": ("forearm.{S}.001",)},
           fingers=("f_{f}.0{n}.{S}", ("index", "middle", "ring", "pinky")), face=("jaw", "eye.L", "eye.R")),
        "DEF-"),
    "rigify-meta": _RIGIFY,
    "auto-rig-pro": _AUTORIG,
    "character-creator": _CC,
    "daz-genesis8": _DAZ8,
    "daz-genesis9": _DAZ9,
    "poser": _n("hip|abdomen,chest|neck|head", _POSER, buds={"hip": "{s}Buttock"},
                fingers=("{s}{f}{n}", ("Thumb", "Index", "Mid", "Ring", "Pinky")), face=("leftEye", "rightEye")),
    "second-life": _SECOND_LIFE,
    "makehuman": _MAKEHUMAN,
    "mocapnet": _n("hip|abdomen,chest|neck,neck1|head", "{s}Thigh,{s}Shin,{s}Foot,toe1-1.{S},{s}Collar,{s}Shldr,"
                   "{s}ForeArm,{s}Hand", buds={"hip": "{s}Buttock"}, face=("jaw", "eye.l", "eye.r")),
    "valve": prefixed(_VALVE, "ValveBiped.Bip01_"),
    "biped": _n("Bip01 Pelvis|Bip01 Spine,Bip01 Spine1,Bip01 Spine2|Bip01 Neck|Bip01 Head",
                "Bip01 {S} Thigh,Bip01 {S} Calf,Bip01 {S} Foot,Bip01 {S} Toe0,Bip01 {S} Clavicle,Bip01 {S} UpperArm,"
                "Bip01 {S} Forearm,Bip01 {S} Hand", above=("Bip01",), roots=("Bip01 Footsteps",),
                fingers=("Bip01 {S} Finger{f}{n}", ("0", "1", "2", "3", "4")), end="Bip01 HeadNub"),
    "biped001": _n("Bip001 Pelvis|Bip001 Spine,Bip001 Spine1|Bip001 Neck|Bip001 Head",
                   "Bip001 {S} Thigh,Bip001 {S} Calf,Bip001 {S} Foot,Bip001 {S} Toe0,Bip001 {S} Clavicle,"
                   "Bip001 {S} UpperArm,Bip001 {S} Forearm,Bip001 {S} Hand", above=("Bip001",)),
    "vrchat": _n("Hips|Spine,Chest|Neck|Head",
                 "{W} leg,{W} knee,{W} ankle,{W} toe,{W} shoulder,{W} arm,{W} elbow,{W} wrist", above=("Armature",),
                 fingers=("{f}{n}_{S}", ("Thumb", "IndexFinger", "MiddleFinger", "RingFinger", "LittleFinger")),
                 face=("LeftEye", "RightEye")),
    "mmd-japanese": _MMD_SKIN,
    "mmd-japanese-d": _MMD_D,
    "mmd-english": _n("center|upper body,upper body2|neck|head",
                      "leg_{S},knee_{S},ankle_{S},toe_{S},shoulder_{S},arm_{S},elbow_{S},wrist_{S}",
                      above=("mother",), fork="lower body", roots=("leg IK_L", "leg IK_R"),
                      inline={"shoulder": ("arm twist_{S}",), "elbow": ("wrist twist_{S}",)},
                      fingers=("{f}{n}_{S}", ("thumb", "fore", "middle", "third", "little"))),
    "xsens": _n("Pelvis|L5,L3,T12,T8|Neck|Head", "{W}UpperLeg,{W}LowerLeg,{W}Foot,{W}Toe,{W}Shoulder,{W}UpperArm,"
                "{W}ForeArm,{W}Hand"),
    "xsens-bvh": _n("Hips|Chest,Chest2,Chest3,Chest4|Neck|Head",
                    "{W}Hip,{W}Knee,{W}Ankle,{W}Toe,{W}Collar,{W}Shoulder,{W}Elbow,{W}Wrist"),
    "rokoko": _n("Hips|Spine1,Spine2,Spine3,Spine4|Neck|Head",
                 "{W}Thigh,{W}Shin,{W}Foot,{W}Toe,{W}Shoulder,{W}Arm,{W}ForeArm,{W}Hand", above=("Root",),
                 fingers=("{W}Finger{f}Phalange{n}", ("1", "2", "3", "4", "5"))),
    "noitom": prefixed(_n("Hips|Spine,Spine1,Spine2,Spine3|Neck|Head",
                          "{W}UpLeg,{W}Leg,{W}Foot,-,{W}Shoulder,{W}Arm,{W}ForeArm,{W}Hand",
                          fingers=("{W}Hand{f}{n}", FIVE)), "Robot_"),
    "optitrack": _n("Hip|Ab,Chest|Neck|Head",
                    "{S}Thigh,{S}Shin,{S}Foot,{S}Toe,{S}Shoulder,{S}UArm,{S}FArm,{S}Hand",
                    fingers=("{S}{f}{n}", FIVE)),
    "vicon": _n("Hips|Spine,Spine1,Spine2,Spine3|Neck,Neck1|Head", _MIXAMO, above=("Solving",)),
    "cmu-asf": _n("root|lowerback,upperback,thorax|lowerneck,upperneck|head",
                  "{s}femur,{s}tibia,{s}foot,{s}toes,{s}clavicle,{s}humerus,{s}radius,{s}hand",
                  buds={"hip": "{s}hipjoint"}, inline={"elbow": ("{s}wrist",)},
                  beside={"wrist": ("{s}fingers", "{s}thumb")}),
    "cmu-bvh": _n("Hips|LowerBack,Spine,Spine1|Neck,Neck1|Head", _MIXAMO, buds={"hip": "{S}HipJoint"},
                  beside={"wrist": ("{W}FingerBase", "{S}Thumb")}),
    "kinect2": _KINECT,
    "kinect-azure": _n("PELVIS|SPINE_NAVEL,SPINE_CHEST|NECK|HEAD",
                       "HIP_{X},KNEE_{X},ANKLE_{X},FOOT_{X},CLAVICLE_{X},SHOULDER_{X},ELBOW_{X},WRIST_{X}",
                       inline={"wrist": ("HAND_{X}",)}, face=("NOSE", "EYE_LEFT", "EAR_LEFT")),
    "deepmotion": _n("hips_JNT|spine_JNT,spine1_JNT,spine2_JNT|neck_JNT|head_JNT",
                     "{s}_upleg_JNT,{s}_leg_JNT,{s}_foot_JNT,{s}_toebase_JNT,{s}_shoulder_JNT,{s}_arm_JNT,"
                     "{s}_forearm_JNT,{s}_hand_JNT",
                     fingers=("{s}_hand{f}{n}_JNT", FIVE)),
    "maya": _n("pelvis_jnt|spine_01_jnt,spine_02_jnt,chest_jnt|neck_jnt|head_jnt",
               "{S}_hip_jnt,{S}_knee_jnt,{S}_ankle_jnt,{S}_ball_jnt,{S}_clavicle_jnt,{S}_shoulder_jnt,{S}_elbow_jnt,"
               "{S}_wrist_jnt", above=("root_jnt",), inline={"foot": ("{S}_toe_jnt",)}, end="headEnd_jnt"),
    "advanced-skeleton": _n("Root_M|Spine1_M,Spine2_M,Chest_M|Neck_M|Head_M",
                            "Hip_{S},Knee_{S},Ankle_{S},Toes_{S},Scapula_{S},Shoulder_{S},Elbow_{S},Wrist_{S}",
                            inline={"hip": ("HipPart1_{S}",), "shoulder": ("ShoulderPart1_{S}",)},
                            end="HeadEnd_M"),
    "humanik": prefixed(_PLAIN_MIXAMO, "Character1_"),
    "arkit": _n("hips_joint|spine_1_joint,spine_2_joint,spine_3_joint,spine_4_joint,spine_5_joint,spine_6_joint,"
                "spine_7_joint|neck_1_joint,neck_2_joint,neck_3_joint,neck_4_joint|head_joint",
                "{w}_upLeg_joint,{w}_leg_joint,{w}_foot_joint,{w}_toes_joint,{w}_shoulder_1_joint,{w}_arm_joint,"
                "{w}_forearm_joint,{w}_hand_joint", above=("root",), face=("jaw_joint",),
                fingers=("{w}_hand{f}_{n}_joint", FIVE)),
    "soma": _n("Hips|Spine1,Spine2,Chest|Neck1,Neck2|Head",
               "{W}Leg,{W}Shin,{W}Foot,{W}ToeBase,{W}Shoulder,{W}Arm,{W}ForeArm,{W}Hand", above=("Root",),
               fingers=("{W}Hand{f}{n}", FIVE), end="HeadEnd", face=("Jaw", "LeftEye", "RightEye")),
    "smpl": _n("Pelvis|Spine1,Spine2,Spine3|Neck|Head",
               "{S}_Hip,{S}_Knee,{S}_Ankle,{S}_Foot,{S}_Collar,{S}_Shoulder,{S}_Elbow,{S}_Wrist",
               beside={"wrist": ("{S}_Hand",)}),
    "smpl-avg": _n("m_avg_Pelvis|m_avg_Spine1,m_avg_Spine2,m_avg_Spine3|m_avg_Neck|m_avg_Head",
                   "m_avg_{S}_Hip,m_avg_{S}_Knee,m_avg_{S}_Ankle,m_avg_{S}_Foot,m_avg_{S}_Collar,m_avg_{S}_Shoulder,"
                   "m_avg_{S}_Elbow,m_avg_{S}_Wrist", above=("m_avg_root",), beside={"wrist": ("m_avg_{S}_Hand",)}),
    "smpl-x": _n("pelvis|spine1,spine2,spine3|neck|head", _SMPLX, above=("root",),
                 fingers=("{w}_{f}{n}", SMALL), face=("jaw", "left_eye_smplhf", "right_eye_smplhf")),
    "roblox-r15": _n("LowerTorso|UpperTorso||Head",
                     "{W}UpperLeg,{W}LowerLeg,{W}Foot,-,-,{W}UpperArm,{W}LowerArm,{W}Hand",
                     above=("HumanoidRootPart",)),
    "vrm": _n("hips|spine,chest,upperChest|neck|head", _VRM, fingers=("{w}{f}{n}", FIVE)),
    "vroid": _n("J_Bip_C_Hips|J_Bip_C_Spine,J_Bip_C_Chest,J_Bip_C_UpperChest|J_Bip_C_Neck|J_Bip_C_Head",
                "J_Bip_{S}_UpperLeg,J_Bip_{S}_LowerLeg,J_Bip_{S}_Foot,J_Bip_{S}_ToeBase,J_Bip_{S}_Shoulder,"
                "J_Bip_{S}_UpperArm,J_Bip_{S}_LowerArm,J_Bip_{S}_Hand", above=("Root",),
                fingers=("J_Bip_{S}_{f}{n}", ("Thumb", "Index", "Middle", "Ring", "Little")),
                face=("J_Adj_L_FaceEye", "J_Sec_Hair1_01")),
    "unity": _n("Hips|Spine,Chest,UpperChest|Neck|Head",
                "{W}UpperLeg,{W}LowerLeg,{W}Foot,{W}Toes,{W}Shoulder,{W}UpperArm,{W}LowerArm,{W}Hand"),
    "unity-side-last": _n("Hips|Spine,Chest|Neck|Head",
                          "UpperLeg.{S},LowerLeg.{S},Foot.{S},Toes.{S},Shoulder.{S},UpperArm.{S},LowerArm.{S},Hand.{S}",
                          above=("Armature",)),
    "mmd-blender": _n("センター|上半身,上半身２|首|頭",
                      "足.{S},ひざ.{S},足首.{S},つま先.{S},肩.{S},腕.{S},ひじ.{S},手首.{S}", above=("全ての親",),
                      fork="下半身", inline={"shoulder": ("腕捩.{S}",), "elbow": ("手捩.{S}",)}),
    "vrchat-side-last": _n("Hips|Spine,Chest|Neck|Head",
                           "Hip_{S},Knee_{S},Ankle_{S},Toe_{S},Shoulder_{S},Arm_{S},Elbow_{S},Wrist_{S}"),
    "auto-rig-pro-halves": _n("root.x|spine_01.x,spine_02.x|neck.x|head.x",
                              "thigh_twist.{s},leg_stretch.{s},foot.{s},toes_01.{s},shoulder.{s},arm_twist.{s},"
                              "forearm_stretch.{s},hand.{s}",
                              inline={"hip": ("thigh_stretch.{s}",), "knee": ("leg_twist.{s}",),
                                      "shoulder": ("arm_stretch.{s}",), "elbow": ("forearm_twist.{s}",)}),
    "source-tf2": _n("bip_pelvis|bip_spine_0,bip_spine_1,bip_spine_2,bip_spine_3|bip_neck|bip_head",
                     "bip_hip_{S},bip_knee_{S},bip_foot_{S},bip_toe_{S},bip_collar_{S},bip_upperArm_{S},"
                     "bip_lowerArm_{S},bip_hand_{S}"),
    "three-mixamo": prefixed(_PLAIN_MIXAMO, "mixamorig"),
    "blender-copies": prefixed(_PLAIN_MIXAMO, "", ".001"),
    "synty": _n("Hips|Spine_01,Spine_02,Spine_03|Neck|Head",
                "UpperLeg_{S},LowerLeg_{S},Ankle_{S},Ball_{S},Clavicle_{S},Shoulder_{S},Elbow_{S},Hand_{S}",
                above=("Root",), inline={"foot": ("Toes_{S}",)}),
    "lafan1": _n("Hips|Spine,Spine1,Spine2|Neck|Head",
                 "{W}UpLeg,{W}Leg,{W}Foot,{W}Toe,{W}Shoulder,{W}Arm,{W}ForeArm,{W}Hand"),
    "bandai-namco": _n("Hips|Spine,Chest|Neck|Head",
                       "UpperLeg_{S},LowerLeg_{S},Foot_{S},Toes_{S},Shoulder_{S},UpperArm_{S},LowerArm_{S},Hand_{S}",
                       above=("joint_Root",)),
}  # fmt: skip
"""By a name of the family; more than forty."""
_WORDS["left"]["X"], _WORDS["right"]["X"] = "LEFT", "RIGHT"
