"""Snapshots made: of all clips the first time, and of what has changed after that.

A row's digest of its facts says what they are. Of a database that has a snapshot the digests are read, which is quick,
and the facts of the rows that are not in the snapshot.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from choreo.db.collected import Collected, joined
from choreo.db.columns import ClipColumns, taken
from choreo.db.rows import GROUPS, digest_column
from choreo.db.snapshot import (
    ROWS,
    Snapshot,
    SnapshotError,
    fingerprint_of,
    last_snapshot,
    read_snapshot,
    write_snapshot,
)
from choreo.db.store import MotionDB
from choreo.errors import DatabaseError
from choreo.types import Bools

DIGEST = digest_column("facts")
MOST_NEW = 8
"""Clips that are new to a snapshot are read by their rows when they are under one in so many."""
ROWS_ASKED = 1000
"""Rows in one query."""


def refresh_snapshot(db: MotionDB, starter: str) -> None:
    """Make a snapshot of a database, unless it is damaged or elsewhere, and read from it from now on.

    Parameters
    ----------
    starter
        Signature of the starter clips in the database.
    """
    if db.folder is None:
        return
    with suppress(OSError, DatabaseError):  # whoever reads the damaged clip is told
        fingerprint = fingerprint_of(db.folder)
        if not fingerprint:
            return
        columns = _columns(db)
        if fingerprint == fingerprint_of(db.folder):
            made = Snapshot(fingerprint, starter, columns)
            write_snapshot(db.location, made)
            db.snapshot = read_snapshot(db.location, db.folder) or made


def _columns(db: MotionDB) -> ClipColumns:
    if len(db) <= ROWS:
        return db.collected((*GROUPS["facts"], *GROUPS["timing"]))
    old = last_snapshot(db.location)
    with suppress(SnapshotError):
        if old is not None and DIGEST in old.columns:
            found = _renewed(db, {name: old.columns[name] for name in (*GROUPS["facts"], DIGEST)})
            if found is not None:
                return found
    digests = [DIGEST] if DIGEST in db._table().schema.names else []
    return db.collected((*GROUPS["facts"], *digests))


def _renewed(db: MotionDB, old: ClipColumns) -> ClipColumns | None:
    """What is still there of a snapshot, and what is new; None when too much is new or nothing can be told."""
    table = db._table()
    if DIGEST not in table.schema.names:
        return None
    digests, rows = _stored_digests(db, table)
    place = _places(digests, old[DIGEST])
    new = rows[place < 0]
    if len(new) * MOST_NEW > len(rows):
        return None
    kept = np.sort(place[place >= 0])
    if len(np.unique(kept)) < len(kept):  # a clip that is there twice
        return None
    found = Collected(old)
    for first in range(0, len(new), ROWS_ASKED):
        some = ", ".join(map(str, new[first : first + ROWS_ASKED].tolist()))
        for batch in db._batches(table, ["facts"], f"_rowid IN ({some})"):
            found.add(batch)
    fresh = found.columns()
    if len(fresh["clip_id"]) < len(new):
        return None
    return joined({name: taken(column, kept) for name, column in old.items()}, fresh)


def _stored_digests(db: MotionDB, table: Any) -> tuple[Any, Any]:
    """Digests of the facts of all rows, ``(R, 2) uint64``, and Lance's ids of the rows, ``(R,)``."""
    digests, rows = [np.zeros((0, 2), "<u8")], [np.zeros(0, np.uint64)]
    with db.reading():
        for batch in table.search().select([DIGEST]).with_row_id(True).limit(None).to_batches():
            digests.append(np.frombuffer(b"".join(batch[DIGEST].to_pylist()), "<u8").reshape(-1, 2))
            rows.append(batch["_rowid"].to_numpy())
    return np.concatenate(digests), np.concatenate(rows)


def _places(digests: Any, known: Any) -> Any:
    """Row of `known` in which each digest is, ``(R,)``; -1 where in none."""
    order = np.argsort(known[:, 0], kind="stable")
    at = np.minimum(np.searchsorted(known[order, 0], digests[:, 0]), max(len(known) - 1, 0))
    if not len(known):
        return np.full(len(digests), -1)
    same: Bools = (known[order[at]] == digests).all(axis=1)
    return np.where(same, order[at], -1)


__all__ = ["refresh_snapshot"]
