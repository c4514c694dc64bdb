"""The ledger: files that were read into the database, what came of each, and the command that reads it again.

A row is written after the clips of its file. Nothing is lost with the ledger: files that it does not know are read
again, and their clips are not added twice. Whatever in it is damaged is therefore as if it were not there, and
`choreo.db.verify` says so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from choreo.db.columns import ClipColumns, taken
from choreo.db.connection import Connection
from choreo.db.digests import digests_of
from choreo.errors import DatabaseError

LEDGER = "ledger"
OLD_LEDGER = "files"
"""Table of earlier releases: keys and reports, which do not say of which dataset a file was."""


@dataclass(frozen=True)
class LedgerRow:
    """A file that was read.

    `key` stands for the file and all options that its clips depend on, `command` adds its dataset again, `report` is
    what came of it, as JSON; the rest names its clips in the database.
    """

    key: str
    dataset: str
    file: str
    source_hash: str
    clips: int
    command: str
    report: str


NAMES = tuple(field.name for field in fields(LedgerRow))


def read_ledger(db: Connection, clips: ClipColumns | None = None) -> tuple[dict[str, LedgerRow], list[str]]:
    """Rows by key, and what is damaged, in words.

    Parameters
    ----------
    clips
        Columns ``dataset`` and ``source`` of the database: by them rows of earlier releases get their dataset.
    """
    found: dict[str, LedgerRow] = {}
    faults = []
    for table in (OLD_LEDGER, LEDGER):
        try:
            rows = db.read_table(table)
        except DatabaseError as error:
            faults.append(error.message)
            continue
        broken, owners = 0, _owners(clips) if rows and clips and table == OLD_LEDGER else {}
        for row in rows:
            try:
                new = _old_row(row, owners) if table == OLD_LEDGER else _checked_row(row)
                found[new.key] = new
            except (KeyError, TypeError, ValueError):
                broken += 1
        if broken:
            faults.append(f"{db.location}: {broken} of {len(rows)} rows of the ledger ({table}) are damaged")
    return found, faults


def _checked_row(row: Mapping[str, Any]) -> LedgerRow:
    if digests_of({name: [row[name]] for name in NAMES}, NAMES) != [row["digest"]]:
        raise ValueError("not what was stored")
    return LedgerRow(**{name: row[name] for name in NAMES})


def _owners(clips: ClipColumns) -> dict[str, set[str]]:
    """Datasets of the clips of each file."""
    found: dict[str, set[str]] = defaultdict(set)
    for dataset, source in _counts(clips, ("dataset", "source")):
        found[source].add(dataset)
    return found


def _old_row(row: Mapping[str, Any], owners: Mapping[str, set[str]]) -> LedgerRow:
    report = json.loads(row["report"])
    file = str(report["file"])
    found = owners.get(file, set())
    return LedgerRow(
        row["key"], min(found) if len(found) == 1 else "", file, "", int(report["clips"]), "", row["report"]
    )


def write_ledger(db: Connection, rows: Iterable[LedgerRow]) -> None:
    """Add rows; those of the same keys are replaced, and a ledger that cannot be written to is made anew."""
    stored = [_row(row) for row in rows]
    try:
        db.upsert(LEDGER, "key", stored)
        _keep_up(db)
    except DatabaseError:
        known, faults = read_ledger(db)
        if not faults:  # it is sound: the disk is full, or the like
            raise
        db.replace_table(LEDGER, [*(_row(row) for row in known.values()), *stored])


def _keep_up(db: Connection) -> None:
    """Look after the table, so that a row costs the same however many there are."""
    from choreo.db.upkeep import due, keep_up

    if db.has(LEDGER) and due(db._lance.open_table(LEDGER), ("key",)):
        with db.writing():
            keep_up(db._lance.open_table(LEDGER), ("key",))


def _row(row: LedgerRow) -> dict[str, Any]:
    values = asdict(row)
    return {**values, "digest": digests_of({name: [values[name]] for name in NAMES}, NAMES)[0]}


def _rewrite(db: Connection, rows: Iterable[LedgerRow]) -> None:
    db.replace_table(LEDGER, [_row(row) for row in rows])
    db.replace_table(OLD_LEDGER, [])


def forget_dataset(db: Connection, dataset: str, clips: ClipColumns) -> None:
    """Remove the rows of a dataset, so that its files are read when they are added again.

    Parameters
    ----------
    clips
        Columns ``dataset`` and ``source`` of the database from before the clips were removed.
    """
    known, faults = read_ledger(db, clips)
    # of which dataset a file without clips was, earlier releases did not write down
    kept = [row for row in known.values() if row.dataset not in (dataset, "")]
    if faults or len(kept) < len(known):
        _rewrite(db, kept)


def settle(db: Any) -> list[LedgerRow]:
    """Remove the rows of files whose clips are not all in the database, and return them."""
    clips = db.columns(["dataset", "source", "source_hash"])
    known, faults = read_ledger(db, clips)
    missing = incomplete(known.values(), clips)
    if missing or faults:
        gone = {row.key for row in missing}
        _rewrite(db, [row for row in known.values() if row.key not in gone])
    return missing


def incomplete(rows: Iterable[LedgerRow], clips: ClipColumns) -> list[LedgerRow]:
    """Files of which the database has fewer clips than were made."""
    counts: dict[tuple[str, ...], int] = defaultdict(int)
    for (dataset, source, digest), count in _counts(clips, ("dataset", "source", "source_hash")).items():
        counts[dataset, source, digest] += count
        counts[dataset, source, ""] += count
        counts["", source, ""] += count
    return [row for row in rows if counts[row.dataset, row.file, row.source_hash] < row.clips]


def _counts(clips: ClipColumns, names: Sequence[str]) -> dict[tuple[str, ...], int]:
    """How many clips have each combination of values of some columns of texts."""
    key = np.zeros(len(clips[names[0]]), np.int64)
    for name in names:
        key = key * max(len(clips[name].texts), 1) + clips[name].codes
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    values = zip(*(taken(clips[name], first) for name in names), strict=True)
    return dict(zip(values, count.tolist(), strict=True))
