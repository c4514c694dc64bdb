"""Databases of earlier schemas, made column by column as those releases wrote them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from test_db_store import listing, make_clip

from choreo.cli.app import run
from choreo.datasets.ingest import forget
from choreo.db import MotionDB
from choreo.db.ids import earlier_clip_id
from choreo.db.ledger import read_ledger
from choreo.db.schema import VERSION
from choreo.db.upgrade import EARLIER_GROUPS, version_of
from choreo.db.verify import verify
from choreo.errors import DatabaseError
from choreo.motion.boundary import measure_boundaries
from choreo.motion.packed import as_stored
from choreo.types import Clip

TEXTS = ("clip_id", "name", "dataset", "source", "licence", "citation", "role", "move")
FIRST = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=name != "clip_id") for name in TEXTS),
        pa.field("styles", pa.list_(pa.string())),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("metre", pa.int32()),
        pa.field("counts", pa.int32()),
        *(pa.field(name, pa.float64()) for name in ("tempo", "tempo_low", "tempo_high", "energy", "fps")),
        pa.field("mirrorable", pa.bool_()),
        pa.field("frames", pa.int32()),
        pa.field("beats", pa.list_(pa.float64())),
        pa.field("rhythm", pa.list_(pa.float32())),
        *(pa.field(name, pa.large_binary()) for name in ("translation", "rotations", "contacts")),
    ]
)
SECOND = (
    pa.field("first_frame", pa.int64()),
    pa.field("last_frame", pa.int64()),
    pa.field("source_hash", pa.string()),
    pa.field("flags", pa.list_(pa.string())),
)
THIRD = (pa.field("ends", pa.large_binary()),)
FOURTH = tuple(pa.field(f"{group}_digest", pa.binary()) for group in EARLIER_GROUPS)
SCHEMAS = {
    1: [*FIRST],
    2: [*FIRST, *SECOND],
    3: [*FIRST, *SECOND, *THIRD],
    4: [*FIRST, *SECOND, *THIRD, *FOURTH],
}
NEW_CLIPS = [make_clip("sway", 1), make_clip("step", 2, metre=3), make_clip("turn", 3)]
CLIPS = [replace(clip, clip_id=earlier_clip_id(clip.dataset, clip.name, clip.motion, clip.beats)) for clip in NEW_CLIPS]
"""The same clips with the ids that those releases gave them."""


def row(clip: Clip) -> dict[str, Any]:
    motion, contacts = clip.motion, clip.motion.contacts
    assert contacts is not None
    same = (*TEXTS, "metre", "counts", "tempo", "energy", "mirrorable", "source_hash")
    return {
        **{name: getattr(clip, name) for name in same},
        "styles": list(clip.styles),
        "labels": list(clip.labels),
        "tempo_low": clip.tempo_range[0],
        "tempo_high": clip.tempo_range[1],
        "fps": motion.fps,
        "frames": len(motion),
        "first_frame": 7,
        "last_frame": 68,
        "flags": ["mended"],
        "beats": clip.beats.tolist(),
        "rhythm": clip.rhythm.tolist(),
        "ends": b"what an earlier release measured",
        "translation": motion.translation.tobytes(),
        "rotations": motion.rotations.tobytes(),
        "contacts": np.packbits(contacts).tobytes(),
    }


def digests(clip: Clip) -> dict[str, bytes]:
    """The boundary poses of a clip as releases of schema 4 stored them, and the digests."""
    values = row(clip) | {"ends": measure_boundaries([clip.motion])[0].tobytes()}
    packs = {group: [values[name] for name in names] for group, names in EARLIER_GROUPS.items()}
    found = {f"{g}_digest": hashlib.sha256(msgspec.msgpack.encode(pack)).digest()[:16] for g, pack in packs.items()}
    return {"ends": values["ends"], **found}


def old_database(folder: Path, version: int) -> Path:
    import lancedb

    schema = pa.schema(SCHEMAS[version], metadata={b"choreo_schema": str(version).encode()})
    rows = [{name: (row(clip) | digests(clip))[name] for name in schema.names} for clip in CLIPS]
    lance = lancedb.connect(str(folder))
    lance.create_table("clips", pa.Table.from_pylist(rows, schema=schema))
    if version > 1:  # the ledger of then
        report = {"file": CLIPS[0].source, "clips": 3, "seconds": 3.0, "skipped": "", "flags": [], "facts": {}}
        lance.create_table("files", [{"key": "k", "report": json.dumps(report)}, {"key": "broken", "report": "{"}])
    return folder


def content(db: MotionDB) -> list[Any]:
    """All that is known of every clip, its motion too."""
    columns = db.columns(["clip_id", "tempo", "labels"])
    out: list[Any] = [{name: each.tolist() for name, each in columns.items()}, list(db.rows())]
    for clip in db.clips():
        assert clip.motion.contacts is not None
        out.append((clip.clip_id, clip.motion.rotations.tobytes(), clip.motion.contacts.tobytes()))
        out.append(vars(clip)["boundary"].tobytes())
    return out


@pytest.mark.parametrize("version", SCHEMAS)
def test_clips_keep_the_ids_by_which_plans_name_them_and_are_not_added_again(version: int, tmp_path: Path) -> None:
    db = MotionDB.open(old_database(tmp_path / "old", version))
    before = db.get([clip.clip_id for clip in CLIPS])
    assert db.add(NEW_CLIPS) == 0  # the same clips, under the ids that they have today
    assert db.add(CLIPS) == 0
    assert db.add([*NEW_CLIPS, make_clip("more", 4)]) == 1
    after = db.get([clip.clip_id for clip in CLIPS])
    assert sorted(after) == sorted(before) == sorted(clip.clip_id for clip in CLIPS)
    for clip in CLIPS:
        stored = as_stored(clip.motion).rotations.tobytes()
        assert (
            stored == before[clip.clip_id].motion.rotations.tobytes() == after[clip.clip_id].motion.rotations.tobytes()
        )
    copy = MotionDB.open(tmp_path / "copy", create=True)
    assert copy.add(db.clips()) == 4
    assert copy.add(NEW_CLIPS) == 0
    assert verify(copy).whole
    assert verify(db).lost == []
    assert verify(db).damages == []
    db.remove(dataset="test", keep=[NEW_CLIPS[0].clip_id, CLIPS[1].clip_id])  # as the starter clips are looked after
    assert [clip.name for clip in db.clips()] == ["step", "sway"]


def test_planning_reads_no_motion_of_schema_4(tmp_path: Path) -> None:
    folder = old_database(tmp_path, 4)
    motion = CLIPS[1].motion.translation.tobytes()
    path = next(iter(folder.glob("clips.lance/data/*")))
    path.write_bytes(path.read_bytes().replace(motion, motion[:-4] + np.float32(9).tobytes()))
    db = MotionDB.open(folder)
    assert len(db.clips()) == 3
    with pytest.raises(DatabaseError, match=f"{CLIPS[1].clip_id}.*frames of its motion are not what was stored"):
        db.motions([CLIPS[1].clip_id])
    with pytest.raises(DatabaseError, match="db verify"):
        db.migrate()
    assert [damage.clip for damage in verify(db).damages] == [CLIPS[1].clip_id]


@pytest.mark.parametrize("version", SCHEMAS)
def test_an_earlier_schema_is_read_as_it_is_and_written_anew(version: int, tmp_path: Path) -> None:
    folder = old_database(tmp_path / "old", version)
    before = listing(folder)
    wanted = MotionDB.open(tmp_path / "new", create=True)
    wanted.add(CLIPS)
    db = MotionDB.open(folder)
    read = content(db)
    known = db.rows()[0]
    assert (known["first_frame"], known["flags"]) == ((0, []) if version == 1 else (7, ["mended"]))
    assert [clip.name for clip in db.clips(metre=3)] == ["step"]
    assert len(db.get([CLIPS[2].clip_id])) == 1
    assert run(["db", "verify", "--db", str(folder)]) == (0 if version == 1 else 1)  # a row of the ledger is broken
    assert listing(folder) == before
    assert db.migrate()
    assert not db.migrate()
    assert content(MotionDB.open(folder)) == read
    if version < 4:  # whose boundary poses are of rotations as they were made, and stay
        assert read[2:] == content(wanted)[2:]
    table = db._table()
    assert (version_of(table.schema, ""), table.schema.names) == (VERSION, wanted._table().schema.names)
    db.restore(1)
    assert version_of(db._table().schema, "") == version
    assert db.add([make_clip("more", 4)]) == 1
    assert content(MotionDB.open(folder))[0]["clip_id"] == sorted(c.clip_id for c in [*CLIPS, make_clip("more", 4)])


def test_a_damaged_clip_of_an_earlier_schema_is_found_and_not_carried_over(tmp_path: Path) -> None:
    folder = old_database(tmp_path, 3)
    motion = CLIPS[1].motion.translation.tobytes()
    path = next(iter(folder.glob("clips.lance/data/*")))
    data = path.read_bytes()
    assert motion in data
    path.write_bytes(data.replace(motion, motion[:-4] + np.float32(9).tobytes()))
    db = MotionDB.open(folder)
    for act in (db.clips, db.migrate):
        with pytest.raises(DatabaseError, match=f"{CLIPS[1].clip_id}.*db verify"):
            act()
    assert run(["db", "repair", "--db", str(folder)]) == 0
    assert [clip.name for clip in MotionDB.open(folder).clips()] == ["sway", "turn"]
    assert version_of(db._table().schema, "") == VERSION


def test_the_ledger_of_an_earlier_release_is_kept(tmp_path: Path) -> None:
    db = MotionDB.open(old_database(tmp_path, 2))
    rows, faults = read_ledger(db, db.columns(["dataset", "source"]))
    assert [(key, each.dataset) for key, each in rows.items()] == [("k", "test")]
    assert "1 of 2 rows" in faults[0]
    forget(db, "nothing")
    rows, faults = read_ledger(db)
    assert ([*rows], faults) == (["k"], [])
    forget(db, "test")
    assert read_ledger(db) == ({}, [])
