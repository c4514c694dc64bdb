from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from choreo.errors import InputError, MotionError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL
from choreo.types import Motion
from choreo_bvh import BvhExporter, read_bvh
from choreo_bvh.decimals import table_text


@pytest.fixture
def dance() -> Motion:
    rng = np.random.default_rng(3)
    t = np.linspace(0, 8, 200)[:, None, None]
    swing = np.sin(t + rng.uniform(0, 6, (1, 24, 3))) * rng.uniform(0, 1.2, (1, 24, 3))
    turn = swing.copy()
    turn[:, 0, 1] = 2 * t[:, 0, 0]
    translation = (np.array([[0.2, 0.9, -0.4]]) + np.sin(t[:, 0] * [1, 2, 3]) * 0.1).astype(np.float32)
    return Motion(CANONICAL, 60.0, translation, rot.continuous(rot.from_axis_angle(turn)).astype(np.float32))


def test_round_trip_keeps_every_joint(dance: Motion, tmp_path: Path) -> None:
    BvhExporter().export(dance, tmp_path / "a.bvh")
    again = read_bvh(tmp_path / "a.bvh")
    assert again.skeleton.names == CANONICAL.names
    assert again.fps == pytest.approx(60, abs=1e-4)
    ours, _ = forward(CANONICAL, dance.translation, dance.rotations)
    theirs, _ = forward(again.skeleton, again.translation, again.rotations)
    np.testing.assert_allclose(theirs, ours, atol=1e-3)


def test_an_independent_reader_sees_the_same_positions(dance: Motion, tmp_path: Path) -> None:
    pybvh = pytest.importorskip("pybvh")
    BvhExporter().export(dance, tmp_path / "a.bvh")
    other = pybvh.read_bvh_file(str(tmp_path / "a.bvh"))
    positions = np.asarray(other.node_positions())
    names = [node.name for node in other.nodes]
    ours, _ = forward(CANONICAL, dance.translation, dance.rotations)
    for joint in ("pelvis", "left_wrist", "right_foot", "head"):
        seen = positions[:, names.index(joint)]
        np.testing.assert_allclose(seen / 100, ours[:, CANONICAL.index(joint)], atol=1e-3)


def test_angles_are_continuous_over_full_turns(dance: Motion, tmp_path: Path) -> None:
    BvhExporter().export(dance, tmp_path / "a.bvh")
    text = (tmp_path / "a.bvh").read_text().split("Frame Time:")[1].splitlines()[1:]
    table = np.array([row.split() for row in text], float)
    assert np.abs(np.diff(table[:, 3:6], axis=0)).max() < 30


def test_bytes_are_the_same_every_time(dance: Motion, tmp_path: Path) -> None:
    for name in ("a.bvh", "b.bvh"):
        BvhExporter().export(dance, tmp_path / name)
    assert (tmp_path / "a.bvh").read_bytes() == (tmp_path / "b.bvh").read_bytes()


def test_real_files_of_two_families_are_upright_people(shared: Path) -> None:
    files = sorted((shared / "bvh").rglob("*.bvh"))
    assert len(files) == 6
    for path in files:
        motion = read_bvh(path)
        positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
        heights = np.ptp(positions[10::20, :, 1], axis=1)
        assert 1.0 < np.median(heights) < 2.2, path.name


BROKEN = {
    "empty": ("", "ends where HIERARCHY"),
    "text": ("hello there\n", "line 1.*HIERARCHY"),
    "cut": ("HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\n", "cut off"),
    "offset": ("HIERARCHY\nROOT a\n{\nOFFSET 0 zero 0\n", "line 4.*three numbers"),
    "nan": ("HIERARCHY\nROOT a\n{\nOFFSET 0 nan 0\n", "line 4"),
    "frames": (
        "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\nMOTION\n"
        "Frames: 3\nFrame Time: 0.1\n1 2 3\n",
        "3 frames of 3 numbers promised, 3 numbers found",
    ),
    "columns": (
        "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\nMOTION\n"
        "Frames: 1\nFrame Time: 0.1\n1 2\n",
        "1 frames of 3 numbers promised, 2",
    ),
    "words": (
        "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\nMOTION\n"
        "Frames: 1\nFrame Time: 0.1\n1 2 three\n",
        "other than numbers",
    ),
    "infinite": (
        "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\nMOTION\n"
        "Frames: 1\nFrame Time: 0.1\n1 2 inf\n",
        "3 finite numbers",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_say_where(kind: str, tmp_path: Path) -> None:
    text, message = BROKEN[kind]
    (tmp_path / "x.bvh").write_text(text)
    with pytest.raises(MotionError, match=message) as caught:
        read_bvh(tmp_path / "x.bvh")
    assert "x.bvh" in caught.value.message


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="no such file"):
        read_bvh(tmp_path / "none.bvh")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000), put=st.text(max_size=12), drop=st.integers(0, 40))
def test_mutated_files_give_an_answer_or_our_error(
    cut: int, put: str, drop: int, tmp_path: Path, dance: Motion
) -> None:
    source = tmp_path / "whole.bvh"
    if not source.exists():
        BvhExporter().export(Motion(CANONICAL, 60.0, dance.translation[:3], dance.rotations[:3]), source)
    text = source.read_text()
    broken = tmp_path / "broken.bvh"
    broken.write_text(text[:cut] + put + text[cut + drop :], encoding="utf-8")
    try:
        assert len(read_bvh(broken)) >= 1
    except MotionError as error:
        assert "broken.bvh" in error.message  # noqa: PT017 - success is fine too


@pytest.mark.parametrize("order", ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"])
def test_any_order_of_angles_comes_back(order: str, tmp_path: Path) -> None:
    from motion_support import gap_degrees, gap_mm, stepping_dance

    motion = stepping_dance(2.0)
    BvhExporter(order).export(motion, tmp_path / "a.bvh")
    channels = " ".join(f"{letter}rotation" for letter in order)
    assert f"CHANNELS 3 {channels}" in (tmp_path / "a.bvh").read_text()
    back = read_bvh(tmp_path / "a.bvh")
    assert gap_mm(motion, back) < 0.01
    assert gap_degrees(motion, back) < 0.01


def test_orders_that_are_none() -> None:
    with pytest.raises(InputError, match="XXY"):
        BvhExporter("XXY")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-2000, 2000) | st.sampled_from([0.0, -0.0, -4e-7, 5e-7, 1.0000005, 999.9999996, -1000.0]),
                  st.integers(-(10**12) - 2, 10**12 + 2).map(lambda millionths: millionths / 1e6)),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)  # fmt: skip
def test_numbers_are_written_as_percent_f_writes_them(rows: list[tuple[float, float]], swapped: bool) -> None:
    table = np.array(rows)[:, :: -1 if swapped else 1]
    wanted = "".join(" ".join(f"{value:.6f}" for value in row) + "\n" for row in np.round(table, 6) + 0.0)
    assert table_text(table) == wanted


def test_numbers_of_every_length() -> None:
    powers = np.array([10.0**k for k in range(-7, 12)])
    mixed = np.array([[0.5, 1e9], [-1.5, 2.0]])
    for table in (powers[:, None], -powers[None], mixed, np.arange(-3000.0, 3000.0)[:, None]):
        wanted = "".join(" ".join(f"{value:.6f}" for value in row) + "\n" for row in np.round(table, 6) + 0.0)
        assert table_text(table) == wanted
