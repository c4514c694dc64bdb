"""What is remembered of fetched files, beside them: the sums they had when first seen, and what was unpacked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from choreo.errors import InputError
from choreo.foreign import read_bytes
from choreo.foreign.limits import TEXT_BYTES
from choreo.inputs import is_file
from choreo.output import write_text

NAME = "seen.json"


class Seen(msgspec.Struct):
    """A file as it was when it came for the first time; `date` is the day, in UTC."""

    sha256: str
    bytes: int
    date: str


class Record(msgspec.Struct):
    """Files by their addresses; of archives also the bytes of what was unpacked, by path, by the patterns asked for."""

    seen: dict[str, Seen] = {}
    unpacked: dict[str, dict[str, dict[str, int]]] = {}

    def note(self, address: str, sha256: str, size: int) -> bool:
        """Remember a file; whether it is the first time."""
        if address in self.seen:
            return False
        self.seen[address] = Seen(sha256, size, datetime.now(UTC).date().isoformat())
        return True

    def forget(self, address: str) -> None:
        """Remember a file no more."""
        self.seen.pop(address, None)
        self.unpacked.pop(address, None)

    def has(self, address: str, patterns: tuple[str, ...], folder: Path) -> bool:
        """Whether what the patterns mean was unpacked below `folder` and is there still."""
        found = self.unpacked.get(address, {}).get(" ".join(patterns), {})
        paths = {folder / name: size for name, size in found.items()}
        return bool(paths) and all(is_file(path) and path.stat().st_size == size for path, size in paths.items())


def read_record(folder: Path) -> Record:
    """The record of a folder; an empty one where there is none.

    Raises
    ------
    InputError
        When it cannot be read: then nobody knows whether files are what they were.
    """
    path = folder / NAME
    if not path.exists():
        return Record()
    try:
        return msgspec.json.decode(read_bytes(path, TEXT_BYTES), type=Record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{path}: is not what choreo wrote there ({error}). Delete it, and files count as seen for the first time."
        ) from error


def write_record(folder: Path, record: Record) -> None:
    """Write the record of a folder."""
    text = msgspec.json.format(msgspec.json.encode(record, order="deterministic")).decode()
    write_text(folder / NAME, text + "\n")


__all__ = ["NAME", "Record", "Seen", "read_record", "write_record"]
