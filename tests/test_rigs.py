"""Motions on the rigs of other programs: every joint where ours is, names and axes as the program has them."""

import numpy as np
import pytest

from choreo.errors import InputError, MotionError
from choreo.motion import rotations as rot
from choreo.motion.in_place import floor_path, in_place
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.rig_axes import turned
from choreo.motion.rig_names import RIGS
from choreo.motion.rigs import put_on_rig, rig_positions
from choreo.motion.skeleton import CANONICAL
from choreo.types import Motion, Skeleton
from choreo.video.bodies import load_body, with_fingers


def wandering(frames: int = 120, fps: float = 30.0) -> Motion:
    """Every joint swings, and the dancer goes 2 m to the left while the pelvis bobs and sways."""
    generator = np.random.default_rng(3)
    clock = np.arange(frames) / fps
    axes = generator.normal(0, 0.3, (len(CANONICAL), 3))
    swing = np.sin(2 * np.pi * clock[:, None, None] + generator.uniform(0, 6, (1, len(CANONICAL), 1)))
    translation = np.stack(
        [0.5 * clock + 0.05 * np.sin(6 * clock), 0.95 + 0.03 * np.cos(9 * clock), 0.1 * np.sin(5 * clock)], axis=1
    )
    rotations = rot.continuous(rot.from_axis_angle(axes * swing)).astype(np.float32)
    return Motion(CANONICAL, fps, translation.astype(np.float32), rotations)


def with_hands() -> Motion:
    """The same with fingers that close."""
    motion = wandering()
    hands = np.broadcast_to(
        np.linspace(0, 1, len(motion), dtype=np.float32)[:, None, None, None], (len(motion), 2, 5, 2)
    )
    return with_fingers(Motion(CANONICAL, motion.fps, motion.translation, motion.rotations, None, hands), load_body())


def y_up(positions: np.ndarray, up: str) -> np.ndarray:
    """Positions of a file in our axes."""
    return positions if up == "y" else positions[..., [0, 2, 1]] * [1, 1, -1]


@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize(("root", "unit", "up"), [("hips", "m", "y"), ("floor", "cm", "z"), (None, None, None)])
@pytest.mark.parametrize("fingers", [False, True])
def test_every_joint_is_where_ours_is(
    rig: str, root: str | None, unit: str | None, up: str | None, fingers: bool
) -> None:
    motion = with_hands() if fingers else wandering()
    rigged = put_on_rig(motion, rig, root=root, unit=unit, up=up)
    ours, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    theirs, _ = rig_positions(rigged)
    known = rigged.canonical >= 0
    away = y_up(theirs, rigged.up)[:, known] * rigged.unit - ours[:, rigged.canonical[known]]
    assert np.abs(away).max() < 1e-5
    assert set(rigged.names) >= {name for ours, name in RIGS[rig].joints.items() if ours in motion.skeleton.names}


@pytest.mark.parametrize("rig", RIGS)
def test_the_rest_pose_is_our_t_pose(rig: str) -> None:
    rigged = put_on_rig(wandering(), rig)
    positions = [np.zeros(3)] * len(rigged.names)
    world = [np.array([1.0, 0, 0, 0])] * len(rigged.names)
    for joint, parent in enumerate(rigged.parents.tolist()):
        above, turn = (positions[parent], world[parent]) if parent >= 0 else (np.zeros(3), np.array([1.0, 0, 0, 0]))
        positions[joint] = above + rot.rotate(turn, rigged.rest_translations[joint])
        world[joint] = rot.multiply(turn, rigged.rest_rotations[joint])
    known = rigged.canonical >= 0
    here = y_up(np.array(positions), rigged.up)[known] * rigged.unit
    assert np.allclose(here, rest_positions(CANONICAL)[rigged.canonical[known]], atol=1e-6)
    assert float(np.abs(np.sum(rigged.rotations[1:] * rigged.rotations[:-1], axis=-1)).min()) > 0.9
    assert (np.sum(rigged.rotations[1:] * rigged.rotations[:-1], axis=-1) > 0).all()


def test_unreal_has_its_axes_its_root_and_its_units() -> None:
    motion = wandering()
    rigged = put_on_rig(motion, "unreal")
    names = rigged.names
    assert (rigged.unit, rigged.up, names[0]) == (0.01, "z", "root")
    assert np.allclose(rigged.rest_rotations[0], [1, 0, 0, 0])
    for bone, child, way in (("thigh_l", "calf_l", -1), ("thigh_r", "calf_r", 1), ("upperarm_l", "lowerarm_l", 1),
                             ("upperarm_r", "lowerarm_r", -1), ("spine_02", "spine_03", 1)):  # fmt: skip
        offset = rigged.rest_translations[names.index(child)]
        assert names[rigged.parents[names.index(child)]] == bone
        assert np.allclose(offset / np.linalg.norm(offset), [way, 0, 0], atol=1e-6), bone
    assert names[rigged.parents[names.index("clavicle_l")]] == "spine_05"
    path = rigged.translations[:, 0]
    assert np.allclose(path[:, 2], 0)
    assert np.allclose(rigged.rotations[:, 0], rigged.rest_rotations[0])
    assert np.allclose(path[[0, -1], 0], 100 * motion.translation[[0, -1], 0], atol=1e-3)
    for own in ("spine_04", "spine_05", "neck_02"):
        joint = names.index(own)
        turns = np.abs(np.sum(rigged.rotations[:, joint] * rigged.rest_rotations[joint], axis=-1))
        assert np.allclose(turns, 1), own
        assert np.allclose(rigged.translations[:, joint], rigged.rest_translations[joint]), own
    bob = rigged.translations[:, 1, 2]
    assert np.allclose(bob, 100 * motion.translation[:, 1], atol=1e-3)


def test_limbs_of_rigs_with_bones_along_y() -> None:
    for rig in ("mixamo", "rigify", "godot"):
        rigged = put_on_rig(wandering(), rig)
        numbers = {int(ours): k for k, ours in enumerate(rigged.canonical) if ours >= 0}
        for above, below in (
            ("left_hip", "left_knee"),
            ("right_elbow", "right_wrist"),
            ("left_shoulder", "left_elbow"),
        ):
            offset = rigged.rest_translations[numbers[CANONICAL.index(below)]]
            assert int(rigged.parents[numbers[CANONICAL.index(below)]]) == numbers[CANONICAL.index(above)]
            assert offset[1] > 0.99 * np.linalg.norm(offset), (rig, below)


def test_letters_are_right_handed() -> None:
    from choreo.motion.rig_axes import _WAYS, AXES

    rows = [each for axes in AXES.values() for each in (axes.root, axes.trunk, *axes.left.split(), *axes.right.split())]
    for letters in rows:
        x, y, z = (np.array(_WAYS[letter]) for letter in letters)
        assert (np.cross(x, y) == z).all(), letters
        assert np.allclose(rot.to_matrix(turned(letters)), np.stack([x, y, z], axis=1)), letters


def test_in_place_takes_the_way_out_and_keeps_the_sway() -> None:
    motion = wandering(600)
    still = in_place(motion)
    assert np.ptp(motion.translation[:, 0]) > 9
    assert np.abs(still.translation[:, 0]).max() < 0.1
    assert np.ptp(still.translation[:, 0]) > 0.07
    assert np.array_equal(still.translation[:, 1], motion.translation[:, 1])
    rigged = put_on_rig(motion, "unreal", in_place=True)
    assert np.ptp(rigged.translations[:, 0], axis=0).max() == 0
    path = floor_path(motion)
    assert np.allclose(path[[0, -1]], motion.translation[[0, -1]][:, [0, 2]], atol=1e-6)


def test_what_is_not_known_is_told() -> None:
    with pytest.raises(InputError, match="rig: found 'maya', expected one of choreo, mixamo"):
        put_on_rig(wandering(), "maya")
    with pytest.raises(InputError, match="root: found 'sky'"):
        put_on_rig(wandering(), "unity", root="sky")
    with pytest.raises(InputError, match="unit: found 'inch'"):
        put_on_rig(wandering(), "unity", unit="inch")
    with pytest.raises(InputError, match="up: found 'x'"):
        put_on_rig(wandering(), "unity", up="x")
    other = Skeleton(("a", "b"), np.array([-1, 0]), np.ones((2, 3), np.float32))
    rotations = np.tile(np.array([1, 0, 0, 0], np.float32), (3, 2, 1))
    with pytest.raises(MotionError, match="retarget it first"):
        put_on_rig(Motion(other, 30.0, np.zeros((3, 3), np.float32), rotations), "unity")
