"""Snapshots: what planning reads of a database, cached in a file, so that Lance need not be read for it.

Importing LanceDB takes most of a second of every process that dances, and reading the facts of a million clips with
their digests takes longer than the dance. The facts lie in the user's cache folder, of a small database beats and
boundary poses as well, beside a fingerprint of the lists by which Lance finds the clips: whatever is written to the
database makes a new list, and the snapshot is as none. The database stays what counts: commands that look into it read
it itself, and so are motions of recordings.

A file is a head and the bytes of arrays, each in the place that the head names, with its SHA-256. The head has the
SHA-256 of itself before it. An array is checked when it is first asked for; large files are mapped, so that what is
not asked for takes neither time nor memory.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from choreo.db.columns import KINDS, ClipColumns, Coded, Ragged, Strings
from choreo.db.connection import META, TABLE
from choreo.db.location import remembered_file
from choreo.db.rows import FACTS, GROUPS
from choreo.db.seal import newest_manifest
from choreo.errors import OutputError

FORMAT = 2
ROWS = 4000
"""Clips up to which beats and boundary poses are in a snapshot; of a larger database planning reads those of few."""
IN_MEMORY = 4 << 20
"""Bytes of a file up to which it is read whole; a larger one is mapped."""
HEAD = 1 << 20
"""Most bytes of a head."""
FILES, BYTES = 8, 2 << 30
"""Snapshots in the folder, those written last: so many, and so much, though always the newest."""
AT_ONCE = 4 << 20
"""Bytes of a mapped file that are checked at once."""
ALIGNED = 64
SUM = hashlib.sha256().digest_size
DTYPES = frozenset(("|u1", "|b1", "|i1", "<i2", "<i4", "<i8", "<u4", "<u8", "<f4", "<f8"))
PARTS = {"texts": 2, "coded": 3, "coded lists": 3, "whole": 1, "numbers": 1, "yes or no": 1, "digests": 1}
"""Arrays of a column by its kind; of all others two."""


class SnapshotError(ValueError):
    """A snapshot is damaged, and counts as none."""


class Part(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An array of a file: its type, where it begins, its size in bytes and its SHA-256."""

    dtype: str
    at: int
    size: int
    sum: bytes


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says of itself: columns of `rows` clips, each of a few arrays."""

    fingerprint: str
    starter: str
    rows: int
    columns: dict[str, list[Part]]


@dataclass(frozen=True)
class Snapshot:
    """Columns of a database with the `fingerprint` that it had, and the signature of the starter clips in it."""

    fingerprint: str
    starter: str
    columns: ClipColumns

    def __len__(self) -> int:
        """Count clips."""
        return self.columns.rows if isinstance(self.columns, FileColumns) else len(self.columns["clip_id"])

    def has(self, groups: set[str]) -> bool:
        """Whether all columns of some groups (`choreo.db.rows.GROUPS`) are in it."""
        return all(name in self.columns for group in groups for name in GROUPS[group])


class FileColumns(Mapping[str, Any]):
    """Columns of a snapshot's file, each checked when it is first asked for.

    Raises
    ------
    SnapshotError
        From asking for a column that is not what was written.
    """

    def __init__(self, data: bytes | mmap.mmap, begin: int, rows: int, parts: Mapping[str, list[Part]]) -> None:
        self.rows = rows
        self._data, self._begin, self._parts = data, begin, parts
        self._read: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = self._column(name)
        return self._read[name]

    def _column(self, name: str) -> Any:
        arrays = [self._array(part) for part in self._parts[name]]
        kind = KINDS[name]
        try:
            if kind == "texts":
                column: Any = Strings(*arrays)
            elif kind.startswith("coded"):
                column = Coded(arrays[0], Strings(arrays[1], arrays[2]), kind == "coded lists")
            elif kind == "digests":
                column = arrays[0].reshape(-1, 2)
            else:
                column = arrays[0] if len(arrays) == 1 else Ragged(*arrays)
        except ValueError as error:
            raise SnapshotError(str(error)) from error
        if len(column) != self.rows:
            raise SnapshotError(f"{len(column)} of {self.rows} rows of {name}")
        return column

    def _array(self, part: Part) -> NDArray[Any]:
        dtype, at = np.dtype(part.dtype), self._begin + part.at
        digest = hashlib.sha256()
        for first in range(at, at + part.size, AT_ONCE):
            last = min(first + AT_ONCE, at + part.size)
            with memoryview(self._data)[first:last] as some:
                digest.update(some)
            if isinstance(self._data, mmap.mmap):
                _let_go(self._data, first, last)
        if digest.digest() != part.sum:
            raise SnapshotError("not what was written")
        return np.frombuffer(self._data, dtype, part.size // dtype.itemsize, at)


def _let_go(data: mmap.mmap, first: int, last: int) -> None:
    """Give the memory of a part of a mapped file back to the system, which reads it again when it is needed."""
    if hasattr(data, "madvise"):
        first = -(-first // mmap.PAGESIZE) * mmap.PAGESIZE
        if last > first:
            data.madvise(mmap.MADV_DONTNEED, first, last - first)


def fingerprint_of(folder: Path) -> str:
    """Digest of the lists by which Lance finds the clips and choreo its own; empty where there are no clips."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for table in (TABLE, META):
        newest = newest_manifest(folder / f"{table}.lance")
        if newest is None and table == TABLE:
            return ""
        digest.update(b"none" if newest is None else newest.name.encode() + b"\0" + newest.read_bytes())
    return digest.hexdigest()


def read_snapshot(location: str, folder: Path) -> Snapshot | None:
    """Snapshot of the database as it is now; None when there is none, or it is damaged as far as it was read."""
    found = last_snapshot(location)
    return found if found is not None and found.fingerprint == fingerprint_of(folder) else None


def last_snapshot(location: str) -> Snapshot | None:
    """Snapshot that was last made of the database, whatever has become of it since."""
    with suppress(OSError, ValueError, msgspec.MsgspecError, RecursionError):
        with _file(location).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read() if size <= IN_MEMORY else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        length = int.from_bytes(data[SUM : SUM + 8], "little")
        if length > HEAD:
            return None
        begin, text = _aligned(SUM + 8 + length), data[SUM : SUM + 8 + length]
        if hashlib.sha256(text).digest() != data[:SUM]:
            return None
        head = msgspec.msgpack.decode(text[8:], type=Head)
        _require_sound(head, len(data) - begin)
        columns = FileColumns(data, begin, head.rows, head.columns)
        if isinstance(data, bytes):
            dict(columns)  # every one is checked now
        return Snapshot(head.fingerprint, head.starter, columns)
    return None


def forget_snapshot(location: str) -> None:
    """Remove the snapshot of a database, which turned out to be damaged."""
    with suppress(OSError):
        _file(location).unlink(missing_ok=True)


def _require_sound(head: Head, size: int) -> None:
    for name, parts in head.columns.items():
        if name not in KINDS or len(parts) != PARTS.get(KINDS[name], 2):
            raise SnapshotError(f"no column {name!r} of {len(parts)} arrays")
        for part in parts:
            if part.dtype not in DTYPES or part.at % ALIGNED or not 0 <= part.at <= part.at + part.size <= size:
                raise SnapshotError(f"no array {part.dtype} at {part.at}")
    if set(FACTS) - head.columns.keys():
        raise SnapshotError("columns are missing")


def write_snapshot(location: str, snapshot: Snapshot) -> None:
    """Cache a snapshot of the database; nothing happens where nothing can be written."""
    from choreo.output import atomic, require_writable

    columns: dict[str, list[Part]] = {}
    arrays: list[tuple[int, memoryview]] = []
    at = 0
    for name, column in snapshot.columns.items():
        columns[name] = []
        for array in _arrays(column):
            raw = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
            columns[name].append(Part(array.dtype.str, at, len(raw), hashlib.sha256(raw).digest()))
            arrays.append((at, raw))
            at = _aligned(at + len(raw))
    head = msgspec.msgpack.encode(Head(snapshot.fingerprint, snapshot.starter, len(snapshot), columns))
    text = len(head).to_bytes(8, "little") + head
    begin = _aligned(SUM + len(text))
    path = _file(location)
    with suppress(OSError, OutputError):
        require_writable(path.parent)
        with atomic(path, at_once=True) as partial, partial.open("wb") as file:
            file.write(hashlib.sha256(text).digest() + text)
            for place, raw in arrays:
                file.seek(begin + place)
                file.write(raw)
            file.truncate(begin + at)
        _forget_old(path)


def _forget_old(newest: Path) -> None:
    """Remove snapshots beyond `FILES` and `BYTES`, those written longest ago."""
    files = sorted(newest.parent.glob(f"*{newest.suffix}"), key=lambda each: -each.stat().st_mtime_ns)
    total = 0
    for number, each in enumerate(files):
        total += each.stat().st_size
        if each != newest and (number >= FILES or total > BYTES):
            os.unlink(each)


def _arrays(column: Any) -> list[NDArray[Any]]:
    if isinstance(column, Strings):
        return [column.data, column.ends]
    if isinstance(column, Coded):
        return [column.codes, column.texts.data, column.texts.ends]
    return [column.flat, column.ends] if isinstance(column, Ragged) else [cast("NDArray[Any]", column)]


def _aligned(at: int) -> int:
    return math.ceil(at / ALIGNED) * ALIGNED


def _file(location: str) -> Path:
    return remembered_file(location, "clips", ".columns")


__all__ = [
    "ROWS", "FileColumns", "Snapshot", "SnapshotError", "fingerprint_of", "forget_snapshot", "last_snapshot",
    "read_snapshot", "write_snapshot",
]  # fmt: skip
