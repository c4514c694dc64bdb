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
from choreo.db.rows import FACTS
from choreo.db.snapshot import ALIGNED, SUM, read_snapshot
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
    assert not list((tmp_path / "cache").rglob("*.columns"))
    assert ensure_starter(tmp_path / "db").snapshot is not None  # the first opening makes it
    return tmp_path / "db"


def content(db: MotionDB) -> list[Any]:
    """All that is read of a database."""
    clips = db.clips()
    return [
        *(list(db.rows()), db.stats(), len(db), db.called(["sway"])),
        {name: column.tolist() for name, column in db.columns(FACTS).items()},
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


def test_every_column_that_is_read_together_has_a_kind() -> None:
    from choreo.db.columns import KINDS
    from choreo.db.rows import GROUPS

    assert set(KINDS) == {*GROUPS["facts"], *GROUPS["timing"], "facts_digest"}


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


def packed(head: dict[str, Any], body: bytes) -> bytes:
    """A file of a head and the bytes after it, with the sum that the head should have."""
    text = msgspec.msgpack.encode(head)
    text = len(text).to_bytes(8, "little") + text
    whole = hashlib.sha256(text).digest() + text
    return whole + bytes(-len(whole) % ALIGNED) + body


def damaged(data: bytes) -> dict[str, bytes]:
    """Files that are no snapshot."""
    size = int.from_bytes(data[SUM : SUM + 8], "little")
    head = msgspec.msgpack.decode(data[SUM + 8 : SUM + 8 + size])
    body = data[-(-(SUM + 8 + size) // ALIGNED) * ALIGNED :]
    assert packed(head, body) == data
    columns = head["columns"]
    ((kind, at, length, digest),) = columns["tempo"]

    def tempo(*parts: Any) -> bytes:
        return packed({**head, "columns": {**columns, "tempo": [*parts]}}, body)

    def swapped(one: str, other: str) -> bytes:
        return packed({**head, "columns": {**columns, one: columns[other], other: columns[one]}}, body)

    flips = {}
    for part in (32, SUM + 9, len(data) // 2, data.index(body) + at):
        flips[f"flipped {part}"] = data[:part] + bytes([data[part] ^ 1]) + data[part + 1 :]
    nested = (100_000).to_bytes(8, "little") + b"\x91" * 100_000
    return {
        **flips,
        "empty": b"",
        "cut": data[: data.index(body) + at],
        "rows": packed({**head, "rows": 3}, body),
        "no column": packed({**head, "columns": {n: parts for n, parts in columns.items() if n != "role"}}, body),
        "unknown": packed({**head, "columns": {**columns, "other": columns["tempo"]}}, body),
        "objects": tempo(["|O", at, length, digest]),
        "outside": tempo([kind, len(data) + 64, length, digest]),
        "negative": tempo([kind, at, -8, digest]),
        "short": tempo([kind, at, 8, hashlib.sha256(body[at : at + 8]).digest()]),
        "two": tempo([kind, at, length, digest], [kind, at, length, digest]),
        "codes": swapped("counts", "role") if len(columns["counts"]) == 3 else packed(
            {**head, "columns": {**columns, "role": [columns["frames"][0], *columns["role"][1:]]}}, body
        ),
        "deep": hashlib.sha256(nested).digest() + nested,
    }  # fmt: skip


def test_a_damaged_snapshot_is_as_none_and_made_anew(place: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = content(MotionDB.open(place))
    (file,) = cache.rglob("*.columns")
    data = file.read_bytes()
    assert read_snapshot(str(place), place) is not None
    for most in (snapshot.IN_MEMORY, 0):  # read whole, and mapped
        monkeypatch.setattr(snapshot, "IN_MEMORY", most)
        for name, each in damaged(data).items():
            file.write_bytes(each)
            assert content(ensure_starter(place)) == wanted, name
            assert content(ensure_starter(place)) == wanted, name
            assert file.read_bytes() == data, name


def test_damage_that_is_told_without_lance_is_told(place: Path) -> None:
    next(place.glob("clips.lance/data/*")).unlink()
    with pytest.raises(DatabaseError, match="is gone"):
        ensure_starter(place)


def test_there_are_few_snapshots(place: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FILES", 2)
    for number in range(3):
        (tmp_path / str(number)).symlink_to(place)
        ensure_starter(tmp_path / str(number))
    assert len(list(cache.rglob("*.columns"))) == 2
    monkeypatch.setattr(snapshot, "BYTES", 1)
    ensure_starter(place)
    assert len(list(cache.rglob("*.columns"))) == 1
