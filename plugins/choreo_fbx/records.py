"""FBX's binary form: records within records, each with its properties, as version 7.4 has them.

The layout is that of Blender's "FBX binary file format specification" (code.blender.org, 2013): a record has the place
of its end, its properties, its name, and what is in it, closed by an empty record. Arrays are compressed with zlib.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

VERSION = 7400
MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
EMPTY = bytes(13)
"""The record that closes what is in a record."""
CREATED = "1970-01-01 10:00:00:000"
FILE_ID = bytes.fromhex("28b32aebb624ccc2bfc8b02aa92bfcf1")
FOOT_ID = bytes.fromhex("fabcab09d0c8d466b176fb831cf7267e")
END = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
"""The file's id and the first id of its foot follow from the time at which it was made; these belong to `CREATED`."""
COMPRESSED_FROM = 128
"""Bytes from which on an array is compressed."""
CODES = {"f4": b"f", "f8": b"d", "i4": b"i", "i8": b"l"}

Value = bool | int | float | str | bytes | np.generic | np.ndarray


class Encoded(bytes):
    """A property that is encoded already: an array that many records share."""


class Record:
    """A record: its name, its properties as bytes, and the records in it.

    Values are encoded by their type: int as 32 bits, ``np.int64`` as 64, float as double, str, bytes as raw data,
    arrays of f4, f8, i4 and i8.
    """

    __slots__ = ("inside", "name", "properties")

    def __init__(self, name: str, *values: Value) -> None:
        self.name = name.encode()
        self.properties = [encoded(value) for value in values]
        self.inside: list[Record] = []

    def add(self, name: str, *values: Value) -> Record:
        """Put a record into this one and return it."""
        child = Record(name, *values)
        self.inside.append(child)
        return child

    @property
    def closed(self) -> bool:
        """Whether an empty record ends it: where records are in it, or could be."""
        return bool(self.inside) or not self.properties or self.name in (b"AnimationStack", b"AnimationLayer")

    def size(self) -> int:
        """Bytes of the record with all that is in it."""
        own = 13 + len(self.name) + sum(map(len, self.properties))
        return own + sum(child.size() for child in self.inside) + (len(EMPTY) if self.closed else 0)

    def parts(self, start: int) -> Iterator[bytes]:
        """Yield the record's bytes, for a place `start` bytes into the file."""
        length = sum(map(len, self.properties))
        yield struct.pack("<IIIB", start + self.size(), len(self.properties), length, len(self.name)) + self.name
        yield from self.properties
        at = start + 13 + len(self.name) + length
        for child in self.inside:
            yield from child.parts(at)
            at += child.size()
        if self.closed:
            yield EMPTY


def encoded(value: Value) -> bytes:
    """A property's bytes."""
    if isinstance(value, Encoded):
        return value
    if isinstance(value, bool):
        return b"C" + struct.pack("<?", value)
    if isinstance(value, np.int64):
        return b"L" + struct.pack("<q", int(value))
    if isinstance(value, int):
        return b"I" + struct.pack("<i", value)
    if isinstance(value, float):
        return b"D" + struct.pack("<d", value)
    if isinstance(value, str):
        raw = value.encode()
        return b"S" + struct.pack("<I", len(raw)) + raw
    if isinstance(value, bytes):
        return b"R" + struct.pack("<I", len(value)) + value
    if isinstance(value, np.ndarray):
        return _array(value)
    raise TypeError(f"no property of an FBX record: {type(value).__name__}")


def _array(array: np.ndarray) -> bytes:
    flat = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False)).reshape(-1)
    data, packed = flat.tobytes(), 0
    if len(data) >= COMPRESSED_FROM:
        data, packed = zlib.compress(data, 6), 1
    return CODES[array.dtype.str[1:]] + struct.pack("<III", flat.size, packed, len(data)) + data


def write_records(records: list[Record], path: Path) -> None:
    """Write a whole file: its head, the records and its foot."""
    with path.open("wb") as file:
        file.write(MAGIC + struct.pack("<I", VERSION))
        for record in records:
            for part in record.parts(file.tell()):
                file.write(part)
        file.write(EMPTY)
        _foot(file)


def _foot(file: BinaryIO) -> None:
    file.write(FOOT_ID + bytes(4))
    file.write(bytes(16 - file.tell() % 16))  # 1 to 16 bytes: a whole row where the place is even already
    file.write(struct.pack("<I", VERSION) + bytes(120) + END)
