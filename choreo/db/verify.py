"""What a database has lost, and how to get it back."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from choreo.db.collected import Collected
from choreo.db.connection import TABLE, reason
from choreo.db.ids import content_id
from choreo.db.ledger import LedgerRow, incomplete, read_ledger
from choreo.db.seal import NAME, broken_files, broken_lists, read_seal
from choreo.db.store import MotionDB
from choreo.errors import ChoreoError, DatabaseError
from choreo.types import Ints

GAP = 1.5
"""Frames by which the last beat may differ from the end of the motion."""
AT_ONCE = 256
"""Rows read at once."""
KEPT = ("clip_id", "dataset", "source", "source_hash")
INDEX = "the index of the ids"
VERSIONS = 8
"""Earlier versions that are looked at, the latest first, for one that is whole."""


@dataclass(frozen=True)
class Damage:
    """A clip that is damaged; `clip` is empty where not even its name can be read."""

    row: int
    clip: str
    dataset: str
    source: str
    fault: str


@dataclass(frozen=True)
class Verified:
    """What was found in a database.

    Attributes
    ----------
    intact
        Lance's ids of the rows of the intact clips ``(R,)``, in their order.
    damages
        Clips that are damaged or cannot be read.
    files
        Files of the database that are damaged or gone, and tables beside the clips', each in words.
    lost
        Files that were added and of which clips are missing.
    listed
        Whether it could be told which clips there are; else neither damages nor lost files are known.
    """

    intact: Ints
    damages: list[Damage] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lost: list[LedgerRow] = field(default_factory=list)
    listed: bool = True

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.damages or self.files or self.lost)


def verify(db: MotionDB) -> Verified:
    """Check everything in a database, also in one that is badly damaged; open it with ``checked=False``.

    Motions of few clips are in memory at a time. Nothing is written.

    Raises
    ------
    DatabaseError
        When there is no database, or it is of a newer choreo.
    """
    if db.folder is not None:
        files = [f"{name} {fault}" for name, fault in broken_files(db.folder, TABLE)]
        if (db.folder / NAME).exists() and read_seal(db.folder) is None:
            files.append(f"{NAME} is damaged; with it alone nothing is lost")
    else:
        files = [fault for fault in [_older(db)] if fault]
    try:
        table, rows = listed(db)
    except UnlistedError as error:
        return Verified(np.zeros(0, np.int64), files=files or [error.message], listed=False)
    found, intact, kept = Verified(np.zeros(0, np.int64), files=files), array("q"), Collected(KEPT)
    for part in fragments(rows):
        sound = []
        for row, facts, fault in _checked(db, table, part):
            if not fault:
                intact.append(row)
                sound.append(facts)
                continue
            clip, dataset, source = (str(facts.get(name, "")) for name in ("clip_id", "dataset", "source"))
            found.damages.append(Damage(row, clip, dataset, source, fault))
        kept.add({name: [facts.get(name, "") for facts in sound] for name in KEPT})
    found = replace(found, intact=np.sort(np.frombuffer(intact, np.int64)) if intact else found.intact)
    clips = kept.columns()
    found.files.extend(_unfound(db, table, clips["clip_id"].tolist()))
    if any(one == other for one, other in pairwise(clips["clip_id"])):
        found.files.append("the list of the clips: a clip is there twice")
    known, faults = read_ledger(db, clips)
    found.files.extend(faults)
    found.lost.extend(incomplete(known.values(), clips))
    return found


def _unfound(db: MotionDB, table: Any, ids: Sequence[str]) -> list[str]:
    """What is wrong with the index of the ids: whether it finds all clips."""
    from choreo.db.store import _among
    from choreo.db.upkeep import indexed

    if table is None or not indexed(table):
        return []
    try:
        for first in range(0, len(ids), AT_ONCE):
            part = set(ids[first : first + AT_ONCE])
            with db.reading():
                found = table.search().where(_among(part)).select(["clip_id"]).limit(None).to_arrow()
            if set(found["clip_id"].to_pylist()) != part:
                return [f"{INDEX} does not find all clips"]
    except ChoreoError as error:
        return [f"{INDEX} cannot be read: {reason(error.__cause__ or error)}"]
    return []


def _older(db: MotionDB) -> str:
    try:
        return db.older_than_noted()
    except DatabaseError:  # the newest list itself is damaged, which is told when it is read
        return ""


class UnlistedError(DatabaseError):
    """It cannot be told which clips a database has."""


def listed(db: MotionDB) -> tuple[Any, Ints]:
    """Table of the clips, None when there is none, and the ids of all its rows.

    Raises
    ------
    UnlistedError
        When the newest version's list of clips is damaged.
    DatabaseError
        When the table is not choreo's, or of a newer choreo.
    """
    from choreo.db.upgrade import version_of

    broken = [] if db.folder is None else broken_lists(db.folder, TABLE)
    if broken:
        raise UnlistedError(f"{db.location}: {broken[0]} is damaged")
    try:
        if not db.has(TABLE):
            if db.folder is not None and any((db.folder / f"{TABLE}.lance" / "data").glob("*")):
                raise UnlistedError(f"{db.location}: there are data files, but no list of clips")
            return None, np.zeros(0, np.int64)
        with db.reading():
            table = db._lance.open_table(TABLE)
            rows = row_ids(db, table)
            schema = table.schema
    except UnlistedError:
        raise
    except DatabaseError as error:
        raise UnlistedError(error.message) from error
    version_of(schema, db.location)
    return table, rows


def row_ids(db: MotionDB, table: Any) -> Ints:
    """Ids of all rows, which stand in the list of the clips: no data file is read."""
    with db.reading():
        found = table.search().select(["_rowid"]).with_row_id(True).limit(None).to_arrow()["_rowid"]
        return np.sort(found.to_numpy().astype(np.int64))


def fragments(rows: Ints) -> Iterator[list[int]]:
    """Rows, which are in order, by the data file in which they are, `AT_ONCE` together."""
    begins = np.flatnonzero(np.diff(rows >> 32, prepend=-1)).tolist()
    for begin, end in pairwise((*begins, len(rows))):
        for first in range(begin, end, AT_ONCE):
            yield rows[first : min(first + AT_ONCE, end)].tolist()


def read_whole(table: Any, rows: Sequence[int], columns: Sequence[str] | None = None) -> Any:
    """Arrow table of some rows; no other data file than theirs is read."""
    query = table.search().where(f"_rowid IN ({', '.join(map(str, rows))})")  # for a range, all files would be
    query = query.select(list(columns)) if columns else query
    return query.with_row_id(True).limit(None).to_arrow()


def _checked(db: MotionDB, table: Any, rows: list[int]) -> Iterator[tuple[int, dict[str, Any], str]]:
    """Row ids, facts, and faults, for rows of one data file; what cannot be read together is read apart."""
    from choreo.db.digests import values_of
    from choreo.db.rows import rows_of

    try:
        with db.reading():
            found = read_whole(table, rows)
            columns = {name: values_of(found[name]) for name in found.column_names}
            given = {row["_rowid"]: row for row in rows_of(columns)}
    except ChoreoError as error:
        if len(rows) > 1 and _readable(db, table, rows):
            half = len(rows) // 2
            yield from _checked(db, table, rows[:half])
            yield from _checked(db, table, rows[half:])
            return
        why = f"cannot be read: {reason(error.__cause__ or error)}"
        for row in rows:
            yield row, _facts(db, table, row) if len(rows) == 1 else {}, why
        return
    for row in rows:
        values = given.get(row)
        if values is None:
            yield row, {}, "is not where the list of the clips says"
            continue
        yield row, values, _fault(values)


def _readable(db: MotionDB, table: Any, rows: list[int]) -> bool:
    """Whether anything in a data file can be read: else trying row by row would only take long."""
    return any(_facts(db, table, row) for row in (rows[0], rows[-1]))


def _facts(db: MotionDB, table: Any, row: int) -> dict[str, Any]:
    """What can be read of a row that cannot be read whole."""
    from choreo.db.digests import values_of
    from choreo.db.rows import rows_of

    try:
        with db.reading():
            found = read_whole(table, [row], ["clip_id", "dataset", "source"])
            columns = {name: values_of(found[name]) for name in found.column_names}
            return next(iter(rows_of(columns)), {})
    except ChoreoError:
        return {}


def _fault(row: dict[str, Any]) -> str:
    """What is wrong with a row; empty when nothing is."""
    from choreo.db.digests import damaged_rows
    from choreo.db.rows import GROUPS, WORDS, digest_column, to_clip
    from choreo.db.upgrade import earlier_clip, earlier_fault

    earlier = "content_id" not in row
    if earlier and (fault := earlier_fault(row)):
        return fault
    column = {name: [value] for name, value in row.items()}
    for group in () if earlier else GROUPS:
        if damaged_rows(column, GROUPS[group], column[digest_column(group)]):
            return f"{WORDS[group]} are not what was stored"
    try:
        clip = earlier_clip(row) if earlier else to_clip(row)
    except (ChoreoError, ValueError, TypeError) as error:
        return f"cannot be read: {error}"
    if not earlier and content_id(row) != (row["content_id"] or row["clip_id"]):
        return "its motion is not the one that its id was made from"
    if abs(float(clip.beats[-1]) - clip.motion.duration) * clip.motion.fps > GAP:
        return "its beats do not end where its motion does"
    return ""


def whole_version(db: MotionDB) -> tuple[int, str, int] | None:
    """Number, time and count of clips of the largest of the last versions that can be read whole, and has clips."""
    best = None
    try:
        for number, when, count in db.versions()[-2 : -2 - VERSIONS : -1]:
            if count > (best[2] if best else 0) and _is_whole(db, number):
                best = number, when, count
    except ChoreoError:  # the list of versions itself
        return best
    return best


def _is_whole(db: MotionDB, version: int) -> bool:
    table = db._table()
    try:
        with db.reading():
            table.checkout(version)
        for part in fragments(row_ids(db, table)):
            if any(fault for _, _, fault in _checked(db, table, part)):
                return False
    except ChoreoError:
        return False
    return True
