"""Vectors in the database: the answers of `VectorIndex`, from a table that is not held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from choreo.db import MotionDB
from choreo.errors import DatabaseError, InputError, ShapeError
from choreo.retrieval import vector_table
from choreo.retrieval.index import RECALL, VectorIndex
from choreo.retrieval.vector_table import VectorTable, condition, partitions_of
from choreo.types import Floats

ROWS, DIMS = 3000, 10


def clustered(rows: int, seed: int) -> Floats:
    """Vectors ``(rows, DIMS)`` around 60 centres."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((60, DIMS))
    return np.asarray(centres[rng.integers(0, 60, rows)] + 0.4 * rng.standard_normal((rows, DIMS)), np.float32)


def facts(rows: int, first: int = 0) -> list[dict[str, Any]]:
    """Facts of clips: every third has 4 counts, every fiftieth is a waltz."""
    return [
        {
            "clip_id": f"clip{(n * 7919) % 100_000:06d}",
            "dataset": "mine" if n % 2 else "yours",
            "licence": "CC0-1.0",
            "metre": 4,
            "counts": 8 if n % 3 else 4,
            "styles": ["pop", "waltz"] if n % 50 == 0 else ["pop"],
        }
        for n in range(first, first + rows)
    ]


def table_of(folder: Path, vectors: Floats) -> VectorTable:
    table = VectorTable.create(MotionDB.open(folder, create=True), "cca", "0123", vectors.shape[1])
    table.add(facts(len(vectors)), vectors)
    table.settle(7)
    return table


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[VectorTable, VectorIndex]:
    """A table with an index, and the same vectors compared one by one."""
    vectors = clustered(ROWS, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vector_table, "EXACT_BELOW", 300)
        table = table_of(tmp_path_factory.mktemp("indexed"), vectors)
    return table, VectorIndex.build([row["clip_id"] for row in facts(ROWS)], vectors, exact=True)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_table, "EXACT_BELOW", 300)


def answers(index: VectorIndex, queries: Floats, top: int, allowed: Any = None) -> list[list[tuple[str, float]]]:
    rows, far = index.search(queries, top, allowed)
    return [
        [(index.keys[n], d) for n, d in zip(a, b, strict=True) if n >= 0]
        for a, b in zip(rows.tolist(), far.tolist(), strict=True)
    ]


def test_few_vectors_give_the_answers_of_the_index_in_memory(tmp_path: Path) -> None:
    vectors, queries = clustered(200, 2), clustered(30, 3)
    vectors[50:60], vectors[70] = vectors[50], 0  # ties, and a vector without direction
    queries[4] = 0
    table = table_of(tmp_path, vectors)
    index = VectorIndex.build([row["clip_id"] for row in facts(200)], vectors, exact=True)
    assert table.entry.trained == 0
    assert table.search(queries, 15) == answers(index, queries, 15)
    assert "all are compared" in table.told()
    again = VectorTable.open(table.db, "cca", "0123")
    assert again is not None
    assert again.entry == table.entry
    assert again.entry.clips_version == 7
    assert len(again) == 200


@pytest.mark.usefixtures("small")
def test_the_index_finds_what_it_says_with_distances_of_the_vectors(indexed: tuple[VectorTable, VectorIndex]) -> None:
    table, index = indexed
    assert table.entry.trained == ROWS
    assert table.entry.recall >= RECALL or table.entry.probes == partitions_of(ROWS)
    queries = clustered(100, 4)
    found, exact = table.search(queries, 10), answers(index, queries, 10)
    hits = sum(
        len({*a} & {*b}) for a, b in zip(found, exact, strict=True)
    )  # the same clip at the same distance, to the bit
    assert hits >= 0.95 * 1000
    assert all(hits == sorted(hits, key=lambda hit: (hit[1], hit[0])) for hits in found)
    assert f"{table.entry.recall:.1%}" in table.told()
    # alone, with others, and from a table opened anew
    again = VectorTable.open(table.db, "cca", "0123")
    assert again is not None
    assert [again.search(queries[n : n + 1], 10)[0] for n in range(20)] == found[:20]


@pytest.mark.usefixtures("small")
def test_filters_let_nothing_else_through_and_nothing_be_missed(indexed: tuple[VectorTable, VectorIndex]) -> None:
    table, index = indexed
    queries, rows = clustered(40, 5), facts(ROWS)
    cases: list[tuple[str, list[bool]]] = [
        (condition(counts=4), [row["counts"] == 4 for row in rows]),
        (condition(styles="waltz"), ["waltz" in row["styles"] for row in rows]),
        (
            condition(counts=4, styles="waltz", dataset="yours"),
            [(row["counts"], row["styles"][-1], row["dataset"]) == (4, "waltz", "yours") for row in rows],
        ),
        (condition(licence=["other", "it's"]), [False] * ROWS),
    ]
    for where, allowed in cases:
        mask = np.array(allowed)
        assert table.count(where) == mask.sum()
        found, exact = table.search(queries, 12, where), answers(index, queries, 12, mask)
        assert [len(hits) for hits in found] == [min(12, mask.sum())] * 40
        if mask.sum() <= 300:
            assert found == exact
        shared = sum(len({*a} & {*b}) for a, b in zip(found, exact, strict=True))
        assert shared >= 0.95 * sum(map(len, exact))


@pytest.mark.usefixtures("small")
def test_equal_vectors_and_a_query_without_direction_are_answered_by_id(tmp_path: Path) -> None:
    vectors = clustered(1500, 6)
    vectors[300:1100] = vectors[300]
    table = table_of(tmp_path, vectors)
    index = VectorIndex.build([row["clip_id"] for row in facts(1500)], vectors, exact=True)
    queries = np.stack([vectors[300], np.zeros(DIMS, np.float32)])
    assert table.entry.trained == 1500
    assert table.search(queries, 10) == answers(index, queries, 10)


@pytest.mark.usefixtures("small")
def test_new_vectors_are_found_and_removed_ones_are_not(tmp_path: Path) -> None:
    table = table_of(tmp_path, clustered(1000, 7))
    new = -clustered(40, 7)
    more = facts(40, first=1000)
    table.add(more, new)
    table.add(more, -new)  # there already
    found = [hits[0] for hits in table.search(new, 1)]
    table.settle(8)
    assert table.entry.trained == 1000
    assert [key for key, _ in found] == [row["clip_id"] for row in more]
    assert [hits[0] for hits in table.search(new, 1)] == found
    table.remove([row["clip_id"] for row in more])
    assert len(table) == 1000
    assert not {hits[0][0] for hits in table.search(new, 1)} & {row["clip_id"] for row in more}
    grown = facts(4000, first=2000)
    table.add(grown, clustered(4000, 8))
    table.settle(9)
    assert table.entry.trained == 5000


def test_damage_is_told_and_not_answered_from(tmp_path: Path) -> None:
    vectors = clustered(50, 9)
    table = table_of(tmp_path, vectors)
    name, first = table.entry.name, facts(50)[0]["clip_id"]
    raw = MotionDB.open(tmp_path)._lance.open_table(name)
    raw.update(where=f"clip_id = '{first}'", values={"vector": [*(-vectors[0]).tolist(), 0.0, 0.0]})
    with pytest.raises(DatabaseError, match=f"vector of clip '{first}' in table 'embeddings-cca-0123' is damaged"):
        table.search(-vectors[:1], 3)
    raw.delete(f"clip_id = '{first}'")
    broken = raw.to_arrow().slice(1, 1).to_pylist()[0] | {"clip_id": "broken", "vector": [float("inf")] * 12}
    raw.merge_insert("clip_id").when_not_matched_insert_all().execute([broken])
    with pytest.raises(DatabaseError, match="vector of clip 'broken'"):
        table.search(vectors[40:41], 3)


def test_a_table_of_other_vectors_is_refused(tmp_path: Path) -> None:
    table = table_of(tmp_path, clustered(50, 10))
    assert VectorTable.open(table.db, "cca", "4567") is None
    db, name = table.db, table.entry.name
    db.upsert("embeddings", "name", [{**vars(table.entry), "dims": 99}])
    with pytest.raises(DatabaseError, match=r"'dims': '10'.*expected.*'dims': '99'"):
        VectorTable.open(db, "cca", "0123")
    db.replace_table("embeddings", [{"name": name, "of": "another"}])
    with pytest.raises(DatabaseError, match="'embeddings' is not choreo's"):
        VectorTable.open(db, "cca", "0123")


def test_vectors_that_do_not_fit(tmp_path: Path) -> None:
    table = table_of(tmp_path, clustered(5, 11))
    with pytest.raises(ShapeError, match=r"got \(4, 10\), want \(5, 10\)"):
        table.add(facts(5), clustered(4, 11))
    with pytest.raises(ShapeError, match=r"want \(Q, 10\)"):
        table.search(np.ones((1, 9), np.float32), 3)
    with pytest.raises(InputError, match="NaN"):
        table.search(np.full((1, 10), np.nan, np.float32), 3)
    assert table.search(clustered(2, 12), 9)[0][4:] == table.search(clustered(2, 12), 5)[0][4:]


def test_partitions() -> None:
    assert [partitions_of(rows) for rows in (1, 300, 50_000, 1_000_000, 100_000_000)] == [1, 1, 195, 1000, 10_000]
