"""A table at size: its index, its files, its versions, and what is counted when it is added to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from test_db_store import listing, make_clip

from choreo.cli.app import run
from choreo.db import MotionDB, seal, upkeep
from choreo.db.ledger import LEDGER, LedgerRow, read_ledger, write_ledger
from choreo.db.seal import broken_files, read_seal
from choreo.db.verify import verify
from choreo.errors import DatabaseError


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a test reaches."""
    for name, bound in (("INDEXED", 20), ("UNINDEXED", 5), ("FILES", 3)):
        monkeypatch.setattr(upkeep, name, bound)


def state(db: MotionDB) -> tuple[int, int]:
    """Files of the clips, and rows that are indexed."""
    table = db._table()
    return table.stats()["fragment_stats"]["num_fragments"], upkeep.indexed(table)


def add(db: MotionDB, first: int, count: int) -> int:
    return db.add([make_clip(f"m{k}", k) for k in range(first, first + count)])


@pytest.mark.usefixtures("few")
def test_the_index_is_made_late_and_anew_when_much_was_added(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    add(db, 0, 15)
    assert state(db) == (1, 0)
    add(db, 15, 10)
    assert state(db) == (2, 25)
    add(db, 25, 5)
    assert state(db) == (3, 25)
    assert add(db, 20, 10) == 0  # of the index' rows, and of those after it
    add(db, 30, 5)  # four files are joined: those that the index knew, and the others
    assert state(db) == (2, 35)
    assert db.optimize().files == (2, 1)
    assert len(db.motions([make_clip(f"m{k}", k).clip_id for k in range(35)])) == 35
    assert broken_files(tmp_path, "clips") == []
    assert verify(db).whole


@pytest.mark.usefixtures("few")
def test_versions_stay_until_they_are_dropped(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    for k in range(12):
        add(db, k, 1)
    assert len(db.versions()) > 12
    done = db.optimize()
    assert done.clips == 12
    assert done.files[1] == 1
    assert done.versions[1] >= done.versions[0] > 12
    db.restore(2)
    assert len(db) == 1


def test_old_versions_are_dropped_and_their_bytes_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_age_kept", lambda *_: timedelta(milliseconds=1))  # as if all were made long ago
    monkeypatch.setattr(upkeep, "SLACK", timedelta())
    db = MotionDB.open(tmp_path, create=True)
    for k in range(6):
        add(db, 3 * k, 3)
    size = upkeep.bytes_of(tmp_path)
    done = db.optimize(keep=1)
    assert (done.clips, done.files, done.versions) == (18, (6, 1), (7, 1))
    assert done.freed == size - upkeep.bytes_of(tmp_path) > 0
    assert broken_files(tmp_path, "clips") == []
    sealed = read_seal(tmp_path)
    assert sealed is not None
    assert sum("/data/" in name for name in sealed["files"]) == 1
    assert len(MotionDB.open(tmp_path).clips()) == 18


@pytest.mark.parametrize(
    ("keep", "age"),
    [(1, 10), (2, 40), (9, 70), (timedelta(seconds=50), 50), (timedelta(seconds=1), 10), (timedelta(days=1), 86400)],
)
def test_the_newest_version_stays_whatever_is_wanted(keep: int | timedelta, age: float) -> None:
    assert upkeep._age_kept([30.0, 60.0, 90.0], keep, 100.0) == timedelta(seconds=age)


def test_who_reads_meanwhile_reads_on(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    for k in range(6):
        add(db, 3 * k, 3)
    reader = MotionDB.open(tmp_path)
    clips, before = reader.clips(), reader._table()
    db.optimize(keep=1)
    assert before.count_rows() == len(before.to_arrow()) == 18
    assert {clip.clip_id: len(clip.motion) for clip in clips} == {clip.clip_id: 61 for clip in clips}


def test_optimize_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = MotionDB.open(tmp_path, create=True)
    for k in range(3):
        add(db, k, 1)
    assert run(["db", "optimize", "--db", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "3 clips in 1 files, before in 3" in out
    assert run(["db", "optimize", "--db", str(tmp_path), "--keep", "30d", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (found["clips"], found["files"]) == (3, [1, 1])
    for wrong in ("0", "x", "-1", "3w", "999999"):
        before = listing(tmp_path)
        assert run(["db", "optimize", "--db", str(tmp_path), "--keep", wrong]) == 2
        assert "from 1 to" in capsys.readouterr().err
        assert listing(tmp_path) == before


def test_an_empty_database_is_optimized(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    assert db.optimize(keep=1).clips == 0
    add(db, 0, 1)
    db.remove(dataset="test")
    assert db.optimize(keep=1).clips == 0


def test_a_seal_names_the_files_of_the_newest_version_only(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    for k in range(4):
        add(db, k, 1)
    files = {path.name for path in (tmp_path / "clips.lance" / "data").iterdir()}
    assert len(files) == 4
    for manifest in sorted((tmp_path / "clips.lance" / "_versions").glob("*.manifest")):
        named = seal._data_files(tmp_path / "clips.lance" / "data", manifest.read_bytes())
        assert len(named) == seal.version_of_file(manifest) - 1  # the first version is the empty table
        assert len(set(named)) == len(named)


def test_a_clip_is_stored_and_danced_as_it_was_made_and_keeps_its_id(tmp_path: Path) -> None:
    from choreo.db.ids import as_clip_stored

    raw = make_clip("raw", 8)
    clip = as_clip_stored(raw)
    assert clip.clip_id == raw.clip_id  # the id is that of what will be stored
    first, second = (MotionDB.open(tmp_path / name, create=True) for name in ("a", "b"))
    first.add([raw])
    read = first.get([raw.clip_id])[raw.clip_id]
    assert read.motion.rotations.tobytes() == clip.motion.rotations.tobytes()
    assert as_clip_stored(read).clip_id == clip.clip_id
    second.add([read])
    again = second.clips()[0]
    assert again.clip_id == clip.clip_id
    assert again.motion.rotations.tobytes() == clip.motion.rotations.tobytes()
    assert vars(again)["boundary"].tobytes() == vars(first.clips()[0])["boundary"].tobytes()
    assert first.add([replace(read)]) == second.add([clip, raw]) == 0


def test_rotations_of_another_length_are_an_error_of_the_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo.db import rows

    db = MotionDB.open(tmp_path, create=True)
    clip = make_clip()
    db.add([clip])
    monkeypatch.setattr(rows, "unpack_rotations", lambda data, frames: _unpack(data, frames + 1))
    with pytest.raises(DatabaseError, match="db verify"):
        db.motions([clip.clip_id])


def _unpack(data: bytes, frames: int) -> Any:
    from choreo.motion.packed import unpack_rotations

    return unpack_rotations(data, frames)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_a_damaged_index_is_found_and_made_anew(how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = MotionDB.open(tmp_path, create=True)
    add(db, 0, 30)
    for path in (tmp_path / "clips.lance" / "_indices").glob("*/page_data.lance"):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2] if how == "cut" else data.replace(b"test-m1", b"tesu-m1"))
    assert run(["db", "verify", "--db", str(tmp_path)]) == 1
    assert "_indices/" in (out := capsys.readouterr().out) or "the index of the ids" in out
    assert run(["db", "repair", "--db", str(tmp_path)]) == 0
    assert verify(MotionDB.open(tmp_path)).whole
    assert state(db) == (1, 30)
    assert add(db, 0, 31) == 1


@pytest.mark.usefixtures("few")
def test_the_ledger_is_looked_after_as_well(tmp_path: Path) -> None:
    db = MotionDB.open(tmp_path, create=True)
    for first in range(0, 40, 4):
        write_ledger(db, [LedgerRow(f"k{k}", "test", f"{k}.bvh", "", 0, "", "{}") for k in range(first, first + 4)])
    table = db._lance.open_table(LEDGER)
    assert table.stats()["fragment_stats"]["num_fragments"] <= 4
    assert upkeep.indexed(table, ("key",)) >= 30
    assert sorted(read_ledger(db)[0]) == sorted(f"k{k}" for k in range(40))
