"""MikuMikuDance's files: how knees are bent, models of one upper bone, and the camera."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from file_readers import read_vmd
from motion_support import stepping_dance
from scipy.spatial.transform import Rotation

from choreo import plugins
from choreo.datasets import convert as conversion
from choreo.errors import MotionError
from choreo.motion.kinematics import forward
from choreo.motion.resample import resample
from choreo.motion.skeleton import NAMES
from choreo.types import Dance, Doubles, Motion, Section, Show, Timeline
from choreo.video.bodies import load_body
from choreo.video.director import director_camera
from choreo_vmd.dataset import read_vmd as read
from choreo_vmd.format import BONE

UNIT = 0.08


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(3.0, fps=30.0)


def edited(source: Path, target: Path, **turns: Rotation) -> Path:
    """A copy of a VMD in which bones, named in Latin, have these keys' turns; the file is left-handed."""
    names = {"left_hip": "左足", "left_knee": "左ひざ", "right_knee": "右ひざ"}
    raw = bytearray(source.read_bytes())
    (count,) = struct.unpack("<I", raw[50:54])
    rows = np.frombuffer(raw, BONE, count, 54)
    for name, turn in turns.items():
        of = rows["name"] == names[name].encode("cp932")
        assert of.any()
        rows["turn"][of] = turn.as_quat()
    target.write_bytes(raw)
    return target


def written(name: str, motion: Motion, folder: Path) -> Path:
    exporter = plugins.load("exporters", name)
    path = folder / f"dance{exporter.suffix}"
    exporter.export(motion, path)
    return path


def places(motion: Motion) -> dict[str, Doubles]:
    found, _ = forward(motion.skeleton, motion.translation.astype(float), motion.rotations.astype(float))
    return {name: found[:, k].astype(float) for k, name in enumerate(motion.skeleton.names)}


def test_keys_of_knees_turn_no_knee(known: Motion, tmp_path: Path) -> None:
    path = written("vmd", known, tmp_path)
    leftover = Rotation.from_euler("xyz", [-70, 40, 25], degrees=True)
    other = edited(path, tmp_path / "other.vmd", left_knee=leftover, right_knee=leftover.inv())
    as_it_was, now = places(read(path)), places(read(other))
    for name in NAMES:
        np.testing.assert_allclose(now[name], as_it_was[name], atol=1e-4, err_msg=name)


def test_the_thigh_s_own_turn_steers_the_knee(known: Motion, tmp_path: Path) -> None:
    """A leg that hangs down, its foot lifted straight up: the knee goes where the thigh's front looks."""
    lifted = 0.3
    still = Motion(known.skeleton, 30.0, known.translation[:2], known.rotations[:2])
    still.rotations[:] = [1, 0, 0, 0]
    still.translation[:] = known.skeleton.offsets[0]
    path = written("vmd", still, tmp_path)
    for degrees in (0, 35, -50):
        # About MMD's Y, whose hand is the left one: +Y to the left of ours seen from above is -Y there.
        turn = Rotation.from_euler("y", -degrees, degrees=True)
        raw = bytearray(edited(path, tmp_path / "turned.vmd", left_hip=turn).read_bytes())
        rows = np.frombuffer(raw, BONE, struct.unpack("<I", raw[50:54])[0], 54)
        rows["position"][rows["name"] == "左足ＩＫ".encode("cp932"), 1] += lifted / UNIT
        (tmp_path / "turned.vmd").write_bytes(raw)
        at = places(read(tmp_path / "turned.vmd"))
        hip, knee, ankle = (at[f"left_{name}"][0] for name in ("hip", "knee", "ankle"))
        line = (ankle - hip) / np.linalg.norm(ankle - hip)
        bend = (knee - hip) - ((knee - hip) @ line) * line
        assert np.linalg.norm(bend) > 0.1
        assert np.degrees(np.arctan2(bend[0], bend[2])) == pytest.approx(degrees, abs=4)


def with_bone(source: Path, target: Path, name: str, place: Doubles, turn: Rotation) -> Path:
    """A copy of a VMD with one key of another bone, as the file has it."""
    raw = source.read_bytes()
    (count,) = struct.unpack("<I", raw[50:54])
    rows = np.frombuffer(raw, BONE, count, 54)
    key = rows[:1].copy()
    key["name"], key["frame"], key["position"], key["turn"] = name.encode("cp932"), 0, place, turn.as_quat()
    end = raw[54 + rows.nbytes :]
    target.write_bytes(raw[:50] + struct.pack("<I", count + 1) + rows.tobytes() + key.tobytes() + end)
    return target


def test_what_carries_all_carries_the_feet_s_targets(known: Motion, tmp_path: Path) -> None:
    path = written("vmd", known, tmp_path)
    turn = Rotation.from_euler("y", 90, degrees=True)
    moved = with_bone(path, tmp_path / "moved.vmd", "全ての親", np.array([12.5, 0, 0]), turn)
    before, after = places(read(path)), places(read(moved))
    for name in NAMES:  # a quarter turn about MMD's Y takes its X to -Z, ours to +Z; 12.5 units are a metre
        want = before[name] @ np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]) + [1, 0, 0]
        np.testing.assert_allclose(after[name], want, atol=2e-3, err_msg=name)


def test_ik_that_is_switched_off_leaves_the_legs_to_their_keys(known: Motion, tmp_path: Path) -> None:
    path = written("vmd", known, tmp_path)
    straight = edited(path, tmp_path / "straight.vmd", left_hip=Rotation.identity(), left_knee=Rotation.identity())
    raw = straight.read_bytes()
    assert raw[-16:] == bytes(16)
    name = "左足ＩＫ".encode("cp932").ljust(20, b"\0")
    states = b"".join(struct.pack("<IBI", frame, 1, 1) + name + bytes([on]) for frame, on in ((0, 1), (30, 0), (60, 1)))
    off = tmp_path / "off.vmd"
    off.write_bytes(raw + struct.pack("<I", 3) + states)
    on, both = places(read(straight)), places(read(off))
    np.testing.assert_allclose(both["left_ankle"][:30], on["left_ankle"][:30], atol=1e-4)
    np.testing.assert_allclose(both["left_ankle"][60:], on["left_ankle"][60:], atol=1e-4)
    for frame in range(30, 60):
        hip, knee, ankle = (both[f"left_{part}"][frame] for part in ("hip", "knee", "ankle"))
        assert np.linalg.norm(ankle - hip) > 0.995 * (np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
    np.testing.assert_allclose(both["right_ankle"], on["right_ankle"], atol=1e-4)
    off.write_bytes(off.read_bytes()[:-5])
    with pytest.raises(MotionError, match="cut off"):
        read(off)


def test_knees_come_back_where_they_were(known: Motion, tmp_path: Path) -> None:
    """Without keys of knees: the planes that the thighs have been given say enough, also where they bend aside."""
    aside = Motion(known.skeleton, 30.0, known.translation[:2].copy(), known.rotations[:2].copy())
    aside.rotations[:] = [1, 0, 0, 0]
    for joint, degrees in (("left_hip", -35), ("left_knee", 70)):
        turn = Rotation.from_rotvec(np.radians(degrees) * np.array([np.cos(0.8), 0, -np.sin(0.8)]))
        aside.rotations[:, NAMES.index(joint)] = turn.as_quat()[[3, 0, 1, 2]]
    for motion, sides in ((known, ("left", "right")), (aside, ("left",))):
        path = written("vmd", motion, tmp_path)
        none = edited(path, tmp_path / "none.vmd", left_knee=Rotation.identity(), right_knee=Rotation.identity())
        there, back = places(motion), places(read(none))
        for side in sides:
            hip, knee, ankle = (there[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
            bent = (
                np.linalg.norm(ankle - hip, axis=1)
                < 0.97 * np.linalg.norm(known.skeleton.offsets[[4, 7]], axis=1).sum()
            )
            assert bent.sum() >= 2
            np.testing.assert_allclose(back[f"{side}_knee"][bent], knee[bent], atol=0.015)


def test_one_upper_bone_turns_head_and_arms_as_two_do(known: Motion, tmp_path: Path) -> None:
    two, one = (read_vmd(written(name, known, tmp_path)) for name in ("vmd", "vmd-folded"))
    assert set(two) - set(one) == {"上半身2"}
    turn = {name: Rotation.from_quat(keys[:, 4:]) for name, keys in {**two, "folded": one["上半身"]}.items()}
    together = turn["上半身"] * turn["上半身2"]
    assert (together.inv() * turn["上半身"]).magnitude().max() > 0.05
    assert (together.inv() * turn["folded"]).magnitude().max() < 1e-3
    for name in ("首", "左肩", "右肩", "左腕", "左足", "左足ＩＫ"):
        np.testing.assert_allclose(one[name], two[name], atol=1e-6)
    assert plugins.load("exporters", conversion.exporter_of(Path("a.vmd"))).name == "vmd"
    assert plugins.load("exporters", conversion.exporter_of(Path("a.folded.vmd"))).name == "vmd-folded"


def shots() -> Timeline:
    """Six seconds, two sections, a step every two seconds."""
    steps = tuple(Section(2.0 * k, 2.0 * k + 2, "step") for k in range(6))
    sections = (Section(0.0, 6.0, "verse"), Section(6.0, 12.0, "chorus"))
    beats = np.arange(0, 12, 0.5)
    return Timeline("song", 4, 120.0, beats, np.arange(len(beats)) % 4 + 1, steps, sections)


def read_camera(path: Path) -> tuple[Doubles, Doubles, set[int]]:
    """Eyes and targets ``(T, 3)`` metres with Y up and the dancer facing +Z, and the fields of view in degrees."""
    raw = path.read_bytes()
    assert raw[30:50].rstrip(b"\0").decode("cp932") == "カメラ・照明"
    bones, faces, count = struct.unpack("<3I", raw[50:62])
    assert (bones, faces) == (0, 0)
    assert len(raw) == 62 + 61 * count + 8
    eyes, targets, views = [], [], set()
    for k in range(count):
        frame, distance, *numbers = struct.unpack("<If6f", raw[62 + 61 * k : 62 + 61 * k + 32])
        view, flat = struct.unpack("<IB", raw[62 + 61 * k + 56 : 62 + 61 * (k + 1)])
        assert (frame, flat) == (k, 0)
        target, (x, y, z) = np.array(numbers[:3]) * [1, 1, -1], numbers[3:]
        assert z == 0
        # The camera stands behind the target by its negative distance, turned about X, then about Y.
        turn = Rotation.from_euler("YX", [y, x])
        eyes.append(UNIT * (target + turn.apply([0, 0, -distance])))
        targets.append(UNIT * target)
        views.add(view)
    return np.array(eyes), np.array(targets), views


def test_the_camera_is_the_director_s(tmp_path: Path) -> None:
    motion, timeline = stepping_dance(12.0, fps=60.0), shots()
    exporter = plugins.load("exporters", "vmd-camera")
    path = tmp_path / "dance.camera.vmd"
    exporter.export_show(Show((Dance("dance", (motion,), timeline),), load_body()), path)
    eyes, targets, views = read_camera(path)
    at_30 = resample(motion, 30.0)
    want = director_camera([at_30], width=16, height=9, fps=30.0, timeline=timeline)
    assert len(eyes) == len(at_30)
    np.testing.assert_allclose(eyes, want.eye, atol=1e-3)
    np.testing.assert_allclose(targets, want.target, atol=1e-3)
    assert views == {36}
    assert np.degrees(want.fov_y) <= 36 < np.degrees(want.fov_y) + 1
    jumps = np.flatnonzero(np.linalg.norm(np.diff(eyes, axis=0), axis=1) > 0.3) + 1
    assert len(jumps) >= 1
    assert set(jumps / 30) <= {float(np.ceil(beat * 30 - 1e-6)) / 30 for beat in timeline.beats}


def test_a_camera_above_looks_down(tmp_path: Path) -> None:
    """The sign that MMD's files have: a camera in front and above is turned about X by a negative angle."""
    path = tmp_path / "a.camera.vmd"
    plugins.load("exporters", "vmd-camera").export(stepping_dance(1.0), path)
    raw = path.read_bytes()
    distance, *_ = struct.unpack("<f", raw[66:70])
    x, y, _ = struct.unpack("<3f", raw[82:94])
    assert distance < 0
    assert x == pytest.approx(-0.085, abs=1e-3)
    assert y == pytest.approx(0.21, abs=1e-3)
