"""Columns of many clips in arrays: a million clips are held, searched and counted without a Python object for each.

Texts that are nearly all different (ids, names) are one run of UTF-8; of others each distinct one is held once, and a
number for every clip. A column is taken from lists of a batch of rows at a time, so making one never needs more than
itself. Nothing here needs pyarrow.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from choreo.types import Bools, Ints

KINDS: dict[str, str] = {
    **dict.fromkeys(("clip_id", "name"), "texts"),
    **dict.fromkeys(("dataset", "source", "licence", "citation", "role", "move", "source_hash"), "coded"),
    **dict.fromkeys(("styles", "labels", "flags"), "coded lists"),
    **dict.fromkeys(("metre", "counts", "frames", "first_frame", "last_frame"), "whole"),
    **dict.fromkeys(("tempo", "tempo_low", "tempo_high", "energy", "fps"), "numbers"),
    "mirrorable": "yes or no",
    **{"beats": "lists of <f8", "rhythm": "lists of <f4", "ends": "bytes", "facts_digest": "digests"},
}
"""How the values of each column are held."""
FEW = 4096
"""Distinct values that are kept as Python objects once they were asked for."""
AT_ONCE = 1 << 16
"""Rows that become Python objects together."""

ClipColumns = Mapping[str, Any]
"""Columns by name, each ``(R,)``: an array of numbers, `Strings`, `Coded` or `Ragged`, by `KINDS`."""


class Strings:
    """Texts ``(R,)``, one after the other in UTF-8.

    Parameters
    ----------
    data
        ``(B,) uint8``.
    ends
        ``(R + 1,)``, where in `data` each text begins, and where the last one ends.

    Raises
    ------
    ValueError
        When `ends` are not places in `data`, in order.
    """

    def __init__(self, data: NDArray[Any], ends: NDArray[Any]) -> None:
        _require_ends(ends, len(data))
        self.data, self.ends = data, ends

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        """Hold some texts."""
        parts = [text.encode() for text in texts]
        return cls(
            np.frombuffer(b"".join(parts), np.uint8), ends_of(np.fromiter(map(len, parts), np.int64, len(parts)))
        )

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, row: int) -> str:
        return bytes(self.data[int(self.ends[row]) : int(self.ends[row + 1])]).decode()

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self), AT_ONCE):
            yield from self._some(first, min(first + AT_ONCE, len(self)))

    def _some(self, first: int, last: int) -> list[str]:
        places = self.ends[first : last + 1].astype(np.int64)
        run, places = bytes(self.data[places[0] : places[-1]]), (places - places[0]).tolist()
        if run.isascii():
            text = run.decode()
            return [text[begin:end] for begin, end in pairwise(places)]
        return [run[begin:end].decode() for begin, end in pairwise(places)]

    def tolist(self) -> list[str]:
        """All texts."""
        return list(self)

    def take(self, rows: Ints) -> Strings:
        """Texts of some rows, in their order."""
        data, ends = _taken(self.data, self.ends, rows)
        return Strings(data, ends)

    def where(self, names: Iterable[str]) -> Bools:
        """``(R,)`` texts that are one of `names`."""
        found = np.zeros(len(self), bool)
        lengths = np.diff(self.ends.astype(np.int64))
        for name in {each.encode() for each in names}:
            rows = np.flatnonzero(lengths == len(name))
            for first in range(0, len(rows), AT_ONCE):
                some = rows[first : first + AT_ONCE]
                letters = self.data[self.ends[some].astype(np.int64)[:, None] + np.arange(len(name))]
                found[some] |= (letters == np.frombuffer(name, np.uint8)).all(axis=1)
        return found

    def has(self, text: str) -> bool:
        """Tell whether a text is there; the texts must be sorted."""
        row = bisect_left(self, text)
        return row < len(self) and self[row] == text


class Coded:
    """Texts, or tuples of texts, ``(R,)``: each distinct one once, and its number for every clip.

    Parameters
    ----------
    codes
        ``(R,)`` numbers of the distinct values.
    values
        ``(V,)`` distinct values; tuples as JSON.
    lists
        Whether values are tuples.

    Raises
    ------
    ValueError
        When a code is not the number of a value.
    """

    def __init__(self, codes: NDArray[Any], values: Strings, lists: bool = False) -> None:
        if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < len(values):
            raise ValueError(f"codes of {len(values)} values up to {codes.max()}")
        self.codes, self.texts, self.lists = codes, values, lists
        self._few: list[Any] | None = None

    @classmethod
    def of(cls, values: Iterable[Any]) -> Coded:
        """Hold some texts, or some sequences of texts."""
        known: dict[Any, int] = {}
        codes = [known.setdefault(each if isinstance(each, str) else tuple(each), len(known)) for each in values]
        return cls.of_known(np.array(codes, np.int64), known)

    @classmethod
    def of_known(cls, codes: NDArray[Any], known: Mapping[Any, int], lists: bool | None = None) -> Coded:
        """Hold values by their codes; `known` has the code of each distinct value, in order."""
        lists = any(not isinstance(each, str) for each in known) if lists is None else lists
        texts = (json.dumps(each, ensure_ascii=True) for each in known) if lists else known
        return cls(smallest(codes), Strings.of(texts), lists)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Any:
        code = int(self.codes[row])
        return self.distinct()[code] if len(self.texts) <= FEW else self._value(self.texts[code])

    def _value(self, text: str) -> Any:
        return tuple(json.loads(text)) if self.lists else text

    def distinct(self) -> Sequence[Any]:
        """Give the distinct values, in the order of their codes."""
        if self._few is None:
            values = [self._value(text) for text in self.texts]
            if len(values) > FEW:
                return values
            self._few = values
        return self._few

    def __iter__(self) -> Iterator[Any]:
        values = self.distinct()
        for first in range(0, len(self), AT_ONCE):
            yield from (values[code] for code in self.codes[first : first + AT_ONCE].tolist())

    def tolist(self) -> list[Any]:
        """Values of all rows, tuples as lists."""
        return [list(each) for each in self] if self.lists else list(self)

    def take(self, rows: Ints) -> Coded:
        """Values of some rows, in their order."""
        return Coded(self.codes[rows], self.texts, self.lists)

    def where(self, test: Callable[[Any], Any]) -> Bools:
        """``(R,)`` rows whose value passes a test, which is made once for each distinct value."""
        return self.each(lambda value: bool(test(value)), bool)

    def each(self, of: Callable[[Any], Any], dtype: Any) -> NDArray[Any]:
        """``(R,)`` what `of` makes of the value of each row, made once for each distinct value."""
        texts = map(self._value, self.texts) if self._few is None and len(self.texts) > FEW else self.distinct()
        found: NDArray[Any] = np.fromiter((of(value) for value in texts), dtype, len(self.texts))
        return found[self.codes]

    def counts(self, rows: Bools | None = None) -> dict[Any, int]:
        """How many rows have each value, of some rows or of all; only values that there are."""
        codes = self.codes if rows is None else self.codes[rows]
        number = np.bincount(codes, minlength=len(self.texts)).tolist()
        return {value: count for value, count in zip(self.distinct(), number, strict=True) if count}


class Ragged:
    """Numbers, or bytes, of different number ``(R,)`` in one array.

    Raises
    ------
    ValueError
        When `ends` are not places in `flat`, in order.
    """

    def __init__(self, flat: NDArray[Any], ends: NDArray[Any]) -> None:
        _require_ends(ends, len(flat))
        self.flat, self.ends = flat, ends

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, row: int) -> Any:
        some = self.flat[int(self.ends[row]) : int(self.ends[row + 1])]
        return some.tobytes() if some.dtype == np.uint8 else some.tolist()

    def __iter__(self) -> Iterator[Any]:
        for first in range(0, len(self), AT_ONCE):
            places = self.ends[first : first + AT_ONCE + 1].astype(np.int64)
            some, places = self.flat[places[0] : places[-1]], (places - places[0]).tolist()
            values = some.tobytes() if some.dtype == np.uint8 else some.tolist()
            yield from (values[begin:end] for begin, end in pairwise(places))

    def tolist(self) -> list[Any]:
        """Values of all rows."""
        return list(self)

    def take(self, rows: Ints) -> Ragged:
        """Values of some rows, in their order."""
        return Ragged(*_taken(self.flat, self.ends, rows))


class Rows(Sequence[dict[str, Any]]):
    """Rows of columns, each a dict that is made when it is asked for."""

    def __init__(self, columns: ClipColumns) -> None:
        self._columns = columns

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    @overload
    def __getitem__(self, row: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, row: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        row = range(len(self))[row]
        return {name: _plain(column[row]) for name, column in self._columns.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for first in range(0, len(self), FEW):
            some = np.arange(first, min(first + FEW, len(self)))
            lists = [taken(column, some).tolist() for column in self._columns.values()]
            yield from (dict(zip(self._columns, row, strict=True)) for row in zip(*lists, strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return list(value) if isinstance(value, tuple) else value


def taken(column: Any, rows: Ints | Bools) -> Any:
    """Rows of a column, in their order."""
    chosen: Ints = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
    return column.take(chosen) if isinstance(column, Strings | Coded | Ragged) else column[chosen]


def columns_of_lists(columns: Mapping[str, Sequence[Any]]) -> ClipColumns:
    """Hold values of rows, which are in the order of the clips' ids, by name of column."""
    return {
        name: values if isinstance(values, np.ndarray | Strings | Coded | Ragged) else _held(KINDS[name], values)
        for name, values in columns.items()
    }


def _held(kind: str, values: Sequence[Any]) -> Any:
    if kind == "texts":
        return Strings.of(values)
    return Coded.of(values) if kind.startswith("coded") else np.array(values)


def ends_of(sizes: NDArray[Any]) -> NDArray[Any]:
    """Where runs of these sizes begin and end in one array, ``(R + 1,)``."""
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return ends.astype("<u4") if int(ends[-1]) < 1 << 32 else ends


def _taken(flat: NDArray[Any], ends: NDArray[Any], rows: Ints) -> tuple[NDArray[Any], NDArray[Any]]:
    """Some runs of a flat array, and where they begin and end."""
    begins, sizes = ends[rows].astype(np.int64), (ends[rows + 1].astype(np.int64) - ends[rows].astype(np.int64))
    out = ends_of(sizes)
    chosen = np.empty(int(out[-1]), flat.dtype)
    for first in range(0, len(rows), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        size, start = sizes[some], int(out[first])
        total = int(size.sum())
        shift = np.repeat(begins[some] - (np.cumsum(size) - size), size)
        chosen[start : start + total] = flat[np.arange(total) + shift]
    return chosen, out


def smallest(values: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers in the smallest type that holds them."""
    if not len(values):
        return values.astype(np.int8)
    low, high = int(values.min()), int(values.max())
    kinds = ("|i1", "<i2", "<i4", "<i8")
    return values.astype(next(k for k in kinds if np.iinfo(k).min <= low and high <= np.iinfo(k).max))


def _require_ends(ends: NDArray[Any], size: int) -> None:
    if ends.ndim != 1 or not len(ends) or int(ends[0]) != 0 or int(ends[-1]) != size or (ends[1:] < ends[:-1]).any():
        raise ValueError(f"places in {size} values that are not in order")


__all__ = [
    "KINDS",
    "ClipColumns",
    "Coded",
    "Ragged",
    "Rows",
    "Strings",
    "columns_of_lists",
    "ends_of",
    "smallest",
    "taken",
]
