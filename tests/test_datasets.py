from __future__ import annotations

import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from dataset_support import FORMATS, save_c3d, write_aistpp, write_bvh, write_c3d, write_glb, write_vmd
from motion_support import gap_mm, stepping_dance

from choreo import plugins
from choreo.datasets.codes import aist_tempo
from choreo.errors import ChoreoError, MotionError
from choreo.motion.kinematics import forward
from choreo.motion.placement import placed
from choreo.motion.resample import resample
from choreo.motion.skeleton import NAMES
from choreo.testing import check_datasets
from choreo.types import Motion

ENDS = [NAMES.index(name) for name in ("left_wrist", "right_wrist", "left_ankle", "right_ankle", "head")]
EXACT = {
    "aistpp": 2, "amass": 2, "edge": 2, "smpl": 2, "finedance": 2, "lodge": 2, "motionx": 2, "mixamo": 2,
}  # fmt: skip
"""Millimetres within which the same dance must come back, where a format keeps all of it."""


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(6.0)


@pytest.mark.parametrize("name", FORMATS)
def test_the_known_dance_comes_back(name: str, known: Motion, tmp_path: Path) -> None:
    path = FORMATS[name](known, tmp_path)
    take = next(iter(plugins.load("datasets", name).takes(path)))
    assert take.motion.duration == pytest.approx(known.duration, abs=0.1)
    assert take.motion.skeleton.names == NAMES
    if name in EXACT:
        assert gap_mm(resample(known, take.motion.fps), take.motion) < EXACT[name]
        return
    own, take = placed(resample(known, take.motion.fps)), replace(take, motion=placed(take.motion))
    count = min(len(own), len(take.motion))
    a, b = (forward(m.skeleton, m.translation[:count], m.rotations[:count])[0][:, ENDS] for m in (own, take.motion))
    assert np.linalg.norm(a - b, axis=-1).mean() < 0.06
    assert np.corrcoef(np.diff(a, axis=0).ravel(), np.diff(b, axis=0).ravel())[0, 1] > 0.9


@pytest.mark.parametrize("name", FORMATS)
def test_the_contract(name: str, known: Motion, tmp_path: Path) -> None:
    FORMATS[name](known, tmp_path)
    check_datasets(plugins.load("datasets", name), tmp_path)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_there_says_what_is_expected(name: str, tmp_path: Path) -> None:
    plugin = plugins.load("datasets", name)
    assert plugin.skips
    with pytest.raises(MotionError, match="expects"):
        list(plugin.clips(tmp_path / "nowhere"))
    with pytest.raises(MotionError, match="expects"):
        list(plugin.clips(tmp_path))
    with pytest.raises(MotionError, match="needs a path"):
        list(plugin.clips(None))


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.path,)


def test_a_malicious_pickle_does_not_run(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    file = tmp_path / "gBR_sBM_cAll_d04_mBR0_ch01.pkl"
    file.write_bytes(pickle.dumps({"smpl_poses": Evil(str(target))}))
    with pytest.raises(MotionError, match="can run code"):
        list(plugins.load("datasets", "aistpp").takes(file))
    assert not target.exists()


def test_objects_in_npz_are_not_unpickled(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    np.savez(tmp_path / "evil.npz", poses=np.array([Evil(str(target))], dtype=object))
    with pytest.raises(MotionError):
        list(plugins.load("datasets", "smpl").takes(tmp_path / "evil.npz"))
    assert not target.exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    head = BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (1 << 28, 3)})
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("poses.npy", head.getvalue() + bytes(1 << 20))
    with pytest.raises(MotionError, match="its arrays take more than 1024 MiB"):
        list(plugins.load("datasets", "smpl").takes(tmp_path / "bomb.npz"))


def test_promises_that_the_file_is_too_small_for(known: Motion, tmp_path: Path) -> None:
    path = write_vmd(known, tmp_path)
    raw = bytearray(path.read_bytes())
    raw[50:54] = struct.pack("<I", 4_000_000_000)
    path.write_bytes(raw)
    with pytest.raises(MotionError, match="cut off"):
        list(plugins.load("datasets", "vmd").takes(path))
    points = np.zeros((4, 40, 3))
    cut = save_c3d(tmp_path / "cut.c3d", [f"M{k}" for k in range(40)], points, 100.0)
    raw = bytearray(cut.read_bytes())
    raw[2:4] = struct.pack("<h", 30000)
    cut.write_bytes(raw)
    with pytest.raises(MotionError):
        list(plugins.load("datasets", "c3d").takes(cut))


def test_aist_names_say_genre_tempo_and_music(known: Motion, tmp_path: Path) -> None:
    take = next(iter(plugins.load("datasets", "aistpp").takes(write_aistpp(known, tmp_path))))
    assert take.styles == ("locking",)
    assert take.tempo == 100
    assert take.labels == ("genre:LO", "music:mLO2")
    tempos = {"mBR0": 80, "mBR5": 130, "mHO0": 110, "mHO5": 135, "mBR9": None, "song": None}
    assert {name: aist_tempo(name) for name in tempos} == tempos


def test_aist_ignores_what_it_says_is_wrong(known: Motion, tmp_path: Path) -> None:
    motions = tmp_path / "motions"
    motions.mkdir()
    path = write_aistpp(known, motions)
    (tmp_path / "ignore_list.txt").write_text(path.stem + "\n")
    with pytest.raises(MotionError, match="no"):
        plugins.load("datasets", "aistpp").files(tmp_path)
    (motions / "gBR_sBM_cAll_d04_mBR0_ch01.pkl").write_bytes(path.read_bytes())
    stems = [file.stem for file in plugins.load("datasets", "aistpp").files(tmp_path)]
    assert stems == ["gBR_sBM_cAll_d04_mBR0_ch01"]


def test_finedance_and_motorica_know_their_genres(known: Motion, tmp_path: Path) -> None:
    for name, styles in (("finedance", ("uyghur", "folk")), ("motorica", ("locking",))):
        path = FORMATS[name](known, tmp_path)
        assert next(iter(plugins.load("datasets", name).takes(path))).styles == styles


def test_lost_and_jumping_markers_are_bridged(known: Motion, tmp_path: Path) -> None:
    reader = plugins.load("datasets", "c3d")
    clean = next(iter(reader.takes(write_c3d(known, tmp_path))))
    holed = next(iter(reader.takes(write_c3d(known, tmp_path, gaps=True))))
    assert holed.flags == ("gaps",)
    assert holed.facts["bridged_samples"] == 12
    assert gap_mm(clean.motion, holed.motion) < 60


def test_a_bind_pose_in_front_is_dropped(known: Motion, tmp_path: Path) -> None:
    path = write_bvh(known, tmp_path)
    lines = path.read_text().split("\n")
    at = next(k for k, line in enumerate(lines) if line.startswith("Frame Time")) + 1
    zeros = " ".join(["0.0"] * len(lines[at].split()))
    lines.insert(at, zeros)
    lines = [f"Frames: {len(known) + 1}" if line.startswith("Frames:") else line for line in lines]
    path.write_text("\n".join(lines))
    take = next(iter(plugins.load("datasets", "bvh").takes(path)))
    assert take.first_frame == 1
    assert len(take.motion) == len(known)


def test_bvh_families(shared: Path) -> None:
    reader = plugins.load("datasets", "bvh")
    files = sorted((shared / "bvh").rglob("*.bvh"))
    assert files
    for file in files:
        takes = list(reader.takes(file))
        assert takes, file
        for take in takes:
            assert take.facts["end_error"] < 0.01
            assert take.facts["slide_after"] < 0.01
            assert take.first_frame == (1 if "perfume" in str(file) else 0)


def test_choreonet(shared: Path) -> None:
    from choreo_c3d.choreonet import choreographies

    reader = plugins.load("datasets", "choreonet")
    root = shared / "choreonet"
    names = ("14", "mm_tg_03_1", "17", "15")
    takes = {name: list(reader.takes(root / "c3d" / f"{name}.c3d", root=root)) for name in names}
    assert [len(found) for found in takes.values()] == [1, 1, 1, 1]
    assert takes["14"][0].styles == ("tango",)
    assert len(takes["14"][0].cuts) == 20
    assert not takes["14"][0].flags
    for name in ("mm_tg_03_1", "17", "15"):  # drop-outs to zero, spikes of 55 m/s, frames over 12 m/s
        assert takes[name][0].flags, name
    for found in takes.values():
        assert found[0].facts["bone_variation"] < 1e-3
        assert found[0].facts["slide_after"] < 0.005
    dances = list(choreographies(root))
    assert len(dances) == 33
    assert {dance.style for dance in dances} == {"cha-cha", "rumba", "tango", "waltz"}
    for one in dances:
        assert len(one.units) == len(one.beats)


def test_choreonet_needs_its_table(tmp_path: Path) -> None:
    (tmp_path / "a.c3d").write_bytes(b"\2\x50" + bytes(600))
    with pytest.raises(ChoreoError, match=r"movement_interval|not a readable"):
        list(plugins.load("datasets", "choreonet").clips(tmp_path))


def test_frames_are_those_of_the_file(known: Motion, tmp_path: Path) -> None:
    """80 frames a second are read as 60; a take says where it lies in the file's own frames."""
    fast = resample(known, 80.0)
    path = write_bvh(fast, tmp_path)
    lines = path.read_text().split("\n")
    at = next(k for k, line in enumerate(lines) if line.startswith("Frame Time")) + 1
    middle = at + len(fast) // 2
    for k in range(middle, middle + 40):  # half a second of teleporting: cut out
        values = lines[k].split()
        values[0] = str(float(values[0]) + (500.0 if k % 2 else -500.0))
        lines[k] = " ".join(values)
    path.write_text("\n".join(lines))
    takes = list(plugins.load("datasets", "bvh").takes(path))
    assert len(takes) == 2
    assert takes[0].first_frame == 0
    assert middle - at + 35 <= takes[1].first_frame <= middle - at + 60
    assert takes[1].source_frame(1.0) == takes[1].first_frame + 80


def test_a_map_names_the_joints_of_a_glb(known: Motion, tmp_path: Path) -> None:
    from choreo.datasets.convert import read_take
    from choreo.motion.families import to_toml

    path = write_glb(known, tmp_path)
    import pygltflib as lib

    document = lib.GLTF2().load(str(path))
    odd = {node.name: f"q{k}" for k, node in enumerate(document.nodes)}
    for node in document.nodes:
        node.name = odd[node.name]
    document.save(str(path))
    table = tmp_path / "map.toml"
    table.write_text(to_toml("mine", {name: odd[name] for name in known.skeleton.names if name in odd}))
    assert gap_mm(known, read_take(path, joints=table).motion) < 20
    table.write_text(table.read_text().replace(f'"{odd["left_knee"]}"', f'"{odd["left_wrist"]}"'))
    with pytest.raises(MotionError, match="left_knee"):
        read_take(path, joints=table)


def test_poses_in_two_parts_have_as_many_frames(tmp_path: Path) -> None:
    path = tmp_path / "parts.npz"
    for pelvis, body in (((3, 3), (2, 63)), ((3,), (3, 63)), ((0, 3), (0, 63)), ((), (3, 63))):
        np.savez(path, global_orient=np.zeros(pelvis), body_pose=np.zeros(body), transl=np.zeros((3, 3)))
        with pytest.raises(MotionError, match=r"parts\.npz: poses of pelvis and body"):
            list(plugins.load("datasets", "smpl").takes(path))
