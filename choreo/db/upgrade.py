"""Rows of earlier schemas: read as rows of this one, and written as such the first time that something is written.

======  ================================================================================
schema  what it brought
======  ================================================================================
1       clips with their motion
2       ``first_frame``, ``last_frame``, ``source_hash``, ``flags``
3       ``ends``, the boundary poses
4       digests
======  ================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from choreo.db.digests import values_of
from choreo.db.ids import clip_id
from choreo.db.rows import FACTS, GROUPS, Columns, in_order, rows_of, to_clip
from choreo.db.schema import SCHEMA, VERSION, VERSION_KEY, to_table
from choreo.errors import DatabaseError

NEWER: dict[str, Any] = {"first_frame": 0, "last_frame": 0, "source_hash": "", "flags": []}
"""Columns that schema 1 lacks, and what they say where nothing is known."""
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
    clips = []
    for row in rows_of(columns):
        clip = to_clip(NEWER | row)
        if clip_id(clip.dataset, clip.name, clip.motion, clip.beats) != clip.clip_id:
            raise DatabaseError(f"clip {clip.clip_id!a} is damaged: its motion is not the one its id was made from")
        clips.append(clip)
    return to_table(clips)


def upgraded_columns(table: Any, groups: Sequence[str], where: str | None) -> Columns:
    """Columns of some groups of a table of an earlier schema."""
    query = table.search()
    query = query.where(where) if where else query
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
