"""Arrays of a TensorFlow checkpoint without TensorFlow.

A checkpoint is two files. The index is a sorted table of LevelDB's form (https://github.com/google/leveldb, table
format): blocks of keys that share prefixes, and a footer that says where they are. A value is a message of protocol
buffers with an array's type, shape, and place in the data file. Only uncompressed blocks and arrays of 32-bit numbers
are read; every length is checked against the file before it is believed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path

import numpy as np

from choreo.errors import InputError
from choreo.types import Floats

MAGIC = 0xDB4775248B80FB57
FOOTER = 48
MOST_INDEX = 1 << 20
"""Bytes of the largest index that is read."""
FLOAT32 = 1
"""Number of the type in TensorFlow's ``DataType``."""


class _Reader:
    """Numbers and bytes out of a buffer; a ValueError where it ends too soon."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def varint(self) -> int:
        """A number of at most 64 bits, seven bits a byte."""
        value = 0
        for shift in range(0, 64, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a number of over 64 bits")

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count < 0 or self.at + count > len(self.data):
            raise ValueError("it ends in the middle of an entry")
        found = self.data[self.at : self.at + count]
        self.at += count
        return found


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block."""
    if offset + size + 5 > len(data) or size < 4:
        raise ValueError("a block lies outside of the file")
    if data[offset + size] != 0:
        raise ValueError("a block is compressed")
    restarts = struct.unpack_from("<I", data, offset + size - 4)[0]
    if 4 * (restarts + 1) > size:
        raise ValueError("a block has more restarts than bytes")
    reader = _Reader(data[offset : offset + size - 4 * (restarts + 1)])
    key = b""
    while reader.at < len(reader.data):
        shared, fresh, length = reader.varint(), reader.varint(), reader.varint()
        if shared > len(key):
            raise ValueError("a key shares more than the one before has")
        key = key[:shared] + reader.take(fresh)
        yield key, reader.take(length)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Numbers of the fields of a message, and their values."""
    reader = _Reader(data)
    while reader.at < len(data):
        tag = reader.varint()
        kind = tag & 7
        if kind == 0:
            yield tag >> 3, reader.varint()
        elif kind == 2:
            yield tag >> 3, reader.take(reader.varint())
        elif kind in (1, 5):
            yield tag >> 3, reader.take(8 if kind == 1 else 4)
        else:
            raise ValueError("a message has a field of no known kind")


def _entry(data: bytes) -> tuple[int, tuple[int, ...], int, int]:
    """Type, shape, offset and size in bytes of an array."""
    numbers: dict[int, int] = {}
    shape: list[int] = []
    for field, value in _fields(data):
        if field == 2 and isinstance(value, bytes):
            for part, dim in _fields(value):
                if part == 2 and isinstance(dim, bytes):
                    shape.append(next((n for f, n in _fields(dim) if f == 1 and isinstance(n, int)), 0))
        elif isinstance(value, int):
            numbers[field] = value
    return numbers.get(1, 0), tuple(shape), numbers.get(4, 0), numbers.get(5, 0)


def read_checkpoint(index: Path, data: Path) -> Mapping[str, Floats]:
    """Arrays of 32-bit numbers by name.

    Raises
    ------
    InputError
        When a file is none of a checkpoint; the message names it.
    """
    try:
        if index.stat().st_size > MOST_INDEX:
            raise ValueError(f"it has over {MOST_INDEX} bytes")
        table, content = index.read_bytes(), data.read_bytes()
        if len(table) < FOOTER or struct.unpack_from("<Q", table, len(table) - 8)[0] != MAGIC:
            raise ValueError("it has no footer")
        footer = _Reader(table[-FOOTER:])
        footer.varint(), footer.varint()
        handles = _block(table, footer.varint(), footer.varint())
        found: dict[str, Floats] = {}
        for _, handle in handles:
            place = _Reader(handle)
            for key, value in _block(table, place.varint(), place.varint()):
                kind, shape, offset, size = _entry(value) if key else (0, (), 0, 0)
                if kind != FLOAT32:
                    continue
                if size != 4 * prod(shape) or offset + size > len(content):
                    raise ValueError(f"its array {key.decode(errors='replace')[:60]} lies outside of the data")
                found[key.decode()] = np.frombuffer(content, "<f4", prod(shape), offset).reshape(shape)
        return found
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{index}: is no checkpoint that can be read: {error}.") from error
