"""Nearest-neighbour index: exact search while that is fast, an inverted file for more vectors, behind one call.

Similarity is the cosine; the distance is ``1 - cosine``, 0 to 2. A zero vector is at distance 1 from everything.

The inverted file (`choreo.retrieval.inverted_file`) only says which rows to compare: distances, order and ties always
come from the float32 vectors, computed row by row, so an answer does not depend on the queries beside it. How many rows
are compared is measured when the index is built.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import DatabaseError, InputError, ShapeError
from choreo.output import atomic, require_writable, write_text
from choreo.retrieval.inverted_file import MOST, InvertedFile, distinct
from choreo.types import Bools, Floats, Ints

EXACT_BELOW = 50_000
"""Rows from which `VectorIndex.build` makes an inverted file, and allowed rows up to which a filtered search compares
all."""
VERSION = 2
HEADER, SUFFIX = "index.json", ".safetensors"
LISTS = ("centroids", "starts")
REBUILD = "Build the index again."
RECALL, TOP, SAMPLE, DRAWN = 0.98, 10, 200, 16
"""Rows compared are doubled until that share of the ten nearest is found for a sample of the vectors: those that
are different among `DRAWN` times as many."""
FEWEST = 1 / 256
"""Share of the rows with which compared measuring begins."""
BLOCK = 1 << 22
"""Numbers in memory at once: similarities of exact search, vectors of candidates."""
SLACK = 1e-5
"""Bound on the rounding difference between a similarity in the matrix product and the one computed row by row."""


@dataclass(frozen=True, eq=False)
class VectorIndex:
    """Named vectors, searched for the nearest.

    Attributes
    ----------
    keys
        ``N`` names, one for each row. The rows of an inverted file lie in the order of its partitions.
    vectors
        ``(N, D) float32``, unit length or zero.
    rank
        ``(N,) int64``, position of each row in the alphabetical order of the keys; it breaks ties.
    """

    keys: tuple[str, ...]
    vectors: Floats
    rank: Ints
    _lists: InvertedFile | None = None
    _compared: int = 0

    @classmethod
    def build(cls, keys: Sequence[str], vectors: Floats, *, exact: bool | None = None, seed: int = 0) -> VectorIndex:
        """Index ``vectors (N, D)``, of any length, under `keys`.

        Parameters
        ----------
        exact
            Compare with every row (True) or with those of an inverted file (False); by default what is fast at this
            size.
        seed
            Draws the rows from which the inverted file is trained. The same vectors and seed give the same answers.

        Raises
        ------
        InputError
            When a vector holds NaN or infinity.
        ShapeError
            When there is not one key for each vector.
        """
        units = unit_rows("vectors", vectors)
        if len(keys) != len(units):
            raise ShapeError(f"keys: got {len(keys)} for {len(units)} vectors, want one for each")
        if exact is None:
            exact = len(keys) < EXACT_BELOW
        index = cls.of_units(keys, units)
        if exact or not units.size:
            return index
        lists, order = InvertedFile.build(units, seed)
        ordered = cls(tuple(keys[row] for row in order.tolist()), units[order], index.rank[order])
        return ordered._listed(lists)

    @classmethod
    def of_units(cls, keys: Sequence[str], units: Floats) -> VectorIndex:
        """Compare ``units (N, D)``, which have unit length or are zero, one by one, to the bit as they are."""
        rank = np.empty(len(keys), np.int64)
        rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        return cls(tuple(keys), units, rank)

    def __len__(self) -> int:
        """Count rows."""
        return len(self.keys)

    @property
    def exact(self) -> bool:
        """Whether every row is compared."""
        return self._lists is None

    def search(self, queries: Floats, top: int, allowed: Bools | None = None) -> tuple[Ints, Floats]:
        """Find the `top` rows nearest to each query, nearest first, equally near ones in order of their keys.

        Parameters
        ----------
        queries
            ``(Q, D) float32``, of any length.
        allowed
            ``(N,) bool``, the rows that may be found; all by default.

        Returns
        -------
        indices
            ``(Q, top) int64``, rows; -1 where fewer than `top` are allowed.
        distances
            ``(Q, top) float32``, ``1 - cosine``; infinity where there is no row.

        Raises
        ------
        InputError
            When a query holds NaN or infinity, or `top` is not positive.
        ShapeError
            When `queries` or `allowed` do not fit the index.
        """
        queries = unit_rows("queries", queries)
        if queries.shape[1] != self.vectors.shape[1]:
            raise ShapeError(f"queries: got {queries.shape}, want (Q, {self.vectors.shape[1]})")
        if allowed is not None and (allowed.shape != (len(self),) or allowed.dtype != bool):
            raise ShapeError(f"allowed: got {allowed.dtype} {allowed.shape}, want bool ({len(self)},)")
        if top < 1:
            raise InputError(f"top: got {top}, want at least 1")
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        compared = self._compared * -(-top // TOP)
        few = allowed is not None and len(rows) <= EXACT_BELOW
        if self._lists is None or few or compared >= MOST * len(rows):
            return self._compare(queries, top, None if allowed is None else rows)
        return self._approximate(self._lists if allowed is None else self._lists.among(allowed), queries, top, compared)

    def _compare(self, queries: Floats, top: int, rows: Ints | None) -> tuple[Ints, Floats]:
        """Compare these rows ``(R,)``, by default all, in blocks of queries.

        The matrix product selects candidates, with a margin for its rounding, and `_best` ranks them.
        """
        vectors = self.vectors if rows is None else self.vectors.take(rows, axis=0)
        indices, distances = _no_rows(len(queries), top)
        step = max(1, BLOCK // max(1, len(vectors)))
        for first in range(0, len(queries) if len(vectors) else 0, step):
            block = queries[first : first + step]
            near = block @ vectors.T
            at = max(0, len(vectors) - top)
            least = np.partition(near, at, axis=1)[:, at] - SLACK
            of, found = np.nonzero(near >= least[:, None])
            found = found if rows is None else rows[found]
            indices[first : first + step], distances[first : first + step] = self._best(block, of, found, top)
        return indices, distances

    def _approximate(self, lists: InvertedFile, queries: Floats, top: int, compared: int) -> tuple[Ints, Floats]:
        """Compare the rows of the partitions nearest to each query, at least `compared` if there are as many."""
        indices, distances = _no_rows(len(queries), top)
        # a zero query is at distance 1 from all rows: only comparing all breaks so many ties by key
        zero = ~queries.any(axis=1)
        for row, near in zip(np.flatnonzero(~zero), lists.near(queries[~zero], compared), strict=True):
            indices[row], distances[row] = (each[0] for each in self._compare(queries[row : row + 1], top, near))
        if zero.any():
            indices[zero], distances[zero] = self._compare(queries[zero], top, lists.rows)
        return indices, distances

    def _listed(self, lists: InvertedFile) -> VectorIndex:
        """Search by an inverted file, with as many rows compared as it takes to find enough of the nearest.

        Queries are vectors of the index, all different, each without itself; a row as near as the last of the nearest
        counts as found.
        """
        drawn = distinct(self.vectors[:: max(1, len(self) // (DRAWN * SAMPLE))])
        queries = drawn[:: max(1, len(drawn) // SAMPLE)][:SAMPLE]
        _, wanted = self._compare(queries, TOP + 1, None)
        compared = max(TOP, round(FEWEST * len(self)))
        while compared < MOST * len(self):
            _, found = self._approximate(lists, queries, TOP + 1, compared)
            if (found[:, 1:] <= wanted[:, -1:]).mean() >= RECALL:
                break
            compared *= 2
        return replace(self, _lists=lists, _compared=compared)

    def _best(self, queries: Floats, of: Ints, rows: Ints, top: int) -> tuple[Ints, Floats]:
        """The `top` nearest candidates of each query; row ``rows[c]`` is a candidate of query ``of[c]``."""
        indices, distances = _no_rows(len(queries), top)
        far = np.empty(len(rows), np.float32)
        step = max(1, BLOCK // max(1, self.vectors.shape[1]))
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            far[part] = 1 - (self.vectors[rows[part]] * queries[of[part]]).sum(axis=1)
        np.clip(far, 0, 2, out=far)
        order = np.lexsort((self.rank[rows], far, of))
        of, rows, far = of[order], rows[order], far[order]
        position = np.arange(len(of)) - np.searchsorted(of, of)  # among the candidates of its query
        near = position < top
        indices[of[near], position[near]], distances[of[near], position[near]] = rows[near], far[near]
        return indices, distances

    def save(self, folder: Path) -> None:
        """Write the index to `folder`; what was there stays readable until everything is written.

        The data file is named by its hash, and ``index.json`` says which belongs to the index.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        from safetensors.numpy import save

        require_writable(folder)
        names = np.frombuffer(json.dumps(self.keys).encode(), np.uint8)
        tensors: dict[str, Any] = {"vectors": self.vectors, "rank": self.rank, "keys": names}
        if self._lists:
            tensors |= {name: getattr(self._lists, name) for name in LISTS}
        head = {
            "version": VERSION,
            "count": len(self),
            "dims": self.vectors.shape[1],
            "compared": self._compared,
            "tensors": _write(folder, save(tensors)),
        }
        write_text(folder / HEADER, json.dumps(head, indent=1) + "\n")
        for path in folder.glob("index-*"):
            if path != _data_file(folder, head["tensors"]):
                path.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path) -> VectorIndex:
        """Read what `save` wrote. The sums guard against damage, not against malice.

        Raises
        ------
        DatabaseError
            When there is no index, or a file of it is missing, damaged or of another version; it names the file.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        head = _read_head(folder / HEADER)
        try:
            tensors = load(_read(folder, head["tensors"]))
            keys, vectors, rank = json.loads(tensors["keys"].tobytes()), tensors["vectors"], tensors["rank"]
            sizes = (len(keys), *vectors.shape, *rank.shape)
            if not all(isinstance(key, str) for key in keys) or (vectors.dtype.str, rank.dtype.str) != ("<f4", "<i8"):
                raise ValueError("keys, vectors or ranks are of another kind")
        except (SafetensorError, ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
            raise DatabaseError(f"{folder / HEADER}: its tensors cannot be used ({error}). {REBUILD}") from error
        if sizes != (head["count"], head["count"], head["dims"], head["count"]):
            raise DatabaseError(f"{folder / HEADER}: speaks of another index than its files hold. {REBUILD}")
        if not head["compared"]:
            return cls(tuple(keys), vectors, rank)
        missing = [name for name in LISTS if name not in tensors]
        lists = None if missing else InvertedFile.of(*(tensors[name] for name in LISTS))
        fault = f"no {', '.join(missing)}" if lists is None else lists.fault(len(keys), head["dims"])
        if fault or head["compared"] < 0:
            raise DatabaseError(f"{folder / HEADER}: its inverted file cannot be used ({fault}). {REBUILD}")
        return cls(tuple(keys), vectors, rank, lists, head["compared"])


def unit_rows(what: str, vectors: Floats) -> Floats:
    """Scale ``(N, D)`` vectors to unit length; zero stays zero."""
    vectors = np.asarray(vectors, np.float32)
    if vectors.ndim != 2:
        raise ShapeError(f"{what}: got {vectors.shape}, want two dimensions")
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise InputError(f"{what}: row {bad[0]} holds NaN or infinity ({len(bad)} such rows). Leave them out.")
    squares = np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64)
    scale = np.divide(1, np.sqrt(squares), out=np.zeros(len(vectors)), where=squares > 0)
    return np.multiply(vectors, scale[:, None], dtype=np.float64, casting="same_kind", out=np.empty_like(vectors))


def _no_rows(count: int, top: int) -> tuple[Ints, Floats]:
    """Answers ``(count, top)`` that hold no row."""
    return np.full((count, top), -1, np.int64), np.full((count, top), np.inf, np.float32)


def _data_file(folder: Path, digest: str) -> Path:
    return folder / f"index-{digest[:16]}{SUFFIX}"


def _write(folder: Path, data: bytes) -> str:
    """Write a file named by its SHA-256, and return that."""
    digest = hashlib.sha256(data).hexdigest()
    with atomic(_data_file(folder, digest)) as partial:
        partial.write_bytes(data)
    return digest


def _read(folder: Path, digest: str) -> bytes:
    path = _data_file(folder, digest)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be read ({error.strerror}). {REBUILD}") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise DatabaseError(f"{path}: damaged, its SHA-256 is not the one in {HEADER}. {REBUILD}")
    return data


def _read_head(path: Path) -> dict[str, Any]:
    """The contents of ``index.json``, checked."""
    kinds = {"version": int, "count": int, "dims": int, "compared": int, "tensors": str}
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be read ({error.strerror}). {REBUILD}") from error
    except (ValueError, RecursionError) as error:
        raise DatabaseError(f"{path}: not JSON ({error}). {REBUILD}") from error
    if not isinstance(head, dict) or not all(isinstance(head.get(key, ...), kind) for key, kind in kinds.items()):
        raise DatabaseError(f"{path}: not the description of an index, it wants {', '.join(kinds)}. {REBUILD}")
    if not re.fullmatch("[0-9a-f]{64}", head["tensors"]):
        raise DatabaseError(f"{path}: names its file by something other than a SHA-256. {REBUILD}")
    if head["version"] != VERSION:
        raise DatabaseError(f"{path}: version {head['version']}, this release reads {VERSION}. {REBUILD}")
    return head
