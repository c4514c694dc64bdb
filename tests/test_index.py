"""Nearest neighbours: exact and by an inverted file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from choreo.errors import DatabaseError, InputError, OutputError, ShapeError
from choreo.retrieval import index as module
from choreo.retrieval.index import VectorIndex
from choreo.retrieval.inverted_file import InvertedFile
from choreo.types import Bools, Doubles, Floats, Ints


def clustered(count: int, dims: int, seed: int = 0, centres: int = 500) -> np.ndarray:
    """Vectors near centres, spread along a few directions of each."""
    middles = np.random.default_rng(7).standard_normal((centres, dims))
    ways = np.random.default_rng(8).standard_normal((centres, 6, dims))
    rng = np.random.default_rng(seed)
    which = rng.integers(0, centres, count)
    along = np.einsum("nl,nld->nd", rng.standard_normal((count, 6)), ways[which])
    return np.asarray(middles[which] + 0.3 * along + 0.05 * rng.standard_normal((count, dims)), np.float32)


def names(count: int) -> list[str]:
    return [f"{number:07d}" for number in range(count)]


def numbers(index: VectorIndex) -> Ints:
    """Which of the vectors that it was built of each row is."""
    return np.array(index.keys, np.int64)


def brute(vectors: Floats, queries: Floats, top: int, allowed: Bools | None = None) -> tuple[Ints, Doubles]:
    """Distances of the `top` nearest in double precision."""
    both = [
        np.divide(x, n, out=np.zeros(x.shape), where=n > 0)
        for x in (vectors.astype(np.float64), queries.astype(np.float64))
        for n in (np.linalg.norm(x, axis=1, keepdims=True),)
    ]
    far = 1 - both[1] @ both[0].T
    if allowed is not None:
        far[:, ~allowed] = np.inf
    order = np.argsort(far, axis=1, kind="stable")[:, :top]
    return order, np.take_along_axis(far, order, axis=1)


def recall(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), wanted.tolist(), strict=True)]))


@pytest.fixture(scope="module")
def many() -> tuple[np.ndarray, np.ndarray, VectorIndex]:
    """60,000 rows in the order of their index, 200 queries and the index, with an inverted file."""
    vectors = clustered(60_000, 32)
    index = VectorIndex.build(names(60_000), vectors)
    return vectors[numbers(index)], clustered(200, 32, seed=1), index


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 9),
    st.integers(1, 6),
    st.integers(1, 70),
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.booleans(),
)
def test_exact_search_is_brute_force(
    rows: int, dims: int, asked: int, top: int, seed: int, filtered: bool, exact: bool
) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-2, 3, (rows, dims)).astype(np.float32)  # equal and zero rows among them
    queries = rng.integers(-2, 3, (asked, dims)).astype(np.float32)
    allowed = rng.random(rows) < 0.5 if filtered else None
    index = VectorIndex.build(names(rows), vectors, exact=exact)
    indices, distances = index.search(queries, top, allowed)
    assert indices.shape == distances.shape == (asked, top)
    assert indices.dtype == np.int64
    assert distances.dtype == np.float32
    wanted = min(top, rows if allowed is None else int(allowed.sum()))
    assert np.all(indices[:, wanted:] == -1)
    assert np.all(np.isinf(distances[:, wanted:]))
    _, far = brute(vectors[numbers(index)], queries, wanted, allowed)
    np.testing.assert_allclose(distances[:, :wanted], far, atol=2e-6)
    for row in indices[:, :wanted]:
        assert len(set(row.tolist())) == wanted
        assert np.all(row >= 0)
        assert allowed is None or allowed[row].all()


def test_the_inverted_file_finds_what_comparing_all_finds(many: tuple[Floats, Floats, VectorIndex]) -> None:
    vectors, queries, index = many
    assert not index.exact
    assert len(index) == 60_000
    whole = VectorIndex.build(index.keys, vectors, exact=True)
    assert whole.exact
    wanted, far = whole.search(queries, 10)
    found, near = index.search(queries, 10)
    assert recall(found, wanted) >= 0.95
    order, distances = brute(vectors, queries, 10)
    assert recall(wanted, order) == 1
    np.testing.assert_allclose(far, distances, atol=2e-6)
    same = found == wanted
    assert np.array_equal(near[same], far[same])


def test_few_rows_need_no_inverted_file() -> None:
    assert VectorIndex.build(names(100), clustered(100, 8)).exact


@pytest.mark.parametrize("share", [0.9, 0.3, 0.01, 0.0002])
def test_filters_leave_as_many_as_were_asked_for(
    many: tuple[Floats, Floats, VectorIndex], monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(module, "EXACT_BELOW", 100)  # else all of these are compared one by one
    vectors, queries, index = many
    allowed = np.random.default_rng(3).random(len(vectors)) < share
    assert allowed.sum() >= 10
    found, distances = index.search(queries, 10, allowed)
    assert np.all(found >= 0)
    assert allowed[found].all()
    assert np.all(np.diff(distances) >= 0)
    assert recall(found, brute(vectors, queries, 10, allowed)[0]) >= 0.95


def test_filters_far_from_the_query(many: tuple[Floats, Floats, VectorIndex], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is allowed is everything but the near half: near the query there is nothing, so all are compared."""
    monkeypatch.setattr(module, "EXACT_BELOW", 100)
    vectors, queries, index = many
    far = 1 - (vectors @ queries[0]) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(queries[0])
    allowed = far > np.median(far)
    found, distances = index.search(queries[:1], 10, allowed)
    order, wanted = brute(vectors, queries[:1], 10, allowed)
    np.testing.assert_allclose(distances, wanted, atol=2e-6)
    assert recall(found, order) == 1


def test_fewer_allowed_than_asked_for(many: tuple[Floats, Floats, VectorIndex]) -> None:
    vectors, queries, index = many
    allowed = np.zeros(len(vectors), bool)
    assert np.all(index.search(queries, 10, allowed)[0] == -1)
    allowed[[5, 4000]] = True
    found, distances = index.search(queries[:3], 10, allowed)
    assert {tuple(sorted(row)) for row in found[:, :2].tolist()} == {(5, 4000)}
    assert np.all(found[:, 2:] == -1)
    assert np.all(np.isinf(distances[:, 2:]))


def test_more_wanted_than_an_inverted_file_is_good_for(many: tuple[Floats, Floats, VectorIndex]) -> None:
    vectors, queries, index = many
    found, _ = index.search(queries[:2], 3000)
    assert recall(found, brute(vectors, queries[:2], 3000)[0]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("exact", [True, False])
def test_ties_go_to_the_key_that_sorts_first(exact: bool) -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), 40, axis=0)
    keys = names(120)[::-1]
    index = VectorIndex.build(keys, vectors, exact=exact)
    found, distances = index.search(3 * np.eye(3, dtype=np.float32), 5)
    for row in range(3):
        assert [index.keys[n] for n in found[row]] == names(120)[80 - 40 * row : 85 - 40 * row]
    assert np.all(distances == 0)


def test_thousands_of_equal_rows_do_not_hide_the_others() -> None:
    vectors = clustered(12_000, 16, centres=50)
    vectors[::2] = vectors[np.random.default_rng(0).integers(0, 20, 6000) * 2]
    vectors[1:2000:2] = 0
    queries = clustered(200, 16, seed=1, centres=50)
    index = VectorIndex.build(names(len(vectors)), vectors, exact=False)
    _, distances = index.search(queries, 10)
    _, wanted = brute(vectors, queries, 10)
    assert np.mean(np.abs(distances - wanted) < 2e-6) >= 0.95


@pytest.mark.parametrize("exact", [True, False])
def test_a_zero_query_is_as_far_from_everything(exact: bool) -> None:
    vectors = clustered(300, 8)
    vectors[7] = 0
    index = VectorIndex.build(names(300), vectors, exact=exact)
    found, distances = index.search(np.zeros((1, 8), np.float32), 4)
    assert numbers(index)[found].tolist() == [[0, 1, 2, 3]]
    assert np.all(distances == 1)
    found, distances = index.search(vectors[:1], 300)
    assert distances[0, numbers(index)[found[0]].tolist().index(7)] == 1


def test_the_length_of_a_vector_does_not_matter() -> None:
    vectors = clustered(200, 8)
    lengths = np.logspace(-18, 18, 200, dtype=np.float32)[:, None].astype(np.float32)
    first = VectorIndex.build(names(200), vectors).search(vectors, 3)
    second = VectorIndex.build(names(200), vectors * lengths).search((vectors / lengths).astype(np.float32), 3)
    assert np.array_equal(first[0], second[0])
    np.testing.assert_allclose(first[1], second[1], atol=1e-6)


def test_the_same_input_gives_the_same_answer_alone_or_with_others(many: tuple[Floats, Floats, VectorIndex]) -> None:
    vectors, queries, index = many
    found, distances = index.search(queries, 10)
    for row in range(20):
        alone, far = index.search(queries[row : row + 1], 10)
        assert np.array_equal(alone[0], found[row])
        assert np.array_equal(far[0], distances[row])
    part = vectors[:8000]
    for exact in (True, False):
        one, two = (VectorIndex.build(names(8000), part, exact=exact, seed=4).search(queries, 10) for _ in range(2))
        assert np.array_equal(one[0], two[0])
        assert np.array_equal(one[1], two[1])


@pytest.mark.parametrize("exact", [True, False])
def test_saved_and_loaded(tmp_path: Path, exact: bool) -> None:
    vectors = clustered(3000, 16)
    vectors[10:60] = vectors[3]
    keys = [f"clip {number}\n\N{SNOWMAN}" for number in range(3000)]
    index = VectorIndex.build(keys, vectors, exact=exact)
    VectorIndex.build(keys[:9], vectors[:9], exact=not exact).save(tmp_path)
    index.save(tmp_path)
    names_there = sorted(path.name for path in tmp_path.iterdir())
    assert len(names_there) == 2
    back = VectorIndex.load(tmp_path)
    assert back.keys == index.keys
    assert back.exact == exact
    first, second = index.search(vectors[:50], 20), back.search(vectors[:50], 20)
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    before = {name: (tmp_path / name).read_bytes() for name in names_there}
    back.save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_save_that_fails_leaves_the_index_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    VectorIndex.build(names(50), clustered(50, 8)).save(tmp_path)

    def full(path: Path, text: str) -> None:
        raise OutputError(f"{path}: no space")

    monkeypatch.setattr(module, "write_text", full)
    with pytest.raises(OutputError):
        VectorIndex.build(names(70), clustered(70, 8), exact=False).save(tmp_path)
    assert len(VectorIndex.load(tmp_path)) == 50


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@pytest.mark.parametrize("harm", ["gone", "cut", "changed", "other"])
def test_broken_files_are_named(tmp_path: Path, suffix: str, harm: str) -> None:
    VectorIndex.build(names(400), clustered(400, 8), exact=False).save(tmp_path)
    path = next(tmp_path.glob(f"*{suffix}"))
    data = bytearray(path.read_bytes())
    path.unlink()
    if harm == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "changed":
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    elif harm == "other":
        path.write_bytes(b"[1, 2]")
    with pytest.raises(DatabaseError, match=rf"{path.name}: .*Build the index again"):
        VectorIndex.load(tmp_path)


@pytest.mark.parametrize(
    "change", [{"version": 1}, {"count": 9}, {"dims": 9}, {"tensors": None}, {"compared": 3}, {"compared": None}]
)
def test_a_wrong_description_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    VectorIndex.build(names(40), clustered(40, 8), exact=True).save(tmp_path)
    path = tmp_path / "index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DatabaseError, match=r"index\.json: "):
        VectorIndex.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("starts", lambda starts: starts.astype(np.int32), "its arrays are of another kind"),
        ("starts", lambda starts: starts + 1, "its partitions are not those of the vectors"),
        ("starts", lambda starts: starts[::-1].copy(), "its partitions are not those of the vectors"),
        ("starts", lambda starts: starts[:-1], "it wants finite centroids of 8 numbers"),
        ("starts", lambda starts: starts[:0], "it wants finite centroids of 8 numbers"),
        ("centroids", lambda centroids: centroids[:, :7].copy(), "it wants finite centroids of 8 numbers"),
        ("centroids", lambda centroids: centroids / np.float32(0), "it wants finite centroids of 8 numbers"),
        ("centroids", None, "no centroids"),
    ],
)
def test_an_inverted_file_of_other_vectors_is_refused(
    tmp_path: Path, name: str, change: Callable[[np.ndarray], np.ndarray] | None, fault: str
) -> None:
    VectorIndex.build(names(40), clustered(40, 8), exact=False).save(tmp_path)
    head = json.loads((tmp_path / "index.json").read_text())
    tensors = load((next(tmp_path.glob("index-*"))).read_bytes())
    held = tensors.pop(name)
    if change:
        with np.errstate(divide="ignore", invalid="ignore"):
            tensors[name] = change(held)
    head["tensors"] = module._write(tmp_path, save(tensors))
    (tmp_path / "index.json").write_text(json.dumps(head))
    with pytest.raises(DatabaseError, match=rf"index\.json: its inverted file cannot be used \({fault}"):
        VectorIndex.load(tmp_path)


def test_an_inverted_file_has_each_row_once_beside_what_is_near_it() -> None:
    vectors = clustered(3000, 8)
    lists, order = InvertedFile.build(vectors, 0)
    assert lists.fault(3000, 8) == ""
    assert np.array_equal(np.sort(order), np.arange(3000))
    vectors = vectors[order]
    distances = np.linalg.norm(vectors[:, None] - lists.centroids, axis=2)
    own = np.repeat(np.arange(len(lists.centroids)), np.diff(lists.starts))
    np.testing.assert_allclose(distances[np.arange(3000), own], distances.min(axis=1), rtol=1e-4)
    (found,) = lists.near(vectors[:1], 50)
    read = sorted(set(own[found].tolist()), key=lambda p: distances[0, p])
    assert read == np.argsort(distances[0])[: len(read)].tolist()
    assert sorted(found.tolist()) == np.flatnonzero(np.isin(own, read)).tolist()
    assert len(found) >= 50 > len(found) - np.count_nonzero(own == read[-1])


def test_partitions_are_read_by_the_rows_that_are_allowed() -> None:
    vectors = clustered(3000, 8)
    allowed = np.arange(3000) % 2 == 0
    lists, _ = InvertedFile.build(vectors, 0)
    for whole, limited in zip(lists.near(vectors[:9], 700), lists.among(allowed).near(vectors[:9], 100), strict=True):
        assert allowed[limited].all()
        assert 100 <= len(limited) < allowed.sum()
        assert [*limited] == [*whole[allowed[whole]][: len(limited)]]


def test_vectors_that_are_near_nothing_are_all_compared() -> None:
    """Without clusters, in 64 dimensions, no partition is much nearer than others: as much is found nevertheless."""
    rng = np.random.default_rng(0)
    vectors, queries = rng.standard_normal((2, 8000, 64)).astype(np.float32)
    index = VectorIndex.build(names(8000), vectors, exact=False)
    assert recall(index.search(queries[:100], 10)[0], brute(vectors[numbers(index)], queries[:100], 10)[0]) >= 0.97


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(bad: float) -> None:
    vectors = clustered(20, 8)
    index = VectorIndex.build(names(20), vectors)
    vectors[3, 2] = bad
    with pytest.raises(InputError, match="vectors: row 3 holds NaN or infinity"):
        VectorIndex.build(names(20), vectors)
    with pytest.raises(InputError, match="queries: row 3"):
        index.search(vectors, 2)


def test_forms_that_do_not_fit_are_refused() -> None:
    vectors = clustered(20, 8)
    index = VectorIndex.build(names(20), vectors)
    with pytest.raises(ShapeError, match="keys: got 19 for 20"):
        VectorIndex.build(names(19), vectors)
    with pytest.raises(ShapeError, match="two dimensions"):
        index.search(vectors[0], 2)
    with pytest.raises(ShapeError, match="queries: got"):
        index.search(vectors[:, :7], 2)
    with pytest.raises(ShapeError, match="allowed: got"):
        index.search(vectors, 2, np.ones(19, bool))
    with pytest.raises(ShapeError, match="allowed: got int64"):
        index.search(vectors, 2, np.arange(20))  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(InputError, match="top: got 0"):
        index.search(vectors, 0)


@pytest.mark.parametrize("exact", [True, False, None])
def test_an_empty_index_and_no_queries(tmp_path: Path, exact: bool | None) -> None:
    empty = VectorIndex.build([], np.empty((0, 8), np.float32), exact=exact)
    empty.save(tmp_path)
    for index in (empty, VectorIndex.load(tmp_path)):
        found, distances = index.search(clustered(3, 8), 5, np.ones(0, bool))
        assert np.all(found == -1)
        assert np.all(np.isinf(distances))
        assert found.shape == (3, 5)
    some = VectorIndex.build(names(9), clustered(9, 8), exact=exact)
    assert some.search(np.empty((0, 8), np.float32), 5)[0].shape == (0, 5)
