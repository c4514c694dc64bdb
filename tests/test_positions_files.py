"""The dataset plugin ``positions``: files of joint positions, in the true forms of those who write them."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_support import write_bvh, write_c3d
from docs_support import ROOT, blocks_of
from motion_support import gap_mm, stepping_dance
from positions_support import (
    POSITIONS,
    humanml3d_features,
    joint_set_positions,
    write_csv,
    write_frames,
    write_keypoints,
    write_landmarks,
    write_npy,
    write_trc,
)

from choreo import plugins
from choreo.cli.app import run
from choreo.datasets.convert import read_take
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.joint_sets import SETS
from choreo.motion.kinematics import forward
from choreo.motion.placement import placed
from choreo.motion.resample import resample
from choreo.motion.skeleton import NAMES
from choreo.testing import check_datasets
from choreo.types import Doubles, Motion, Reading, Take

ENDS = [NAMES.index(name) for name in ("left_wrist", "right_wrist", "left_ankle", "right_ankle", "left_knee")]


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(6.0, fps=30.0)


def takes(path: Path, reading: Reading = Reading(), joints: dict[str, str] | None = None) -> list[Take]:
    return list(plugins.load("datasets", "positions").takes(path, joints=joints, reading=reading))


@pytest.mark.parametrize("kind", POSITIONS)
def test_the_known_dance_comes_back(kind: str, known: Motion, tmp_path: Path) -> None:
    motion = resample(known, 60.0) if kind == "pkl" else known
    (take,) = takes(POSITIONS[kind](motion, tmp_path))
    assert take.motion.duration == pytest.approx(known.duration, abs=0.06)
    own, back = placed(resample(known, take.motion.fps)), placed(take.motion)
    count = min(len(own), len(back))
    a, b = (forward(m.skeleton, m.translation[:count], m.rotations[:count])[0][:, ENDS] for m in (own, back))
    if kind == "json":  # the path is made from the feet
        a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    assert float(np.linalg.norm(a - b, axis=-1).mean()) < 0.03


ASSUMED = {
    "npy": {"assumed 30 fps", "assumed y up"}, "features": {"assumed 20 fps"}, "npz": {"assumed y up"},
    "pkl": {"assumed 60 fps", "assumed y up", "assumed COCO's 17 joints"}, "csv": {"assumed y up"},
    "trc": {"assumed y up"}, "json": {"assumed -y up", "assumed that the lower foot stands"},
    "frames": {"assumed 30 fps", "assumed y up"},
}  # fmt: skip


@pytest.mark.parametrize("kind", POSITIONS)
def test_what_is_assumed_is_said(kind: str, known: Motion, tmp_path: Path) -> None:
    path = POSITIONS[kind](known, tmp_path)
    assert set(next(iter(takes(path))).flags) - {"mended", "cut"} == ASSUMED[kind]
    told = takes(path, Reading(30.0, "-y" if kind == "json" else "y"))
    assert not [flag for flag in told[0].flags if flag.endswith((" fps", " up"))]


def test_features_are_the_positions(known: Motion) -> None:
    from choreo_positions.humanml3d import joints_of

    at = joint_set_positions(known, "humanml3d")
    back = joints_of(humanml3d_features(at))
    flat = np.array([1.0, 0, 1])
    a, b = (each - each[:1, :1] * flat for each in (at[:-1], back))
    gaps = [np.linalg.norm(each[:, :, None] - each[:, None], axis=-1) for each in (a, b)]
    np.testing.assert_allclose(gaps[0], gaps[1], atol=1e-9)  # the same pose in every frame
    paths = [np.linalg.norm(each[:, None, 0] - each[None, :, 0], axis=-1) for each in (a, b)]
    np.testing.assert_allclose(paths[0], paths[1], atol=1e-9)  # and the same path
    np.testing.assert_allclose(a[..., 1], b[..., 1], atol=1e-12)


def test_frames_in_a_folder_are_one_recording(known: Motion, tmp_path: Path) -> None:
    folder = tmp_path / "dance"
    folder.mkdir()
    write_frames(known, folder)
    reader = plugins.load("datasets", "positions")
    (file,) = reader.files(folder)
    assert len(reader.parts(file)) == len(known)
    db = MotionDB.open(tmp_path / "db", create=True)
    (report,) = add_dataset(db, "positions", folder, jobs=1)
    assert report.clips > 0
    (again,) = add_dataset(db, "positions", folder, jobs=1)
    assert again == report
    for part in reader.parts(file)[-60:]:
        part.unlink()
    (shorter,) = add_dataset(db, "positions", folder, jobs=1)
    assert shorter.seconds == pytest.approx(report.seconds - 2, abs=0.1)


def test_the_nearest_of_several_people_is_followed(known: Motion, tmp_path: Path) -> None:
    path = write_landmarks(known, tmp_path)
    document = json.loads(path.read_text())
    for number, frame in enumerate(document["frames"]):
        mine = frame.pop("pose_world_landmarks")
        other = [{**point, "x": point["x"] + 3} for point in mine]
        frame["people"] = [{"keypoints3d": pose} for pose in ((mine, other) if number % 2 == 0 else (other, mine))]
    path.write_text(json.dumps(document))
    (take,) = takes(path)
    assert "assumed one of several people" in take.flags
    assert "cut" not in take.flags


def test_joints_that_were_not_seen_are_gaps(known: Motion, tmp_path: Path) -> None:
    path = write_trc(known, tmp_path)
    lines = path.read_text().split("\n")
    column = 2 + 3 * SETS["body25"].index["left_wrist"]
    for number in range(50, 56):
        cells = lines[number].split("\t")
        cells[column : column + 3] = ["", "", ""]
        lines[number] = "\t".join(cells)
    path.write_text("\n".join(lines))
    assert "gaps" in takes(path)[0].flags


def test_pictures_are_not_enough(known: Motion, tmp_path: Path) -> None:
    with pytest.raises(MotionError, match=r"positions in a picture \(2D\).*OpenPose with --3d"):
        takes(write_frames(known, tmp_path, flat=True))
    np.save(tmp_path / "flat.npy", joint_set_positions(known, "coco")[..., :2])
    with pytest.raises(MotionError, match="positions in a picture"):
        takes(tmp_path / "flat.npy")


def test_a_map_names_the_joints(known: Motion, tmp_path: Path) -> None:
    at = joint_set_positions(known, "coco")[:, 5:]  # 12 joints: no set that is known
    np.save(tmp_path / "bare.npy", at)
    with pytest.raises(MotionError, match="12 joints, expected one of the known sets"):
        takes(tmp_path / "bare.npy")
    joints = {name: str(number) for number, name in enumerate(SETS["coco"].joints[5:])}
    assert len(takes(tmp_path / "bare.npy", joints=joints)) == 1
    with pytest.raises(MotionError, match="the map names the joint '40'"):
        takes(tmp_path / "bare.npy", joints={**joints, "neck": "40"})
    lines = [f'{name} = "{number}"' for name, number in joints.items()]
    (tmp_path / "map.toml").write_text("[joints]\n" + "\n".join(lines))
    command = ["convert", str(tmp_path / "bare.npy"), str(tmp_path / "out.bvh"), "--map", str(tmp_path / "map.toml")]
    assert run(command) == 0
    bvh = write_bvh(known, tmp_path)
    with pytest.raises(MotionError, match="lacks pelvis"):
        list(plugins.load("datasets", "bvh").takes(bvh, joints={"left_hip": "LeftUpLeg"}))


@pytest.mark.parametrize("head", ["{name}_{axis}", "{name}.{axis}", "{name} {axis}", "{axis}_{name}"])
def test_heads_of_columns(head: str, known: Motion, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    mark = ";"
    names = [name.replace("left_", "L").replace("right_", "R") for name in SETS["coco"].joints]
    columns = [head.format(name=name, axis=axis) for name in names for axis in "xyz"]
    rows = joint_set_positions(known, "coco").reshape(len(known), -1)
    lines = [mark.join(columns), *(mark.join(f"{x:.4f}" for x in row) for row in rows)]
    path.write_text("\n".join(lines))
    assert len(takes(path)) == 1


def test_any_reader_that_can_use_a_file_does(known: Motion, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for write in (write_npy, write_csv, write_landmarks):
        assert len(read_take(write(known, tmp_path)).motion) > 100
    assert run(["convert", str(write_keypoints(resample(known, 60.0), tmp_path)), str(tmp_path / "out.bvh")]) == 0
    assert "Assumed 60 fps" in capsys.readouterr().err
    np.save(tmp_path / "noise.npy", np.zeros((9, 9)))
    (tmp_path / "noise.json").write_text("[]")
    for name, others in (("noise.npy", "finedance, lodge, motionx, smpl"), ("noise.json", "deepmimic")):
        with pytest.raises(MotionError, match=rf"{name}.* Nor is it what {others} read\. --from names a reader"):
            read_take(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"1,2,3\n4,5,6\n", "expected three for each joint"),
        ("a.csv", b"a_x,a_y,a_z\n1,2,x\n", "line 2 is '1,2,x', expected numbers"),
        ("a.csv", b"", "found 0 lines"),
        ("a.trc", b"a\n" * 9, "has to begin with PathFileType"),
        ("a.trc", b"PathFileType\n\n\nFrame#\tTime\n\n1\t2\n3\t4\n", "names no markers"),
        ("a.json", b"[]", "no poses found"),
        ("a.json", b'{"frames": [1, 2]}', "no poses found"),
        ("a.pkl", pickle.dumps({"keypoints3d": np.zeros((4, 17))}), "bones are not there|expected .frames"),
        ("a.pkl", pickle.dumps([1, 2]), "holds a list"),
    ],
)
def test_what_cannot_be_used(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MotionError, match=message) as caught:
        takes(tmp_path / name)
    assert str(tmp_path / name) in caught.value.message


def test_short_recordings_have_no_takes(known: Motion, tmp_path: Path) -> None:
    part = replace(known, translation=known.translation[:20], rotations=known.rotations[:20], contacts=None)
    assert takes(write_npy(part, tmp_path)) == []


def test_the_example_of_the_guide(known: Motion, tmp_path: Path) -> None:
    """Centimetres, Z up."""
    block = next(text for text in blocks_of(ROOT / "docs/plugins.md", "python") if "class PosesDataset" in text)
    names: dict[str, Any] = {"__name__": "poses"}
    exec(compile(block, "plugins.md", "exec", dont_inherit=True), names)
    at = rot.rotate(rot.conjugate(rot.up_turn("z")), joint_set_positions(resample(known, 50.0), "coco"))
    np.save(tmp_path / "a.npy", 100 * at)
    (take,) = names["PosesDataset"]().takes(tmp_path / "a.npy")
    assert {"assumed 50 fps", "assumed z up"} <= set(take.flags)
    own, back = placed(resample(known, 50.0)), placed(take.motion)
    a, b = (forward(m.skeleton, m.translation, m.rotations)[0][:, ENDS] for m in (own, back))
    assert float(np.linalg.norm(a - b, axis=-1).mean()) < 0.03
    check_datasets(names["PosesDataset"](), tmp_path)


def landmark_files(at: Doubles) -> dict[str, Any]:
    """World landmarks ``(T, 33, 3)`` in the forms that people save them in."""
    points = [[{"x": x, "y": y, "z": z} for x, y, z in pose] for pose in at.round(5).tolist()]
    names = SETS["mediapipe"].joints
    return {
        "list": points,
        "numbers": at.round(5).tolist(),
        "results": [{"landmarks": [[{**p, "z": 0} for p in pose]], "worldLandmarks": [pose]} for pose in points],
        "by number": {str(k): {"poseWorldLandmarks": pose} for k, pose in enumerate(points)},
        "named": [{"keypoints3D": [{**p, "name": n} for p, n in zip(pose, names, strict=True)]} for pose in points],
        "all at once": {"frame_rate": 30, "keypoints_3d": at.round(5).tolist()},
        "instances": {
            "meta_info": {"dataset_name": "ours"},
            "instance_info": [{"frame_id": k, "instances": [{"keypoints": p}]} for k, p in enumerate(at.tolist())],
        },
        "flat": [{"pose_keypoints_3d": pose.ravel().round(5).tolist()} for pose in at],
    }


@pytest.mark.parametrize("form", landmark_files(np.zeros((0, 33, 3))))
def test_forms_of_landmarks(form: str, known: Motion, tmp_path: Path) -> None:
    at = joint_set_positions(known, "mediapipe")
    path = tmp_path / "dance.json"
    path.write_text(json.dumps(landmark_files(at)[form]))
    (take,) = takes(path, Reading(30.0))
    assert len(take.motion) == len(known)


def test_numbered_recordings_are_not_frames(known: Motion, tmp_path: Path) -> None:
    for number in (1, 2):
        write_landmarks(known, tmp_path).rename(tmp_path / f"take_{number:03d}.json")
    reader = plugins.load("datasets", "positions")
    assert [file.name for file in reader.files(tmp_path)] == ["take_001.json", "take_002.json"]
    assert len(takes(tmp_path / "take_002.json")) == 1


def test_a_trc_file_of_markers_is_what_its_c3d_file_is(known: Motion, tmp_path: Path) -> None:
    """Z up, millimetres, labels with the subject's name."""
    from choreo_c3d.reader import read_c3d

    path = write_c3d(known, tmp_path)
    markers = read_c3d(path)
    points = 1000 * rot.rotate(rot.conjugate(rot.up_turn("z")), markers.points)
    names = "\t\t\t".join(f"Me:{label}" for label in markers.labels)
    lines = [
        "PathFileType\t4\t(X/Y/Z)\ta.trc", "DataRate\tNumFrames\tUnits", f"{markers.fps}\t{len(points)}\tmm",
        f"Frame#\tTime\t{names}", "", "",
        *(f"{k}\t0\t" + "\t".join("" if np.isnan(x) else f"{x:.4f}" for x in row.ravel())
          for k, row in enumerate(points)),
    ]  # fmt: skip
    (tmp_path / "a.trc").write_text("\n".join(lines))
    (ours,), (theirs,) = takes(tmp_path / "a.trc"), list(plugins.load("datasets", "c3d").takes(path))
    assert gap_mm(ours.motion, theirs.motion) < 1
    assert "assumed z up" in ours.flags
