"""Snapshots: what planning reads of a database, cached in a file, so that Lance need not be opened for it.

Importing LanceDB takes most of a second of every process that dances, and a dance of authored moves wants nothing of
the database but facts, beats and boundary poses. They lie in the user's cache folder beside a fingerprint of the lists
by which Lance finds the clips: whatever is written to the database makes a new list, and the snapshot is as none. The
database stays what counts: commands that look into it read it itself, and so are motions of recordings.

A file is the SHA-256 of its body, and the body as MessagePack.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from choreo.db.connection import META, TABLE
from choreo.db.location import remembered_file
from choreo.db.rows import Columns
from choreo.db.seal import newest_manifest
from choreo.errors import InputError, OutputError
from choreo.foreign import read_bytes

FORMAT = 1
ROWS = 4000
"""Most clips of a database that has a snapshot; of a larger one planning reads few at once, which Lance does faster."""
LARGEST = 32 << 20
"""Bytes of a file; 4000 clips take a quarter of it."""
FILES = 8
"""Snapshots in the folder, those written last."""
GROUPS = frozenset(("facts", "timing"))
"""Groups of columns (`choreo.db.rows.GROUPS`) in a snapshot."""
SUM = hashlib.sha256().digest_size
Texts = list[str]
Lists = list[list[str]]
Whole = list[int]
Numbers = list[float]


class SnapshotColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Columns of `GROUPS`, each ``(R,)``, in the order of the clips' ids."""

    clip_id: Texts
    name: Texts
    dataset: Texts
    source: Texts
    licence: Texts
    citation: Texts
    role: Texts
    move: Texts
    styles: Lists
    labels: Lists
    metre: Whole
    counts: Whole
    tempo: Numbers
    tempo_low: Numbers
    tempo_high: Numbers
    energy: Numbers
    fps: Numbers
    mirrorable: list[bool]
    frames: Whole
    first_frame: Whole
    last_frame: Whole
    source_hash: Texts
    flags: Lists
    beats: list[list[float]]
    rhythm: list[list[float]]
    ends: list[bytes]


class Snapshot(msgspec.Struct, frozen=True):
    """Columns of a database with the `fingerprint` that it had, and the signature of the starter clips in it."""

    fingerprint: str
    starter: str
    table: SnapshotColumns

    @property
    def columns(self) -> Columns:
        """Columns by name."""
        return msgspec.structs.asdict(self.table)


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
    """Snapshot of the database as it is now; None when there is none, or it is damaged in any way."""
    try:
        data = read_bytes(_file(location), LARGEST)
        if hashlib.sha256(memoryview(data)[SUM:]).digest() != data[:SUM]:
            return None
        found = msgspec.msgpack.decode(memoryview(data)[SUM:], type=Snapshot)
        sizes = {len(values) for values in found.columns.values()}
        return found if len(sizes) == 1 and found.fingerprint == fingerprint_of(folder) else None
    except (OSError, InputError, msgspec.MsgspecError, RecursionError):
        return None


def write_snapshot(location: str, fingerprint: str, starter: str, columns: Columns) -> None:
    """Cache columns of the database that had this fingerprint; nothing happens where nothing can be written."""
    from choreo.output import atomic, require_writable

    table = SnapshotColumns(**{name: columns[name] for name in SnapshotColumns.__struct_fields__})
    body = msgspec.msgpack.encode(Snapshot(fingerprint, starter, table))
    path = _file(location)
    with suppress(OSError, OutputError):
        require_writable(path.parent)
        with atomic(path, at_once=True) as partial:
            partial.write_bytes(hashlib.sha256(body).digest() + body)
        files = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda each: each.stat().st_mtime_ns)
        for old in files[:-FILES]:
            os.unlink(old)


def _file(location: str) -> Path:
    return remembered_file(location, "clips", ".msgpack")


__all__ = ["GROUPS", "ROWS", "Snapshot", "fingerprint_of", "read_snapshot", "write_snapshot"]
