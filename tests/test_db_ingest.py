from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_support import FORMATS, write_bvh
from motion_support import dance

from choreo.cli.app import run
from choreo.datasets.cut import cut_take
from choreo.datasets.ingest import add_dataset, forget
from choreo.db import MotionDB
from choreo.db.verify import verify
from choreo.errors import InputError
from choreo.licences import allows
from choreo.types import Cut, Motion, Take


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six dances, one broken file, one of another kind."""
    dances = tmp_path_factory.mktemp("dances")
    for number in range(6):
        sub = dances / f"take{number}"
        sub.mkdir()
        write_bvh(dance(6.0, bpm=100 + 10 * number), sub)
    (dances / "broken.bvh").write_text("HIERARCHY\nROOT a\n{\n")
    (dances / "notes.txt").write_text("not a dance")
    return dances


def content(db: MotionDB) -> list[tuple[Any, ...]]:
    return [(row["clip_id"], row["name"], row["frames"], tuple(row["beats"])) for row in db.rows()]


def test_a_folder_is_added_once(folder: Path, tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path / "db", create=True)
    calls: list[tuple[int, int]] = []
    reports = add_dataset(db, "bvh", folder, jobs=1, progress=lambda done, total: calls.append((done, total)))
    assert len(reports) == 7
    assert calls[-1] == (7, 7)
    assert [bool(report.skipped) for report in reports] == [True, *[False] * 6]
    assert "cut off" in reports[0].skipped
    assert len(db) == sum(report.clips for report in reports) > 10
    before = content(db)
    again = add_dataset(db, "bvh", folder, jobs=1)
    assert again == reports
    assert content(db) == before
    assert verify(db).whole


def test_processes_give_the_same_as_one(folder: Path, tmp_path: Path) -> None:
    one, two = (MotionDB.open(tmp_path / name, create=True) for name in ("one", "two"))
    assert add_dataset(one, "bvh", folder, jobs=1) == add_dataset(two, "bvh", folder, jobs=2)
    assert content(one) == content(two)


def test_rows_know_where_they_come_from(folder: Path, tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path / "db", create=True)
    add_dataset(db, "bvh", folder, jobs=1, licence="CC-BY-4.0", name="mine")
    row = db.rows()[0]
    assert row["dataset"] == "mine"
    assert row["licence"] == "CC-BY-4.0"
    assert row["source"].startswith("take")
    assert len(row["source_hash"]) == 64
    assert row["last_frame"] - row["first_frame"] == pytest.approx(row["frames"], abs=2)
    assert row["counts"] in (4, 6, 8)


def test_versions_go_back_and_forth(folder: Path, tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path / "db", create=True)
    add_dataset(db, "bvh", folder, jobs=1)
    full, version = len(db), db.versions()[-1][0]
    forget(db, "bvh")
    assert len(db) == 0
    db.restore(version)
    assert len(db) == full
    add_dataset(db, "bvh", folder, jobs=1)
    assert len(db) == full
    with pytest.raises(InputError, match="no version 999"):
        db.restore(999)


def test_clips_are_whole_bars_on_beats() -> None:
    motion = dance(9.0, bpm=120)
    beats = np.arange(0.0, 9.0, 0.5)
    for metre, counts in ((4, {4, 6, 8}), (3, {3, 6})):
        take = Take("t", motion, "t.bvh", "CC0-1.0", metre=metre, beats=beats, downbeat=1)
        clips = list(cut_take(take, "mine"))
        assert {clip.counts for clip in clips} == counts
        assert len({clip.name for clip in clips}) == len(clips)
        firsts = sorted(clip.frames[0] for clip in clips if clip.counts == min(counts))
        assert firsts[0] == 30
        assert set(np.diff(firsts)) == {metre * 30}
        for clip in clips:
            assert clip.motion.duration == pytest.approx(clip.counts * 0.5)
            assert clip.motion.translation[0, [0, 2]] == pytest.approx([0, 0], abs=1e-6)


def test_a_dancer_who_waits_for_the_music_is_danced_in_pauses_only() -> None:
    motion = dance(16.0, bpm=120)
    frames = np.maximum(np.arange(len(motion)), 4 * round(motion.fps))  # stands still for four seconds
    waiting = Motion(motion.skeleton, motion.fps, motion.translation[frames], motion.rotations[frames])
    take = Take("t", waiting, "t.bvh", "CC0-1.0", beats=np.arange(0.0, 16.0, 0.5))
    roles = {(clip.frames[0] // 60, clip.counts): clip.role for clip in cut_take(take, "mine")}
    assert roles[0, 4] == roles[2, 4] == "idle"
    assert roles[0, 8] == "idle"
    assert {role for (second, _), role in roles.items() if second >= 4} == {"move"}


def test_cuts_are_kept_as_they_are() -> None:
    take = Take("t", dance(9.0), "t.c3d", "x", cuts=(Cut(1.0, 3.0, 4, "T-1"), Cut(8.0, 12.0, 8, "late")))
    clips = list(cut_take(take, "mine"))
    assert [(clip.name, clip.counts, clip.labels) for clip in clips] == [("t-T-1", 4, ("T-1",))]


def test_the_commands(folder: Path, own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    location = own_database

    def said(*args: str) -> str:
        assert run(["db", *args, "--db", location]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    assert "clips are new" in said("add", "bvh", str(folder), "--jobs", "1", "--as", "mine", "--license", "MIT")
    assert run(["db", "add", "bvh", str(folder), "--db", location, "--json", "--jobs", "1", "--as", "mine"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["files"]) == 7
    assert "0 faults" in said("verify")
    rows = json.loads(said("list", "--json"))
    mine = next(row["clip_id"] for row in rows if row["dataset"] == "mine")
    assert "source_hash" in said("show", mine)
    said("export", str(tmp_path / "out"), "--dataset", "mine", "--to", "csv")
    assert len(list((tmp_path / "out").glob("*.csv"))) == sum(row["dataset"] == "mine" for row in rows)
    versions = json.loads(said("versions", "--json"))
    assert "removed" in said("remove", "mine")
    assert run(["db", "remove", "nothing", "--db", location]) == 2
    assert run(["db", "show", "nothing", "--db", location]) == 2
    assert run(["db", "add", "bvh", str(tmp_path / "nowhere"), "--db", location]) == 2
    said("restore", str(versions[-1]["version"]))
    assert "by_dataset" in said("stats")


def test_a_dance_of_added_clips(
    folder: Path, own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from test_music_audio import write_wav
    from test_music_beats import band

    song = write_wav(tmp_path / "song.wav", band(110, 4, 16.0)[0].samples, 22050)
    location = own_database
    assert run(["db", "add", "bvh", str(folder), "--db", location, "--jobs", "1"]) == 0
    out = ["-o", str(tmp_path / "out"), "--db", location, "--no-video", "--no-cache"]
    assert run(["generate", str(song), *out, "--dataset", "bvh", "--best-effort"]) == 0
    credits = (tmp_path / "out" / "song.credits.txt").read_text()
    assert "bvh - licence: unknown" in credits
    assert run(["generate", str(song), *out, "--license", "commercial"]) == 0
    assert "bvh - licence" not in (tmp_path / "out" / "song.credits.txt").read_text()
    capsys.readouterr()


@pytest.mark.parametrize(
    ("licence", "commercial", "free"),
    [
        ("CC0-1.0", True, True), ("MIT", True, False), ("CC-BY-4.0", True, False), ("CC BY-SA 4.0", True, False),
        ("Apache-2.0", True, False), ("CC-BY-NC-4.0", False, False), ("CC BY-ND 4.0", False, False),
        ("unknown", False, False), ("AMASS licence (non-commercial research)", False, False),
        ("user's own", True, True), ("", False, False), ("public domain", True, True),
        ("CC-BY-4.0 (annotations); AIST's own terms for the dances", False, False),
    ],
)  # fmt: skip
def test_what_licences_allow(licence: str, commercial: bool, free: bool) -> None:
    assert allows(licence, "commercial") is commercial
    assert allows(licence, "free") is free
    assert allows(licence, "any")


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("bvh", "motorica")])
def test_every_dataset_is_added(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    FORMATS[name](dance(6.0), tmp_path / "data")
    db = MotionDB.open(tmp_path / "db", create=True)
    reports = add_dataset(db, name, tmp_path / "data", jobs=1)
    assert sum(report.clips for report in reports) == len(db) > 0
