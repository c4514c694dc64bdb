"""Orders of joints, spot-checked against what their makers publish."""

from __future__ import annotations

import pytest

from choreo.errors import MotionError
from choreo.motion.joint_frames import NEEDED
from choreo.motion.joint_sets import SETS, in_order, sets_of

PUBLISHED = {
    "humanml3d": (22, {"pelvis": 0, "left_hip": 1, "left_foot": 10, "head": 15, "right_wrist": 21}),
    "smpl": (24, {"neck": 12, "left_shoulder": 16, "right_hand": 23}),
    "smplh": (52, {"right_wrist": 21, "left_index1": 22, "left_thumb3": 36, "right_index1": 37, "right_thumb3": 51}),
    "smplx": (55, {"jaw": 22, "left_index1": 25, "right_index1": 40}),
    "coco": (17, {"nose": 0, "left_ear": 3, "left_shoulder": 5, "right_wrist": 10, "left_hip": 11, "right_ankle": 16}),
    "h36m": (17, {"pelvis": 0, "right_hip": 1, "left_ankle": 6, "head_top": 10, "left_shoulder": 11}),
    "openpose18": (18, {"neck": 1, "right_wrist": 4, "left_ankle": 13, "right_eye": 14, "left_ear": 17}),
    "body25": (25, {"neck": 1, "pelvis": 8, "left_ankle": 14, "right_ear": 17, "left_big_toe": 19, "right_heel": 24}),
    "mediapipe": (33, {"right_ear": 8, "left_shoulder": 11, "right_wrist": 16, "left_index": 19, "left_hip": 23,
                       "right_knee": 26, "left_heel": 29, "right_toe": 32}),
}  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_the_published_order(name: str) -> None:
    count, numbers = PUBLISHED[name]
    assert len(SETS[name]) == len(SETS[name].index) == count
    assert numbers.items() <= SETS[name].index.items()
    assert set(NEEDED) <= set(SETS[name].joints)


def test_seventeen_joints_are_two_sets() -> None:
    assert [each.name for each in sets_of(17)] == ["coco", "h36m"]
    assert [each.name for each in sets_of(24)] == ["smpl"]


def test_numbers_that_no_set_has() -> None:
    with pytest.raises(MotionError, match=r"19 joints, expected .*22 \(HumanML3D's 22\)"):
        sets_of(19)


def test_a_name_for_each_joint() -> None:
    assert in_order(["a", "b"]) == {"a": 0, "b": 1}
    with pytest.raises(MotionError, match="b are there twice"):
        in_order(["a", "b", "b"])
