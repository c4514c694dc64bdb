"""Upkeep of the table of clips: an index of the ids, few files, and as many earlier versions as are wanted.

What a batch costs must not grow with the rows that are there. Looking for ids takes an index from `INDEXED` rows on;
rows that came later are searched one by one, so it is made anew when they are many. Joining small files copies the
motion of large ones with them: it waits until there are many, more of them where more rows are. Both bounds are shares
of the rows that are there, so that a clip's part of the upkeep is the same however many there are.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INDEXED = 10_000
"""Rows from which on ids have an index."""
COLUMNS = ("clip_id", "content_id")
"""Columns by which rows are looked for."""
UNINDEXED = 4096
"""Rows that may be without an index in a table of few."""
FILES = 64
"""Small files that a table of few rows may have."""
MOST_FILES = 1024
"""Small files that any table may have."""
FOREVER = datetime.timedelta(days=365 * 200)
SLACK = datetime.timedelta(seconds=60)
"""Versions are dropped by their age; those made so soon before the oldest that is wanted stay too."""


@dataclass(frozen=True)
class Optimized:
    """What `choreo.db.MotionDB.optimize` did: counts before and after, and the bytes that it freed.

    Attributes
    ----------
    files, versions
        Data files of the newest version, and versions of the clips: before and after.
    indexed
        Rows of which the index knows the ids.
    freed
        Bytes that the database takes less; below 0 where it takes more, None in object storage.
    """

    clips: int
    files: tuple[int, int]
    versions: tuple[int, int]
    indexed: int
    freed: int | None


def keep_up(table: Any, columns: Sequence[str] = COLUMNS) -> None:
    """Index and join what was added, when there is enough of it. Call it under the database's lock.

    Parameters
    ----------
    columns
        Those by which rows are looked for.
    """
    what = due(table, columns)
    if what == "join":
        table.optimize(cleanup_older_than=FOREVER)  # without a word of it, versions of more than a week would go
    elif what == "index":
        make_index(table, columns)


def due(table: Any, columns: Sequence[str] = COLUMNS) -> str:
    """Which upkeep there is enough of: ``join``, ``index``, or none."""
    stats = table.stats()
    rows, small = stats["num_rows"], stats["fragment_stats"]["num_small_fragments"]
    if small > min(max(FILES, rows // 1024), MOST_FILES):
        return "join"
    late = rows >= INDEXED and rows - indexed(table, columns) > max(UNINDEXED, rows // 64)
    return "index" if late else ""


def make_index(table: Any, columns: Sequence[str] = COLUMNS) -> None:
    """Make the index of the ids, in place of the one that is there."""
    from lancedb.index import BTree

    for column in columns:
        table.create_index(column, config=BTree(), replace=True)


def drop_index(table: Any) -> None:
    """Remove the index of the ids; nothing of it is read."""
    for index in table.list_indices():
        table.drop_index(index.name)


def indexed(table: Any, columns: Sequence[str] = COLUMNS) -> int:
    """Rows of which the index knows the ids; 0 without one."""
    rows = {index.columns[0]: index.num_indexed_rows for index in table.list_indices()}
    return min(rows.get(column, 0) for column in columns)


def optimize_table(table: Any, keep: int | datetime.timedelta | None) -> None:
    """Join all small files, index all rows, and drop versions.

    Parameters
    ----------
    keep
        How many of the versions that are there stay, the latest, or for how long they do; all when None.
    """
    times = sorted(entry["timestamp"].timestamp() for entry in table.list_versions())
    for _ in range(2):  # files that the index knows are not joined with others, but it knows all after the first time
        table.optimize(cleanup_older_than=FOREVER)
    if table.count_rows() >= INDEXED and indexed(table) < table.count_rows():
        make_index(table)
    if keep is None:
        return
    table.optimize(cleanup_older_than=_age_kept(times, keep, time.time()) + SLACK)


def _age_kept(times: list[float], keep: int | datetime.timedelta, now: float) -> datetime.timedelta:
    """Age up to which versions stay, of those made at `times`, oldest first, in seconds.

    The version that was the newest is among them, whatever is wanted: others may be reading it.
    """
    oldest = times[-min(max(keep, 1), len(times))] if isinstance(keep, int) else times[-1]
    age = datetime.timedelta(seconds=max(now - oldest, 0))
    return age if isinstance(keep, int) else max(age, keep)


def bytes_of(folder: Path) -> int:
    """Bytes of all files below a folder."""
    found = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                found += os.lstat(os.path.join(root, name)).st_size
            except FileNotFoundError:  # another process removed it
                continue
    return found
