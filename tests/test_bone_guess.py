"""Which bone is which: families of names, rest poses, meaningless names, and what is refused."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from motion_support import stepping_dance
from rig_makers import NAMINGS, POSES, Rig, make, write_bvh, write_glb
from rig_names import named_like

from choreo.cli.app import run
from choreo.datasets.convert import read_take
from choreo.datasets.joint_maps import map_of, maps_of
from choreo.errors import InputError, MotionError
from choreo.motion import rotations as rot
from choreo.motion.bone_words import key, keys
from choreo.motion.families import BY_TREE, GUESSED, check_map, guess_map, read_map, to_toml, with_pelvis
from choreo.motion.joint_frames import NEEDED
from choreo.motion.kinematics import forward
from choreo.motion.map_check import faults
from choreo.motion.map_fit import require_fit, some_poses
from choreo.motion.retarget import retarget
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.motion.tree_guess import tree_guess
from choreo.types import Doubles, Motion, Skeleton

SURE = ("pelvis", *NEEDED)
BONES = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))


def numbers(rig: Rig, only: Sequence[str] = NAMES) -> dict[str, int]:
    """The truth as numbers of joints."""
    return {ours: rig.names.index(theirs) for ours, theirs in rig.truth.items() if ours in only and ours != "neck"}


def guessed(rig: Rig, names: Sequence[str], rest: Doubles | None, only: Sequence[str] = NAMES) -> dict[str, int]:
    """What is guessed, as numbers of joints."""
    joints = guess_map(names, rig.parents, rest)[1]
    return {ours: names.index(theirs) for ours, theirs in joints.items() if ours in only and ours in rig.truth
            and ours != "neck"}  # fmt: skip


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("family", NAMINGS)
def test_a_familys_bones_are_known_in_any_rest_pose(family: str, pose: str) -> None:
    rig = make(family)
    assert guessed(rig, rig.names, rig.standing(pose)[0]) == numbers(rig)


ODD = {
    "numbered limbs": ("C_hip_JNT|C_spine01_JNT,C_spine02_JNT|C_neck_JNT|C_head_JNT",
                       "{S}_leg01_JNT,{S}_leg02_JNT,{S}_leg03_JNT,-,{S}_clav_JNT,{S}_arm01_JNT,{S}_arm02_JNT,{S}_arm03_JNT"),
    "palms": ("Hips|Abdomen,Torso|Neck|Head",
              "UpperLeg.{S},LowerLeg.{S},Foot.{S},-,Shoulder.{S},UpperArm.{S},LowerArm.{S},Palm.{S}"),
    "wrists beside arms": ("b_root|b_spine0,b_spine1|b_neck0|b_head",
                           "b_{s}_upleg,b_{s}_leg,b_{s}_foot,b_{s}_toe,b_{s}_shoulder,b_{s}_arm,b_{s}_forearm,"
                           "b_{s}_wrist"),
    "sides last": ("pelvis|spine_0,spine_1|neck_0|head_0",
                   "leg_upper_{S},leg_lower_{S},ankle_{S},ball_{S},clavicle_{S},arm_upper_{S},arm_lower_{S},hand_{S}"),
    "French": ("bassin|colonne1,colonne2|cou|tete",
               "cuisse_{S},tibia_{S},pied_{S},-,clavicule_{S},bras_{S},avantbras_{S},main_{S}"),
}  # fmt: skip


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("words", ODD)
def test_words_of_no_family(words: str, pose: str) -> None:
    trunk, limbs = ODD[words]
    rig = make(named_like(trunk, limbs))
    assert guessed(rig, rig.names, rig.standing(pose)[0], SURE) == numbers(rig, SURE)


@pytest.mark.parametrize("family", NAMINGS)
def test_a_familys_bones_are_known_by_names_alone(family: str) -> None:
    rig = make(family)
    assert guess_map(rig.names, rig.parents)[0] not in (GUESSED, BY_TREE)
    assert guessed(rig, rig.names, None) == numbers(rig)


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("family", NAMINGS)
def test_bones_without_meaningful_names_are_known_by_the_tree_or_refused(family: str, pose: str) -> None:
    rig = make(family)
    shuffled = np.random.default_rng(5).permutation(len(rig.names))
    names = [f"bone{k}" for k in shuffled]
    if (
        pose == "lying" and "left_foot" not in rig.truth
    ):  # on the back, with straight knees and no toes: nothing shows it
        with pytest.raises(MotionError, match="--map"):
            guess_map(names, rig.parents, rig.standing(pose)[0])
        return
    at = rig.standing(pose)[0]
    assert guess_map(names, rig.parents, at)[0] == BY_TREE
    assert guessed(rig, names, at, SURE) == numbers(rig, SURE)


@pytest.mark.parametrize("turn", [(0, np.pi, 0), (0, 0, np.pi), (1.2, 0.3, -2.0)])
def test_a_figure_may_stand_anyhow(turn: tuple[float, float, float]) -> None:
    rig = make("unreal")
    at = rot.rotate(rot.from_axis_angle(np.array(turn)), 100 * rig.standing("a")[0])
    names = [f"bone{k}" for k in range(len(rig.names))]
    assert guessed(rig, names, at, SURE) == numbers(rig, SURE)
    assert guessed(rig, rig.names, at) == numbers(rig)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_spines_of_any_length(count: int) -> None:
    rig = make("ready-player-me", spine=count)
    _, joints = guess_map(rig.names, rig.parents, rig.standing("t")[0])
    spine = [f"Spine{k or ''}" for k in range(count)]
    found = [joints[ours] for ours in ("spine1", "spine2", "spine3") if ours in joints]
    assert found == sorted(found, key=spine.index)
    assert len(found) == min(count, 3)
    assert found[-1] == spine[-1]
    assert (joints["neck"], joints["head"]) == ("Neck", "Head")


def test_names_with_sides_exchanged_are_not_believed() -> None:
    rig = make("mixamo")
    names = [name.replace("Left", "?").replace("Right", "Left").replace("?", "Right") for name in rig.names]
    at = rig.standing("a")[0]
    swapped = {ours: names[rig.names.index(theirs)] for ours, theirs in rig.truth.items()}
    wrong = {
        ours: swapped[ours.replace("left", "?").replace("right", "left").replace("?", "right")] for ours in swapped
    }
    with pytest.raises(MotionError, match="left and right are exchanged, as the toes show"):
        check_map(names, rig.parents, at, wrong)
    assert guessed(rig, names, at, SURE) == numbers(rig, SURE)


def without(rig: Rig, part: str) -> tuple[list[str], list[int], Doubles, list[int]]:
    """Names, parents, places and old numbers of a rig without the joints of a part and what hangs on them."""
    gone = {rig.names.index(rig.truth[f"{side}_{part}"]) for side in SIDES}
    for k, parent in enumerate(rig.parents):
        if parent in gone:
            gone.add(k)
    kept = [k for k in range(len(rig.names)) if k not in gone]
    parents = [kept.index(rig.parents[k]) if rig.parents[k] >= 0 else -1 for k in kept]
    return [rig.names[k] for k in kept], parents, rig.standing("a")[0][kept], kept


@pytest.mark.parametrize("family", ["mixamo", "unity", "vrchat"])
def test_figures_without_hands(family: str) -> None:
    rig = make(family)
    names, parents, at, kept = without(rig, "wrist")
    _, joints = guess_map(names, parents, at)
    assert {ours: joints[ours] for ours in joints if ours in NEEDED} == {
        ours: rig.truth[ours] for ours in NEEDED if not ours.endswith("wrist")
    }
    by_tree = tree_guess(parents, at[None])
    assert by_tree is not None
    assert {ours: kept[joint] for ours, joint in by_tree.items() if ours in NEEDED} == {
        ours: joint for ours, joint in numbers(rig, NEEDED).items() if not ours.endswith("wrist")
    }


def test_a_motion_without_hands_is_no_source() -> None:
    motion = make("vrchat").dancing(stepping_dance(0.5))
    skeleton, gone = motion.skeleton, [k for k, name in enumerate(motion.skeleton.names) if name.endswith(" wrist")]
    for k, parent in enumerate(skeleton.parents):
        if parent in gone:
            gone.append(k)
    kept = [k for k in range(len(skeleton)) if k not in gone]
    parents = np.array([-1, *(kept.index(int(skeleton.parents[k])) for k in kept[1:])])
    bare = Skeleton(tuple(skeleton.names[k] for k in kept), parents, skeleton.offsets[kept])
    with pytest.raises(MotionError, match="left_wrist, right_wrist"):
        retarget(Motion(bare, motion.fps, motion.translation, motion.rotations[:, kept]))


def test_hands_of_other_names_are_found_at_the_ends_of_the_forearms() -> None:
    rig = make("vrchat")
    names = [name.replace("wrist", "flap") for name in rig.names]
    _, joints = guess_map(names, rig.parents, rig.standing("a")[0])
    assert (joints["left_wrist"], joints["right_wrist"]) == ("Left flap", "Right flap")


def animal(rig: Rig) -> Doubles:
    """The rig on all fours: the trunk level, arms and legs straight down."""
    local, root = np.tile([1.0, 0, 0, 0], (1, 24, 1)), np.array([[0.0, 0.9, 0.0]])
    turns = {"pelvis": (np.pi / 2, 0, 0), "left_hip": (-np.pi / 2, 0, 0), "right_hip": (-np.pi / 2, 0, 0),
             "left_shoulder": (0, -np.pi / 2, 0), "right_shoulder": (0, np.pi / 2, 0)}  # fmt: skip
    for name, turn in turns.items():
        local[0, NAMES.index(name)] = rot.from_axis_angle(np.array(turn))
    _, world = forward(CANONICAL, root.astype(np.float32), local.astype(np.float32))
    places: Doubles = rig.posed(np.asarray(world, np.float64), root)[0][0]
    return places


@pytest.mark.parametrize("family", ["mixamo", "unreal", "biped"])
def test_four_legged_animals_with_human_names_are_refused(family: str) -> None:
    rig = make(family)
    at = animal(rig)
    ends = [rig.names.index(rig.truth[name]) for name in ("left_wrist", "left_ankle")]
    assert np.ptp(at[ends, 1]) < 0.4  # hands are near the floor, too
    with pytest.raises(MotionError, match="four legs"):
        guess_map(rig.names, rig.parents, at)
    with pytest.raises(MotionError, match="--map"):
        guess_map([f"b{k}" for k in range(len(rig.names))], rig.parents, at)


def test_feet_that_hang_under_the_root_are_told() -> None:
    rig = make("unity-side-last")
    names, parents = list(rig.names), list(rig.parents)
    parents[names.index("Foot.L")] = 0
    with pytest.raises(
        MotionError, match=r"left_ankle \('Foot.L'\) does not hang on left_knee \('LowerLeg.L'\).*--map"
    ):
        guess_map(names, parents, rig.standing("t")[0])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({f"{side.lower()}_{ours}": theirs and f"{side}{theirs}" for side in ("Left", "Right")
          for ours, theirs in (("shoulder", "Shoulder"), ("collar", None))},
         r"\('LeftShoulder'\) to left_elbow .* its length"),
        ({"left_elbow": "LeftHand", "left_wrist": "LeftHandMiddle2"}, "times as long as the right one"),
        ({"left_knee": "LeftToeBase"}, "does not hang on"),
        ({"left_hip": "RightUpLeg"}, "are one joint"),
        ({"left_wrist": "nothing"}, "not in the skeleton"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_map_is_told(changed: Mapping[str, str | None], told: str) -> None:
    rig = make("ready-player-me")
    poses = np.stack([rig.standing(pose)[0] for pose in POSES])
    assert faults(rig.names, rig.parents, poses, rig.truth) == []
    joints = {ours: theirs for ours, theirs in {**rig.truth, **changed}.items() if theirs is not None}
    with pytest.raises(MotionError, match=told):
        check_map(rig.names, rig.parents, poses, joints)


def test_a_leg_that_is_too_short_is_told() -> None:
    rig = make("mixamo")
    at = rig.standing("t")[0].copy()
    knee, hip = (rig.names.index(rig.truth[f"left_{part}"]) for part in ("knee", "hip"))
    at[knee] = at[hip] + 0.5 * (at[knee] - at[hip])
    with pytest.raises(MotionError, match=r"left_hip to left_knee is 0.50 times as long as the right one"):
        check_map(rig.names, rig.parents, at, rig.truth)


def test_a_collar_called_arm_is_found_out_by_how_it_moves() -> None:
    """Names that look right and are not: the collar has the upper arm's name, and the upper arm one of its own."""
    rig = make("ready-player-me")
    motion = stepping_dance(3.0)
    other = rig.dancing(motion)
    names = tuple(
        name.replace("Arm", "Fleep").replace("ForeFleep", "ForeArm").replace("Shoulder", "Arm")
        for name in other.skeleton.names
    )
    other = Motion(type(other.skeleton)(names, other.skeleton.parents, other.skeleton.offsets), other.fps,
                   other.translation, other.rotations)  # fmt: skip
    _, joints = guess_map(names, other.skeleton.parents.tolist(), some_poses(other))
    assert joints["left_shoulder"] == "LeftFleep"
    assert limb_error(retarget(other)[0], motion) < 5


def limb_error(a: Motion, b: Motion) -> float:
    """Largest angle in degrees between the limbs of two canonical motions, over their common frames."""
    count = min(len(a), len(b))
    both = [forward(m.skeleton, m.translation[:count], m.rotations[:count])[0].astype(np.float64) for m in (a, b)]
    worst = 0.0
    for side in SIDES:
        for above, below in BONES:
            ways = [at[:, NAMES.index(f"{side}_{below}")] - at[:, NAMES.index(f"{side}_{above}")] for at in both]
            first, second = (way / np.linalg.norm(way, axis=-1, keepdims=True) for way in ways)
            worst = max(worst, float(np.degrees(np.arccos(np.clip(np.sum(first * second, axis=-1), -1, 1))).max()))
    return worst


@pytest.mark.parametrize(
    "family", [each if k % 8 == 0 else pytest.param(each, marks=pytest.mark.slow) for k, each in enumerate(NAMINGS)]
)
def test_a_familys_bvh_is_the_dance(family: str, tmp_path: Path) -> None:
    motion = stepping_dance(3.0)
    back = read_take(write_bvh(make(family), motion, tmp_path / "a.bvh")).motion
    assert limb_error(back, motion) < 8  # legs give way a little where standing feet are held


def test_the_map_of_a_file_that_is_known_is_written(tmp_path: Path) -> None:
    rig = make("character-creator")
    text = map_of(write_bvh(rig, stepping_dance(0.5), tmp_path / "a.bvh"))
    assert 'left_shoulder = "CC_Base_L_Upperarm"' in text
    assert "character-creator" in text


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("mixamorig9:LeftArm", ("left", "arm")), ("DEF-upper_arm.R.001", ("right", "upperarm1")),
        ("CC_Base_L_ToeBase", ("left", "toebase")), ("ValveBiped.Bip01_R_Hand", ("right", "hand")),
        ("左足首", ("left", "足首")), ("足首.L", ("left", "足首")), ("右つま先ＩＫ", ("right", "つま先ik")),
        ("mHipLeft", ("left", "hip")), ("root.x", ("", "root")), ("l_upleg_JNT", ("left", "upleg")),
        ("upper body2", ("", "upperbody2")), ("spine_01", ("", "spine1")), ("HIP_LEFT", ("left", "hip")),
    ],
)  # fmt: skip
def test_names_are_read_without_what_programs_add(name: str, found: tuple[str, str]) -> None:
    assert key(name) == found


def test_common_beginnings_and_running_numbers_are_left_out() -> None:
    assert keys(["Zork_Hips_01", "Zork_LeftArm_02", "Zork_Head_03"]) == [("", "hips"), ("left", "arm"), ("", "head")]
    assert keys(["hand_l", "hand_r", "hand_01"]) == [("left", "hand"), ("right", "hand"), ("", "hand1")]


def test_a_map_without_a_pelvis_has_the_joint_above_the_hips(tmp_path: Path) -> None:
    rig = make("kinect2")
    told = {ours: rig.truth[ours] for ours in NEEDED}
    motion = rig.dancing(stepping_dance(1.0))
    assert with_pelvis(told, motion.skeleton.names, motion.skeleton.parents.tolist())["pelvis"] == "SpineBase"
    assert limb_error(retarget(motion, told)[0], stepping_dance(1.0)) < 8
    told["left_knee"] = "AnkleRight"
    with pytest.raises(MotionError, match=r"left_ankle .* does not hang on left_knee"):
        retarget(motion, told)


def test_a_map_goes_to_the_file_that_has_its_joints(tmp_path: Path) -> None:
    source = write_bvh(make("xsens"), stepping_dance(0.5), tmp_path / "a.bvh")
    character = write_glb(make("valve"), tmp_path / "me.glb")
    paths = {}
    for name in ("xsens", "valve"):
        paths[name] = tmp_path / f"{name}.toml"
        paths[name].write_text(to_toml(name, make(name).truth), encoding="utf-8")
    mine, options = maps_of([paths["xsens"], paths["valve"]], character)
    assert mine == paths["xsens"]
    assert options.joints == make("valve").truth
    assert maps_of([paths["xsens"]], None)[0] == paths["xsens"]
    with pytest.raises(InputError, match="one more map"):
        maps_of([paths["xsens"], paths["xsens"]], character)
    assert source.exists()


def test_names_with_quotes_and_control_characters_are_written_and_read(tmp_path: Path) -> None:
    joints = {ours: f'a"b\\c\n\x01\x7f{k}' for k, ours in enumerate(NEEDED)}
    (tmp_path / "a.toml").write_text(to_toml("odd", joints), encoding="utf-8")
    assert read_map(tmp_path / "a.toml") == joints


def test_hair_and_skirts_are_no_limbs_and_take_no_time() -> None:
    rig = make("mixamo")
    places, parents = list(rig.standing("a")[0]), list(rig.parents)
    for on, count in ((rig.truth["head"], 40), (rig.truth["pelvis"], 24)):
        for angle in np.linspace(0, 2 * np.pi, count, endpoint=False):
            above = rig.names.index(on)
            place = places[above] + 0.1 * np.array([np.cos(angle), 0, np.sin(angle)])
            for _ in range(8):
                places.append(place)
                parents.append(above)
                above, place = len(places) - 1, place - np.array([0, 0.1, 0])
    begun = time.process_time()
    found = tree_guess(parents, np.array(places)[None])
    assert time.process_time() - begun < 5
    assert found is not None
    assert {ours: found[ours] for ours in SURE} == numbers(rig, SURE)


def test_users_say_which_joint_is_which_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rig = make("mixamo")
    names = tuple(f"b{k}" for k in range(len(rig.names)))
    odd = replace(rig, names=names, truth={ours: names[rig.names.index(each)] for ours, each in rig.truth.items()})
    character = write_glb(odd, tmp_path / "me.glb", pose="lying")
    source = write_bvh(make("xsens"), stepping_dance(0.5), tmp_path / "a.bvh")
    for command in (
        ["convert", str(source), "--character", str(character), "--show-map"],
        ["render", str(source), "--body", str(character), "--show-map"],
        ["generate", "song.mp3", "--character", str(character), "--show-map"],
    ):
        assert run(command) == 0
        assert f'left_elbow = "{odd.truth["left_elbow"]}"' in capsys.readouterr().out
    given = tmp_path / "me.toml"
    given.write_text(to_toml("odd", odd.truth), encoding="utf-8")
    out = tmp_path / "out.glb"
    assert run(["convert", str(source), str(out), "--character", str(character), "--map", str(given)]) == 0
    assert out.stat().st_size > character.stat().st_size
    assert run(["render", str(source), "--map", str(given), "--output", str(tmp_path / "a.mp4")]) == 2
    assert "--body" in capsys.readouterr().err


def test_arms_that_are_46_degrees_off_are_told() -> None:
    motion = stepping_dance(1.0)
    places = forward(motion.skeleton, motion.translation, motion.rotations)[0].astype(np.float64)
    at = {name: places[:, k] for k, name in enumerate(NAMES)}
    require_fit(at, motion, {name: name for name in NAMES}, "itself")
    for side in SIDES:
        shoulder = at[f"{side}_shoulder"]
        axis = np.cross(at[f"{side}_wrist"] - shoulder, [0.3, 0.5, 0.8])
        turn = rot.from_axis_angle(np.radians(46) * axis / np.linalg.norm(axis, axis=-1, keepdims=True))
        for part in ("elbow", "wrist"):
            at[f"{side}_{part}"] = shoulder + rot.rotate(turn, at[f"{side}_{part}"] - shoulder)
    with pytest.raises(
        MotionError, match=r"of daz.*1\d% of the height.*(left|right)_wrist .*(left|right)_wrist .*--map"
    ):
        require_fit(at, motion, {name: name for name in NAMES}, "daz")


def test_limbs_of_changing_length_are_believed() -> None:
    """Files of cameras have positions of each joint, and bones that stretch."""
    rig = make("kinect2")
    poses = np.stack([rig.standing(pose)[0] for pose in POSES * 6])
    noise = np.random.default_rng(3).normal(size=poses.shape) * 0.02
    assert guess_map(rig.names, rig.parents, poses + noise)[1]["left_elbow"] == "ElbowLeft"
