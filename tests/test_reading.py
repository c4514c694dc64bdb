"""What the user says of a recording overrules its file and its reader; what a reader assumes is said."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dataset_support import FORMATS, write_bvh, write_finedance, write_smpl
from motion_support import gap_mm, on_other_skeleton, stepping_dance

from choreo import plugins
from choreo.cli.app import run
from choreo.datasets.files import assumed, canonical_takes, told
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB
from choreo.errors import InputError
from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES
from choreo.motion.ground import turned
from choreo.pipeline.plan_to_dance import perform_file
from choreo.types import AXES_UP, Cut, Motion, Reading, Take


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(6.0, fps=30.0)


@pytest.mark.parametrize("fps", [0.0, -1.0, 1e6, math.nan, math.inf])
def test_rates_that_are_none(fps: float) -> None:
    with pytest.raises(InputError, match="frames a second"):
        Reading(fps)


def test_axes_that_are_none() -> None:
    with pytest.raises(InputError, match="one of x, y, z, -x, -y, -z"):
        Reading(up="w")


@pytest.mark.parametrize("axis", AXES_UP)
def test_an_axis_is_turned_up(axis: str) -> None:
    direction = np.zeros(3)
    direction["xyz".index(axis[-1])] = -1.0 if axis.startswith("-") else 1.0
    np.testing.assert_allclose(rot.rotate(rot.up_turn(axis), direction), [0, 1, 0], atol=1e-12)


def test_what_is_told_is_not_assumed() -> None:
    assert assumed(Reading(), fps=30.0, up="z") == ("assumed 30 fps", "assumed z up")
    assert assumed(Reading(25.0), fps=30.0, up="z") == ("assumed z up",)
    assert assumed(Reading(up="y"), fps=30.0, up="z") == ("assumed 30 fps",)
    assert assumed(Reading()) == ()


def test_times_go_with_the_rate(known: Motion) -> None:
    take = Take("a", known, "a", "x", tempo=100.0, beats=np.array([0.0, 1.0]), cuts=(Cut(1.0, 2.0, 4),))
    slow, motion = told(take, known, Reading(15.0))
    assert motion.duration == pytest.approx(2 * known.duration)
    assert slow.tempo == 50.0
    assert slow.beats is not None
    assert slow.beats.tolist() == [0.0, 2.0]
    assert (slow.cuts[0].start, slow.cuts[0].end) == (2.0, 4.0)


@pytest.mark.parametrize("name", FORMATS)
def test_every_reader_heeds_a_rate(name: str, known: Motion, tmp_path: Path) -> None:
    path, plugin = FORMATS[name](known, tmp_path), plugins.load("datasets", name)
    plain = next(iter(plugin.takes(path)))
    take = next(iter(plugin.takes(path, reading=Reading(plain.source_fps / 2))))
    assert take.source_fps == pytest.approx(plain.source_fps / 2)
    assert take.motion.duration == pytest.approx(2 * plain.motion.duration, abs=0.1)


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("amass", "c3d", "edge")])
def test_every_reader_heeds_an_axis(name: str, known: Motion, tmp_path: Path) -> None:
    path, plugin = FORMATS[name](known, tmp_path), plugins.load("datasets", name)
    plain, y, z = (next(iter(plugin.takes(path, reading=Reading(up=up)))).motion for up in (None, "y", "z"))
    assert gap_mm(plain, y) < 1  # these files are Y up
    if name in ("aistpp", "smpl", "finedance"):  # on the canonical skeleton, where nothing else turns them
        assert gap_mm(plain, z) > 300


def test_a_recording_on_its_side_stands_when_told(known: Motion, tmp_path: Path) -> None:
    lying = turned(known, rot.conjugate(rot.up_turn("-x")))
    path = write_finedance(lying, tmp_path)
    take = next(iter(plugins.load("datasets", "finedance").takes(path, reading=Reading(up="-x"))))
    assert gap_mm(known, replace(take.motion, fps=known.fps)) < 2


def test_assumptions_are_said_once(
    known: Motion, own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dances"
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        path = write_smpl(known, folder / name)
        arrays = {key: value for key, value in np.load(path).items() if "fps" not in key and "rate" not in key}
        np.savez(path, **arrays)
    db = own_database
    assert run(["db", "add", "smpl", str(folder), "--db", db, "--jobs", "1"]) == 0
    said = capsys.readouterr()
    assert said.err.count("Assumed 30 fps in 2 of 2 files") == 1
    assert "--fps-of" in said.err
    assert "mended" not in said.out
    assert run(["db", "add", "smpl", str(folder), "--db", db, "--jobs", "1", "--fps-of", "24", "--up", "y",
                "--as", "slow"]) == 0  # fmt: skip
    assert "Assumed" not in capsys.readouterr().err
    assert run(["convert", str(path), str(tmp_path / "out.bvh")]) == 0
    assert "Assumed 30 fps" in capsys.readouterr().err
    assert run(["convert", str(path), str(tmp_path / "out.bvh"), "--json", "--fps-of", "60",
                "--up", "y"]) == 0  # fmt: skip
    facts = json.loads(capsys.readouterr().out)
    assert facts["assumed"] == []
    assert facts["seconds"] == pytest.approx(known.duration / 2, abs=0.05)


def test_files_are_read_again_when_told_otherwise(known: Motion, tmp_path: Path) -> None:
    write_bvh(known, tmp_path)
    db = MotionDB.open(tmp_path / "db", create=True)
    add_dataset(db, "bvh", tmp_path, jobs=1)
    (slow,) = add_dataset(db, "bvh", tmp_path, jobs=1, reading=Reading(15.0))
    assert slow.seconds == pytest.approx(2 * known.duration, abs=0.1)


def test_a_rate_that_is_none_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "a.bvh", "b.bvh", "--fps-of", "nan"]) == 2
    assert "1 to 1000 frames a second" in capsys.readouterr().err


def test_motion_files_that_are_rendered(known: Motion, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_finedance(known, tmp_path)
    assert any("assumed 30 fps" in warning for warning in perform_file(path).warnings)
    fast = perform_file(path, reading=Reading(60.0, "y"))
    assert not fast.warnings
    assert fast.motions[0].duration == pytest.approx(known.duration / 2, abs=0.05)
    assert run(["render", str(tmp_path / "a.plan.json"), "--up-of", "z"]) == 2
    assert "go with motion files" in capsys.readouterr().err


@pytest.mark.parametrize("factor", [100.0, 1000.0, 39.37])
def test_motions_in_any_unit_are_mended_and_retargeted(factor: float, known: Motion) -> None:
    source = on_other_skeleton(known, FAMILIES["lafan1"])
    large = replace(
        source,
        skeleton=replace(source.skeleton, offsets=(factor * source.skeleton.offsets).astype(np.float32)),
        translation=(factor * source.translation).astype(np.float32),
    )
    takes = [list(canonical_takes(Take("a", each, "a", "x"), each)) for each in (source, large)]
    assert [len(found) for found in takes] == [1, 1]
    assert gap_mm(takes[0][0].motion, takes[1][0].motion) < 1
