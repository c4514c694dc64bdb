"""Long dances are measured, filmed, spaced and written in blocks of frames, with the bits of the whole."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from motion_support import stepping_dance

from choreo import plugins
from choreo.motion import rotations as rot
from choreo.motion.blocks import blocks
from choreo.motion.contacts import contact_slide, foot_points
from choreo.motion.features import velocities
from choreo.motion.kinematics import forward, mirror
from choreo.motion.repair import sliced
from choreo.motion.snaps import joint_accelerations
from choreo.planfile.formations import stage_positions
from choreo.synthesis import spacing
from choreo.synthesis.checks import SEAM, _measured, _peak
from choreo.synthesis.spacing import spaced_positions
from choreo.types import Floats, Motion, Timeline
from choreo.video import camera, scene
from choreo.video.bodies import load_body
from choreo.video.camera import framed_points, needed_distance
from choreo_bvh import BvhExporter, writer
from choreo_raster.poses import ByFrame

SIZES = [1, 7, 119, 120, 121, 1000]


def in_blocks(size: int) -> object:
    def smaller(count: int) -> Iterator[slice]:
        return blocks(count, size)

    return smaller


@pytest.fixture(scope="module")
def dance() -> Motion:
    motion = stepping_dance(2.0)
    assert len(motion) == 121
    return motion


@pytest.mark.parametrize("size", SIZES)
def test_guarantees_are_measured_in_blocks_as_in_the_whole(dance: Motion, size: int) -> None:
    slide, lowest, acceleration, joints = _measured(dance, size)
    assert slide.tobytes() == contact_slide(dance).tobytes()
    assert len(slide) > 100
    points = foot_points(*forward(dance.skeleton, dance.translation, dance.rotations))
    assert lowest.tobytes() == points[..., 1].min(axis=1).tobytes()
    positions, _ = forward(dance.skeleton, dance.translation, dance.rotations)
    assert joints.tobytes() == joint_accelerations(positions, dance.fps).tobytes()
    changes = np.gradient(velocities(dance), 1 / dance.fps, axis=0)
    assert acceleration.tobytes() == np.linalg.norm(changes, axis=-1).max(axis=-1).tobytes()


def test_a_transition_is_measured_on_the_frames_around_it() -> None:
    times = 3.0 + np.arange(600) / 60
    values = np.random.default_rng(0).random(600).astype(np.float32)
    for at in (2.0, 3.0, 3.07, 7.123, 12.98, 13.1, 13.5):
        assert _peak(values, times, at) == float(values[np.abs(times - at) < SEAM].max(initial=0))


def test_measuring_a_long_dance_takes_little_memory_beside_it() -> None:
    once = stepping_dance(8.0)
    many = 60
    long = Motion(
        once.skeleton, once.fps, np.tile(once.translation, (many, 1)), np.tile(once.rotations, (many, 1, 1)),
        None if once.contacts is None else np.tile(once.contacts, (many, 1)),
    )  # fmt: skip
    tracemalloc.start()
    try:
        _measured(long, 512)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.5 * long.rotations.nbytes


@pytest.mark.parametrize("size", SIZES)
def test_bvh_is_written_in_blocks_as_in_the_whole(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It spins: the angles of a block go on far beyond half a turn.
    dance = stepping_dance(2.0, turn=40.0)
    whole = np.degrees(rot.to_euler(dance.rotations[:, [0]], "ZXY", unwrap=True))
    assert np.abs(whole).max() > 720
    BvhExporter().export(dance, tmp_path / "whole.bvh")
    monkeypatch.setattr(writer, "BLOCK", size)
    BvhExporter().export(dance, tmp_path / "blocks.bvh")
    assert (tmp_path / "blocks.bvh").read_bytes() == (tmp_path / "whole.bvh").read_bytes()
    rows = (tmp_path / "blocks.bvh").read_text().splitlines()[-len(dance) :]
    spun = np.array([[float(value) for value in row.split()[3:6]] for row in rows])
    np.testing.assert_allclose(spun, whole[:, 0], atol=1e-6)


@pytest.mark.parametrize(("name", "module"), [("csv", "choreo_csv"), ("smpl", "choreo_smpl.exporters"),
                                               ("amass", "choreo_smpl.exporters")])  # fmt: skip
@pytest.mark.parametrize("size", [1, 50])
def test_files_are_written_in_blocks_as_in_the_whole(
    dance: Motion, name: str, module: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = plugins.load("exporters", name)
    exporter.export(dance, tmp_path / "whole")
    monkeypatch.setattr(f"{module}.blocks", in_blocks(size))
    exporter.export(dance, tmp_path / "blocks")
    assert (tmp_path / "blocks").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("name", ["follow", "director", "fixed"])
@pytest.mark.parametrize("size", [1, 50, 1000])
def test_poses_and_cameras_in_blocks_are_those_of_the_whole(
    dance: Motion, name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sliced(stepping_dance(2.0, turn=-2.0), 0, len(dance))
    times = np.arange(50) / 25 + 0.001

    def filmed() -> tuple[Floats, Floats, Floats]:
        posed = [scene.poses_at(motion, times, 25.0) for motion in (dance, other)]
        timeline = Timeline("", 4, 120.0, np.arange(5) / 2, np.array([1, 2, 3, 4, 1]), (), ())
        path = scene._camera(name, posed, [load_body("stick")], 320, 180, 25.0, timeline)
        return posed[1].rotations, path.eye, path.target

    whole = filmed()
    for module in (scene, camera):
        monkeypatch.setattr(module, "blocks", in_blocks(size))
    for one, all_at_once in zip(filmed(), whole, strict=True):
        assert one.tobytes() == all_at_once.tobytes()
    points = framed_points([scene.poses_at(motion, times, 25.0) for motion in (dance, other)])
    for frame in (0, 20, 49):
        eye, target = (each[frame].astype(np.float64) for each in whole[1:])
        back = (eye - target) / np.linalg.norm(eye - target)
        right = np.array([back[2], 0, -back[0]]) / np.hypot(back[0], back[2])
        axes = np.stack([right, np.cross(back, right), back])[None]
        need = needed_distance(points[frame : frame + 1], target[None], axes, 320 / 180)
        assert need[0] <= np.linalg.norm(eye - target) + 1e-5


@pytest.mark.parametrize("size", [13, 40, 1000])
@pytest.mark.parametrize("halves", [False, True])
def test_dancers_are_spaced_in_blocks_as_in_the_whole(
    dance: Motion, size: int, halves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = mirror(dance)
    cast = [dance, other, dance, other] if not halves else [dance, dance, other, other]
    unit = stage_positions("line", 4)
    whole = spaced_positions(cast, unit, halves=halves)
    monkeypatch.setattr(spacing, "blocks", in_blocks(size))
    monkeypatch.setattr(spacing, "KEPT", 0 if size == 13 else 10**9)
    ground, apart, air = spaced_positions(cast, unit, halves=halves)
    assert ground.tobytes() == whole[0].tobytes()
    assert (apart, air) == whole[1:]
    assert air >= spacing.GAP - 1e-9


def test_values_by_frame_are_computed_a_block_at_a_time() -> None:
    asked: list[tuple[int, int]] = []

    def compute(first: int, last: int) -> Floats:
        asked.append((first, last))
        return np.arange(first, last, dtype=np.float32)

    values = ByFrame(compute, 25, size=10)
    assert [float(values[frame]) for frame in (0, 9, 10, 24, 11, 20)] == [0, 9, 10, 24, 11, 20]
    assert asked == [(0, 10), (10, 20), (20, 25)]
    assert float(values[3]) == 3
    assert asked[3:] == [(0, 10)]
