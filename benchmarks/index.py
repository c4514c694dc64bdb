"""Search among many vectors: exact, by choreo's inverted file, and beside FAISS, usearch and LanceDB, in one run.

    pip install faiss-cpu usearch
    python benchmarks/index.py [--rows N ...] [--queries N] [--only TEXT ...] [--write]
    python benchmarks/index.py --database [--rows N ...] [--write]

FAISS and usearch are needed by nothing but this script; where they are not installed, and of what ``--only`` leaves
out, the table says "not run". All run on one thread, and times are of the processor, so that they can be compared
though other work goes on beside them. ``--write`` puts what was measured into ``docs/benchmarks/index.md``, each row as
soon as it is there, and leaves what was not; ``--database`` measures only vectors that lie in the database, beside the
inverted file in memory. Linux only: memory is read from ``/proc``.
"""

from __future__ import annotations

import argparse
import ctypes
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from choreo.db import MotionDB
from choreo.retrieval.index import VectorIndex
from choreo.retrieval.inverted_file import PARTITIONS
from choreo.retrieval.vector_table import VectorTable

DIMS, CENTRES, WAYS, TOP, BATCH = 64, 4000, 10, 10, 100
SPREAD, NOISE = 0.25, 0.05
CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH = 16, 64, 128
"""Of all graphs: links of a node, and candidates kept while they are built and searched (M, efConstruction, ef)."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "LANCE_CPU_THREADS")
"""Variables that keep libraries to one thread in the processes where they are measured."""
TRAINED = 64
"""Rows for each partition from which FAISS is trained."""
CODE, PROBES, RANKED = 16, 80, 100
"""Of FAISS IVF-PQ: bytes of a code, partitions read, and candidates compared anew by their float32 vectors."""
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "index.md"
HEAD = """\
# Search among many vectors

<!-- Made by `python benchmarks/index.py --write`; change that script, not this page. -->
"""
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
    """Memory of this process that is not a file's, MB, without what was freed."""
    ctypes.CDLL(None).malloc_trim(0)
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
    return lambda queries: numbers_of(index, index.search(queries, TOP)[0])


def numbers_of(index: VectorIndex, rows: np.ndarray) -> np.ndarray:
    """Which of the vectors that the index was built of these rows ``(Q, TOP)`` are; -1 for none."""
    return np.array([[int(index.keys[n], 16) if n >= 0 else -1 for n in row] for row in rows.tolist()])


def exact(vectors: np.ndarray) -> Search:
    """Every row."""
    return ours(vectors, True)


def inverted(vectors: np.ndarray) -> Search:
    """Partitions near the query."""
    return ours(vectors, False)


def usearch(vectors: np.ndarray, dtype: str, copy: bool = True) -> Search:
    """Bare usearch."""
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1],
        metric="ip" if dtype != "i8" else "cos",
        dtype=dtype,
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )
    held = np.array(vectors, np.float16 if dtype == "f16" else np.float32)
    index.add(np.arange(len(vectors)), held, threads=1, copy=copy)
    kept = None if copy else held  # what is not copied must stay

    def search(queries: np.ndarray, kept: np.ndarray | None = kept) -> np.ndarray:
        return np.asarray(index.search(queries, TOP, threads=1).keys.astype(np.int64).reshape(len(queries), TOP))

    return search


def usearch_f32(vectors: np.ndarray) -> Search:
    """Four bytes a number."""
    return usearch(vectors, "f32")


def usearch_view(vectors: np.ndarray) -> Search:
    """The links alone, over vectors that are held anyway."""
    return usearch(vectors, "f32", copy=False)


def usearch_f16(vectors: np.ndarray) -> Search:
    """Two bytes a number."""
    return usearch(vectors, "f16")


def usearch_i8(vectors: np.ndarray) -> Search:
    """One byte a number."""
    return usearch(vectors, "i8")


def faiss_made(vectors: np.ndarray, what: str) -> Any:
    """An index of FAISS by its factory."""
    import faiss

    faiss.omp_set_num_threads(1)
    index: Any = faiss.index_factory(vectors.shape[1], what, faiss.METRIC_INNER_PRODUCT)
    if what.startswith("HNSW"):
        index.hnsw.efConstruction, index.hnsw.efSearch = EXPANSION_ADD, EXPANSION_SEARCH
    drawn = np.random.default_rng(0).choice(
        len(vectors), min(len(vectors), TRAINED * partitions(vectors)), replace=False
    )
    index.train(vectors[np.sort(drawn)])
    index.add(vectors)
    return index


def partitions(vectors: np.ndarray) -> int:
    """As many as choreo's inverted file has."""
    return int(np.rint(PARTITIONS * np.sqrt(len(vectors))))


def faiss_hnsw(vectors: np.ndarray) -> Search:
    """FAISS with the same links and widths."""
    index = faiss_made(vectors, f"HNSW{CONNECTIVITY},Flat")
    return lambda queries: index.search(queries, TOP)[1]


def faiss_sq(vectors: np.ndarray) -> Search:
    """The same, a byte a number."""
    index = faiss_made(vectors, f"HNSW{CONNECTIVITY},SQ8")
    return lambda queries: index.search(queries, TOP)[1]


def faiss_flat(vectors: np.ndarray) -> Search:
    """FAISS, every row."""
    index = faiss_made(vectors, "Flat")
    return lambda queries: index.search(queries, TOP)[1]


def faiss_ivf(vectors: np.ndarray) -> Search:
    """Partitions of whole vectors."""
    index = faiss_made(vectors, f"IVF{partitions(vectors)},Flat")
    index.nprobe = PROBES
    return lambda queries: index.search(queries, TOP)[1]


def faiss_pq(vectors: np.ndarray) -> Search:
    """Partitions of codes; candidates compared anew by the vectors, which are held beside them."""
    held, index = np.array(vectors), faiss_made(vectors, f"IVF{partitions(vectors)},PQ{CODE}")
    index.nprobe = PROBES

    def search(queries: np.ndarray) -> np.ndarray:
        candidates = index.search(queries, RANKED)[1]
        near = np.einsum("qkd,qd->qk", held[candidates], queries)
        near[candidates < 0] = -2
        return np.take_along_axis(candidates, np.argpartition(-near, TOP, axis=1)[:, :TOP], axis=1)

    return search


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
    """The inverted file or the database with `rows` vectors, in a process of its own: a row of the table."""
    os.environ["INDEX_BENCHMARK"] = folder
    vectors, asked = embeddings(rows, 1), embeddings(queries, 2)
    wanted = truth(vectors, asked)
    make: dict[str, Callable[[np.ndarray], Search]] = {
        "inverted file in memory": inverted,
        "IVF-PQ in the database": database,
    }
    make[name](vectors[:5000])(asked[:2])
    before, bytes_before, begun = anonymous_mb(), on_disk(Path(folder)), time.process_time()
    search = make[name](vectors)
    built = time.process_time() - begun
    search(asked[:20])
    spent, found = alone(search, asked)
    begun = time.process_time()
    search(asked)
    batch = time.process_time() - begun
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
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        for size in sizes:
            for name in ("inverted file in memory", "IVF-PQ in the database"):
                rows.append(pool.submit(in_database, size, queries, name, folder).result())
                print(rows[-1], flush=True)
    said = " ".join(map(str, sizes))
    head = ["vectors", "", f"recall@{TOP}", "ms a query", "queries/s in batch", "to build, s", "memory, MB", "disk, MB"]
    text = (
        f"`python benchmarks/index.py --database --rows {said} --queries {queries} --write`; {processor()};\n"
        "one thread, times are of the processor.\n\n"
        "To build is, in the database, to write the vectors, to train the index and to measure what it finds.\n"
        "Memory is what the process holds after the queries, without the vectors that the benchmark itself holds.\n\n"
    )
    return f"## In memory and in the database\n\n{text}{table(head, rows)}"


CONTENDERS: dict[str, Callable[[np.ndarray], Search]] = {
    "choreo, exact": exact,
    "choreo, inverted file": inverted,
    "choreo, IVF-PQ in the database": database,
    "LanceDB IVF_PQ": lance_pq,
    "FAISS flat": faiss_flat,
    "FAISS IVF-PQ, vectors beside": faiss_pq,
    "FAISS IVF, float32": faiss_ivf,
    "usearch HNSW, float16": usearch_f16,
    "FAISS HNSW, float32": faiss_hnsw,
    "usearch HNSW, links alone, vectors beside": usearch_view,
    "FAISS HNSW, int8": faiss_sq,
    "usearch HNSW, int8": usearch_i8,
    "usearch HNSW, float32": usearch_f32,
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
        return [name, "not run", *[""] * 6]
    before, bytes_before, begun = anonymous_mb(), on_disk(Path(folder)), time.process_time()
    search = make(vectors)
    built = time.process_time() - begun
    search(queries[:20])
    spent, found = alone(search, queries)
    begun = time.process_time()
    search(queries)
    batch = time.process_time() - begun
    return [
        name,
        f"{recall(found, wanted):.3f}",
        f"{1000 * spent.mean():.2f}",
        f"{1000 * np.percentile(spent, 95):.2f}",
        f"{len(queries) / batch:,.0f}",
        f"{built:.0f}",
        f"{(anonymous_mb() - before) * 2**20 / len(vectors):,.0f}",
        f"{disk:,.0f}" if (disk := (on_disk(Path(folder)) - bytes_before) / len(vectors)) else "",
    ]


def alone(search: Search, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of the processor for each query by itself ``(Q,)`` and what was found ``(Q, TOP)``."""
    spent, found = [], []
    for row in range(len(queries)):
        begun = time.process_time()
        found.append(search(queries[row : row + 1])[0])
        spent.append(time.process_time() - begun)
    return np.array(spent), np.stack(found)


def filtered(folder: str) -> str:
    """The inverted file where only some rows are allowed, and on disk."""
    vectors = np.load(Path(folder) / "vectors.npy")
    queries = np.load(Path(folder) / "queries.npy")[:200]
    index = VectorIndex.build(keys(len(vectors)), vectors, exact=False)
    rng, rows = np.random.default_rng(2), []
    side = vectors[:, 0] > np.median(vectors[:, 0])
    masks = {f"{share:.1%} of the rows, at random": rng.random(len(vectors)) < share for share in (0.5, 0.1, 0.01)}
    order = np.array([int(key, 16) for key in index.keys])
    for name, allowed in (masks | {"one half of space": side}).items():

        def search(queries: np.ndarray, of_rows: np.ndarray = allowed[order]) -> np.ndarray:
            return numbers_of(index, index.search(queries, TOP, of_rows)[0])

        spent, found = alone(search, queries)
        wanted = truth(vectors, queries, allowed)
        rows.append([name, f"{recall(found, wanted):.3f}", f"{1000 * spent.mean():.2f}", f"{(found >= 0).mean():.0%}"])
    saved_index = Path(folder) / "saved"
    begun = time.process_time()
    index.save(saved_index)
    saved = time.process_time() - begun
    begun = time.process_time()
    VectorIndex.load(saved_index)
    loaded = time.process_time() - begun
    size = sum(path.stat().st_size for path in saved_index.iterdir()) / 1e6
    text = f"{len(queries)} queries, one after another.\n"
    head = ["allowed", f"recall@{TOP}", "ms a query", f"rows found, of {TOP}"]
    disk = f"On disk: {size:,.0f} MB, {saved:.1f} s to save, {loaded:.1f} s to load and check.\n"
    title = f"{len(vectors):,} vectors by choreo's inverted file, with a filter"
    return f"## {title}\n\n{text}\n{table(head, rows)}\n{disk}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines) + "\n"


def processor() -> str:
    """Model and number of cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    return f"{len(os.sched_getaffinity(0))} cores, {model}"


def sections(count: int, queries: int, only: list[str]) -> Iterator[str]:
    """All contenders at one number of rows, anew with each that is done; then the filters."""
    head = ["", f"recall@{TOP}", "ms a query", "ms, 95th percentile", "queries/s in batch", "to build, s"]
    text = f"{queries:,} queries, none of them among the vectors; {processor()}.\n"
    rows = {name: [name, "not run", *[""] * 6] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        vectors, asked = embeddings(count, 1), embeddings(queries, 2)
        np.save(Path(folder) / "vectors.npy", vectors)
        np.save(Path(folder) / "queries.npy", asked)
        np.save(Path(folder) / "truth.npy", truth(vectors, asked))
        del vectors
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
            for name in CONTENDERS:
                if not only or any(each in name for each in only):
                    rows[name] = pool.submit(measured, name, folder).result()
                    print(rows[name], flush=True)
                    whole = table([*head, "memory, bytes a row", "disk, bytes a row"], list(rows.values()))
                    yield f"## {count:,} vectors\n\n{text}\n{whole}"
            yield pool.submit(filtered, folder).result()


def introduction() -> str:
    """What is measured, and how."""
    return (
        f"Vectors of {DIMS} numbers, made up to look like embeddings: a mixture of {CENTRES:,} centres of random\n"
        f"weight on the unit sphere, around each a Gaussian along {WAYS} directions of its own and a little noise in\n"
        "all, unit length. Queries are drawn from the same mixture.\n\n"
        "Everything runs on one thread, and times are of the processor: other work goes on beside, so that time\n"
        "by the clock says little. Memory is what the process holds after the queries, for each row, without the file\n"
        "that the vectors came from: the float32 vectors, 256 bytes, are in it where they are needed to answer. Names\n"
        "of clips, 72 bytes a row, are held by choreo alone.\n\n"
        f"All graphs: {CONNECTIVITY} links, width {EXPANSION_ADD} to build and {EXPANSION_SEARCH} to search. FAISS\n"
        f"IVF: as many partitions as choreo's inverted file, trained on {TRAINED} rows for each, {PROBES} read; of\n"
        f"IVF-PQ, codes of {CODE} bytes, {RANKED} candidates compared anew. LanceDB reads from disk,\n"
        f"{BATCH} queries at once in batch. IVF_PQ: 1000 partitions, 40 read, 10 rows compared anew for each wanted;\n"
        'IVF_HNSW_SQ: 4 partitions, all read, 4 rows. "Not run": see the script.\n'
    )


def write(section: str) -> None:
    """Put a section into the page, in the place of the one with its title; rows that were not run stay as they are."""
    held = {each.partition("\n")[0]: each.rstrip() for each in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]}
    title = section.removeprefix("## ").partition("\n")[0]
    before = {line.split(" | ")[0]: line for line in held.get(title, "").splitlines()}
    lines = section.removeprefix("## ").rstrip().splitlines()
    held[title] = "\n".join(before.get(each.split(" | ")[0], each) if "| not run |" in each else each for each in lines)
    order = sorted(held, key=lambda title: (not title[0].isdigit(), len(title.split()[0]), title))
    parts = [f"{HEAD}\n{introduction()}".rstrip(), *(f"## {held[title]}" for title in order)]
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--database", action="store_true", help="only the inverted file in memory and the database")
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--only", nargs="+", default=[], help="those with one of these texts in their name")
    parser.add_argument("--write", action="store_true", help="write the sections of the documentation's page")
    options = parser.parse_args()
    os.environ |= dict.fromkeys(THREADS, "1")
    if options.database:
        with tempfile.TemporaryDirectory() as folder:
            made = iter([database_section(options.rows, options.queries, folder)])
    else:
        made = (each for count in options.rows for each in sections(count, options.queries, options.only))
    for section in made:
        print(section, flush=True)
        if options.write:
            write(section)


if __name__ == "__main__":
    main()
