"""The face of the built-in dancer: when it blinks, where it looks, how it smiles; files and pictures that show it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from file_readers import Glb
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo import plugins
from choreo.errors import ShapeError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.repair import sliced
from choreo.motion.skeleton import CANONICAL
from choreo.testing import sample_motion
from choreo.types import FaceRig, Motion, Section, Timeline
from choreo.video import build_scene
from choreo.video.bodies import fit_motion, load_body, with_fingers
from choreo.video.face import GAZE, Face, blinks, face_of, face_turns
from choreo_bodies.builtin import FACE

FAST = 1000.0


def standing(frames: int, fps: float = 30.0) -> Motion:
    rotations = np.zeros((frames, 24, 4), np.float32)
    rotations[..., 0] = 1
    return Motion(CANONICAL, fps, np.tile(CANONICAL.offsets[:1], (frames, 1)), rotations)


def begun(dancer: int, seconds: float = 600.0) -> np.ndarray:
    """Seconds at which blinks begin."""
    times = np.arange(0, seconds, 1 / FAST)
    shut = blinks(times, dancer) > 0
    return times[1:][shut[1:] & ~shut[:-1]]


def timeline(*energies: float) -> Timeline:
    steps = tuple(Section(10.0 * k, 10.0 * k + 10, "step") for k in range(len(energies)))
    return Timeline("", 4, 120.0, np.zeros(0), np.zeros(0, np.int64), steps, (), energies)


@given(dancer=st.integers(0, 200))
@settings(max_examples=20, deadline=None)
def test_blinks_come_every_two_to_six_seconds_and_last_150_ms(dancer: int) -> None:
    starts = begun(dancer, 120.0)
    gaps = np.diff(starts)
    assert np.all((gaps > 1.99) & (gaps < 6.01))
    assert 1.9 < starts[0] < 6.1
    around = starts[0] + np.arange(-0.2, 0.4, 1 / FAST)
    shown = blinks(around, dancer)
    assert 0.14 < np.count_nonzero(shown > 0) / FAST < 0.16
    assert shown.max() == 1


def test_blinks_have_no_period() -> None:
    """Told from any beat: the phase of blinks at any tempo is spread over the beat."""
    starts = begun(0, 3000.0)
    for tempo in range(60, 200, 5):
        phase = np.exp(2j * np.pi * starts * tempo / 60)
        assert abs(phase.mean()) < 4 / np.sqrt(len(starts)), tempo  # Rayleigh: p < 1e-6 for such a mean by chance


def test_dancers_blink_at_other_times() -> None:
    assert len(set(np.round([begun(dancer, 8.0)[0] for dancer in range(9)], 3))) == 9


def test_a_part_has_the_face_of_the_whole() -> None:
    motion = sample_motion(4.0)
    times = np.arange(len(motion)) / motion.fps
    eye = np.tile([1.0, 1.4, 3.0], (len(motion), 1))
    line = timeline(0.2, 0.9)
    whole = face_of(motion, times, eye=eye, timeline=line, dancer=3)
    part = face_of(sliced(motion, 40, 90), times[40:90], eye=eye[40:90], timeline=line, dancer=3)
    for name in ("gaze", "lids", "smile", "brows"):
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[40:90], atol=1e-6)


@given(x=st.floats(-9, 9), y=st.floats(0, 4), z=st.floats(-9, 9))
@settings(max_examples=60, deadline=None)
def test_eyes_look_to_the_camera_as_far_as_they_turn(x: float, y: float, z: float) -> None:
    """Glances of up to 1.4 degrees go on top; what is behind is not looked at."""
    motion = standing(1)
    face = face_of(motion, np.zeros(1), eye=np.array([[x, y, z]]))
    eyes = rest_positions(CANONICAL)[CANONICAL.index("head")] + (0, 0.07, 0.1)
    way = np.array([x, y, z]) - eyes
    far = np.degrees(np.arccos(way[2] / np.linalg.norm(way)))
    assert np.linalg.norm(face.gaze) <= GAZE + 1e-5
    seen = np.degrees(face.gaze[0].astype(float))
    wanted = np.degrees([np.arctan2(way[0], way[2]), np.arcsin(way[1] / np.linalg.norm(way))])
    if far < 22:
        np.testing.assert_allclose(seen, wanted, atol=1.5)
    elif far < 55:
        assert seen @ wanted / np.linalg.norm(seen) / np.linalg.norm(wanted) > 0.99
    elif far > 85:
        assert np.abs(seen).max() < 1.5


@pytest.mark.parametrize(("side", "sign"), [("left", 1), ("right", -1)])
def test_eyes_follow_a_hand_that_is_thrown_up(side: str, sign: int) -> None:
    """Up and forward, where the eyes reach it: the arm turns forward first, then up."""
    motion, front = standing(1), np.array([[0.0, 1.75, 4.0]])
    forward_arm = rot.from_axis_angle(np.array([0.0, -sign * 1.2, 0.0]))
    up = rot.from_axis_angle(np.array([-1.0, 0.0, 0.0]))
    turned = motion.rotations.copy()
    turned[0, CANONICAL.index(f"{side}_shoulder")] = rot.multiply(up, forward_arm)
    wide = face_of(replace(motion, rotations=turned), np.zeros(1), eye=front)
    calm = face_of(motion, np.zeros(1), eye=front)
    assert wide.brows[0] > calm.brows[0] + 0.3
    assert sign * wide.gaze[0, 0] > 0.1
    assert wide.gaze[0, 1] > calm.gaze[0, 1] + 0.03
    assert np.linalg.norm(calm.gaze) < 0.05


def test_the_smile_goes_with_the_energy_and_nothing_jumps() -> None:
    motion = standing(1200)
    times = np.arange(1200) / 60
    face = face_of(motion, times, timeline=timeline(0.1, 0.9))
    assert face.smile[300] < 0.3
    assert face.smile[900] > 0.85
    assert np.abs(np.diff(face.smile)).max() < 0.05
    assert np.degrees(np.linalg.norm(np.diff(face.gaze, axis=0), axis=1)).max() < 3


def test_without_a_timeline_the_smile_goes_with_the_hands() -> None:
    still, fast = standing(240), standing(240)
    turns = np.zeros((240, 3))
    turns[:, 2] = 1.2 * np.sin(np.arange(240) / 4)
    moved = fast.rotations.copy()
    moved[:, CANONICAL.index("left_shoulder")] = rot.from_axis_angle(turns)
    times = np.arange(240) / 30
    wild = face_of(replace(fast, rotations=moved), times)
    assert face_of(still, times).smile.max() < 0.16
    assert wild.smile.min() > 0.4


def marks(face: Face) -> dict[str, np.ndarray]:
    """Vertices of the built-in dancer with such a face, by joint that carries most of them."""
    body = load_body()
    posed = with_fingers(standing(1), body, face)
    at, world = forward(body.skeleton, posed.translation, posed.rotations)
    rest = rest_positions(body.skeleton)
    local = body.vertices[:, None] - rest[body.joint_indices]
    moved = at[0, body.joint_indices] + rot.rotate(world[0, body.joint_indices], local)
    skinned = (moved * body.weights[..., None]).sum(axis=1)
    found = {}
    for name in FACE:
        share = (body.weights * (body.joint_indices == body.skeleton.index(name))).sum(axis=1)
        found[name] = skinned[share > 0.8 * share.max()]
    return found


def shown(**changes: object) -> Face:
    base = {"gaze": np.zeros((1, 2)), "lids": np.zeros(1), "smile": np.zeros(1), "brows": np.zeros(1)}
    return Face(**{name: np.asarray(value, np.float32) for name, value in {**base, **changes}.items()})


def test_each_joint_moves_its_part_of_the_face() -> None:
    calm = marks(shown())
    shut, wide, high = marks(shown(lids=[1])), marks(shown(smile=[1])), marks(shown(brows=[1]))
    left = marks(shown(gaze=[[0.4, 0.0]]))
    for side, sign in (("left", 1), ("right", -1)):
        lid, corner, eye = f"{side}_lid", f"{side}_smile", f"{side}_eye"
        assert (shut[lid] - calm[lid])[:, 1].mean() < -0.005
        assert np.linalg.norm((shut[eye] - calm[eye]), axis=1).max() < 1e-5
        smile = (wide[corner] - calm[corner]).mean(axis=0)
        assert smile[1] > 0.008
        assert sign * smile[0] > 0.003
        front = calm[eye][:, 2] > np.percentile(calm[eye][:, 2], 90)
        assert (left[eye] - calm[eye])[front, 0].mean() > 0.004
    assert (high["brows"] - calm["brows"])[:, 1].mean() > 0.003


def test_a_shut_lid_covers_the_pupil() -> None:
    body = load_body()
    dark = np.flatnonzero((body.colours == (14, 11, 11)).all(axis=1))
    assert len(dark)
    for lids, covered in ((0.0, False), (1.0, True)):
        lid = marks(shown(lids=[lids]))["left_lid"]
        pupil = body.vertices[dark]
        pupil = pupil[pupil[:, 0] > 0].mean(axis=0)
        near = lid[np.abs(lid[:, 0] - pupil[0]) < 0.006]
        assert (near[:, 1].min() < pupil[1] - 0.003) == covered


@pytest.mark.parametrize("build", ["average", "athletic", "curvy"])
def test_eyes_turn_about_their_middles(build: str) -> None:
    body = load_body(build=build)
    rest = rest_positions(body.skeleton)
    for name in ("left_eye", "right_eye"):
        joint = body.skeleton.index(name)
        ball = body.vertices[(body.weights * (body.joint_indices == joint)).sum(axis=1) > 0.99]
        far = np.linalg.norm(ball - rest[joint], axis=1)
        assert np.ptp(far) < 0.0015


def test_rigs_are_checked() -> None:
    with pytest.raises(ShapeError, match="axes"):
        FaceRig(np.arange(7), np.zeros((6, 3), np.float32), np.zeros(7, np.float32))
    rig = load_body().face
    assert rig is not None
    turns = face_turns(shown(), rig)
    np.testing.assert_allclose(turns, np.tile([1, 0, 0, 0], (1, 7, 1)), atol=1e-6)


def test_a_glb_blinks(tmp_path: Path) -> None:
    path = tmp_path / "dance.glb"
    motion = standing(360)
    plugins.load("exporters", "glb").export(motion, path)
    glb, body = Glb.read(path), load_body()
    assert body.face is not None
    first = begun(0, 10.0)[0]
    lid, reach = body.skeleton.index("left_lid"), body.face.reach[2]

    def angle(time: float) -> float:
        posed = fit_motion(motion, body)
        return float(2 * np.arccos(np.clip(posed.rotations[round(time * 30), lid, 0], -1, 1)))

    assert angle(first + 0.06) > 0.8 * reach
    assert angle(first - 0.3) < 0.3 * reach
    assert set(FACE) <= set(glb.positions(0.0))


def test_pictures_show_the_face() -> None:
    """The scene's dancers look at its camera; the same body without joints of fingers and face does not."""
    motion = standing(30)
    ((_, posed),) = build_scene(motion, load_body(), fps=30, width=64, height=64).performers
    assert posed.rotations.shape[1] == 51
    eyes = posed.rotations[:, -7]
    assert np.abs(eyes[:, 1:]).max() > 0.005
    ((_, bare),) = build_scene(motion, load_body(fingers=False), fps=30, width=64, height=64).performers
    assert bare.rotations.shape[1] == 24
