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

from choreo.db.seal import broken_files, newest_manifest, write_seal
from choreo.errors import ChoreoError, DatabaseError

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
        When there is none (and not `create`), or it cannot be made.
    """

    def __init__(self, location: str | os.PathLike[str], *, create: bool = False) -> None:
        self.location = os.fspath(location)
        self.folder = folder_of(self.location)
        """Folder of the database; None in object storage, which has neither lock nor seal."""
        self._lock: Any = None
        if self.folder is None:
            return
        if create:
            _make(self.folder)
        elif not self.folder.is_dir():
            raise DatabaseError(
                f"{self.location}: no motion database there. 'choreo db update --db {shlex.quote(self.location)}' "
                "makes one with choreo's own moves."
            )

    @cached_property
    def _lance(self) -> Any:
        """LanceDB's connection, made when it is first needed: importing it takes most of a second."""
        os.environ.setdefault("LANCEDB_LOG", "error")  # its warnings are for developers; read at the import
        os.environ.setdefault("LANCE_LOG", "error")
        import lancedb

        with translated(self.location, "opened"):
            # as an absolute path a name with a colon is no URI
            return lancedb.connect(self.location if self.folder is None else str(self.folder.absolute()))

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
        faults = [] if self.folder is None else broken_files(self.folder, TABLE)
        if faults:
            raise DatabaseError(f"{self.location}: {faults[0][0]} {faults[0][1]}. {self.advice}")

    def unwritable(self) -> bool:
        """Whether the database is plainly read-only."""
        return self.folder is not None and not os.access(self.folder, os.W_OK)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database's write lock; other processes on this machine wait.

        The lock is the system's and goes with the process, however that ends.
        """
        if self.folder is None:
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
            with translated(
                self.location, "written", "It is as it was before. Is the disk full? Free some space and run it again."
            ):
                yield
            if self.folder is not None:
                write_seal(self.folder, TABLE)

    def has(self, table: str) -> bool:
        """Tell whether a table of that name exists; one whose making was interrupted does not."""
        if self.folder is not None:
            return newest_manifest(self.folder / f"{table}.lance") is not None
        with self.reading():
            return table in self._lance.list_tables().tables

    def read_table(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table beside the clips', none when there is no such table."""
        if not self.has(name):
            return []
        with self.reading():
            rows: list[dict[str, Any]] = self._lance.open_table(name).to_arrow().to_pylist()
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
    """First words of an error of LanceDB, without the place in its source."""
    text = next(iter(str(error).splitlines()), type(error).__name__)
    return "LanceDB cannot make sense of it" if "panicked" in text else text.split(", /")[0][:200].rstrip(". ")


@contextmanager
def translated(location: str, doing: str, advice: str = "") -> Iterator[None]:
    """Turn the errors of LanceDB, which share no base class, into a DatabaseError."""
    try:
        yield
    except DatabaseError as error:
        if error.message.startswith(location):
            raise
        raise DatabaseError(f"{location}: {error.message}. {advice}".rstrip()) from error
    except ChoreoError as error:  # a row that no clip can be made of
        raise DatabaseError(f"{location}: {error.message.rstrip('.')}. {advice}".rstrip()) from error
    except Exception as error:
        why = reason(error)
        raise DatabaseError(
            f"{location}: the motion database could not be {doing}: {why}. {advice}".rstrip()
        ) from error


__all__ = ["META", "TABLE", "Connection", "folder_of", "reason", "translated"]
