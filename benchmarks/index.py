"""Search among a million vectors: exact, along a graph, and beside FAISS and LanceDB's index, in one run.

    pip install 'choreo-dance[index]' faiss-cpu
    python benchmarks/index.py [--rows N] [--queries N] [--write]
    python benchmarks/index.py --database [--rows N ...] [--write]

FAISS is needed by nothing but this script; its rows stay empty where it is not installed. ``--write`` puts the tables
into ``docs/benchmarks/index.md``; ``--database`` measures only vectors that lie in the database, beside the graph in
memory, and writes the last section of that page. Linux only: memory is read from ``/proc``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from choreo.db import MotionDB
from choreo.retrieval.index import CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH, VectorIndex
from choreo.retrieval.vector_table import VectorTable

DIMS, CENTRES, WAYS, TOP, BATCH = 64, 4000, 10, 10, 100
SPREAD, NOISE = 0.25, 0.05
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "index.md"
HEAD = """\
# Search among many vectors

<!-- Made by `python benchmarks/index.py --write`; change that script, not this page. -->
"""
SECTION = "## In memory and in the database\n"
Search = Callable[[np.ndarray], np.ndarray]
"""From queries ``(Q, D)`` to rows ``(Q, TOP)``."""


def embeddings(rows: int, seed: int) -> np.ndarray:
    """Unit vectors ``(rows, DIMS) float32`` of a mixture that is the same for every seed.

    Centres of random weight; around each, a Gaussian along `WAYS` directions of its own and a little in all.
    """
    world, rng = np.random.default_rng(0), np.random.default_rng(seed)
    centres = world.standard_normal((CENTRES, DIMS), np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    ways = world.standard_normal((CENTRES, WAYS, DIMS), np.float32) * np.float32(SPREAD / DIMS**0.5)
    which = rng.choice(CENTRES, rows, p=world.dirichlet(np.ones(CENTRES)))
    out = np.empty((rows, DIMS), np.float32)
    for first in range(0, rows, 20_000):
        part = which[first : first + 20_000]
        along = np.einsum("nw,nwd->nd", rng.standard_normal((len(part), WAYS), np.float32), ways[part])
        around = rng.standard_normal((len(part), DIMS), np.float32) * np.float32(NOISE / DIMS**0.5)
        out[first : first + 20_000] = centres[part] + along + around
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


def truth(vectors: np.ndarray, queries: np.ndarray, allowed: np.ndarray | None = None) -> np.ndarray:
    """The `TOP` nearest rows by plain numpy, in no order."""
    found = []
    for query in queries:
        near = vectors @ query
        if allowed is not None:
            near[~allowed] = -2
        found.append(np.argpartition(-near, TOP)[:TOP])
    return np.stack(found)


def recall(found: np.ndarray, wanted: np.ndarray) -> float:
    """Share of the wanted rows that were found."""
    return float(np.mean([len(set(a) & set(b)) / TOP for a, b in zip(found.tolist(), wanted.tolist(), strict=True)]))


def anonymous_mb() -> float:
    """Memory of this process that is not a file's, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no RssAnon")


def keys(rows: int) -> list[str]:
    """Names like those of clips."""
    return [f"{number:012x}" for number in range(rows)]


def ours(vectors: np.ndarray, exact: bool) -> Search:
    """`VectorIndex`."""
    index = VectorIndex.build(keys(len(vectors)), vectors, exact=exact)
    return lambda queries: index.search(queries, TOP)[0]


def exact(vectors: np.ndarray) -> Search:
    """Every row."""
    return ours(vectors, True)


def graph(vectors: np.ndarray) -> Search:
    """HNSW."""
    return ours(vectors, False)


def usearch(vectors: np.ndarray, dtype: str) -> Search:
    """Bare usearch, all threads."""
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1],
        metric="ip" if dtype != "i8" else "cos",
        dtype=dtype,
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )
    index.add(np.arange(len(vectors)), vectors)
    return lambda queries: index.search(queries, TOP).keys.astype(np.int64).reshape(len(queries), TOP)


def usearch_f32(vectors: np.ndarray) -> Search:
    """Four bytes a number."""
    return usearch(vectors, "f32")


def usearch_f16(vectors: np.ndarray) -> Search:
    """Two bytes a number."""
    return usearch(vectors, "f16")


def usearch_i8(vectors: np.ndarray) -> Search:
    """One byte a number."""
    return usearch(vectors, "i8")


def faiss_hnsw(vectors: np.ndarray) -> Search:
    """FAISS with the same links and widths."""
    import faiss

    index = faiss.IndexHNSWFlat(vectors.shape[1], CONNECTIVITY)
    index.hnsw.efConstruction = EXPANSION_ADD
    index.hnsw.efSearch = EXPANSION_SEARCH
    index.add(vectors)
    return lambda queries: index.search(queries, TOP)[1]


def faiss_flat(vectors: np.ndarray) -> Search:
    """FAISS, every row."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return lambda queries: index.search(queries, TOP)[1]


def lance(vectors: np.ndarray, config: Any, probes: int, refine: int) -> Search:
    """LanceDB on disk; a batch is asked `BATCH` queries at once."""
    import lancedb
    import pyarrow as pa

    db = lancedb.connect(tempfile.mkdtemp(dir=os.environ["INDEX_BENCHMARK"]))
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    table = db.create_table("v", pa.table({"row": pa.array(np.arange(len(vectors))), "vector": column}))
    table.create_index("vector", config=config)

    def search(queries: np.ndarray) -> np.ndarray:
        found = np.full((len(queries), TOP), -1)
        for first in range(0, len(queries), BATCH):
            part = list(queries[first : first + BATCH])
            asked = table.search(part if len(part) > 1 else part[0]).distance_type("cosine").limit(TOP)
            got = asked.nprobes(probes).ef(EXPANSION_SEARCH).refine_factor(refine).to_arrow()
            of = got["query_index"].to_numpy() if len(part) > 1 else np.zeros(len(got), int)
            order = np.argsort(of, kind="stable")
            column = np.arange(len(of)) - np.searchsorted(of[order], of[order])
            found[first + of[order], column] = got["row"].to_numpy()[order]
        return found

    return search


def lance_pq(vectors: np.ndarray) -> Search:
    """Its usual index, with enough of it read to find what is wanted."""
    from lancedb.index import IvfPq

    return lance(vectors, IvfPq(distance_type="cosine", num_partitions=1000, num_sub_vectors=16), 40, 10)


def lance_hnsw(vectors: np.ndarray) -> Search:
    """A graph in each of four partitions."""
    from lancedb.index import HnswSq

    config = HnswSq(distance_type="cosine", num_partitions=4, m=CONNECTIVITY, ef_construction=EXPANSION_ADD)
    return lance(vectors, config, 4, 4)


def database(vectors: np.ndarray) -> Search:
    """The table beside the clips, as `choreo search` asks it: candidates of IVF-PQ, compared anew in float32."""
    db = MotionDB.open(tempfile.mkdtemp(dir=os.environ["INDEX_BENCHMARK"]), create=True)
    table = VectorTable.create(db, "benchmark", "0", vectors.shape[1])
    names, facts = keys(len(vectors)), {"dataset": "", "licence": "", "metre": 4, "counts": 8, "styles": []}
    for first in range(0, len(vectors), 50_000):
        part = names[first : first + 50_000]
        table.add([{"clip_id": name, **facts} for name in part], vectors[first : first + 50_000])
    table.settle(0)
    place = {name: row for row, name in enumerate(names)}

    def search(queries: np.ndarray) -> np.ndarray:
        return np.array([[place[name] for name, _ in hits] for hits in table.search(queries, TOP)])

    return search


def on_disk(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def in_database(rows: int, queries: int, name: str, folder: str) -> list[str]:
    """The graph or the database with `rows` vectors, in a process of its own: a row of the table."""
    os.environ["INDEX_BENCHMARK"] = folder
    vectors, asked = embeddings(rows, 1), embeddings(queries, 2)
    wanted = truth(vectors, asked)
    make: dict[str, Callable[[np.ndarray], Search]] = {"graph in memory": graph, "IVF-PQ in the database": database}
    make[name](vectors[:5000])(asked[:2])
    before, bytes_before, begun = anonymous_mb(), on_disk(Path(folder)), time.perf_counter()
    search = make[name](vectors)
    built = time.perf_counter() - begun
    search(asked[:20])
    spent, found = alone(search, asked)
    begun = time.perf_counter()
    search(asked)
    batch = time.perf_counter() - begun
    disk = (on_disk(Path(folder)) - bytes_before) / 1e6
    return [
        f"{rows:,}",
        name,
        f"{recall(found, wanted):.3f}",
        f"{1000 * spent.mean():.2f}",
        f"{len(asked) / batch:,.0f}",
        f"{built:.0f}",
        f"{anonymous_mb() - before:,.0f}",
        f"{disk:,.0f}" if disk else "",
    ]


def database_section(sizes: list[int], queries: int, folder: str) -> str:
    """Vectors in memory and in the database, side by side."""
    rows = []
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1) as pool:
        for size in sizes:
            for name in ("graph in memory", "IVF-PQ in the database"):
                rows.append(pool.submit(in_database, size, queries, name, folder).result())
                print(rows[-1], flush=True)
    said = " ".join(map(str, sizes))
    head = ["vectors", "", f"recall@{TOP}", "ms a query", "queries/s in batch", "to build, s", "memory, MB", "disk, MB"]
    text = (
        f"`python benchmarks/index.py --database --rows {said} --queries {queries} --write`; {processor()}, load "
        f"{os.getloadavg()[0]:.0f}\nfrom other work.\n\n"
        "To build is, in the database, to write the vectors, to train the index and to measure what it finds.\n"
        "Memory is what the process holds after the queries, without the vectors that the benchmark itself holds.\n\n"
    )
    return f"{SECTION}\n{text}{table(head, rows)}"


CONTENDERS: dict[str, Callable[[np.ndarray], Search]] = {
    "choreo, exact": exact,
    "choreo, graph": graph,
    "usearch alone, float32": usearch_f32,
    "usearch alone, float16": usearch_f16,
    "usearch alone, int8": usearch_i8,
    "FAISS HNSW, float32": faiss_hnsw,
    "FAISS flat": faiss_flat,
    "choreo, IVF-PQ in the database": database,
    "LanceDB IVF_PQ": lance_pq,
    "LanceDB IVF_HNSW_SQ": lance_hnsw,
}


def measured(name: str, folder: str) -> list[str]:
    """One contender in a process of its own: a row of the table."""
    os.environ["INDEX_BENCHMARK"] = folder
    vectors = np.load(Path(folder) / "vectors.npy", mmap_mode="r")
    queries, wanted = np.load(Path(folder) / "queries.npy"), np.load(Path(folder) / "truth.npy")
    make = CONTENDERS[name]
    try:
        make(np.array(vectors[:5000]))(queries[:2])  # imports, thread pools
    except ImportError:
        return [name, "not installed", "", "", "", "", ""]
    before, begun = anonymous_mb(), time.perf_counter()
    search = make(vectors)
    built = time.perf_counter() - begun
    search(queries[:20])
    spent, found = alone(search, queries)
    begun = time.perf_counter()
    search(queries)
    batch = time.perf_counter() - begun
    return [
        name,
        f"{recall(found, wanted):.3f}",
        f"{1000 * spent.mean():.2f}",
        f"{1000 * np.percentile(spent, 95):.2f}",
        f"{len(queries) / batch:,.0f}",
        f"{built:.0f}",
        f"{anonymous_mb() - before:,.0f}",
    ]


def alone(search: Search, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of each query by itself ``(Q,)`` and what was found ``(Q, TOP)``."""
    spent, found = [], []
    for row in range(len(queries)):
        begun = time.perf_counter()
        found.append(search(queries[row : row + 1])[0])
        spent.append(time.perf_counter() - begun)
    return np.array(spent), np.stack(found)


def filtered(folder: str) -> str:
    """The graph where only some rows are allowed, and on disk."""
    vectors = np.load(Path(folder) / "vectors.npy")
    queries = np.load(Path(folder) / "queries.npy")[:200]
    index = VectorIndex.build(keys(len(vectors)), vectors, exact=False)
    rng, rows = np.random.default_rng(2), []
    side = vectors[:, 0] > np.median(vectors[:, 0])
    masks = {f"{share:.1%} of the rows, at random": rng.random(len(vectors)) < share for share in (0.5, 0.1, 0.01)}
    for name, allowed in (masks | {"one half of space": side}).items():

        def search(queries: np.ndarray, allowed: np.ndarray = allowed) -> np.ndarray:
            return index.search(queries, TOP, allowed)[0]

        spent, found = alone(search, queries)
        wanted = truth(vectors, queries, allowed)
        rows.append([name, f"{recall(found, wanted):.3f}", f"{1000 * spent.mean():.2f}", f"{(found >= 0).mean():.0%}"])
    saved_index = Path(folder) / "saved"
    begun = time.perf_counter()
    index.save(saved_index)
    saved = time.perf_counter() - begun
    begun = time.perf_counter()
    VectorIndex.load(saved_index)
    loaded = time.perf_counter() - begun
    size = sum(path.stat().st_size for path in saved_index.iterdir()) / 1e6
    text = f"{len(queries)} queries, one after another.\n"
    head = ["allowed", f"recall@{TOP}", "ms a query", f"rows found, of {TOP}"]
    disk = f"On disk: {size:,.0f} MB, {saved:.1f} s to save, {loaded:.1f} s to load and check.\n"
    return "## The graph with a filter\n\n" + text + "\n" + table(head, rows) + "\n" + disk


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines) + "\n"


def processor() -> str:
    """Model and number of cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    return f"{len(os.sched_getaffinity(0))} cores, {model}"


def main() -> None:
    """Run everything and print the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000], help="with --database, several")
    parser.add_argument("--database", action="store_true", help="only the graph in memory and the database")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    options = parser.parse_args()
    held = PAGE.read_text(encoding="utf-8").partition(SECTION)
    if options.database:
        with tempfile.TemporaryDirectory() as folder:
            section = database_section(options.rows, options.queries, folder)
        print(section)
        if options.write:
            PAGE.write_text(held[0].rstrip() + "\n\n" + section, encoding="utf-8", newline="\n")
        return
    (count,) = options.rows
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        vectors, queries = embeddings(count, 1), embeddings(options.queries, 2)
        np.save(Path(folder) / "vectors.npy", vectors)
        np.save(Path(folder) / "queries.npy", queries)
        np.save(Path(folder) / "truth.npy", truth(vectors, queries))
        del vectors
        rows = []
        with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
            for name in CONTENDERS:
                rows.append(pool.submit(measured, name, folder).result())
                print(rows[-1], flush=True)
            filters = pool.submit(filtered, folder).result()
    text = (
        f"{count:,} vectors of {DIMS} numbers and {options.queries:,} queries, none of them among the vectors;\n"
        f"{processor()}. The vectors are made up to look like embeddings: a mixture of {CENTRES:,} centres of random\n"
        f"weight on the unit sphere, around each a Gaussian along {WAYS} directions of its own and a little noise in\n"
        "all, unit length. Queries are drawn from the same mixture.\n"
        f"\nAll graphs: {CONNECTIVITY} links, width {EXPANSION_ADD} to build and {EXPANSION_SEARCH} to search.\n"
        "choreo links on one thread, because only so the same input gives the same graph; the others use all cores.\n"
        f"LanceDB reads from disk, {BATCH} queries at once in batch. IVF_PQ: 1000 partitions, 40 read, "
        "10 rows compared\nanew for each wanted; IVF_HNSW_SQ: 4 partitions, all read, 4 rows.\n"
        "Memory is what the process holds after the queries, without the file that the vectors came from.\n"
    )
    head = ["", f"recall@{TOP}", "ms a query", "ms, 95th percentile", "queries/s in batch", "to build, s", "memory, MB"]
    page = "\n".join([HEAD, text, table(head, rows), filters, *(["".join(held[1:])] if held[1] else [])])
    print(page)
    if options.write:
        PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
