from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from motion_support import gap_degrees, gap_mm, on_other_skeleton, stepping_dance

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.contacts import sole_points
from choreo.motion.families import FAMILIES, guess_map, read_map, sided, to_toml
from choreo.motion.ground import drift_of, turned
from choreo.motion.joint_frames import NEEDED, local, orient, own_skeleton
from choreo.motion.kinematics import forward
from choreo.motion.retarget import retarget
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Motion, Skeleton

SCRAMBLED = {
    name: rot.normalize(np.random.default_rng(k).normal(size=4)) for k, name in enumerate(NAMES) if name != "pelvis"
}


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "canonical"])
@pytest.mark.parametrize("scale", [1.0, 100.0, 39.37])
def test_a_dance_on_any_family_in_any_unit_comes_back(family: str, scale: float) -> None:
    motion = stepping_dance()
    other = on_other_skeleton(motion, FAMILIES[family], scale=scale)
    assert (
        guess_map(other.skeleton.names, other.skeleton.parents.tolist())[1]["left_hip"] == FAMILIES[family]["left_hip"]
    )
    back, report = retarget(other)
    assert report.ratio == pytest.approx(1 / scale, rel=0.01)
    assert report.end_error < 0.01
    own, theirs = (forward(m.skeleton, m.translation, m.rotations)[0] for m in (motion, back))
    ends = [NAMES.index(name) for name in ("left_wrist", "right_wrist", "left_ankle", "right_ankle", "head")]
    assert np.linalg.norm(own[:, ends] - theirs[:, ends], axis=-1).max() < 0.06  # spines are told apart by shares


@pytest.mark.parametrize("arms", [0.0, 0.6, 1.4])
def test_rest_poses_with_lowered_arms(arms: float) -> None:
    motion = stepping_dance()
    back, _ = retarget(on_other_skeleton(motion, FAMILIES["smpl"], arms_down=arms), feet=False)
    assert gap_mm(motion, back) < 2
    assert gap_degrees(motion, back) < 0.5


def test_a_rest_pose_that_is_a_heap_is_fitted() -> None:
    motion = stepping_dance(8.0)
    other = on_other_skeleton(motion, FAMILIES["smpl"], frames=SCRAMBLED)
    back, report = retarget(other, feet=False)
    assert report.end_error < 0.005
    own, theirs = (forward(m.skeleton, m.translation, m.rotations)[0] for m in (motion, back))
    names = [NAMES.index(name) for name in NEEDED]
    assert np.linalg.norm(own[:, names] - theirs[:, names], axis=-1).max() < 0.03


@pytest.mark.parametrize("up", ["y", "z", "-z", "x"])
def test_any_axis_up(up: str) -> None:
    motion = stepping_dance()
    direction = {"y": [0, 1, 0], "z": [0, 0, 1], "-z": [0, 0, -1], "x": [1, 0, 0]}[up]
    turn = rot.between(np.array([0.0, 1, 0]), np.array(direction, float))
    other = on_other_skeleton(motion, FAMILIES["mixamo"])
    back, _ = retarget(turned(other, turn))
    head = forward(back.skeleton, back.translation, back.rotations)[0][:, NAMES.index("head"), 1]
    assert 1.2 < head.min() < head.max() < 1.9


def test_the_canonical_skeleton_stays_as_it_is() -> None:
    motion = stepping_dance()
    back, report = retarget(motion)
    assert report.family == "canonical"
    assert back.rotations.tobytes() == motion.rotations.tobytes()
    assert back.translation.tobytes() == motion.translation.tobytes()


@pytest.mark.parametrize(
    ("name", "side", "rest"),
    [
        ("LeftUpLeg", "left", "upleg"), ("upperarm_l", "left", "upperarm"), ("mixamorig:RightHand", "right", "hand"),
        ("Bip01 L Thigh", "left", "thigh"), ("r_foot", "right", "foot"), ("Hips", "", "hips"),
        ("leftknee", "left", "knee"), ("J_Bip_R_UpperArm", "right", "jbipupperarm"),
    ],
)  # fmt: skip
def test_sides_are_read_off_names(name: str, side: str, rest: str) -> None:
    assert sided(name) == (side, rest)


def test_a_family_is_known_by_other_capitals_and_fewer_joints() -> None:
    words = {"hip": "thigh", "knee": "calf", "ankle": "foot", "foot": "toe", "shoulder": "upperarm", "elbow": "forearm",
             "wrist": "hand", "collar": "clavicle"}  # fmt: skip
    names = {"pelvis": "Bip01 Pelvis", "spine1": "Bip01 Spine", "spine3": "Bip01 Spine2", "neck": "Bip01 Neck",
             "head": "Bip01 Head"}  # fmt: skip
    for side, letter in (("left", "L"), ("right", "R")):
        names |= {f"{side}_{ours}": f"Bip01 {letter} {theirs.title()}" for ours, theirs in words.items()}
    other = on_other_skeleton(stepping_dance(0.5), names)
    family, found = guess_map(other.skeleton.names, other.skeleton.parents.tolist())
    assert family == "biped"
    assert found == names


def test_joints_that_cannot_be_told_are_named() -> None:
    with pytest.raises(MotionError, match=r"left_hip.*TOML"):
        guess_map(["a", "b", "c"], [-1, 0, 1])


def test_maps_are_written_and_read(tmp_path: Path) -> None:
    names = FAMILIES["cmu"]
    (tmp_path / "map.toml").write_text(to_toml("cmu", names), encoding="utf-8")
    assert read_map(tmp_path / "map.toml") == names
    (tmp_path / "bad.toml").write_text('[joints]\nleft_flipper = "x"\n')
    with pytest.raises(MotionError, match="left_flipper"):
        read_map(tmp_path / "bad.toml")
    (tmp_path / "short.toml").write_text('[joints]\nleft_hip = "x"\n')
    with pytest.raises(MotionError, match="lacks"):
        read_map(tmp_path / "short.toml")
    (tmp_path / "text.toml").write_text("this is no toml [")
    with pytest.raises(MotionError, match="not a TOML"):
        read_map(tmp_path / "text.toml")
    with pytest.raises(MotionError, match="no such file"):
        read_map(tmp_path / "none.toml")


def test_orientations_follow_from_positions() -> None:
    motion = stepping_dance()
    places, _ = forward(CANONICAL, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    at = {name: places[:, k].astype(np.float64) for k, name in enumerate(NAMES)}
    skeleton = own_skeleton(at)
    np.testing.assert_allclose(
        np.linalg.norm(skeleton.offsets[1:], axis=1), np.linalg.norm(CANONICAL.offsets[1:], axis=1), atol=0.02
    )
    rebuilt = Motion(CANONICAL, motion.fps, motion.translation, local(orient(at)))
    own = forward(CANONICAL, rebuilt.translation, rebuilt.rotations)[0]
    names = [NAMES.index(name) for name in ("left_knee", "right_knee", "left_ankle", "right_ankle")]
    assert np.linalg.norm(own[:, names] - places[:, names], axis=-1).max() < 0.01


def test_slow_drift_of_the_floor_is_followed_and_jumps_are_not() -> None:
    motion = stepping_dance(40.0)
    drift = np.linspace(0, 0.3, len(motion)).astype(np.float32)
    low = sole_points(motion)[..., 1].min(axis=1).astype(np.float64)
    curve, base = drift_of(low + drift, motion.fps), drift_of(low, motion.fps)
    assert np.abs((curve - base) - drift)[300:-300].max() < 0.05
    hop = low.copy()
    hop[600:640] += 0.4
    level = drift_of(hop, motion.fps)
    assert np.ptp(level) < 1e-6


def test_sliding_feet_are_held() -> None:
    motion = stepping_dance(6.0)
    path = motion.translation.copy()
    path[:, 2] += (0.08 * np.sin(np.arange(len(motion)) / 60)).astype(np.float32)
    other = on_other_skeleton(Motion(CANONICAL, 60.0, path, motion.rotations), FAMILIES["smpl"])
    fixed, report = retarget(other)
    assert report.slide_before > 0.03
    assert report.slide_after < 0.1 * report.slide_before
    speed, own = (
        np.abs(np.diff(forward(CANONICAL, each.translation, each.rotations)[0], axis=0)).max() * 60
        for each in (fixed, motion)
    )
    assert speed < 1.1 * own  # nothing snaps


@pytest.mark.parametrize("size", [0.0, float("nan")])
def test_skeletons_without_length(size: float) -> None:
    other = on_other_skeleton(stepping_dance(1.0), FAMILIES["mixamo"])
    flat = Skeleton(other.skeleton.names, other.skeleton.parents, other.skeleton.offsets * np.float32(size))
    with pytest.raises(MotionError):
        retarget(Motion(flat, 60.0, other.translation * 0, other.rotations))


def test_an_axis_that_is_told_holds_for_who_is_mostly_on_the_floor() -> None:
    """A dancer who stands on the head for most of a take is not turned round when `--up` says what is up."""
    motion = stepping_dance(3.0)
    upside = turned(on_other_skeleton(motion, FAMILIES["mixamo"]), rot.from_axis_angle(np.array([0.0, 0.0, np.pi])))
    head = NAMES.index("head")
    for told, above in ((False, True), (True, False)):
        back, _ = retarget(upside, up_is_told=told)
        places = forward(back.skeleton, back.translation, back.rotations)[0]
        assert bool((places[:, head, 1] > places[:, 0, 1]).all()) is above
