"""``MotionDB``: clips in LanceDB, on this machine or in object storage."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from choreo.errors import ChoreoError, DatabaseError, InputError
from choreo.types import Clip, Motion

TABLE = "clips"
LEDGER = "files"
"""Table of the files that were read, with the report of each; see `choreo.datasets.ingest`."""
BATCH = 64
"""Clips written at once."""
FRAGMENTS = 64
"""Fragments of a table beyond which they are compacted."""
MOTIONS_AT_ONCE = 2000
"""Motions read by one query."""
LOCK_SECONDS = 300


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class MotionDB:
    """A motion database. Make one with `open`.

    Writes are atomic per batch and idempotent by clip id; several processes may add at once.

    Examples
    --------
    >>> from choreo import MotionDB
    >>> from choreo.db import default_location, ensure_starter
    >>> starter = ensure_starter(default_location())
    >>> moonwalks = starter.get(starter.called(["moonwalk"])).values()
    >>> mine = MotionDB.open("motion_db", create=True)
    >>> mine.add(moonwalks) == len(mine) > 0
    True
    >>> mine.add(moonwalks)  # what is there is not added twice
    0
    """

    def __init__(self, location: str, connection: Any) -> None:
        self.location = location
        self._connection = connection
        self._lock: Any = None

    @classmethod
    def open(cls, location: str | os.PathLike[str], *, create: bool = False) -> MotionDB:
        """Open the database at `location` (a folder, or a URI such as ``s3://bucket/db``).

        Raises
        ------
        DatabaseError
            When there is none (and not `create`), it cannot be read, or it is of a newer choreo.
        """
        path = os.fspath(location)
        if "://" not in path:
            if create:
                cls._make_folder(path)
            elif not Path(path).is_dir():
                raise DatabaseError(f"{path}: no motion database there. `choreo db list` makes the default one.")
        os.environ.setdefault("LANCEDB_LOG", "error")  # its warnings are for developers; read at the import
        os.environ.setdefault("LANCE_LOG", "error")
        import lancedb

        with cls._translated(path, "opened"):
            db = cls(path, lancedb.connect(path))
            db._check_version()
        return db

    @staticmethod
    def _make_folder(path: str) -> None:
        try:
            Path(path).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"{path}: cannot make a motion database there ({error.strerror}). "
                "Choose another place with --db or $CHOREO_MOTION_DB."
            ) from error

    @staticmethod
    @contextmanager
    def _translated(location: str, doing: str) -> Iterator[None]:
        """Turn the errors of LanceDB, which share no base class, into a DatabaseError."""
        try:
            yield
        except ChoreoError:
            raise
        except Exception as error:
            raise DatabaseError(
                f"{location}: the motion database could not be {doing}: {str(error).splitlines()[0][:200]}"
            ) from error

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database's write lock; other processes on this machine wait."""
        if "://" in self.location:
            yield
            return
        from filelock import FileLock, Timeout

        # one lock object per database object: it may be taken again by the holder
        self._lock = self._lock or FileLock(str(Path(self.location) / ".choreo.lock"), timeout=LOCK_SECONDS)
        try:
            with self._lock:
                yield
        except Timeout as error:
            raise DatabaseError(f"{self.location}: another process has been writing for {LOCK_SECONDS} s.") from error
        except PermissionError as error:
            raise DatabaseError(f"{self.location}: cannot be written ({error.strerror}). Use --db.") from error

    def _table(self) -> Any:
        return self._connection.open_table(TABLE) if self.has(TABLE) else None

    def has(self, table: str) -> bool:
        """Tell whether a table of that name exists."""
        return table in self._connection.list_tables().tables

    def _check_version(self) -> None:
        from choreo.db.schema import VERSION, VERSION_KEY

        table = self._table()
        if table is None:
            return
        found = (table.schema.metadata or {}).get(VERSION_KEY, b"").decode()
        if found.isdecimal() and int(found) < VERSION:
            raise DatabaseError(
                f"{self.location}: made by an earlier choreo (schema {found}, this one has {VERSION}). Remove that "
                "folder, or choose another with --db; choreo's own moves come back by themselves, other datasets with "
                "'choreo db add'."
            )
        if found != str(VERSION):
            raise DatabaseError(
                f"{self.location}: schema version {found or 'unknown'!r}, this choreo reads {VERSION}. "
                "Update choreo, or choose another database with --db."
            )

    def add(self, clips: Iterable[Clip], *, progress: Callable[[int], None] | None = None) -> int:
        """Add clips in batches; those whose id is there already are left as they are.

        Returns
        -------
        How many were new.

        Raises
        ------
        DatabaseError
        """
        from choreo.db.schema import SCHEMA, to_table

        before, done, stream = len(self), 0, iter(clips)
        while batch := list(islice(stream, BATCH)):
            rows = to_table({clip.clip_id: clip for clip in batch}.values())
            with self.locked(), self._translated(self.location, "written"):
                table = self._table()
                if table is None:  # an empty table is false in itself
                    table = self._connection.create_table(TABLE, schema=SCHEMA)
                table.merge_insert("clip_id").when_not_matched_insert_all().execute(rows)
            done += len(batch)
            if progress:
                progress(done)
        self._compact()
        return len(self) - before

    def _compact(self) -> None:
        """Compact many small fragments, which slow reading down; versions stay."""
        table = self._table()
        if table is None or table.stats()["fragment_stats"]["num_fragments"] <= FRAGMENTS:
            return
        with self.locked(), self._translated(self.location, "written"):
            table.optimize()

    def remove(self, *, dataset: str, keep: Sequence[str] = ()) -> None:
        """Delete the clips of a dataset except those with the ids in `keep`."""
        table = self._table()
        if table is None:
            return
        but = f" AND clip_id NOT IN ({', '.join(_quote(each) for each in keep)})" if keep else ""
        with self.locked(), self._translated(self.location, "written"):
            table.delete(f"dataset = {_quote(dataset)}{but}")

    def upsert(self, name: str, key: str, rows: list[dict[str, Any]]) -> None:
        """Write rows of a table beside the clips', replacing those with the same `key`."""
        if not rows:
            return
        with self.locked(), self._translated(self.location, "written"):
            if not self.has(name):
                self._connection.create_table(name, rows)
                return
            merge = self._connection.open_table(name).merge_insert(key)
            merge.when_matched_update_all().when_not_matched_insert_all().execute(rows)

    def read_table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table beside the clips', none when there is no such table."""
        if not self.has(name):
            return []
        with self._translated(self.location, "read"):
            rows: list[dict[str, Any]] = self._connection.open_table(name).to_arrow().to_pylist()
        return rows

    def drop(self, name: str) -> None:
        """Remove a table beside the clips'."""
        if self.has(name):
            with self.locked(), self._translated(self.location, "written"):
                self._connection.drop_table(name)

    def versions(self) -> list[tuple[int, str, int]]:
        """Number, time and count of clips of every version of the clips, oldest first."""
        table = self._table()
        if table is None:
            return []
        with self._translated(self.location, "read"):
            found = []
            for entry in table.list_versions():
                rows = entry.get("metadata", {}).get("total_rows", "")
                found.append((int(entry["version"]), str(entry["timestamp"])[:19], int(rows) if rows else -1))
        return sorted(found)

    def restore(self, version: int) -> None:
        """Make an earlier version of the clips the present one; the later ones stay in the history.

        Raises
        ------
        InputError
            When there is no such version.
        """
        known = [number for number, _, _ in self.versions()]
        if version not in known:
            raise InputError(
                f"{self.location}: has no version {version}; known are {', '.join(map(str, known)) or 'none'}."
            )
        with self.locked(), self._translated(self.location, "written"):
            self._table().restore(version)
        # the ledger may list files whose clips this version lacks; they would never be read again
        self.drop(LEDGER)

    def _read(self, columns: list[str] | None, where: str | None) -> list[dict[str, Any]]:
        table = self._table()
        if table is None:
            return []
        with self._translated(self.location, "read"):
            query = table.search()
            query = query.where(where) if where else query
            query = query.select(columns) if columns else query
            rows: list[dict[str, Any]] = query.limit(None).to_arrow().to_pylist()
        return sorted(rows, key=lambda row: str(row["clip_id"]))

    def clips(
        self,
        *,
        dataset: str | None = None,
        metre: int | None = None,
        style: str | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[Clip]:
        """Clips that match, in the order of their ids; a motion is read when it is first accessed.

        `fetch_motions` reads many at once.
        """
        from choreo.db.schema import MOTION_COLUMNS, SCHEMA, to_stored

        parts = [f"dataset = {_quote(dataset)}"] if dataset else []
        parts += [f"metre = {int(metre)}"] if metre else []
        parts += [f"array_has(styles, {_quote(style)})"] if style else []
        parts += [f"clip_id IN ({', '.join(map(_quote, sorted(set(ids)))) or 'NULL'})"] if ids is not None else []
        known = [name for name in SCHEMA.names if name not in MOTION_COLUMNS]
        return [to_stored(row, self.motions) for row in self._read(known, " AND ".join(parts) or None)]

    def motions(self, clip_ids: Sequence[str]) -> dict[str, Motion]:
        """Motions of clips by id.

        Raises
        ------
        DatabaseError
            When a clip is gone.
        """
        from choreo.db.schema import MOTION_COLUMNS, to_motion

        found: dict[str, Motion] = {}
        ids = sorted(set(clip_ids))
        for first in range(0, len(ids), MOTIONS_AT_ONCE):
            wanted = ", ".join(map(_quote, ids[first : first + MOTIONS_AT_ONCE]))
            rows = self._read(["clip_id", "fps", "frames", *MOTION_COLUMNS], f"clip_id IN ({wanted})")
            found |= {row["clip_id"]: to_motion(row) for row in rows}
        missing = sorted(set(clip_ids) - set(found))
        if missing:
            raise DatabaseError(f"{self.location}: clip {missing[0]} was removed while it was needed. Run it again.")
        return found

    def called(self, names: Sequence[str]) -> list[str]:
        """Ids of clips that have one of these names, moves or labels."""
        if not names:
            return []
        wanted = ", ".join(_quote(name) for name in names)
        labelled = " OR ".join(
            f"array_has(labels, {_quote(each)})" for name in names for each in (name, f"base:{name}")
        )
        return [
            str(row["clip_id"])
            for row in self._read(["clip_id"], f"name IN ({wanted}) OR move IN ({wanted}) OR {labelled}")
        ]

    def columns(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """Some columns of all clips, in the order of their ids."""
        table = self._table()
        if table is None:
            return {name: [] for name in names}
        with self._translated(self.location, "read"):
            wanted = list(dict.fromkeys(["clip_id", *names]))
            found = table.search().select(wanted).limit(None).to_arrow().sort_by("clip_id")
        return {name: found.column(name).to_pylist() for name in names}

    def each(self, batch: int = 256) -> Iterator[dict[str, Any]]:
        """Rows with their motion, in no order; one batch is in memory at a time."""
        table = self._table()
        if table is None:
            return
        for part in table.search().to_batches(batch):
            yield from part.to_pylist()

    def get(self, clip_ids: Sequence[str]) -> dict[str, Clip]:
        """Clips by id; ids that are not there are left out."""
        from choreo.db.schema import to_clip

        if not clip_ids:
            return {}
        wanted = ", ".join(_quote(each) for each in sorted(set(clip_ids)))
        return {row["clip_id"]: to_clip(row) for row in self._read(None, f"clip_id IN ({wanted})")}

    def rows(self) -> list[dict[str, Any]]:
        """Columns of every clip but its motion and boundary poses."""
        from choreo.db.schema import MOTION_COLUMNS, SCHEMA

        return self._read([name for name in SCHEMA.names if name not in (*MOTION_COLUMNS, "ends")], None)

    def __len__(self) -> int:
        """Count clips."""
        table = self._table()
        return 0 if table is None else int(table.count_rows())

    def stats(self) -> dict[str, Any]:
        """Numbers of clips and minutes, on the whole and by dataset, style, metre and licence."""
        rows = self.rows()
        seconds = sum(max(row["frames"] - 1, 0) / row["fps"] for row in rows)
        counted = {key: Counter(str(row[key]) for row in rows) for key in ("dataset", "metre", "licence", "role")}
        counted["style"] = Counter(style for row in rows for style in row["styles"])
        return {
            "location": self.location,
            "clips": len(rows),
            "minutes": round(seconds / 60, 2),
            **{f"by_{key}": dict(sorted(count.items())) for key, count in counted.items()},
        }
