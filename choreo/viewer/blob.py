"""Arrays in one block of bytes."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

KINDS = {"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "uint32": "u4", "float32": "f4"}


class Pack:
    """Arrays in one block of bytes, each known by its type, first byte and number of elements."""

    def __init__(self) -> None:
        self.blob = bytearray()

    def add(self, array: np.ndarray) -> list[Any]:
        """Add an array; returns ``[kind, first byte, count]`` for the page."""
        kind = KINDS[array.dtype.name]
        self.blob += bytes(-len(self.blob) % 4)
        entry = [kind, len(self.blob), int(array.size)]
        self.blob += np.ascontiguousarray(array, f"<{kind}").tobytes()
        return entry

    def deflated(self) -> bytes:
        """All of it, in zlib's format."""
        return zlib.compress(bytes(self.blob), 9)


__all__ = ["Pack"]
