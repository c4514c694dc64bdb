"""Files that their readers do not survive: they are left out and named, and the others are added."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzzing.crashy import write_dances, write_plugin

from choreo.datasets import ingest
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB
from choreo.db.ledger import read_ledger


@pytest.fixture
def crashy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A dataset plugin of another distribution, whose files name what becomes of the process."""
    monkeypatch.syspath_prepend(write_plugin(tmp_path / "plugin"))
    return "crashy"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Good dances before, between and after bad files."""
    return write_dances(tmp_path / "dances")


def test_a_file_that_ends_its_process_is_left_out_alone(crashy: str, folder: Path, tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path / "db", create=True)
    found = {report.file: report for report in add_dataset(db, crashy, folder, jobs=2)}
    assert list(found) == sorted(found)
    assert all(found[f"{name}/dance.bvh"].clips for name in "amz")
    assert len(db) == sum(report.clips for report in found.values())
    assert "SIGSEGV" in found["segv.bad"].skipped
    assert "EXIT(3)" in found["leave.bad"].skipped
    assert "MemoryError" in found["hoard.bad"].skipped

    read: list[int] = []
    again = add_dataset(db, crashy, folder, jobs=2, progress=lambda done, total: read.append(total - done))
    assert read[0] == 2  # what ended its process is tried again; what was refused or added is known
    assert [report.skipped for report in again] == [report.skipped for report in found.values()]


def test_one_worker_is_a_process_of_its_own_too(
    crashy: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("choreo_local.usable_processors", lambda: 1)
    db = MotionDB.open(tmp_path / "db", create=True)
    reports = add_dataset(db, crashy, folder / "segv.bad")
    assert ["SIGSEGV" in report.skipped for report in reports] == [True]


def test_what_takes_too_long_is_given_up(
    crashy: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "LONGEST", 0.2)
    (folder / "wait.bad").write_text("wait")
    db = MotionDB.open(tmp_path / "db", create=True)
    (report,) = add_dataset(db, crashy, folder / "wait.bad", jobs=2)
    assert report.skipped == "the process that read it took longer than 0.2 s and was given up"
    assert read_ledger(db)[0] == {}
