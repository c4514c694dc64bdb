"""Rows of earlier schemas: read as rows of this one, and written as such the first time that something is written.

Their clips keep the ids that they have, by which plans name them. What their ids would be today is kept beside them, so
that a file that is added again adds nothing.

======  ================================================================================
schema  what it brought
======  ================================================================================
1       clips with their motion
2       ``first_frame``, ``last_frame``, ``source_hash``, ``flags``
3       ``ends``, the boundary poses
4       digests
5       rotations packed (`choreo.motion.packed`), ``content_id``
======  ================================================================================
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from choreo.db.digests import damaged_rows, values_of
from choreo.db.ids import earlier_clip_id
from choreo.db.rows import (
    FACTS,
    GROUPS,
    MOTION_COLUMNS,
    WORDS,
    Columns,
    digest_column,
    fields_of,
    in_order,
    motion_of,
    rows_of,
    stored_columns,
)
from choreo.db.schema import SCHEMA, VERSION, VERSION_KEY, checked_columns, to_table
from choreo.errors import ChoreoError, DatabaseError
from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip

NEWER: dict[str, Any] = {"first_frame": 0, "last_frame": 0, "source_hash": "", "flags": []}
"""Columns that schema 1 lacks, and what they say where nothing is known."""
EARLIER_GROUPS = {**GROUPS, "motion": ("clip_id", "fps", "frames", *MOTION_COLUMNS)}
"""Columns of which rows of schema 4 have a digest."""
BATCH = 256


def version_of(schema: Any, location: str) -> int:
    """Schema version of a table of clips.

    Raises
    ------
    DatabaseError
        When the table is not choreo's, or of a newer choreo.
    """
    text = (schema.metadata or {}).get(VERSION_KEY, b"").decode(errors="replace")
    if not text:
        raise DatabaseError(f"{location}: its table of clips is not choreo's. Choose another place with --db.")
    if not text.isdecimal() or not 1 <= int(text) <= VERSION:
        raise DatabaseError(
            f"{location}: schema version {text!a}, this choreo reads 1 to {VERSION}. Update choreo, or choose another "
            "database with --db."
        )
    return int(text)


def upgraded(rows: pa.Table | pa.RecordBatch) -> pa.Table:
    """Whole rows of an earlier schema as rows of this one.

    Raises
    ------
    DatabaseError
        When a motion is not the one that its clip's id was made from.
    """
    columns = {name: values_of(rows.column(name)) for name in rows.schema.names}
    clips, ends = [], []
    for row in rows_of(columns):
        fault = earlier_fault(row)
        if fault:
            raise DatabaseError(f"clip {row['clip_id']!a} is damaged: {fault}")
        clips.append(earlier_clip(row))
        if has_digests(row):
            ends.append(np.frombuffer(row["ends"], "<f4"))
    return to_table(clips, np.array(ends, np.float32) if ends else None)


def has_digests(names: Container[str]) -> bool:
    """Whether rows with these columns have digests."""
    return digest_column("facts") in names


def earlier_clip(row: Mapping[str, Any]) -> Clip:
    """Make the clip of a row of an earlier schema; its rotations are those that were stored."""
    rotations = np.frombuffer(row["rotations"], "<f4").reshape(row["frames"], len(CANONICAL), 4)
    row = {**NEWER, **row}
    return Clip(motion=motion_of(row, rotations), **fields_of(row))


def earlier_fault(row: Mapping[str, Any]) -> str:
    """What is wrong with a row of an earlier schema; empty when nothing is.

    By its digests, or, where it has none, by the id that was made from its motion.
    """
    if has_digests(row):
        column = {name: [value] for name, value in row.items()}
        wrong = (g for g, names in EARLIER_GROUPS.items() if damaged_rows(column, names, column[digest_column(g)]))
        return next((f"{WORDS[group]} are not what was stored" for group in wrong), "")
    try:
        clip = earlier_clip(row)
    except (ChoreoError, ValueError, TypeError) as error:
        return f"cannot be read: {error}"
    known = earlier_clip_id(clip.dataset, clip.name, clip.motion, clip.beats)
    return "" if known == clip.clip_id else "its motion is not the one its id was made from"


def upgraded_columns(table: Any, groups: Sequence[str], where: str | None) -> Columns:
    """Columns of some groups of a table of an earlier schema."""
    query = table.search()
    query = query.where(where) if where else query
    if has_digests(table.schema.names) and "motion" not in groups:
        return checked_columns(query.select(stored_columns(groups)).limit(None).to_arrow(), groups)
    if set(groups) == {"facts"}:  # these are there, so that no motion need be read
        found = query.select([name for name in FACTS if name not in NEWER or name in table.schema.names])
        rows = found.limit(None).to_arrow()
        columns = {name: values_of(rows[name]) for name in rows.column_names}
        return in_order({name: columns.get(name, [NEWER.get(name)] * len(rows)) for name in FACTS})
    rows = upgraded(query.limit(None).to_arrow())
    names = dict.fromkeys(name for group in groups for name in GROUPS[group])
    return in_order({name: values_of(rows[name]) for name in names})


def write_upgraded(lance: Any, name: str, table: Any) -> None:
    """Write all rows of a table of an earlier schema as a new version; one batch is in memory at a time.

    Raises
    ------
    DatabaseError
        When a clip is damaged; then nothing is written.
    """
    damage: list[DatabaseError] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch in table.search().to_batches(BATCH):
                yield from upgraded(batch).to_batches()
        except DatabaseError as error:  # Lance would make a text of it
            damage.append(error)
            raise

    try:
        lance.create_table(name, pa.RecordBatchReader.from_batches(SCHEMA, batches()), schema=SCHEMA, mode="overwrite")
    except Exception as error:
        raise (damage[0] if damage else error) from error
