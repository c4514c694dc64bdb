"""The vectors of a database's clips, kept in the database and up to date with its clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from choreo import plugins
from choreo.db.columns import Rows
from choreo.db.store import MotionDB
from choreo.errors import DatabaseError
from choreo.protocols import Workers
from choreo.retrieval.embedding_cache import model_fingerprint
from choreo.retrieval.index import EXACT_BELOW
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.vector_table import FACTS, VectorTable, facts_sum
from choreo.types import Clip, Floats, Lost

HELD = 512 << 20
"""Bytes of vectors, with their names, above which they are searched in the database and not in memory."""
ROW_BYTES = 90
"""Of a row of `VectorIndex`, beside 4 bytes a number: measured by `benchmarks/index.py`."""
BATCH = 512
"""Clips embedded at once; their motions, 80 KB each, are let go before the next."""
COMPACTED = 64
"""Batches after which files are compacted and the index of ids is brought up to date."""
Progress = Callable[[int, int], None]


def kept_in_database(db: MotionDB, embedder: LearnedEmbedder) -> bool:
    """Whether the vectors of a database's clips are searched in the database, and not in memory.

    They are where they lie in it already, where they would take more than `HELD` in memory, and from 5,000 clips on in
    object storage, which has no folder for a cache.
    """
    if VectorTable.open(db, embedder.name, model_fingerprint(embedder)) is not None:
        return True
    rows = len(db)
    if rows < EXACT_BELOW // 10:
        return False
    if db.folder is None:
        return True
    first = db.get([db.columns(["clip_id"])["clip_id"][0]]).values()
    return rows * (4 * embedder.embed_motion([*first]).shape[1] + ROW_BYTES) > HELD


def update_vectors(
    db: MotionDB,
    embedder: LearnedEmbedder,
    *,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> VectorTable:
    """Embed the clips whose vectors are not in the database, forget those of clips that are gone, and index them.

    Can be stopped at any time: what was embedded is there the next time.

    Parameters
    ----------
    workers
        Where clips are embedded; in this process by default. The vectors are written by this process alone.
    progress
        Called with how many clips are embedded, and how many there are to embed.

    Raises
    ------
    DatabaseError
        When there are no clips, the database cannot be written, or a clip is damaged.
    PluginError
        When the embedder fails.
    """
    version, model = db.version(), model_fingerprint(embedder)
    table = VectorTable.open(db, embedder.name, model)
    if table is not None and table.entry.clips_version == version:
        return table
    db.require_writable()
    facts = db.columns(["clip_id", *FACTS])
    new, gone = _changes(table, facts)
    if table is not None:
        table.remove(gone)
    done = 0
    for written, (rows, vectors) in enumerate(_embedded(db, embedder, facts, new, workers), 1):
        table = table or VectorTable.create(db, embedder.name, model, vectors.shape[1])
        table.add(rows, vectors)
        done += len(rows)
        if progress:
            progress(done, len(new))
        if written % COMPACTED == 0:
            table.compact()
    if table is None:
        raise DatabaseError(f"{db.location}: has no clips to embed. 'choreo db add' adds some.")
    table.settle(version)
    return table


def vectors_as_they_are(db: MotionDB, embedder: LearnedEmbedder, warn: Callable[[str], None]) -> VectorTable:
    """Vectors of a database that cannot be written; `warn` gets a line when they are not those of its clips.

    Raises
    ------
    DatabaseError
        When there are none.
    """
    table = VectorTable.open(db, embedder.name, model_fingerprint(embedder))
    if table is None or table.entry.clips_version < 0:
        raise DatabaseError(
            f"{db.location}: cannot be written, and has no vectors of {embedder.name} to search {len(db):,} clips by. "
            f"Run 'choreo db embed {embedder.name}' where it can be written."
        )
    if table.entry.clips_version != db.version():
        warn(
            f"{db.location}: cannot be written; clips that changed since 'choreo db embed {embedder.name}' ran there "
            "are not found."
        )
    return table


def _changes(table: VectorTable | None, facts: Any) -> tuple[Any, list[str]]:
    """Rows of `facts` ``(M,)`` that are to be embedded, and ids of the clips whose vectors are to go."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array(facts["clip_id"], pa.string())
    if table is None:
        return np.arange(len(ids)), []
    known, sums = table.sums()
    at = pc.fill_null(pc.index_in(ids, value_set=known), -1).to_numpy()
    wanted = np.fromiter((facts_sum(row) for row in _rows(facts, range(len(ids)))), np.uint32, len(ids))
    same = np.zeros(len(ids), bool)
    same[at >= 0] = sums[at[at >= 0]] == wanted[at >= 0]
    stays = pc.is_in(known, value_set=ids.filter(pa.array(same)))
    return np.flatnonzero(~same), sorted(set(known.filter(pc.invert(stays)).to_pylist()))


def _rows(facts: Any, at: Iterable[int]) -> Iterator[dict[str, Any]]:
    rows = Rows({name: facts[name] for name in ("clip_id", *FACTS)})
    for row in at:
        yield rows[int(row)]


def _embedded(
    db: MotionDB, embedder: LearnedEmbedder, facts: Any, new: Any, workers: Workers | None
) -> Iterator[tuple[list[dict[str, Any]], Floats]]:
    """Facts and vectors of the clips in these rows, a batch at a time, as they are done."""
    batches = ([facts["clip_id"][row] for row in new[first : first + BATCH]] for first in range(0, len(new), BATCH))
    # clips go to machines that do not see this database; others read them themselves
    sent = workers is not None and workers.remote and db.folder is not None
    location = db.location if db.folder is None else str(db.folder.absolute())
    items = (tuple(db.get(ids).values()) if sent else tuple(ids) for ids in batches)
    shared = location, embedder
    done = workers.each(embed_batch, items, shared=shared) if workers else ((i, embed_batch(i, shared)) for i in items)
    places = {facts["clip_id"][row]: int(row) for row in new}
    for _, result in done:
        if isinstance(result, Lost):
            raise DatabaseError(f"{db.location}: embedding a clip by {embedder.name} {result.why}. Run it again.")
        ids, vectors = result
        if not ids:  # removed meanwhile
            continue
        yield [*_rows(facts, (places[key] for key in ids))], vectors


def embed_batch(item: Sequence[str | Clip], shared: tuple[str, LearnedEmbedder]) -> tuple[list[str], Floats]:
    """Embed clips, or those of a database with these ids: their ids ``(N,)`` and vectors ``(N, E)``. Work of an engine.

    Raises
    ------
    DatabaseError
        When a clip cannot be read.
    PluginError
        When the embedder fails.
    """
    location, embedder = shared
    clips = [each for each in item if isinstance(each, Clip)]
    if not clips:
        found = MotionDB.open(location).get([str(each) for each in item])
        clips = [found[key] for key in sorted(found)]
    if not clips:
        return [], np.zeros((0, 0), np.float32)
    with plugins.blame("embedders", embedder.name):
        return [clip.clip_id for clip in clips], np.asarray(embedder.embed_motion(clips), np.float32)


__all__ = ["embed_batch", "kept_in_database", "update_vectors", "vectors_as_they_are"]
