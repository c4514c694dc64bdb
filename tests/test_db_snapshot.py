"""A database of which planning reads a snapshot gives the same clips as Lance, and never those of another state."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_db_store import make_clip

from choreo.db import MotionDB, ensure_starter, fetch_motions, snapshot
from choreo.db.snapshot import SUM, SnapshotColumns, read_snapshot
from choreo.db.starter import forget_starter
from choreo.errors import DatabaseError
from choreo.types import Clip

SIGNATURE = "choreo.db.starter.signature"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, and no starter clips, which take seconds."""
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(SIGNATURE, lambda: "")
    return tmp_path / "cache"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A database that has a snapshot."""
    MotionDB.open(tmp_path / "db", create=True).add([make_clip("sway", 1), make_clip("turn", 2)])
    assert ensure_starter(tmp_path / "db").snapshot is None  # the first opening makes it
    return tmp_path / "db"


def content(db: MotionDB) -> list[Any]:
    """All that is read of a database."""
    clips = db.clips()
    return [
        *(db.rows(), db.stats(), len(db), db.called(["sway"]), db.columns(["clip_id", "tempo"])),
        [fields(clip) for clip in clips],
        [fields(clip) for clip in db.clips(ids=[clips[-1].clip_id, "unknown"])],
        [fields(clip) for clip in db.clips(dataset="test", metre=4)],
    ]


def fields(clip: Clip) -> dict[str, Any]:
    """Values of a clip, arrays as their type and bytes."""
    plain = {name: value for name, value in vars(clip).items() if name not in ("_read", "motion")}
    return {name: (str(v.dtype), v.tobytes()) if hasattr(v, "tobytes") else v for name, v in plain.items()}


def test_the_snapshot_gives_what_lance_gives(place: Path) -> None:
    quick, whole = ensure_starter(place), MotionDB.open(place)
    assert quick.snapshot is not None
    assert "_lance" not in vars(quick)
    assert content(quick) == content(whole)
    assert "_lance" not in vars(quick)
    clips, wanted = quick.clips(), whole.clips()
    fetch_motions(clips)
    for clip, other in zip(clips, wanted, strict=True):
        assert clip.motion.rotations.tobytes() == other.motion.rotations.tobytes()


def test_it_has_the_columns_that_are_read_together() -> None:
    from choreo.db.rows import GROUPS

    names = {name for group in snapshot.GROUPS for name in GROUPS[group]}
    assert names == set(SnapshotColumns.__struct_fields__)


def test_starter_clips_are_planned_with_without_lance(database: str, cache: Path) -> None:
    code = """
import json, sys
from choreo.db import ensure_starter
clips = ensure_starter(sys.argv[1]).clips()
print(json.dumps([len(clips), clips[0].boundary.size, sorted({"lancedb", "pyarrow"} & set(sys.modules))]))
"""
    environment = {**os.environ, "CHOREO_CACHE": str(cache)}
    ran = [
        json.loads(subprocess.check_output([sys.executable, "-c", code, database], env=environment, text=True))
        for _ in range(2)
    ]
    assert [each[2] for each in ran] == [["lancedb", "pyarrow"], []]
    assert ran[0][:2] == ran[1][:2]


def test_whatever_is_written_is_read_at_once(place: Path) -> None:
    one = ensure_starter(place)
    other = MotionDB.open(place)
    other.add([make_clip("step", 3)])
    assert sorted(clip.name for clip in one.clips()) == ["step", "sway", "turn"]
    assert len(ensure_starter(place)) == len(one) == 3
    other.remove(dataset="test")
    assert one.clips() == ensure_starter(place).clips() == []
    other.restore(other.version() - 1)
    assert len(one) == len(ensure_starter(place)) == 3


def test_a_database_that_was_made_anew_is_another(place: Path, tmp_path: Path) -> None:
    before = ensure_starter(place)
    place.rename(tmp_path / "old")
    MotionDB.open(place, create=True).add([make_clip("other", 5)])
    assert [clip.name for clip in ensure_starter(place).clips()] == ["other"]
    assert [clip.name for clip in before.clips()] == ["other"]


def test_other_starter_clips_are_looked_for_in_the_database(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def fresh() -> Iterator[Clip]:
        made.append("fresh")
        yield make_clip("fresh", 7)

    monkeypatch.setattr(SIGNATURE, lambda: "of another release")
    monkeypatch.setattr("choreo.db.starter._fresh_clips", fresh)
    with monkeypatch.context() as patch:
        patch.setattr(MotionDB, "unwritable", lambda self: True)
        assert ensure_starter(place).snapshot is not None
        assert not made
    for _ in range(2):
        assert "fresh" in [clip.name for clip in ensure_starter(place).clips()]
    assert len(made) == 1
    forget_starter(MotionDB.open(place))
    ensure_starter(place)
    assert len(made) == 2


def damaged(data: bytes) -> dict[str, bytes]:
    """Files that are no snapshot."""
    body = msgspec.msgpack.decode(data[SUM:])
    short = {**body, "table": {**body["table"], "name": body["table"]["name"][:1]}}
    other = {**body, "table": {**body["table"], "tempo": ["fast"] * 2}}
    made = {name: msgspec.msgpack.encode(each) for name, each in (("short", short), ("other", other), ("list", []))}
    summed = {name: hashlib.sha256(each).digest() + each for name, each in made.items()}
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    nested = b"\x91" * 100_000
    deep = hashlib.sha256(nested).digest() + nested
    return {**summed, "empty": b"", "cut": data[:-1], "flipped": bytes(flipped), "deep": deep}


def test_a_damaged_snapshot_is_as_none_and_made_anew(place: Path, cache: Path) -> None:
    wanted = content(MotionDB.open(place))
    (file,) = cache.rglob("*.msgpack")
    data = file.read_bytes()
    assert read_snapshot(str(place), place) is not None
    for name, each in damaged(data).items():
        file.write_bytes(each)
        assert read_snapshot(str(place), place) is None, name
        assert content(ensure_starter(place)) == wanted, name
        assert file.read_bytes() == data, name


def test_damage_that_is_told_without_lance_is_told(place: Path) -> None:
    next(place.glob("clips.lance/data/*")).unlink()
    with pytest.raises(DatabaseError, match="is gone"):
        ensure_starter(place)


def test_there_are_few_snapshots_and_none_of_large_databases(
    place: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "FILES", 2)
    for number in range(3):
        (tmp_path / str(number)).symlink_to(place)
        ensure_starter(tmp_path / str(number))
    assert len(list(cache.rglob("*.msgpack"))) == 2
    monkeypatch.setattr("choreo.db.starter.ROWS", 1)
    MotionDB.open(place).add([make_clip("step", 3)])
    ensure_starter(tmp_path / "2")
    assert ensure_starter(tmp_path / "2").snapshot is None
