"""Make a damaged database usable again: what is intact stays, what is damaged goes, and the ledger forgets it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from choreo.db.connection import META, TABLE
from choreo.db.ledger import LEDGER, OLD_LEDGER, settle
from choreo.db.seal import broken_lists, newest_manifest, write_seal
from choreo.db.starter import forget_starter
from choreo.db.store import MotionDB
from choreo.db.verify import INDEX, UnlistedError, Verified, fragments, listed, read_whole, verify
from choreo.errors import DatabaseError

ASIDE = "damaged"
"""Folder within the database to which files go that nothing can be made of."""


def repair(db: MotionDB) -> Verified:
    """Keep the intact clips of a damaged database, and return what was found in it.

    Where the newest list of the clips is unreadable, the one before it counts; where none is readable, nothing is
    kept. Files that cannot be used are moved to a folder `ASIDE`; what was there before stays a version.

    Raises
    ------
    DatabaseError
        When the database cannot be written, or is of a newer choreo.
    """
    with db.locked():
        moved = _make_listable(db)
        found = verify(db)
        found.files[:0] = [f"{name} was unusable: it is in the folder {ASIDE!a} now, if it was there" for name in moved]
        if found.damages or any("twice" in words for words in found.files):
            _keep(db, found)
        if any(INDEX in words or "/_indices/" in words for words in found.files):
            _index_anew(db)
        db.seal()
        _mend_tables(db)
        settle(db)
        if not found.whole:
            forget_starter(db)
    return found


def _make_listable(db: MotionDB) -> list[str]:
    """Go back to the newest version of which can be told which clips it has, or to an empty database.

    Returns
    -------
    Names of files that were set aside or are gone.
    """
    if db.folder is None:
        listed(db)
        return []
    table = db.folder / f"{TABLE}.lance"
    moved = broken_lists(db.folder, TABLE)
    for name in moved:
        _aside(db.folder, db.folder / name)
    if moved:
        write_seal(db.folder, TABLE)
    while True:
        try:
            listed(db)
        except UnlistedError:
            newest = newest_manifest(table)
            if newest is None and not table.exists():
                raise
            moved.append((newest or table).relative_to(db.folder).as_posix())
            _aside(db.folder, newest or table)
            write_seal(db.folder, TABLE)
        else:
            return moved


def _aside(folder: Path, path: Path) -> None:
    if not path.exists():
        return
    try:
        (folder / ASIDE).mkdir(exist_ok=True)
        taken = len(list((folder / ASIDE).iterdir()))
        os.replace(path, folder / ASIDE / f"{taken}-{path.name}")
    except OSError as error:
        raise DatabaseError(f"{folder}: cannot be repaired ({error.strerror}). Make it writable.") from error


def _keep(db: MotionDB, found: Verified) -> None:
    """Write the intact clips as a new version."""
    import pyarrow as pa

    from choreo.db.schema import SCHEMA, VERSION
    from choreo.db.upgrade import upgraded, version_of

    table = db._table()
    old = version_of(table.schema, db.location) < VERSION
    seen: set[str] = set()

    def batches() -> Iterator[pa.RecordBatch]:
        for part in fragments(found.intact):
            rows = read_whole(table, part)
            keep = []
            for clip in rows["clip_id"].to_pylist():
                keep.append(clip not in seen)
                seen.add(clip)
            rows = rows.filter(pa.array(keep)).drop_columns(["_rowid"])
            yield from (upgraded(rows) if old else rows.select(SCHEMA.names).cast(SCHEMA)).to_batches()

    with db.writing():
        reader: Any = pa.RecordBatchReader.from_batches(SCHEMA, batches())
        db._lance.create_table(TABLE, reader, schema=SCHEMA, mode="overwrite")


def _index_anew(db: MotionDB) -> None:
    from choreo.db.upkeep import INDEXED, drop_index, make_index

    with db.writing():
        table = db._table()
        drop_index(table)
        if table.count_rows() >= INDEXED:
            make_index(table)


def _mend_tables(db: MotionDB) -> None:
    """Set tables beside the clips' aside that cannot be read; they are written anew when they are needed."""
    for name in (LEDGER, OLD_LEDGER, META):
        try:
            db.read_table(name)
        except DatabaseError:
            if db.folder is None:
                raise
            _aside(db.folder, db.folder / f"{name}.lance")
