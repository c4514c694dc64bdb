"""A Lance database that is opened, locked, checked and written: what clips and the tables beside them share."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from choreo.db.lease import Lease, noted_version
from choreo.db.location import checked_location, redacted
from choreo.db.object_store import OPTIONS, ReadOnlyStoreError, clean, store_reason
from choreo.db.seal import broken_files, newest_manifest, write_seal
from choreo.errors import ChoreoError, DatabaseError, MissingExtraError

TABLE = "clips"
META = "choreo_meta"
"""Table of which starter clips there are."""
LOCK_SECONDS = 300


class Connection:
    """Tables of a database, in a folder or in object storage.

    Parameters
    ----------
    create
        Make the folder when there is none.

    Raises
    ------
    DatabaseError
        When there is none (and not `create`), it cannot be made, or its location carries credentials.
    """

    def __init__(self, location: str | os.PathLike[str], *, create: bool = False) -> None:
        self.location = checked_location(os.fspath(location))
        self.folder = folder_of(self.location)
        """Folder of the database; None in object storage, which has a lease for its lock and its seal."""
        self._lock: Any = None
        if self.folder is None:
            return
        if create:
            _make(self.folder)
        else:
            self.require_there()

    @cached_property
    def _lance(self) -> Any:
        """LanceDB's connection, made when it is first needed: importing it takes most of a second."""
        os.environ.setdefault("LANCEDB_LOG", "error")  # its warnings are for developers; read at the import
        os.environ.setdefault("LANCE_LOG", "error")
        import lancedb

        with translated(self.location, "opened"):
            # as an absolute path a name with a colon is no URI
            if self.folder is None:
                return lancedb.connect(self.location, storage_options=dict(OPTIONS))
            return lancedb.connect(str(self.folder.absolute()))

    @cached_property
    def _lease(self) -> Lease:
        return Lease(self.location, LOCK_SECONDS)

    @property
    def advice(self) -> str:
        """What to do when something is damaged."""
        return f"'choreo db verify --db {shlex.quote(self.location)}' tells what is lost and how to get it back."

    def reading(self) -> Any:
        """Context in which errors of LanceDB become a DatabaseError that says what to do."""
        return translated(self.location, "read", self.advice)

    def require_whole(self) -> None:
        """Check the files by which Lance finds the clips.

        Raises
        ------
        DatabaseError
            When one is damaged or gone.
        """
        if self.folder is None:
            fault = self.older_than_noted()
            if fault:
                raise DatabaseError(f"{self.location}: {fault}. {self.advice}")
            return
        faults = broken_files(self.folder, TABLE)
        if faults:
            raise DatabaseError(f"{self.location}: {faults[0][0]} {faults[0][1]}. {self.advice}")

    def older_than_noted(self) -> str:
        """What is wrong when object storage has an older list of the clips than was written; empty when nothing is."""
        noted = noted_version(self.location)
        if noted < 0:
            return ""
        table = self.table_of(TABLE)
        newest = -1 if table is None else int(table.version)
        return f"version {noted} of the list of the clips is gone, the newest is {newest}" if newest < noted else ""

    def unwritable(self) -> bool:
        """Whether the database is read-only; of object storage that is found out by asking for its lease."""
        if self.folder is not None:
            return not os.access(self.folder, os.W_OK)
        try:
            self.require_writable()
        except ReadOnlyStoreError:
            return True
        return False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database's write lock; other processes wait.

        In a folder the lock is the system's, for this machine, and goes with the process, however that ends. In object
        storage it is a lease (`choreo.db.lease`), for all machines.

        Raises
        ------
        DatabaseError
            When it cannot be had.
        MissingExtraError
            When the package is not installed that object storage is written with.
        """
        if self.folder is None:
            with self._lease.held():
                yield
            return
        from filelock import FileLock, Timeout

        # one lock object per database object: it may be taken again by the holder
        self._lock = self._lock or FileLock(str(self.folder / ".choreo.lock"), timeout=LOCK_SECONDS)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise DatabaseError(f"{self.location}: another process has been writing for {LOCK_SECONDS} s.") from error
        except OSError as error:
            raise DatabaseError(
                f"{self.location}: the motion database cannot be written ({error.strerror}). Make the folder writable, "
                "or copy it and name the copy with --db or $CHOREO_MOTION_DB."
            ) from error
        try:
            yield
        finally:
            self._lock.release()

    def require_writable(self) -> None:
        """Take the lock once, before work of hours.

        Raises
        ------
        DatabaseError
            When the database cannot be written.
        """
        with self.locked():
            pass

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock, translate errors, and seal what was written."""
        with self.locked():
            full = "Is the disk full? Free some space and run it again."
            with translated(
                self.location, "written", f"It is as it was before. {full if self.folder else 'Run it again.'}"
            ):
                yield
            self.seal()

    def seal(self) -> None:
        """Keep what tells later that lists of the clips are damaged or gone. Call it under the lock."""
        if self.folder is not None:
            write_seal(self.folder, TABLE)
            return
        table = self.table_of(TABLE)
        self._lease.note(-1 if table is None else int(table.version))

    def exists(self) -> bool:
        """Whether there is any table, whole or not; in object storage a place is no more than a name."""
        if self.folder is not None:
            return self.folder.is_dir()
        with self.reading():
            return bool(self._lance.list_tables().tables)

    def require_there(self) -> None:
        """Check that there is a database.

        Raises
        ------
        DatabaseError
        """
        if not self.exists():
            raise DatabaseError(
                f"{self.location}: no motion database there. 'choreo db update --db {shlex.quote(self.location)}' "
                "makes one with choreo's own moves."
            )

    def has(self, table: str) -> bool:
        """Tell whether a table of that name exists; one whose making was interrupted does not."""
        if self.folder is not None:
            return newest_manifest(self.folder / f"{table}.lance") is not None
        return self.table_of(table) is not None

    def table_of(self, name: str) -> Any:
        """Open a table of LanceDB, None when there is none of that name or its making was interrupted."""
        if self.folder is not None and not self.has(name):
            return None
        with self.reading():
            try:
                return self._lance.open_table(name)
            except ValueError as error:
                if self.folder is None and f"Table '{name}' was not found" in str(error):
                    return None
                raise

    def read_table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table beside the clips', none when there is no such table."""
        table = self.table_of(name)
        if table is None:
            return []
        with self.reading():
            rows: list[dict[str, Any]] = table.to_arrow().to_pylist()
        return rows

    def replace_table(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Write a table beside the clips' anew, also over one that cannot be read; without rows there is none."""
        with self.writing():
            if rows:
                try:
                    self._lance.create_table(name, rows, mode="overwrite")
                except (RuntimeError, ValueError, OSError):  # it is too damaged even for that
                    self._lance.drop_table(name)
                    self._lance.create_table(name, rows)
            elif self.has(name):
                self._lance.drop_table(name)

    def upsert(self, name: str, key: str, rows: list[dict[str, Any]]) -> None:
        """Write rows of a table beside the clips', replacing those with the same `key`."""
        if not rows:
            return
        with self.writing():
            if not self.has(name):
                self._lance.create_table(name, rows)
                return
            merge = self._lance.open_table(name).merge_insert(key)
            merge.when_matched_update_all().when_not_matched_insert_all().execute(rows)


def folder_of(location: str) -> Path | None:
    """Folder of a location, None for object storage."""
    if location.startswith("file://"):
        return Path(unquote(urlsplit(location).path))
    return None if "://" in location else Path(location)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DatabaseError(
            f"{folder}: cannot make a motion database there ({why}). Choose another place with --db or "
            "$CHOREO_MOTION_DB."
        ) from error


def reason(error: BaseException) -> str:
    """First words of an error of LanceDB, without credentials and the place in its source."""
    text = next(iter(redacted(str(error)).splitlines()), type(error).__name__)
    return "LanceDB cannot make sense of it" if "panicked" in text else text.split(", /")[0][:200].rstrip(". ")


@contextmanager
def translated(location: str, doing: str, advice: str = "") -> Iterator[None]:
    """Turn the errors of LanceDB, which share no base class, into a DatabaseError."""
    try:
        yield
    except (MissingExtraError, ReadOnlyStoreError):
        raise
    except DatabaseError as error:
        if error.message.startswith(location):
            raise
        raise DatabaseError(f"{location}: {error.message}. {advice}".rstrip()) from error
    except ChoreoError as error:  # a row that no clip can be made of
        raise DatabaseError(f"{location}: {error.message.rstrip('.')}. {advice}".rstrip()) from error
    except Exception as error:  # noqa: BLE001 - told without what it may carry
        remote = folder_of(location) is None
        why = (store_reason(error) if remote else "") or reason(error)
        raise DatabaseError(f"{location}: the motion database could not be {doing}: {why}. {advice}".rstrip()) from (
            clean(error) if remote else error
        )


__all__ = ["META", "TABLE", "Connection", "folder_of", "reason", "translated"]
