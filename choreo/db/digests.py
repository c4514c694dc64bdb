"""Digests of rows: what a row says is checked whenever it is read.

Lance has no checksums, and a bit that flips on a disk would be danced. A row has a digest for each group of columns
that are read together, over the values in their order as MessagePack. The id of the clip is in each group, so that no
part of one clip passes for that of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

SIZE = 16
"""Bytes of a digest."""


def values_of(column: Any) -> list[Any]:
    """Values of an Arrow column ``(R,)``; lists by slices of one flat list, which is ten times as fast as by value."""
    import pyarrow as pa

    if not pa.types.is_list(column.type):
        return list(column.to_pylist())
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    offsets, flat = whole.offsets.to_pylist(), whole.values.to_pylist()
    return [flat[first:last] for first, last in pairwise(offsets)]


def digests_of(columns: Mapping[str, Sequence[Any]], names: Sequence[str]) -> list[bytes]:
    """Digest of the values of `names` in each row, ``R`` of `SIZE` bytes."""
    encode, digest = msgspec.msgpack.Encoder().encode, hashlib.sha256
    rows = zip(*(columns[name] for name in names), strict=True)
    return [digest(encode(row)).digest()[:SIZE] for row in rows]


def damaged_rows(columns: Mapping[str, Sequence[Any]], names: Sequence[str], stored: Sequence[bytes]) -> list[int]:
    """Rows whose digest is not the one that was stored with them."""
    found = digests_of(columns, names)
    return [row for row, (now, then) in enumerate(zip(found, stored, strict=True)) if now != then]
