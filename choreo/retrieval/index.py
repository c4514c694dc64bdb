"""Nearest-neighbour index: exact search while that is fast, an HNSW graph for more vectors, behind one call.

Similarity is the cosine; the distance is ``1 - cosine``, 0 to 2. A zero vector is at distance 1 from everything.

The graph (HNSW: Malkov and Yashunin, Efficient and robust approximate nearest neighbor search, 2016) is usearch's,
over vectors in float16. It only proposes candidates: distances, order and ties always come from the float32 vectors,
computed row by row, so an answer depends neither on the queries beside it nor on the threads. Equal rows are one node
of the graph, because HNSW falls apart into islands where many vectors are equal.
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

from choreo.errors import DatabaseError, InputError, MissingExtraError, ShapeError
from choreo.output import atomic, require_writable, write_text
from choreo.types import Bools, Floats, Ints

EXACT_BELOW = 50_000
"""Rows from which `VectorIndex.build` makes a graph, and allowed rows up to which a filtered search compares all."""
VERSION = 1
HEADER, TENSORS, GRAPH = "index.json", ".safetensors", ".usearch"
REBUILD = "Build the index again."
CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH = 16, 64, 128
"""Links of a node, and candidates kept while the graph is built and searched (M, efConstruction, ef in the paper).
`benchmarks/index.py` measures recall and time with them."""
SURPLUS, GROWTH, MOST = 2, 4, 2048
"""Candidates fetched for each row wanted, growth of that when a filter leaves too few, and the number of candidates
beyond which exact search is faster."""
BLOCK = 1 << 22
"""Numbers in memory at once: similarities of exact search, vectors of candidates."""
SLACK = 1e-5
"""Bound on the rounding difference between a similarity in the matrix product and the one computed row by row."""


@dataclass(frozen=True, eq=False)
class _Graph:
    """HNSW over distinct vectors. Node ``n`` stands for the rows ``order[starts[n]:starts[n + 1]]``, sorted by key."""

    hnsw: Any
    order: Ints
    starts: Ints

    @classmethod
    def build(cls, vectors: Floats, rank: Ints, seed: int) -> _Graph:
        """Link the distinct rows of ``vectors (N, D)`` in an order drawn with `seed`, on one thread.

        With several threads usearch links in whatever order they run, and the graph differs from build to build.
        """
        dims = vectors.shape[1]
        half = vectors.astype(np.float16) + np.float16(0)  # -0 becomes 0, for the bytes are compared
        _, first, node = np.unique(half.view(f"V{2 * dims}").ravel(), return_index=True, return_inverse=True)
        order = np.lexsort((rank, node))
        starts = np.searchsorted(node[order], np.arange(len(first) + 1)).astype(np.int64)
        hnsw = _empty_hnsw(dims)
        drawn = np.random.default_rng(seed).permutation(len(first))
        hnsw.add(drawn, half[first[drawn]], threads=1)
        return cls(hnsw, order, starts)

    def near(self, queries: Floats, fetch: int) -> tuple[Ints, Ints]:
        """At most `fetch` candidates for each of ``queries (Q, D)``: their queries ``(C,)`` and their rows ``(C,)``."""
        found = self.hnsw.search(queries, min(fetch, len(self.starts) - 1))
        counts = np.array([len(found)] if len(queries) == 1 else found.counts)  # one query has an answer of its own
        nodes = found.keys.reshape(len(queries), -1).astype(np.int64)
        valid = np.arange(nodes.shape[1]) < counts[:, None]
        nodes = np.where(valid, nodes, 0)
        lengths = np.where(valid, self.starts[nodes + 1] - self.starts[nodes], 0)
        # expand nodes to their rows, cut where a query has `fetch` of them
        before = np.cumsum(lengths, axis=1) - lengths
        lengths = np.clip(fetch - before, 0, lengths).ravel()
        of = np.repeat(np.arange(len(queries)).repeat(nodes.shape[1]), lengths)
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return of, self.order[np.repeat(self.starts[nodes.ravel()], lengths) + within]


@dataclass(frozen=True, eq=False)
class VectorIndex:
    """Named vectors, searched for the nearest.

    Attributes
    ----------
    keys
        ``N`` names.
    vectors
        ``(N, D) float32``, unit length or zero.
    rank
        ``(N,) int64``, position of each row in the alphabetical order of the keys; it breaks ties.
    """

    keys: tuple[str, ...]
    vectors: Floats
    rank: Ints
    _graph: _Graph | None = None

    @classmethod
    def build(cls, keys: Sequence[str], vectors: Floats, *, exact: bool | None = None, seed: int = 0) -> VectorIndex:
        """Index ``vectors (N, D)``, of any length, under `keys`.

        Parameters
        ----------
        exact
            Compare with every row (True) or follow a graph (False); by default what is fast at this size.
        seed
            Draws the order in which the graph is linked. The same vectors and seed give the same answers.

        Raises
        ------
        InputError
            When a vector holds NaN or infinity.
        ShapeError
            When there is not one key for each vector.
        MissingExtraError
            When a graph is wanted and usearch is not installed.
        """
        units = unit_rows("vectors", vectors)
        if len(keys) != len(units):
            raise ShapeError(f"keys: got {len(keys)} for {len(units)} vectors, want one for each")
        if exact is None:
            exact = len(keys) < EXACT_BELOW
        index = cls.of_units(keys, units)
        return index if exact or not units.size else replace(index, _graph=_Graph.build(units, index.rank, seed))

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
        return self._graph is None

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
        if self._graph is None:
            return self._exact(queries, top, allowed)
        return self._approximate(self._graph, queries, top, allowed)

    def _exact(self, queries: Floats, top: int, allowed: Bools | None) -> tuple[Ints, Floats]:
        """Compare every allowed row, in blocks of queries.

        The matrix product selects candidates, with a margin for its rounding, and `_best` ranks them.
        """
        rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        vectors = self.vectors if allowed is None else self.vectors[rows]
        indices, distances = _no_rows(len(queries), top)
        step = max(1, BLOCK // max(1, len(rows)))
        for first in range(0, len(queries) if len(rows) else 0, step):
            block = queries[first : first + step]
            near = block @ vectors.T
            at = max(0, len(rows) - top)
            least = np.partition(near, at, axis=1)[:, at] - SLACK
            of, found = np.nonzero(near >= least[:, None])
            indices[first : first + step], distances[first : first + step] = self._best(block, of, rows[found], top)
        return indices, distances

    def _approximate(self, graph: _Graph, queries: Floats, top: int, allowed: Bools | None) -> tuple[Ints, Floats]:
        """Follow the graph, with more candidates where a filter leaves too few, exactly where it leaves very few."""
        count = len(self) if allowed is None else int(allowed.sum())
        wanted = min(top, count)
        indices, distances = _no_rows(len(queries), top)
        few = allowed is not None and count <= EXACT_BELOW
        # if the filter is independent of the query, the share of candidates that it leaves is count / len(self)
        fetch = MOST + 1 if few else -(-SURPLUS * wanted * len(self) // count)
        left, squares = np.arange(len(queries)), np.einsum("qd,qd->q", queries, queries)
        while len(left) and fetch <= MOST:
            step = max(1, BLOCK // (fetch * queries.shape[1]))
            for part in np.split(left, range(step, len(left), step)):
                of, rows = graph.near(queries[part], fetch)
                if allowed is not None:
                    of, rows = of[allowed[rows]], rows[allowed[rows]]
                indices[part], distances[part] = self._best(queries[part], of, rows, top)
            # a zero query is at distance 1 from all rows: only exact search breaks so many ties by key
            left = left[(indices[left, wanted - 1] < 0) | (squares[left] == 0)]
            fetch *= GROWTH
        if len(left):
            indices[left], distances[left] = self._exact(queries[left], top, allowed)
        return indices, distances

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

        Data files are named by their hash, and ``index.json`` says which belong to the index.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        from safetensors.numpy import save

        require_writable(folder)
        names = np.frombuffer(json.dumps(self.keys).encode(), np.uint8)
        tensors: dict[str, Any] = {"vectors": self.vectors, "rank": self.rank, "keys": names}
        graph = None
        if self._graph:
            tensors |= {"order": self._graph.order, "starts": self._graph.starts}
            graph = _write(folder, GRAPH, bytes(self._graph.hnsw.save()))
        head = {
            "version": VERSION,
            "count": len(self),
            "dims": self.vectors.shape[1],
            "tensors": _write(folder, TENSORS, save(tensors)),
            "graph": graph,
        }
        write_text(folder / HEADER, json.dumps(head, indent=1) + "\n")
        for path in folder.glob("index-*"):
            if path not in (_data_file(folder, TENSORS, head["tensors"]), _data_file(folder, GRAPH, graph)):
                path.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path) -> VectorIndex:
        """Read what `save` wrote. The sums guard against damage, not against malice.

        Raises
        ------
        DatabaseError
            When there is no index, or a file of it is missing, damaged or of another version; it names the file.
        MissingExtraError
            When it has a graph and usearch is not installed.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        head = _read_head(folder / HEADER)
        try:
            tensors = load(_read(folder, TENSORS, head["tensors"]))
            keys, vectors, rank = json.loads(tensors["keys"].tobytes()), tensors["vectors"], tensors["rank"]
            sizes = (len(keys), *vectors.shape, *rank.shape)
            if not all(isinstance(key, str) for key in keys) or (vectors.dtype.str, rank.dtype.str) != ("<f4", "<i8"):
                raise ValueError("keys, vectors or ranks are of another kind")
        except (SafetensorError, ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
            raise DatabaseError(f"{folder / HEADER}: its tensors cannot be used ({error}). {REBUILD}") from error
        if sizes != (head["count"], head["count"], head["dims"], head["count"]):
            raise DatabaseError(f"{folder / HEADER}: speaks of another index than its files hold. {REBUILD}")
        graph = None
        if head["graph"] is not None:
            graph = _Graph(_read_hnsw(folder, head), *_order(folder, tensors, len(keys)))
        return cls(tuple(keys), vectors, rank, graph)


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


def _empty_hnsw(dims: int) -> Any:
    try:
        from usearch.index import Index
    except ImportError as error:
        raise MissingExtraError("approximate search", "index") from error
    return Index(
        ndim=dims,
        metric="ip",
        dtype="f16",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )


def _data_file(folder: Path, suffix: str, digest: str | None) -> Path:
    return folder / f"index-{(digest or '')[:16]}{suffix}"


def _write(folder: Path, suffix: str, data: bytes) -> str:
    """Write a file named by its SHA-256, and return that."""
    digest = hashlib.sha256(data).hexdigest()
    with atomic(_data_file(folder, suffix, digest)) as partial:
        partial.write_bytes(data)
    return digest


def _read(folder: Path, suffix: str, digest: str) -> bytes:
    path = _data_file(folder, suffix, digest)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be read ({error.strerror}). {REBUILD}") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise DatabaseError(f"{path}: damaged, its SHA-256 is not the one in {HEADER}. {REBUILD}")
    return data


def _read_head(path: Path) -> dict[str, Any]:
    """The contents of ``index.json``, checked."""
    kinds = {"version": int, "count": int, "dims": int, "tensors": str, "graph": str | None}
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be read ({error.strerror}). {REBUILD}") from error
    except (ValueError, RecursionError) as error:
        raise DatabaseError(f"{path}: not JSON ({error}). {REBUILD}") from error
    if not isinstance(head, dict) or not all(isinstance(head.get(key, ...), kind) for key, kind in kinds.items()):
        raise DatabaseError(f"{path}: not the description of an index, it wants {', '.join(kinds)}. {REBUILD}")
    if not all(re.fullmatch("[0-9a-f]{64}", head[key] or "0" * 64) for key in ("tensors", "graph")):
        raise DatabaseError(f"{path}: names its files by something other than a SHA-256. {REBUILD}")
    if head["version"] != VERSION:
        raise DatabaseError(f"{path}: version {head['version']}, this release reads {VERSION}. {REBUILD}")
    return head


def _order(folder: Path, tensors: dict[str, Any], count: int) -> tuple[Ints, Ints]:
    """Rows by node of the graph, and where those of each node begin."""
    order, starts = tensors.get("order"), tensors.get("starts")
    if (
        order is None
        or starts is None
        or (order.shape, starts.ndim, order.dtype.str, starts.dtype.str) != ((count,), 1, "<i8", "<i8")
        or not np.array_equal(np.sort(order), np.arange(count))
        or not len(starts)
        or (starts[0], starts[-1]) != (0, count)
        or (np.diff(starts) < 0).any()
    ):
        raise DatabaseError(f"{folder / HEADER}: the rows of its graph are not those of its vectors. {REBUILD}")
    return order, starts


def _read_hnsw(folder: Path, head: dict[str, Any]) -> Any:
    hnsw, data = _empty_hnsw(head["dims"]), _read(folder, GRAPH, head["graph"])
    try:
        hnsw.load(data)
    except (RuntimeError, ValueError) as error:
        path = _data_file(folder, GRAPH, head["graph"])
        raise DatabaseError(f"{path}: the installed usearch does not read it ({error}). {REBUILD}") from error
    return hnsw
