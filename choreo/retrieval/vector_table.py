"""Vectors of clips in a table of the database, searched where they lie: Lance's IVF-PQ proposes, float32 decides.

The index (inverted file with product quantisation: Jegou, Douze and Schmid, Product quantization for nearest neighbor
search, 2011) holds a few bytes a vector in partitions, of which a search reads some. Its candidates go through
`VectorIndex`, so distances, order and ties are those of the index in memory.

Lance draws the first centres of the index anew in each training. One index gives one answer always, but two that were
made of the same vectors may differ in what they miss; so it is made once, and stays in the database.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from choreo.db.connection import Connection
from choreo.errors import DatabaseError, ShapeError
from choreo.retrieval.index import EXACT_BELOW, RECALL, SAMPLE, TOP, VectorIndex, unit_rows
from choreo.types import Floats, Ints

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = 1
REGISTER = "embeddings"
"""Table of which tables of vectors there are, and how each is searched."""
FACTS = ("dataset", "licence", "metre", "counts", "styles")
"""What a search can be limited to; columns beside the vectors."""
INDEX = "vector_idx"
SUB_VECTOR = 4
"""Numbers of a vector that one byte of the index stands for; shorter vectors are padded with zeros to a multiple."""
TRAINING = 256
"""Vectors that Lance wants for each partition."""
SURPLUS = 10
"""Candidates compared anew for each row wanted."""
GROWTH, MOST = 4, 2048
"""Growth of that where more rows are equally near, and the number of candidates beyond which all rows are compared."""
FEWEST_PROBES = 10
"""Partitions read are doubled from there until `RECALL` of the nearest rows is found for vectors of a sample."""
RETRAINED = 4
"""Growth of a table beyond which its index is trained anew; until then, new rows go to the partitions there are."""
AT_ONCE, ROWS_READ = 64, 8192
"""Queries asked together, and rows read at once when all are compared."""
Found = list[tuple[str, float]]
"""Clip ids and distances, nearest first."""


@dataclass(frozen=True)
class Entry:
    """What the register says of a table of vectors.

    Attributes
    ----------
    name
        Name of the table.
    model
        `choreo.retrieval.embedding_cache.model_fingerprint` of the embedder.
    clips_version
        Version of the clips that the vectors were compared with last; -1 for none.
    trained
        Rows when the index was trained; 0 without an index.
    probes
        Partitions that a search reads.
    recall
        Share of the ten nearest that a search finds, measured on vectors of the table; 1 without an index.
    """

    name: str
    embedder: str
    model: str
    dims: int
    clips_version: int = -1
    trained: int = 0
    probes: int = 0
    recall: float = 1.0


class VectorTable:
    """Vectors of clips by one embedder in a database, ``(N, dims) float32``, unit length or zero. See `open`."""

    def __init__(self, db: Connection, entry: Entry) -> None:
        self.db, self.entry = db, entry

    @classmethod
    def open(cls, db: Connection, embedder: str, model: str) -> VectorTable | None:
        """Open the table of an embedder's vectors; None when there is none.

        Raises
        ------
        DatabaseError
            When it is not what the register says, or of a newer choreo.
        """
        name = table_name(embedder, model)
        found = [row for row in db.read_table(REGISTER) if row.get("name") == name]
        if not found or not db.has(name):
            return None
        try:
            entry = Entry(**found[0])
        except TypeError as error:
            raise DatabaseError(f"{db.location}: table {REGISTER!r} is not choreo's ({error}).") from error
        table = cls(db, entry)
        with db.reading():
            said = {key.decode(): value.decode() for key, value in (table._table().schema.metadata or {}).items()}
        wanted = _facts_of(entry)
        if {key: said.get(key) for key in wanted} != wanted:
            raise DatabaseError(
                f"{db.location}: table {name!r} holds {said}, expected {wanted}. Update choreo, or delete the table: "
                "'choreo db embed' makes it again."
            )
        return table

    @classmethod
    def create(cls, db: Connection, embedder: str, model: str, dims: int) -> VectorTable:
        """Make an empty table.

        Raises
        ------
        DatabaseError
            When the database cannot be written.
        """
        from lancedb.index import BTree

        table = cls(db, Entry(table_name(embedder, model), embedder, model, dims))
        with db.writing():
            made = db._lance.create_table(table.entry.name, schema=table._schema(), mode="overwrite")
            made.create_index("clip_id", config=BTree())  # without, adding a batch reads all ids
        table._register(table.entry)
        return table

    def _table(self) -> Any:
        return self.db._lance.open_table(self.entry.name)

    def _schema(self) -> pa.Schema:
        import pyarrow as pa

        kinds = {"metre": pa.int32(), "counts": pa.int32(), "styles": pa.list_(pa.string())}
        return pa.schema(
            [
                pa.field("clip_id", pa.string(), nullable=False),
                *(pa.field(name, kinds.get(name, pa.string())) for name in FACTS),
                pa.field("facts_crc32", pa.uint32()),
                pa.field("vector", pa.list_(pa.float32(), _padded(self.entry.dims))),
                pa.field("vector_crc32", pa.uint32()),
            ],
            metadata={key.encode(): value.encode() for key, value in _facts_of(self.entry).items()},
        )

    def _register(self, entry: Entry) -> None:
        self.db.upsert(REGISTER, "name", [vars(entry)])
        self.entry = entry

    def __len__(self) -> int:
        """Count vectors."""
        return self.count("")

    def count(self, where: str) -> int:
        """How many vectors a condition of `condition` allows."""
        with self.db.reading():
            return int(self._table().count_rows(where or None))

    def add(self, facts: Sequence[Mapping[str, Any]], vectors: Floats) -> None:
        """Add vectors of clips; those whose clip is there already are left as they are.

        Parameters
        ----------
        facts
            ``N`` times ``clip_id`` and `FACTS` of a clip.
        vectors
            ``(N, dims)``, of any length.

        Raises
        ------
        ShapeError
            When the vectors are not as many, or of other dimensions than the table's.
        InputError
            When one holds NaN or infinity.
        DatabaseError
            When the database cannot be written.
        """
        import pyarrow as pa

        units = unit_rows("vectors", vectors)
        if units.shape != (len(facts), self.entry.dims):
            raise ShapeError(f"vectors: got {units.shape}, want ({len(facts)}, {self.entry.dims})")
        wide = np.zeros((len(units), _padded(self.entry.dims)), np.float32)
        wide[:, : self.entry.dims] = units
        schema = self._schema()
        columns: dict[str, Any] = {name: [row[name] for row in facts] for name in ("clip_id", *FACTS)}
        columns["facts_crc32"] = [facts_sum(row) for row in facts]
        columns["vector"] = pa.FixedSizeListArray.from_arrays(pa.array(wide.ravel()), wide.shape[1])
        columns["vector_crc32"] = [_sum(row["clip_id"], unit) for row, unit in zip(facts, units, strict=True)]
        rows = pa.table(columns, schema=schema)
        with self.db.writing():
            self._table().merge_insert("clip_id").when_not_matched_insert_all().execute(rows)

    def remove(self, clip_ids: Sequence[str]) -> None:
        """Delete the vectors of clips."""
        for first in range(0, len(clip_ids), 1000):
            with self.db.writing():
                self._table().delete(_among("clip_id", clip_ids[first : first + 1000]))

    def sums(self) -> tuple[pa.Array, Ints]:
        """Ids of the clips ``(N,)`` and checksums of their facts ``(N,) uint32``."""
        with self.db.reading():
            found = self._table().search().select(["clip_id", "facts_crc32"]).limit(None).to_arrow()
        return found["clip_id"].combine_chunks(), found["facts_crc32"].to_numpy()

    def values(self, column: str) -> list[Any]:
        """Distinct values of a column of `FACTS` that is no list, sorted."""
        import pyarrow.compute as pc

        with self.db.reading():
            found = self._table().search().select([column]).limit(None).to_arrow()
        return sorted(pc.unique(found[column]).to_pylist())

    def compact(self) -> None:
        """Make few files of many, and bring the indexes up to date."""
        with self.db.writing():
            self._table().optimize()

    def settle(self, clips_version: int) -> None:
        """Bring the index up to date after rows were added, train it where that is due, and note the clips' version.

        Raises
        ------
        DatabaseError
            When the database cannot be written.
        """
        self.compact()
        rows, entry = len(self), self.entry
        if rows >= EXACT_BELOW and rows > RETRAINED * entry.trained:
            self._train(rows)
            self.entry = replace(entry, trained=rows)
            probes, recall = self._measure()
            entry = replace(entry, trained=rows, probes=probes, recall=recall)
        self._register(replace(entry, clips_version=clips_version))

    def _train(self, rows: int) -> None:
        from lancedb.index import Bitmap, IvfPq, LabelList

        config = IvfPq(
            distance_type="l2",  # of unit vectors in the order of the cosine, and zero is a vector like others
            num_partitions=partitions_of(rows),
            num_sub_vectors=_padded(self.entry.dims) // SUB_VECTOR,
        )
        with self.db.writing():
            table = self._table()
            table.create_index("vector", config=config, name=INDEX)
            for name in FACTS:
                table.create_index(name, config=LabelList() if name == "styles" else Bitmap())

    def _measure(self) -> tuple[int, float]:
        """Fewest partitions with which a search finds enough of the nearest, and the share that it then finds.

        Queries are vectors of the table, each without itself; a row as near as the last of the nearest counts as found.
        """
        with self.db.reading():
            at = np.linspace(0, len(self) - 1, SAMPLE).astype(int).tolist()
            found = self._table().take_offsets(at).select(["clip_id", "vector"]).to_arrow()
        keys, queries = found["clip_id"].to_pylist(), self._vectors(found)
        exact = [_without(key, row) for key, row in zip(keys, self._scan(queries, TOP + 1, ""), strict=True)]
        probes, most = FEWEST_PROBES, partitions_of(self.entry.trained)
        while True:
            got = [_without(key, row) for key, row in zip(keys, self._near(queries, TOP + 1, "", probes), strict=True)]
            recall = float(np.mean([_share(a, b) for a, b in zip(got, exact, strict=True)]))
            if recall >= RECALL or probes >= most:
                return probes, recall
            probes = min(2 * probes, most)

    def search(self, queries: Floats, top: int, where: str = "") -> list[Found]:
        """Find the `top` clips nearest to each query, nearest first, equally near ones in order of their ids.

        Parameters
        ----------
        queries
            ``(Q, dims) float32``, of any length.
        where
            A condition of `condition`: the clips that may be found; all by default.

        Returns
        -------
        For each query the ids of clips and their distances, ``1 - cosine``; fewer than `top` where fewer are allowed.

        Raises
        ------
        InputError
            When a query holds NaN or infinity.
        ShapeError
            When `queries` do not fit the table.
        DatabaseError
            When a vector is damaged, or the table cannot be read.
        """
        units, queries = unit_rows("queries", queries), np.asarray(queries, np.float32)
        if units.shape[1] != self.entry.dims:
            raise ShapeError(f"queries: got {queries.shape}, want (Q, {self.entry.dims})")
        if not self.entry.trained or self.count(where) <= EXACT_BELOW:
            return self._scan(queries, top, where)
        return self._near(queries, top, where, self.entry.probes)

    def _scan(self, queries: Floats, top: int, where: str) -> list[Found]:
        """Compare all allowed rows, some thousand at a time."""
        best: list[Found] = [[] for _ in queries]
        with self.db.reading():
            asked = self._table().search().select(["clip_id", "vector", "vector_crc32"])
            asked = asked.where(where) if where else asked
            for batch in asked.limit(None).to_batches(ROWS_READ):
                if batch.num_rows:
                    merged = zip(best, self._ranked(batch, queries, top), strict=True)
                    best = [_merged(kept, new)[:top] for kept, new in merged]
        return best

    def _near(self, queries: Floats, top: int, where: str, probes: int) -> list[Found]:
        """Candidates of the index, compared anew; of all rows where the index does not do.

        It does not where a filter leaves too few of its candidates, and where more rows are equally near than it gives.
        """
        out: list[Found] = [[] for _ in queries]
        left, fetch = np.flatnonzero(queries.any(axis=1)), SURPLUS * top
        undone = np.flatnonzero(~queries.any(axis=1)).tolist()  # all rows are equally near to zero
        while len(left):
            again = []
            for part in np.split(left, range(AT_ONCE, len(left), AT_ONCE)):
                for row, candidates in zip(
                    part.tolist(), self._propose(queries[part], fetch, where, probes), strict=True
                ):
                    found = self._ranked(candidates, queries[row : row + 1], fetch)[0]
                    out[row] = found[:top]
                    if len(found) < top:
                        undone.append(row)
                    elif candidates.num_rows >= fetch and found[top - 1][1] == found[-1][1]:
                        again.append(row)
            fetch *= GROWTH
            left = np.array(again, int) if fetch <= max(MOST, SURPLUS * top) else left[:0]
            undone += [] if len(left) else again
        for row, found in zip(undone, self._scan(queries[undone], top, where) if undone else [], strict=True):
            out[row] = found
        return out

    def _propose(self, queries: Floats, fetch: int, where: str, probes: int) -> Iterator[pa.Table]:
        """Candidates for each query, ``clip_id`` and ``vector``."""
        wide = np.zeros((len(queries), _padded(self.entry.dims)), np.float32)
        wide[:, : self.entry.dims] = unit_rows("queries", queries)
        with self.db.reading():
            asked = self._table().search([*wide] if len(wide) > 1 else wide[0]).distance_type("l2")
            asked = asked.where(where, prefilter=True) if where else asked
            asked = asked.minimum_nprobes(probes).maximum_nprobes(0 if where else probes).limit(fetch)
            found = asked.select(["clip_id", "vector", "vector_crc32", "_distance"]).to_arrow()
        of = found["query_index"].to_numpy() if len(wide) > 1 else np.zeros(len(found), int)
        for row in range(len(wide)):
            yield found.take(np.flatnonzero(of == row))

    def _ranked(self, rows: pa.Table | pa.RecordBatch, queries: Floats, top: int) -> list[Found]:
        """The rows nearest to each query, by the rules of `VectorIndex`; those that are told are checked."""
        keys, vectors, sums = rows["clip_id"].to_pylist(), self._vectors(rows), rows["vector_crc32"].to_pylist()
        if not keys:
            return [[] for _ in queries]
        self._require(keys, vectors, sums, np.flatnonzero(~np.isfinite(vectors).all(axis=1)))
        at, far = VectorIndex.of_units(keys, vectors).search(queries, min(top, len(keys)))
        self._require(keys, vectors, sums, np.unique(at))
        # two writers of one object storage may both have added a clip
        named = ([keys[n] for n in row] for row in at.tolist())
        return [list(dict(zip(row, each, strict=True)).items()) for row, each in zip(named, far.tolist(), strict=True)]

    def _require(self, keys: list[str], vectors: Floats, sums: list[int], rows: Ints) -> None:
        """Refuse vectors in these rows that are not what was stored."""
        for row in rows.tolist():
            if _sum(keys[row], vectors[row]) != sums[row]:
                raise DatabaseError(
                    f"{self.db.location}: the vector of clip {keys[row]!a} in table {self.entry.name!r} is damaged. "
                    "Delete the table: 'choreo db embed' makes it again."
                )

    def _vectors(self, rows: pa.Table | pa.RecordBatch) -> Floats:
        """``(N, dims)`` of rows that were read."""
        column = rows["vector"]
        column = column.combine_chunks() if hasattr(column, "combine_chunks") else column
        flat = column.flatten().to_numpy(zero_copy_only=False)
        return np.ascontiguousarray(flat.reshape(len(rows), -1)[:, : self.entry.dims], np.float32)

    def told(self) -> str:
        """One line for the user: how vectors are searched, how many there are, what share of the nearest is found."""
        rows, entry = len(self), self.entry
        if not entry.trained:
            return f"Searching {rows:,} vectors of {entry.embedder} in the database: all are compared."
        return (
            f"Searching {rows:,} vectors of {entry.embedder} in the database by IVF-PQ: {entry.recall:.1%} of the "
            f"{TOP} nearest are found, measured on {SAMPLE} of them."
        )


def table_name(embedder: str, model: str) -> str:
    """Name of the table of an embedder's vectors."""
    return f"{REGISTER}-{embedder}-{model}"


def partitions_of(rows: int) -> int:
    """Partitions of an index over `rows` vectors: about as many as vectors in each."""
    return max(1, min(round(rows**0.5), rows // TRAINING))


def condition(*, counts: int | None = None, **facts: str | int | Iterable[str] | None) -> str:
    """Condition of SQL that clips have these `FACTS`; a list allows any of its values. Empty without any.

    Examples
    --------
    >>> from choreo.retrieval.vector_table import condition
    >>> condition(counts=8, styles="waltz", licence=["CC0-1.0", "it's mine"])
    "array_has(styles, 'waltz') AND counts = 8 AND licence IN ('CC0-1.0', 'it''s mine')"
    """
    parts = []
    for name in FACTS:
        value = counts if name == "counts" else facts.get(name)
        if value is None:
            continue
        if name == "styles":
            parts.append(f"array_has(styles, {_quoted(str(value))})")
        elif isinstance(value, int):
            parts.append(f"{name} = {value}")
        elif isinstance(value, str):
            parts.append(f"{name} = {_quoted(value)}")
        else:
            parts.append(_among(name, value))
    return " AND ".join(sorted(parts))


def facts_sum(row: Mapping[str, Any]) -> int:
    """Checksum of the `FACTS` of a clip."""
    facts = [row["dataset"], row["licence"], int(row["metre"]), int(row["counts"]), list(row["styles"])]
    return zlib.crc32(json.dumps(facts).encode())


def _sum(key: str, unit: Floats) -> int:
    return zlib.crc32(np.ascontiguousarray(unit, "<f4").tobytes(), zlib.crc32(key.encode()))


def _facts_of(entry: Entry) -> dict[str, str]:
    """What the schema of a table says of it."""
    said = {"choreo_vectors": VERSION, "embedder": entry.embedder, "model": entry.model, "dims": entry.dims}
    return {key: str(value) for key, value in said.items()}


def _padded(dims: int) -> int:
    return -(-dims // SUB_VECTOR) * SUB_VECTOR


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _among(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(map(_quoted, values)) or 'NULL'})"


def _merged(kept: Found, new: Found) -> Found:
    return sorted(dict([*kept, *new]).items(), key=lambda hit: (hit[1], hit[0]))


def _without(key: str, found: Found) -> Found:
    return [hit for hit in found if hit[0] != key][:TOP]


def _share(found: Found, exact: Found) -> float:
    """Share of the nearest rows that were found; one as near as the last of them is as good."""
    return sum(far <= exact[-1][1] for _, far in found) / len(exact) if exact else 1.0


__all__ = ["FACTS", "REGISTER", "Entry", "VectorTable", "condition", "facts_sum", "partitions_of", "table_name"]
