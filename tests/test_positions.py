"""Motions made of joint positions, against the motions that the positions were taken from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from motion_support import stepping_dance
from positions_support import joint_set_positions

from choreo import motion_from_positions, plugins
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.joint_names import joint_numbers
from choreo.motion.joint_sets import SETS, sets_of
from choreo.motion.kinematics import forward
from choreo.motion.plausible import which_set
from choreo.motion.positions import solved
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles, Motion

LIMBS = [NAMES.index(f"{side}_{part}") for side in ("left", "right") for part in ("knee", "ankle", "elbow", "wrist")]
WHOLE = ("humanml3d", "smpl", "smplh", "smplx")


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(6.0, fps=30.0)


def joints_of(motion: Motion) -> Doubles:
    return np.asarray(forward(motion.skeleton, motion.translation, motion.rotations)[0], np.float64)


def gaps(a: Motion, b: Motion, joints: list[int]) -> float:
    """Mean distance in millimetres."""
    return 1000 * float(np.linalg.norm(joints_of(a)[:, joints] - joints_of(b)[:, joints], axis=-1).mean())


@pytest.mark.parametrize("name", SETS)
def test_the_known_dance_comes_back(name: str, known: Motion) -> None:
    motion = motion_from_positions(joint_set_positions(known, name), SETS[name].joints, known.fps)
    assert len(motion) == len(known)
    assert motion.skeleton.names == NAMES
    assert gaps(known, motion, LIMBS) < (1 if name in WHOLE else 10)


@pytest.mark.parametrize("name", ["smpl", "coco", "h36m", "mediapipe"])
def test_a_real_dance_comes_back(name: str, shared: Path) -> None:
    """Whole bodies within a centimetre; a spine that is not in the positions is the rest of the error."""
    file = sorted((shared / "bvh" / "perfume").rglob("*.bvh"))[0]
    real = next(iter(plugins.load("datasets", "bvh").takes(file))).motion
    found = solved(joint_set_positions(real, name), SETS[name].joints, real.fps)
    legs = [joint for joint in LIMBS if "knee" in NAMES[joint] or "ankle" in NAMES[joint]]
    assert gaps(real, found.motion, legs) < 10
    assert gaps(real, found.motion, LIMBS) < (10 if name == "smpl" else 60)
    assert found.facts["joint_residual_mm"] < (10 if name == "smpl" else 50)


@pytest.mark.parametrize("up", ["y", "z", "-y", "x"])
@pytest.mark.parametrize(("unit", "factor"), [("m", 1.0), ("cm", 100.0), ("mm", 1000.0)])
def test_any_axis_and_unit(up: str, unit: str, factor: float, known: Motion) -> None:
    at = factor * rot.rotate(rot.conjugate(rot.up_turn(up)), joint_set_positions(known, "smpl"))
    assert gaps(known, motion_from_positions(at, NAMES, known.fps, up, unit), LIMBS) < 1
    found = solved(at, NAMES, known.fps, "auto", "auto")
    assert (found.up, found.unit) == (up, unit)
    assert gaps(known, found.motion, LIMBS) < 1


def test_a_unit_that_people_have_no_legs_in(known: Motion) -> None:
    found = solved(joint_set_positions(known, "smpl") / 7, NAMES, known.fps, unit="auto")
    assert found.unit == ""
    assert gaps(known, found.motion, [0]) < 60  # as tall as people are


def test_bones_keep_the_length_that_they_have_in_the_median(known: Motion) -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, (len(known), 17, 3))
    motion = motion_from_positions(1.1 * (joint_set_positions(known, "coco") + noise), SETS["coco"].joints, 30)
    length = np.linalg.norm(motion.skeleton.offsets[NAMES.index("left_knee")])
    assert length == pytest.approx(1.1 * np.linalg.norm(known.skeleton.offsets[NAMES.index("left_knee")]), rel=0.02)


def test_short_gaps_are_bridged_and_long_ones_cut(known: Motion) -> None:
    at = joint_set_positions(known, "coco")
    wrist = SETS["coco"].index["left_wrist"]
    at[40:46, wrist] = np.nan
    found = solved(at, SETS["coco"].joints, 30)
    assert not found.lost.any()
    assert found.facts["bridged_samples"] == 6
    assert gaps(known, found.motion, LIMBS) < 12
    at[100:130, wrist] = np.nan
    found = solved(at, SETS["coco"].joints, 30)
    assert np.flatnonzero(found.lost).tolist() == list(range(100, 130))
    assert len(motion_from_positions(at, SETS["coco"].joints, 30)) == 100


def test_optional_joints_may_be_missing(known: Motion) -> None:
    at = joint_set_positions(known, "coco")
    at[:, :5] = np.nan  # the whole face
    assert gaps(known, motion_from_positions(at, SETS["coco"].joints, 30), LIMBS) < 10


def test_positions_about_the_hips_get_a_path(known: Motion) -> None:
    at = joint_set_positions(known, "mediapipe")
    hips = at[:, [SETS["mediapipe"].index[f"{side}_hip"] for side in ("left", "right")]].mean(axis=1, keepdims=True)
    found = solved(at - hips, SETS["mediapipe"].joints, 30)
    assert found.centred
    real = known.translation - known.translation[:1]
    path = found.motion.translation - found.motion.translation[:1]
    assert float(np.linalg.norm(real - path, axis=-1).mean()) < 0.06
    assert not solved(at, SETS["mediapipe"].joints, 30).centred


@pytest.mark.parametrize("name", ["coco", "h36m"])
def test_seventeen_joints_are_told_apart(name: str, known: Motion) -> None:
    noise = np.random.default_rng(2).normal(0, 0.02, (len(known), 17, 3))
    assert which_set(joint_set_positions(known, name) + noise, sets_of(17)).name == name


def test_numbers_that_are_no_positions() -> None:
    with pytest.raises(MotionError, match="another order, or the numbers are no positions"):
        which_set(np.random.default_rng(3).normal(0, 1, (60, 17, 3)), sets_of(17))


def test_sides_that_are_swapped(known: Motion) -> None:
    at, joints = joint_set_positions(known, "smpl"), SETS["smpl"].joints
    swapped = [name.translate(str.maketrans("", "")) for name in joints]
    swapped = [name.replace("left_", "x_").replace("right_", "left_").replace("x_", "right_") for name in swapped]
    with pytest.raises(MotionError, match="point backward"):
        motion_from_positions(at, swapped, 30)
    with pytest.raises(MotionError, match="left-handed"):
        motion_from_positions(at * [1, 1, -1], joints, 30)
    arms = ("shoulder", "elbow", "wrist", "hand", "collar")
    mixed = [new if new.endswith(arms) else old for old, new in zip(joints, swapped, strict=True)]
    with pytest.raises(MotionError, match="hips and shoulders disagree"):
        motion_from_positions(at, mixed, 30)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ("Hip RHip RKnee RFoot LHip LKnee LFoot Spine Thorax Nose Head LShoulder LElbow LWrist RShoulder RElbow RWrist",
         "h36m"),
        ("Nose LEye REye LEar REar LShoulder RShoulder LElbow RElbow LWrist RWrist LHip RHip LKnee RKnee LAnkle RAnkle",
         "coco"),
        ("Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist MidHip RHip RKnee RAnkle LHip LKnee LAnkle REye "
         "LEye REar LEar LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel", "body25"),
        ("pelvis L_Hip R_Hip spine1 L_Knee R_Knee spine2 L_Ankle R_Ankle spine3 L_Foot R_Foot neck L_Collar R_Collar "
         "head L_Shoulder R_Shoulder L_Elbow R_Elbow L_Wrist R_Wrist L_Hand R_Hand", "smpl"),
    ],
)  # fmt: skip
def test_usual_names_are_known(names: str, wanted: str) -> None:
    found = joint_numbers(names.split())
    assert {name: found[name] for name in SETS[wanted].joints} == dict(SETS[wanted].index)


def test_names_of_rigs_are_known() -> None:
    parts = ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand")
    found = joint_numbers([side + part for side in ("Left", "Right") for part in parts])
    assert [found[f"left_{part}"] for part in ("hip", "knee", "ankle", "foot", "shoulder", "elbow", "wrist")] == [
        0, 1, 2, 3, 5, 6, 7
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions": np.zeros((4, 24, 2))}, r"expected numbers of shape \(frames, 24, 3\)"),
        ({"positions": np.zeros((1, 24, 3))}, "found 1 frames"),
        ({"names": [f"joint{k}" for k in range(24)]}, "none found for left_hip"),
        ({"fps": 0.0}, "expected 1 to 1000"),
        ({"up": "w"}, "up: found 'w'"),
        ({"unit": "feet"}, "unit: found 'feet'"),
        ({"positions": np.full((40, 24, 3), np.nan)}, "bones are not there"),
    ],
)
def test_what_cannot_be_used(change: dict[str, object], message: str, known: Motion) -> None:
    given = {"positions": joint_set_positions(known, "smpl"), "names": NAMES, "fps": 30.0} | change
    with pytest.raises(MotionError, match=message):
        motion_from_positions(**given)  # type: ignore[arg-type]
