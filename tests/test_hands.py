from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from file_readers import Glb

from choreo import plugins
from choreo.errors import ShapeError
from choreo.motion.hands import HAND_SHAPES, PINCHED, RELAXED, blended_hands, hands_of
from choreo.motion.kinematics import forward, mirror, rest_positions
from choreo.motion.repair import sliced
from choreo.motion.resample import resample
from choreo.motion.rotations import rotate
from choreo.motion.skeleton import CANONICAL
from choreo.moves import compile_move
from choreo.moves.notation import parse
from choreo.synthesis.blend import blended
from choreo.synthesis.calm import Usual
from choreo.synthesis.joining import GrowingDance, Handover, StepMotion
from choreo.testing import sample_motion
from choreo.types import Floats, Motion
from choreo.video import build_scene
from choreo.video.bodies import fit_motion, load_body, with_fingers, without_fingers
from choreo_gltf.character import dance_on
from choreo_stick.figure import Figure

FIST, FLAT, POINT = (HAND_SHAPES[name] for name in ("fist", "flat", "point"))


def held(*hands: Floats) -> Motion:
    """The sample motion, its left hand in the first shape and its right one in the last."""
    motion = sample_motion()
    both = np.stack([hands[0], hands[-1]])
    return replace(motion, hands=np.tile(both, (len(motion), 1, 1, 1)).astype(np.float32))


def danced(hand: list[dict[str, object]], **changes: object) -> Motion:
    base = {"name": "test", "styles": ["pop"], "metre": 4, "counts": 4, "tempo": {"range": [60, 160], "ideal": 120}}
    return compile_move(parse({**base, "energy": 0.5, "arms": {"left": hand}, **changes}), 120)


def test_each_shape_is_there_on_its_count_and_goes_over_quickly() -> None:
    hands = danced([{"at": 0, "hand": "flat"}, {"at": 2, "hand": "fist"}], cyclic=False).hands
    assert hands is not None
    np.testing.assert_allclose(hands[0, 0], FLAT, atol=1e-5)
    np.testing.assert_allclose(hands[50, 0], FLAT, atol=1e-5)  # 1.67: not yet
    np.testing.assert_allclose(hands[60, 0], FIST, atol=1e-5)
    np.testing.assert_allclose(hands[-1, 0], FIST, atol=1e-5)
    np.testing.assert_allclose(hands[:, 1], np.tile(RELAXED, (len(hands), 1, 1)), atol=1e-5)


def test_a_cyclic_move_ends_with_the_hand_it_begins_with() -> None:
    hands = danced([{"at": 1, "hand": "flat"}, {"at": 3, "hand": "fist"}]).hands
    assert hands is not None
    np.testing.assert_allclose(hands[0, 0], FIST, atol=1e-5)
    np.testing.assert_allclose(hands[-1, 0], FIST, atol=1e-5)


def test_a_snap_closes_before_its_count_and_is_open_on_it() -> None:
    hands = danced([{"at": 0, "hand": "flat"}, {"at": 2, "hand": "snap"}], cyclic=False).hands
    assert hands is not None
    np.testing.assert_allclose(hands[55, 0], PINCHED, atol=1e-4)  # 83 ms before
    np.testing.assert_allclose(hands[60, 0], HAND_SHAPES["snap"], atol=1e-5)


def test_moves_that_say_nothing_of_hands_have_none() -> None:
    motion = danced([{"at": 0, "to": "ready"}])
    assert motion.hands is None
    np.testing.assert_array_equal(hands_of(motion)[3, 1], RELAXED)


def test_hands_are_checked() -> None:
    motion = sample_motion()
    with pytest.raises(ShapeError, match="hands"):
        replace(motion, hands=np.zeros((len(motion), 2, 5), np.float32))
    with pytest.raises(ShapeError, match="NaN"):
        replace(motion, hands=np.full((len(motion), 2, 5, 2), np.nan, np.float32))


def test_hands_go_through_mirror_slices_and_other_rates() -> None:
    motion = held(FIST, FLAT)
    swapped, part, other = mirror(motion), sliced(motion, 5, 9), resample(motion, 24.0)
    assert swapped.hands is not None
    assert part.hands is not None
    assert other.hands is not None
    np.testing.assert_array_equal(swapped.hands[0], [FLAT, FIST])
    assert part.hands.shape == (4, 2, 5, 2)
    assert len(other.hands) == len(other)
    np.testing.assert_allclose(other.hands[7], [FIST, FLAT], atol=1e-6)


def test_a_seam_goes_from_one_hand_into_the_other() -> None:
    seam = blended(held(FIST), held(FLAT)).hands
    assert seam is not None
    np.testing.assert_allclose(seam[0, 0], FIST, atol=1e-6)
    np.testing.assert_allclose(seam[-1, 0], FLAT, atol=1e-6)
    unknown = blended(held(FIST), sample_motion()).hands
    assert unknown is not None
    np.testing.assert_allclose(unknown[-1, 1], RELAXED, atol=1e-6)
    assert blended(sample_motion(), sample_motion()).hands is None
    gone = blended_hands(np.stack([FIST] * 2), np.tile(FLAT, (40, 2, 1, 1)), 0.2, 60)
    np.testing.assert_allclose(gone[13], np.stack([FLAT] * 2), atol=1e-6)


def test_a_dance_of_which_only_a_part_has_hands() -> None:
    plain, fist = sample_motion(), held(FIST)
    count = len(plain)
    steps = [
        StepMotion(k, k * (count - 1), m, Handover(m, None, Usual(np.ones(24, np.float32))))
        for k, m in enumerate((plain, fist, plain))
    ]
    hands = GrowingDance(iter(steps), 3 * (count - 1) + 1).whole().hands
    assert hands is not None
    np.testing.assert_array_equal(hands[count // 2, 0], RELAXED)
    np.testing.assert_array_equal(hands[count + 3, 0], FIST)
    np.testing.assert_array_equal(hands[-1, 0], RELAXED)


def fingertips(hand: Floats) -> Floats:
    """Metres from the wrist of the middle of each left finger's skin beyond its outer joint, ``(5, 3)``."""
    body = load_body()
    assert body.fingers is not None
    rotations = np.zeros((1, 24, 4), np.float32)
    rotations[..., 0] = 1
    rest = Motion(CANONICAL, 30.0, CANONICAL.offsets[:1].copy(), rotations, hands=np.tile(hand, (1, 2, 1, 1)))
    posed = fit_motion(rest, body)
    at, world = forward(body.skeleton, posed.translation, posed.rotations)
    out = []
    for finger in range(5):
        joint = int(body.fingers.joints[0, finger, 1])
        mine = (body.weights * (body.joint_indices == joint)).sum(axis=1) > 0.9
        middle = body.vertices[mine].mean(axis=0) - rest_positions(body.skeleton)[joint]

        out.append(at[0, joint] + rotate(world[0, joint], middle) - at[0, body.skeleton.index("left_wrist")])
    return np.array(out)


def test_the_dancer_s_fingers_make_the_shapes() -> None:
    flat, fist, point = (fingertips(shape) for shape in (FLAT, FIST, POINT))
    assert np.all(np.abs(flat[1:, 1]) < 0.04)  # palm down in the T-pose: the fingers lie level
    assert np.all(fist[1:, 0] < flat[1:, 0] - 0.03)  # drawn in
    assert np.all(fist[1:, 1] < flat[1:, 1] - 0.01)  # to the palm's side, which is below
    assert fist[0, 2] < flat[0, 2] - 0.02  # the thumb comes across
    np.testing.assert_allclose(point[1], flat[1], atol=0.012)
    np.testing.assert_allclose(point[2:], fist[2:], atol=0.005)


def test_both_hands_are_mirror_images() -> None:
    body = load_body()
    rig = body.fingers
    assert rig is not None
    at = rest_positions(body.skeleton)
    np.testing.assert_allclose(at[rig.joints[0]], at[rig.joints[1]] * (-1, 1, 1), atol=1e-5)
    np.testing.assert_allclose(rig.axes[0], rig.axes[1] * (1, -1, -1), atol=1e-6)


def test_fingers_are_added_once_and_only_where_there_are_some() -> None:
    body, motion = load_body(), held(FIST)
    posed = fit_motion(motion, body)
    assert posed.skeleton is body.skeleton
    assert with_fingers(posed, body) is posed
    assert fit_motion(motion, load_body(fingers=False)) is motion
    ((_, shown),) = build_scene(motion, body, fps=30, width=64, height=64).performers
    np.testing.assert_allclose(shown.rotations[0, :44], posed.rotations[0, :44], atol=1e-6)


def test_a_character_s_fingers_dance(tmp_path: Path) -> None:
    """The built-in dancer's own file as somebody's character: found by the names, its axes by where the joints lie."""
    me, danced_file = tmp_path / "me.glb", tmp_path / "danced.glb"
    plugins.load("exporters", "glb").export(sample_motion(), me)
    told = dance_on(held(FIST, FLAT), me, danced_file)
    assert told["joints"] == 44
    body = load_body()
    rig = body.fingers
    assert rig is not None
    at = Glb.read(danced_file).positions(1.0)
    wrist = {side: at[f"{side}_wrist"] for side in ("left", "right")}
    reach = {
        side: [np.linalg.norm(at[f"{side}_{finger}2"] - wrist[side]) for finger in ("index", "middle", "ring")]
        for side in wrist
    }
    assert np.all(np.array(reach["left"]) < np.array(reach["right"]) - 0.008)


def test_vrma_has_fingers_that_close(tmp_path: Path) -> None:
    def tips(hand: Floats) -> dict[str, float]:
        path = tmp_path / "hands.vrma"
        plugins.load("exporters", "vrma").export(held(hand), path)
        at = Glb.read(path).positions(1.0)
        return {
            f"{side}{finger}": float(np.linalg.norm(at[f"{side}{finger}Distal"] - at[f"{side}Hand"]))
            for side in ("left", "right")
            for finger in ("Index", "Middle", "Ring", "Little")
        }

    flat, fist = tips(FLAT), tips(FIST)
    for name in flat:
        assert fist[name] < flat[name] - 0.03
        assert fist[name] == pytest.approx(fist[name.replace("left", "right")], abs=1e-5)


def test_the_stick_figure_has_no_lumps_of_fingers() -> None:
    motion = held(FIST)
    posed = fit_motion(motion, load_body())
    bare = without_fingers(posed)
    assert bare.skeleton.names == CANONICAL.names
    np.testing.assert_array_equal(bare.rotations, motion.rotations)
    assert without_fingers(motion) is motion
    assert Figure(posed, np.arange(len(motion)) / motion.fps).positions.shape[1] == 24
