"""Binary FBX files are weighed before they are read: how much their arrays take once they are unpacked."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from choreo.errors import MotionError
from choreo.foreign.limits import FBX_ARRAYS, FBX_DEPTH, FBX_RECORDS
from choreo_fbx.records import MAGIC

SIZES = {b"C": 1, b"Y": 2, b"I": 4, b"F": 4, b"L": 8, b"D": 8}
ELEMENTS = {b"b": 1, b"c": 1, b"i": 4, b"f": 4, b"l": 8, b"d": 8}
WIDE = 7500
"""Version from which on places and lengths have 64 bits."""


def require_modest_records(path: Path) -> None:
    """Refuse a binary file that is small and would be large, or that is cut; others are left to who reads them.

    Raises
    ------
    MotionError
    """
    with path.open("rb") as file:
        head = file.read(27)
        if head[:21] != MAGIC[:21] or len(head) < 27:
            return
        try:
            _weigh(file, int.from_bytes(head[23:27], "little") >= WIDE, path)
        except (struct.error, KeyError, IndexError) as error:
            raise MotionError(f"{path}: is a damaged FBX file, or cut off at byte {file.tell():,}.") from error


def _weigh(file: BinaryIO, wide: bool, path: Path) -> None:
    """Walk over all records."""
    form, size = ("<QQQB", 25) if wide else ("<IIIB", 13)
    ends: list[int] = []
    weight = records = 0
    while True:
        here = file.tell()
        while ends and here >= ends[-1]:
            ends.pop()
        end, count, length, letters = struct.unpack(form, file.read(size))
        if end == 0:
            if not ends:
                return
            continue
        records += 1
        file.seek(letters, 1)
        start = file.tell()
        for _ in range(count):
            weight += _property(file)
        if file.tell() != start + length or end < start + length:
            raise IndexError
        if weight > FBX_ARRAYS or records > FBX_RECORDS or len(ends) >= FBX_DEPTH:
            raise MotionError(
                f"{path}: its arrays would take more than {FBX_ARRAYS:,} bytes, or it has more than {FBX_RECORDS:,} "
                f"records or {FBX_DEPTH} levels of them."
            )
        if end > start + length:
            ends.append(end)


def _property(file: BinaryIO) -> int:
    """Pass over a property; returns the bytes that it takes once it is unpacked."""
    kind = file.read(1)
    if kind in SIZES:
        file.seek(SIZES[kind], 1)
        return SIZES[kind]
    if kind in (b"S", b"R"):
        (length,) = struct.unpack("<I", file.read(4))
        file.seek(length, 1)
        return int(length)
    items, _, length = struct.unpack("<III", file.read(12))
    file.seek(length, 1)
    return int(items) * ELEMENTS[kind]
