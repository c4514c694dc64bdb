"""What a database holds, as one digest: two databases with the same clips have the same, however they came about."""

from __future__ import annotations

import hashlib

from choreo.db.rows import GROUPS, digest_column
from choreo.db.store import MotionDB

AT_ONCE = 4096
"""Rows that are Python objects at a time."""


def content_digest(db: MotionDB) -> str:
    """SHA-256 of the ids and the digests of all clips, in the order of their ids, as hexadecimal digits.

    The order in which clips were written, versions, files and the ledger do not matter. Clips of an earlier schema
    count as what they will be when they are brought up to date. Nothing is written.

    Raises
    ------
    DatabaseError
        When the database cannot be read.
    """
    import pyarrow as pa

    from choreo.db.schema import VERSION
    from choreo.db.upgrade import BATCH, upgraded, version_of

    names = ["clip_id", *(digest_column(group) for group in GROUPS)]
    digest, table = hashlib.sha256(), db._table()
    if table is None:
        return digest.hexdigest()
    with db.reading():
        if version_of(table.schema, db.location) == VERSION:
            rows = table.search().select(names).limit(None).to_arrow()
        else:
            rows = pa.concat_tables(upgraded(batch).select(names) for batch in table.search().to_batches(BATCH))
        for batch in rows.sort_by("clip_id").to_batches(AT_ONCE):
            for clip, *sums in zip(*(batch[name].to_pylist() for name in names), strict=True):
                digest.update(b"\0".join((clip.encode(), *sums)) + b"\n")
    return digest.hexdigest()


__all__ = ["content_digest"]
