"""Adding that is killed, stopped, or done twice at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dataset_support import write_bvh
from motion_support import dance
from test_db_ingest import content

from choreo import plugins
from choreo.datasets.ingest import CHANGED, add_dataset
from choreo.db import MotionDB
from choreo.db.ledger import read_ledger
from choreo.db.verify import verify

pytest.importorskip("resource", reason="limits of files and SIGKILL are POSIX's")

ADD = """
import os, resource, signal, sys
from contextlib import contextmanager
from pathlib import Path
from choreo.datasets import ingest
from choreo.db import MotionDB, connection

ingest.FILES_AT_ONCE = 1
place, folder, point, number = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
passed = 0

def die(here):
    global passed
    passed += here == point
    if here == point and passed == number:
        os.kill(os.getpid(), signal.SIGKILL)

translated, sealed = connection.translated, connection.write_seal

@contextmanager
def writing(location, doing, advice=""):
    with translated(location, doing, advice):
        if doing == "written":
            die("locked")
            if point == "inside":  # the kernel ends the process within the first file that grows beyond this
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))
        yield

def seal(*where):
    die("written")
    sealed(*where)
    die("sealed")

connection.translated, connection.write_seal = writing, seal
reports = ingest.add_dataset(MotionDB.open(place, create=True), "bvh", Path(folder), jobs=1)
print(sum(report.clips for report in reports))
"""
POINTS = (
    ("locked", 1),
    ("inside", 100),
    ("inside", 20_000),
    ("written", 1),
    ("sealed", 3),
)
"""Where a run dies, one after the other on the same database: with the lock held and nothing written, within a small
and a large file, between clips and their seal, between a file's clips and its row in the ledger."""


def start(place: Path, folder: Path, point: str = "", number: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ADD, str(place), str(folder), point, str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dances = tmp_path_factory.mktemp("dances")
    for number in range(4):
        (dances / str(number)).mkdir()
        write_bvh(dance(4.0, bpm=110 + 10 * number), dances / str(number))
    return dances


@pytest.fixture(scope="module")
def wanted(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    db = MotionDB.open(tmp_path_factory.mktemp("clean"), create=True)
    add_dataset(db, "bvh", folder, jobs=1)
    return content(db)


@pytest.mark.slow
def test_killed_at_any_point_and_run_again_is_as_one_clean_run(
    folder: Path, wanted: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    counts = []
    for point, number in POINTS:
        process = start(tmp_path / "db", folder, point, number)
        out, err = process.communicate()
        assert process.returncode < 0, f"{point} {number}: {out}{err}"
        db = MotionDB.open(tmp_path / "db")  # whatever lock was left is no lock
        assert set(content(db)) <= set(wanted)
        assert verify(db).whole, f"{point} {number}"
        counts.append(len(db))
    assert counts == sorted(counts)
    assert 0 < counts[-1] < len(wanted)
    add_dataset(MotionDB.open(tmp_path / "db"), "bvh", folder, jobs=1)
    assert content(MotionDB.open(tmp_path / "db")) == wanted


def test_stopped_by_the_user_and_run_again_is_as_one_clean_run(
    folder: Path, wanted: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("choreo.datasets.ingest.FILES_AT_ONCE", 1)
    db = MotionDB.open(tmp_path, create=True)

    def stop(done: int, total: int) -> None:
        if done == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_dataset(db, "bvh", folder, jobs=1, progress=stop)
    assert 0 < len(db) < len(wanted)
    assert verify(db).whole
    add_dataset(db, "bvh", folder, jobs=1)
    assert content(db) == wanted


@pytest.mark.slow
def test_two_at_once_both_land(folder: Path, wanted: list[tuple[Any, ...]], tmp_path: Path) -> None:
    other = tmp_path / "other"
    for number in range(2):
        (other / str(number)).mkdir(parents=True)
        write_bvh(dance(4.0, bpm=93 + number), other / str(number))
    both = [start(tmp_path / "db", each) for each in (folder, other)]
    clips = [int(process.communicate()[0]) for process in both]
    db = MotionDB.open(tmp_path / "db")
    assert clips[0] == len(wanted)
    assert len(db) == clips[0] + clips[1]
    assert set(wanted) <= set(content(db))
    assert verify(db).whole
    assert len(read_ledger(db)[0]) == 6


def test_a_file_that_changes_while_it_is_read_is_read_again(
    folder: Path, wanted: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dances" / "3" / "dance.bvh"
    path.parent.mkdir(parents=True)
    whole = (folder / "3" / "dance.bvh").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    reader = type(plugins.load("datasets", "bvh"))
    takes = reader.takes

    def grown(self: Any, *args: Any, **options: Any) -> Iterator[Any]:
        try:
            yield from takes(self, *args, **options)
        finally:
            path.write_bytes(whole)

    monkeypatch.setattr(reader, "takes", grown)
    db = MotionDB.open(tmp_path / "db", create=True)
    assert [each.skipped for each in add_dataset(db, "bvh", tmp_path / "dances", jobs=1)] == [CHANGED]
    assert (len(db), read_ledger(db)[0]) == (0, {})
    assert [each.skipped for each in add_dataset(db, "bvh", tmp_path / "dances", jobs=1)] == [""]
    assert set(content(db)) <= set(wanted)
