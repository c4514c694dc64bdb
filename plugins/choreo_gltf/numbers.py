"""Numbers of accessors: plain, normalised and sparse ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.foreign.limits import KEY_VALUES

TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
UNBACKED = 4_000_000
"""Most numbers of an accessor that the file holds none of, all zero: a million vertices."""


def values(document: Any, number: int) -> np.ndarray:
    """Numbers of an accessor ``(N, K) float64``; integers that stand for shares are shares.

    Raises
    ------
    ValueError
        When it points outside the file or is too large.
    """
    accessor = document.accessors[number]
    dtype, width, count = np.dtype(TYPES[accessor.componentType]), SIZES[accessor.type], int(accessor.count)
    if accessor.type in ("MAT2", "MAT3") and dtype.itemsize < 4:
        raise ValueError("matrices of small integers are not read")
    if count < 1 or count * width > (UNBACKED if accessor.bufferView is None else KEY_VALUES):
        raise ValueError(f"an accessor of {count:,} elements")
    if accessor.bufferView is None:
        raw = np.zeros((count, width), dtype)
    else:
        raw = _rows(document, accessor.bufferView, accessor.byteOffset, dtype, width, count)
    if accessor.sparse is not None:
        raw = _replaced(document, raw, accessor.sparse)
    with np.errstate(invalid="ignore"):
        wide = raw.astype(np.float64)
    if accessor.normalized and dtype.kind in "iu":
        return np.asarray(np.maximum(wide / np.iinfo(dtype).max, -1.0))
    return wide


def _rows(document: Any, view_number: int, offset: Any, dtype: np.dtype[Any], width: int, count: int) -> np.ndarray:
    """Elements ``(N, K)`` of a view, in its own kind of numbers."""
    view = document.bufferViews[view_number]
    start = int(offset or 0)
    first = int(view.byteOffset or 0) + start
    stride = int(view.byteStride or dtype.itemsize * width)
    blob = document.binary_blob() or b""
    size = stride * (count - 1) + dtype.itemsize * width
    if min(start, first) < 0 or stride < dtype.itemsize * width or first + size > len(blob):
        raise ValueError("an accessor points outside of the file")
    if start + size > int(view.byteLength):
        raise ValueError("an accessor points outside of its bufferView")
    return np.ndarray((count, width), dtype, blob, first, (stride, dtype.itemsize))


def _replaced(document: Any, raw: np.ndarray, sparse: Any) -> np.ndarray:
    """Elements with those that a sparse accessor says in their place."""
    count = int(sparse.count)
    if not 1 <= count <= len(raw):
        raise ValueError(f"a sparse accessor of {count:,} of {len(raw):,} elements")
    at, given = sparse.indices, sparse.values
    kind = np.dtype(TYPES[at.componentType])
    if kind.kind != "u":
        raise ValueError("places of a sparse accessor are no whole numbers")
    places = _rows(document, at.bufferView, at.byteOffset, kind, 1, count)[:, 0].astype(np.int64)
    if places.max() >= len(raw) or (np.diff(places) <= 0).any():
        raise ValueError("places of a sparse accessor are out of order or outside")
    out = raw.copy()
    out[places] = _rows(document, given.bufferView, given.byteOffset, raw.dtype, raw.shape[1], count)
    return out
