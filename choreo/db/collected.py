"""Columns that are collected batch by batch, and joined, in the order of the clips' ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from choreo.db.columns import KINDS, ClipColumns, Coded, Ragged, Strings, ends_of, smallest, taken


class Collected:
    """Columns that grow by batches of rows.

    Parameters
    ----------
    names
        Columns that are kept; rows are put in the order of ``clip_id``, which must be among them.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._parts: dict[str, list[Any]] = {name: [] for name in names}
        self._known: dict[str, dict[Any, int]] = {name: {} for name in self._parts if KINDS[name].startswith("coded")}

    def add(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Add the rows of a batch, columns of values by name."""
        for name, parts in self._parts.items():
            parts.append(self._part(name, columns[name]))

    def _part(self, name: str, values: Sequence[Any]) -> Any:
        kind = KINDS[name]
        if kind == "texts":
            return Strings.of(each or "" for each in values)
        if kind in ("coded", "coded lists"):
            known = self._known[name]
            keys = (tuple(each or ()) for each in values) if kind == "coded lists" else (each or "" for each in values)
            return np.array([known.setdefault(key, len(known)) for key in keys], np.int32)
        if kind in ("whole", "numbers", "yes or no"):
            return np.array(values, {"whole": np.int64, "numbers": np.float64, "yes or no": bool}[kind])
        sizes = np.fromiter(map(len, values), np.int64, len(values))
        if kind == "digests":
            return np.frombuffer(b"".join(values), "<u8").reshape(-1, 2)
        if kind == "bytes":
            return Ragged(np.frombuffer(b"".join(values), np.uint8), ends_of(sizes))
        flat = np.fromiter(chain.from_iterable(values), kind.removeprefix("lists of "), int(sizes.sum()))
        return Ragged(flat, ends_of(sizes))

    def columns(self) -> ClipColumns:
        """All rows, in the order of the clips' ids. What was collected is given up."""
        found = {name: self._joined(name) for name in list(self._parts)}
        ids = found["clip_id"].tolist()
        order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.int64)
        if (order == np.arange(len(order))).all():
            return found
        return {name: taken(found.pop(name), order) for name in list(found)}

    def _joined(self, name: str) -> Any:
        kind, parts = KINDS[name], self._parts.pop(name)
        if kind == "texts":
            return _joined_strings(parts)
        if kind.startswith("coded"):
            return Coded.of_known(_flat(parts, np.int32), self._known.pop(name), kind == "coded lists")
        if kind in ("whole", "numbers", "yes or no", "digests"):
            empty = {"whole": np.int64, "numbers": np.float64, "yes or no": bool, "digests": np.uint64}[kind]
            return smallest(_flat(parts, empty)) if kind == "whole" else _flat(parts, empty)
        flat = np.uint8 if kind == "bytes" else np.dtype(kind.removeprefix("lists of "))
        return Ragged(_flat([each.flat for each in parts], flat), _joined_ends(parts))


def joined(first: ClipColumns, second: ClipColumns) -> ClipColumns:
    """Rows of both, in the order of the clips' ids."""
    out = Collected(first)
    for name in first:
        one, two = first[name], second[name]
        if isinstance(one, Coded):
            known = {value: code for code, value in enumerate(one.distinct())}
            codes = [known.setdefault(value, len(known)) for value in two.distinct()]
            out._known[name] = known
            parts = [one.codes.astype(np.int32), np.array(codes, np.int32)[two.codes]]
        else:
            parts = [one, two]
        out._parts[name] = parts
    return out.columns()


def _joined_strings(parts: Sequence[Strings]) -> Strings:
    return Strings(_flat([each.data for each in parts], np.uint8), _joined_ends(parts))


def _joined_ends(parts: Sequence[Any]) -> NDArray[Any]:
    return ends_of(_flat([np.diff(each.ends.astype(np.int64)) for each in parts], np.int64))


def _flat(parts: Sequence[NDArray[Any]], empty: Any) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros((0, 2) if empty is np.uint64 else 0, empty)


__all__ = ["Collected", "joined"]
