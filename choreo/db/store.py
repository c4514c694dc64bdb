"""``MotionDB``: clips in LanceDB, on this machine or in object storage."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from choreo.db.collected import Collected
from choreo.db.columns import ClipColumns, Rows, taken
from choreo.db.connection import TABLE, Connection
from choreo.db.rows import (
    FACTS,
    GROUPS,
    Columns,
    in_order,
    lists_of,
    rows_of,
    stored_columns,
    to_clip,
    to_motion,
    to_stored,
)
from choreo.db.seal import newest_manifest, version_of_file
from choreo.db.snapshot import Snapshot, SnapshotError, fingerprint_of, forget_snapshot
from choreo.errors import DatabaseError, InputError
from choreo.types import Clip, Motion

if TYPE_CHECKING:
    from choreo.db.upkeep import Optimized

BATCH = 256
"""Clips written at once."""
MOTIONS_AT_ONCE = 2000
"""Motions read by one query."""
ROWS_AT_ONCE = 8192
"""Rows without motion that are read and checked at once."""
IDS_AT_ONCE, IDS_ASKED = 1000, 16_000
"""Ids in one query, and ids up to which clips are asked for by them; for more all rows are gone through."""


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _among(names: Iterable[str], column: str = "clip_id") -> str:
    return f"{column} IN ({', '.join(map(_quote, sorted(set(names)))) or 'NULL'})"


class MotionDB(Connection):
    """A motion database. Make one with `open`.

    Writes are atomic per batch and idempotent by clip id; several processes may add at once. Whatever is read is
    checked against the digests that were stored with it.

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

    snapshot: Snapshot | None = None
    """Read in place of the database while that is as it was; `ensure_starter` looks for one."""

    @classmethod
    def open(cls, location: str | os.PathLike[str], *, create: bool = False, checked: bool = True) -> MotionDB:
        """Open the database at `location` (a folder, or a URI such as ``s3://bucket/db``). Nothing is written.

        A database of an earlier choreo is read as it is; the first write brings it up to date.

        Parameters
        ----------
        create
            Make the folder when there is none.
        checked
            Refuse a database whose files are damaged; without, it can be verified, repaired and restored.

        Raises
        ------
        DatabaseError
            When there is none (and not `create`), it cannot be read, is damaged, is not choreo's, or of a newer choreo.
        """
        db = cls(location, create=create)
        if db.folder is None and not create:
            db.require_there()
        if checked:
            db.require_whole()
            db._table()
        return db

    def _table(self) -> Any:
        """Open the table of clips, None when there is none.

        Raises
        ------
        DatabaseError
            When it is not choreo's, or of a newer choreo.
        """
        from choreo.db.upgrade import version_of

        table = self.table_of(TABLE)
        if table is None:
            return None
        with self.reading():
            schema = table.schema
        version_of(schema, self.location)
        return table

    def migrate(self) -> bool:
        """Write the clips of an earlier schema in this one; the earlier version can be restored.

        Returns
        -------
        Whether there was something to do.

        Raises
        ------
        DatabaseError
            When the database cannot be written, or a clip is damaged.
        """
        from choreo.db.schema import VERSION
        from choreo.db.upgrade import version_of, write_upgraded

        def old() -> Any:
            table = self._table()
            return None if table is None or version_of(table.schema, self.location) == VERSION else table

        if old() is None:
            return False
        with self.writing():
            table = old()  # another process may have been faster
            if table is not None:
                try:
                    write_upgraded(self._lance, TABLE, table)
                except DatabaseError as error:
                    raise DatabaseError(f"{self.location}: {error.message}. {self.advice}") from error
        return True

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
        from choreo.db.upkeep import due, keep_up

        self.migrate()
        before, done, stream = len(self), 0, iter(clips)
        while batch := list(islice(stream, BATCH)):
            rows = to_table({clip.clip_id: clip for clip in batch}.values())
            with self.writing():
                table = self._table()
                if table is None:  # an empty table is false in itself
                    table = self._lance.create_table(TABLE, schema=SCHEMA)
                self._insert(table, rows)
            done += len(batch)
            if progress:
                progress(done)
        table = self._table()
        if table is not None and due(table):
            with self.writing():
                keep_up(self._table())
        return len(self) - before

    def _insert(self, table: Any, rows: Any) -> None:
        """Add the rows of which the table has neither the id nor, under an id of an earlier release, the content."""
        import pyarrow.compute as pc

        content = pc.coalesce(rows["content_id"], rows["clip_id"])
        query = table.search().where(_among(content.to_pylist(), "content_id")).select(["content_id"])
        known = query.limit(None).to_arrow()["content_id"]
        if len(known):
            rows = rows.filter(pc.invert(pc.is_in(content, value_set=known.combine_chunks())))
        if len(rows):
            table.merge_insert("clip_id").when_not_matched_insert_all().execute(rows)

    def optimize(self, *, keep: int | timedelta | None = None) -> Optimized:
        """Join small files and index the ids; with `keep`, drop the versions of the clips before it.

        Others may read meanwhile: the version that was the newest stays, whatever `keep` says.

        Parameters
        ----------
        keep
            How many of the latest versions stay, or for how long they do; all when None.

        Raises
        ------
        DatabaseError
            When the database cannot be written.
        """
        from choreo.db.upkeep import Optimized, bytes_of, indexed, optimize_table

        def counts() -> tuple[int, int]:
            return table.stats()["fragment_stats"]["num_fragments"], len(table.list_versions())

        self.migrate()
        with self.writing():
            table = self._table()
            size = 0 if self.folder is None else bytes_of(self.folder)
            if table is None:
                return Optimized(0, (0, 0), (0, 0), 0, None if self.folder is None else 0)
            before = counts()
            optimize_table(table, keep)
            after, found, rows = counts(), indexed(table), int(table.count_rows())
        freed = None if self.folder is None else size - bytes_of(self.folder)
        return Optimized(rows, (before[0], after[0]), (before[1], after[1]), found, freed)

    def remove(self, *, dataset: str, keep: Sequence[str] = ()) -> None:
        """Delete the clips of a dataset except those that `keep` names, by their ids or what these would be today."""
        self.migrate()
        table = self._table()
        if table is None:
            return
        kept = f" AND NOT ({_among(keep)} OR coalesce({_among(keep, 'content_id')}, false))" if keep else ""
        with self.writing():
            table.delete(f"dataset = {_quote(dataset)}{kept}")

    def version(self) -> int:
        """Number of the newest version of the clips, -1 when there are none."""
        if self.folder is not None:
            newest = newest_manifest(self.folder / f"{TABLE}.lance")
            return -1 if newest is None else version_of_file(newest)
        table = self._table()
        return -1 if table is None else int(table.version)

    def versions(self) -> list[tuple[int, str, int]]:
        """Number, time and count of clips of every version of the clips, oldest first."""
        table = self._table()
        if table is None:
            return []
        with self.reading():
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
        DatabaseError
            When a file or the facts of a clip of that version are damaged; then nothing is changed.
        """
        from choreo.db.ledger import settle

        known = [number for number, _, _ in self.versions()]
        if version not in known:
            raise InputError(
                f"{self.location}: has no version {version}; known are {', '.join(map(str, known)) or 'none'}."
            )
        old = self._table()
        with self.reading():
            old.checkout(version)
        for _ in self._batches(old, ["facts"]):
            pass  # it is checked as it is read
        with self.writing():
            self._table().restore(version)
        settle(self)

    def _read(self, groups: Sequence[str], ids: Iterable[str] | None = None) -> Columns:
        """Values of some groups (`choreo.db.rows.GROUPS`), checked, in the order of the clips' ids."""
        wanted = None if ids is None else sorted(set(ids))
        names = list(dict.fromkeys(name for group in groups for name in GROUPS[group]))
        with self._unless_damaged():
            snapshot = self._current()
            if snapshot is not None and snapshot.has(set(groups)):
                return lists_of(snapshot.columns, names, wanted)
        found: Columns = {name: [] for name in names}
        for batch in self._chosen(groups, wanted):
            for name, values in found.items():
                values.extend(batch[name])
        return in_order(found)

    def _chosen(self, groups: Sequence[str], ids: Sequence[str] | None) -> Iterator[Columns]:
        """Batches of the clips with some ids: few are asked for by their ids, many are picked from all."""
        table = self._table()
        if table is None:
            return
        if ids is None:
            yield from self._batches(table, groups)
        elif len(ids) <= IDS_ASKED:
            for first in range(0, len(ids), IDS_AT_ONCE):
                yield from self._batches(table, groups, _among(ids[first : first + IDS_AT_ONCE]))
        else:
            wanted = set(ids)
            for batch in self._batches(table, groups):
                rows = [row for row, clip in enumerate(batch["clip_id"]) if clip in wanted]
                yield {name: [values[row] for row in rows] for name, values in batch.items()}

    def _current(self) -> Snapshot | None:
        """The snapshot, None when there is none of the database as it is now."""
        if self.snapshot is None or self.folder is None or self.snapshot.fingerprint != fingerprint_of(self.folder):
            return None
        return self.snapshot

    @contextmanager
    def _unless_damaged(self) -> Iterator[None]:
        """Read from the snapshot; one that turns out to be damaged counts as none, now and later."""
        try:
            yield
        except SnapshotError:
            self.snapshot = None
            forget_snapshot(self.location)

    def _batches(self, table: Any, groups: Sequence[str], where: str | None = None) -> Iterator[Columns]:
        """Batches of rows of a table, checked, as Lance has them; few are in memory at a time."""
        from choreo.db.schema import VERSION, checked_columns
        from choreo.db.upgrade import upgraded_columns, version_of

        with self.reading():
            if version_of(table.schema, self.location) < VERSION:
                yield upgraded_columns(table, groups, where)
                return
            query = table.search()
            query = query.where(where) if where else query
            for batch in query.select(stored_columns(groups)).limit(None).to_batches(ROWS_AT_ONCE):
                yield checked_columns(batch, groups)

    def collected(self, names: Iterable[str]) -> ClipColumns:
        """Columns of all clips as the database itself has them, checked, in the order of the clips' ids.

        Raises
        ------
        DatabaseError
            When a clip is damaged.
        """
        wanted = list(dict.fromkeys(("clip_id", *names)))  # by it rows are ordered
        groups = [group for group in ("facts", "timing") if set(GROUPS[group]).intersection(wanted[1:])]
        table, found = self._table(), Collected(wanted)
        if table is not None:
            for batch in self._batches(table, groups or ["facts"]):
                found.add(batch)
        return found.columns()

    def columns(self, names: Iterable[str]) -> ClipColumns:
        """Some of the facts of all clips, in the order of their ids, in arrays.

        Returns
        -------
        By name: whole and other numbers as arrays ``(R,)``, texts as `choreo.db.columns.Strings` (``clip_id``,
        ``name``) or `choreo.db.columns.Coded`.
        """
        names = list(names)
        with self._unless_damaged():
            snapshot = self._current()
            if snapshot is not None and all(name in snapshot.columns for name in names):
                return {name: snapshot.columns[name] for name in names}
        found = self.collected(names)
        return {name: found[name] for name in names}

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
        if dataset or metre or style:
            # by facts that were checked: a query would leave a clip out whose facts are damaged
            facts = self.columns(["clip_id", "dataset", "metre", "styles"])
            good = facts["styles"].where(lambda styles: not style or style in styles)
            if dataset:
                good &= facts["dataset"].where(lambda name: name == dataset)
            if metre:
                good &= facts["metre"] == metre
            wanted = None if ids is None else set(ids)
            ids = [clip for clip in taken(facts["clip_id"], good) if wanted is None or clip in wanted]
        found = self._read(["facts", "timing"], ids)
        with self.reading():
            return [to_stored(row, self.motions) for row in rows_of(found)]

    def motions(self, clip_ids: Sequence[str]) -> dict[str, Motion]:
        """Motions of clips by id.

        Raises
        ------
        DatabaseError
            When a clip is gone, or its motion is not what was stored.
        """
        found: dict[str, Motion] = {}
        ids = sorted(set(clip_ids))
        for first in range(0, len(ids), MOTIONS_AT_ONCE):
            rows = rows_of(self._read(["motion"], ids[first : first + MOTIONS_AT_ONCE]))
            with self.reading():
                found |= {row["clip_id"]: to_motion(row) for row in rows}
        missing = sorted(set(clip_ids) - set(found))
        if missing:
            raise DatabaseError(f"{self.location}: clip {missing[0]} was removed while it was needed. Run it again.")
        return found

    def called(self, names: Sequence[str]) -> list[str]:
        """Ids of clips that have one of these names, moves or labels."""
        if not names:
            return []
        wanted = {*names, *(f"base:{name}" for name in names)}
        found = self.columns(["clip_id", "name", "move", "labels"])
        good = found["name"].where(names) | found["move"].where(set(names).__contains__)
        good |= found["labels"].where(wanted.intersection)
        return list(taken(found["clip_id"], good))

    def get(self, clip_ids: Sequence[str]) -> dict[str, Clip]:
        """Clips by id; ids that are not there are left out."""
        if not clip_ids:
            return {}
        rows = rows_of(self._read(list(GROUPS), clip_ids))
        with self.reading():
            return {row["clip_id"]: to_clip(row) for row in rows}

    def rows(self) -> Rows:
        """Columns of every clip but its motion, boundary poses and digests; a row is made when it is asked for."""
        return Rows(self.columns((*FACTS, "beats", "rhythm")))

    def chosen_rows(self, clip_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Rows as `rows` has them, of the clips with some ids; ids that are not there are left out."""
        found = self._read(["facts", "timing"], clip_ids)
        return rows_of({name: found[name] for name in (*FACTS, "beats", "rhythm")})

    def __len__(self) -> int:
        """Count clips."""
        snapshot = self._current()
        if snapshot is not None:
            return len(snapshot)
        table = self._table()
        if table is None:
            return 0
        with self.reading():
            return int(table.count_rows())

    def stats(self) -> dict[str, Any]:
        """Numbers of clips and minutes, on the whole and by dataset, style, metre and licence."""
        facts = self.columns(("dataset", "metre", "licence", "role", "styles", "frames", "fps"))
        seconds = float((np.maximum(facts["frames"].astype(np.int64) - 1, 0) / facts["fps"]).sum())
        counted: dict[str, Counter[str]] = {key: Counter(facts[key].counts()) for key in ("dataset", "licence", "role")}
        metres = zip(*np.unique(facts["metre"], return_counts=True), strict=True)
        counted["metre"] = Counter({str(metre): int(count) for metre, count in metres})
        counted["style"] = Counter()
        for styles, count in facts["styles"].counts().items():
            counted["style"].update(dict.fromkeys(styles, count))
        order = ("dataset", "metre", "licence", "role", "style")
        return {
            "location": self.location,
            "clips": len(facts["fps"]),
            "minutes": round(seconds / 60, 2),
            **{f"by_{key}": dict(sorted(counted[key].items())) for key in order},
        }
