"""SMPL's parameters in the layouts of AIST++, EDGE, FineDance, LODGE and Motion-X, told apart by what is in a file."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from dataset_support import FORMATS, at_30, axis_angles, six_numbers, write_aistpp, write_edge, write_lodge, z_up
from motion_support import gap_mm, stepping_dance

from choreo import plugins
from choreo.datasets import convert as conversion
from choreo.datasets.convert import convert, read_take, readers_of
from choreo.datasets.unpickle import load_arrays
from choreo.errors import InputError, MotionError
from choreo.motion.resample import resample
from choreo.types import Motion, Reading
from choreo_smpl.body import size_of, up_of
from choreo_smpl.layouts import LAYOUTS, layout_of
from choreo_smpl.recording import content_of

RECOGNISED = ("aistpp", "edge", "finedance", "lodge", "motionx", "smpl")


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(4.0)


@pytest.fixture
def files(known: Motion, tmp_path: Path) -> dict[str, Path]:
    return {name: FORMATS[name](known, tmp_path) for name in RECOGNISED}


def test_one_recogniser_tells_all_layouts_apart(files: dict[str, Path]) -> None:
    for name, file in files.items():
        assert layout_of(content_of(file)) == name
        assert readers_of(file)[0] == name
        claims = [each for each in RECOGNISED if each != "smpl" and plugins.load("datasets", each).recognises(file)]
        assert claims == ([] if name == "smpl" else [name])
        assert plugins.load("datasets", "smpl").recognises(file)


def test_convert_and_smpl_read_all_layouts_alike(known: Motion, files: dict[str, Path], tmp_path: Path) -> None:
    assert sorted(plugins.load("datasets", "smpl").files(tmp_path)) == sorted(files.values())
    for name, file in files.items():
        take = read_take(file, reader="smpl")
        assert gap_mm(resample(known, take.motion.fps), take.motion) < 2, name
        out = tmp_path / f"{name}.bvh"
        assert convert(file, out)["seconds"] == pytest.approx(known.duration, abs=0.05), name
        assert out.is_file()


def test_what_is_assumed_is_said(files: dict[str, Path]) -> None:
    said = {name: set(read_take(file).flags) for name, file in files.items()}
    at_30 = {"assumed 30 fps", "assumed y up"}
    assert said == {
        "aistpp": {"assumed 60 fps", "assumed y up"}, "edge": {"assumed 30 fps", "assumed z up"}, "finedance": at_30,
        "lodge": at_30, "motionx": at_30, "smpl": {"assumed y up"},
    }  # fmt: skip


def test_the_user_overrules_rate_and_axis(known: Motion, files: dict[str, Path], tmp_path: Path) -> None:
    take = read_take(files["edge"], reading=Reading(fps=60.0, up="z"))
    assert take.motion.duration == pytest.approx(known.duration / 2, abs=0.05)
    assert take.flags == ()
    assert read_take(files["smpl"], reading=Reading(fps=15.0)).motion.fps == 15  # of a file that says its own
    turned = z_up(at_30(known))
    path = tmp_path / "turned.npy"
    np.save(path, six_numbers(turned, 52))
    take = read_take(path, reading=Reading(up="z"))
    assert gap_mm(at_30(known), take.motion) < 2
    assert take.flags == ("assumed 30 fps",)


def test_edge_is_not_read_as_aist(files: dict[str, Path]) -> None:
    with pytest.raises(MotionError, match=r"full_pose, which is read as 'edge'; expected smpl_poses, smpl_scaling"):
        list(plugins.load("datasets", "aistpp").takes(files["edge"]))
    with pytest.raises(MotionError, match="which is read as 'aistpp'"):
        list(plugins.load("datasets", "edge").takes(files["aistpp"]))


def test_edges_keys_with_y_up_as_its_heirs_write_them(known: Motion, tmp_path: Path) -> None:
    motion = at_30(known)
    path = tmp_path / "heir.pkl"
    path.write_bytes(pickle.dumps({"smpl_poses": axis_angles(motion, 22), "smpl_trans": motion.translation}))
    take = read_take(path)
    assert readers_of(path)[0] == "edge"
    assert "assumed y up" in take.flags
    assert gap_mm(motion, take.motion) < 2


def test_the_path_goes_with_the_legs_that_full_pose_shows(known: Motion, tmp_path: Path) -> None:
    found = load_arrays(write_edge(known, tmp_path))
    smaller = {**found, "smpl_trans": found["smpl_trans"] / 2, "full_pose": found["full_pose"] / 2}
    (tmp_path / "small.pkl").write_bytes(pickle.dumps(smaller))
    assert gap_mm(at_30(known), read_take(tmp_path / "small.pkl").motion) < 2
    for odd in (
        np.zeros((5, 24, 3)),
        np.full((5, 24, 3), np.nan),
        np.ones((5, 3, 3)),
        np.ones((0, 24, 3)),
        np.full((5, 24, 3), 1e300),
    ):
        assert size_of(odd) is None


def test_lodge_with_and_without_hands_and_finedance_without(known: Motion, tmp_path: Path) -> None:
    for joints, width in ((22, 139), (24, 151), (52, 319)):
        path = write_lodge(known, tmp_path, joints)
        assert np.load(path).shape[1] == width
        assert readers_of(path)[0] == "lodge"
        assert gap_mm(at_30(known), read_take(path).motion) < 2
    np.save(tmp_path / "short.npy", six_numbers(at_30(known), 22))
    assert readers_of(tmp_path / "short.npy")[0] == "finedance"


def test_tables_of_other_numbers_are_no_dances(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for shape in ((50, 77), (50, 165), (50, 263), (0, 315), (315,)):
        path = tmp_path / "x.npy"
        np.save(path, rng.normal(size=shape))
        assert layout_of(np.load(path)) == ""
        with pytest.raises(MotionError, match="found float64 of shape"):
            list(plugins.load("datasets", "smpl").takes(path))
    for width in (315, 319, 139):
        assert layout_of(100 * rng.normal(size=(50, width))) == ""  # music, not halves of rotations
    assert layout_of(np.zeros((50, 322), np.int64)) == ""
    assert layout_of([1, 2]) == ""


def test_a_file_that_no_one_recognises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "PREFERRED", ("aistpp", "edge", "smpl"))
    monkeypatch.setattr(plugins, "available", lambda kind: {"smpl": None, "edge": None, "aistpp": None})
    for found in ({"loudness": np.ones(3)}, {"poses": np.ones((9, 17, 3))}, [1, 2]):
        (tmp_path / "x.pkl").write_bytes(pickle.dumps(found))
        with pytest.raises(InputError, match="none of what aistpp, edge, smpl read"):
            readers_of(tmp_path / "x.pkl")


def test_a_file_that_cannot_be_read_says_so_and_not_that_no_one_knows_it(tmp_path: Path) -> None:
    for ending in (".pkl", ".npy"):
        path = tmp_path / f"broken{ending}"
        path.write_bytes(b"nothing of the kind")
        with pytest.raises(MotionError, match=f"broken{ending}: "):
            readers_of(path)


def test_numbers_that_are_no_motion(known: Motion, tmp_path: Path) -> None:
    rows = np.load(write_lodge(known, tmp_path))
    for value in (np.nan, np.inf, 1e7):
        rows[5, 5] = value
        np.save(tmp_path / "bad.npy", rows)
        with pytest.raises(MotionError, match=r"bad\.npy: holds NaN, infinity or numbers that are no metres"):
            read_take(tmp_path / "bad.npy")
    found = load_arrays(write_edge(known, tmp_path))
    for key, number, words in (("fps", 0.0, "0 frames a second"), ("smpl_scaling", -1.0, "-1")):
        (tmp_path / "bad.pkl").write_bytes(pickle.dumps({**found, key: np.array([number])}))
        with pytest.raises(MotionError, match=words):
            read_take(tmp_path / "bad.pkl")


@pytest.mark.parametrize("up", ["y", "z", "-y"])
def test_the_trunk_says_which_axis_is_up(known: Motion, up: str) -> None:
    poses = axis_angles(known, 22).reshape(len(known), 22, 3).astype(np.float64)
    if up == "z":
        poses = axis_angles(z_up(known), 22).reshape(len(known), 22, 3).astype(np.float64)
    if up == "-y":
        poses[:, 0] = [np.pi, 0.0, 0.0]
    assert up_of(poses, LAYOUTS["motionx"].ups) == up
    poses[:, 0] = [0.0, 0.0, np.pi / 2]  # lying along x: the layout's own
    assert up_of(poses, LAYOUTS["edge"].ups) == "z"
    assert up_of(poses, LAYOUTS["lodge"].ups) == "y"


def test_aist_files_know_their_styles_wherever_they_lie(known: Motion, tmp_path: Path) -> None:
    path = write_aistpp(known, tmp_path)
    assert read_take(path, reader="smpl").styles == ("locking",)
    assert read_take(path).tempo == 100
