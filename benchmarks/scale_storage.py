"""A motion database in object storage: what is kept, what is refused, and what adding costs beside a folder.

    pip install 'choreo-dance[storage,test]'
    python benchmarks/scale_storage.py

Stores are moto, moto that does not see conditions of writes, and ``rclone serve s3``, each on loopback.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from object_store_support import BUCKET, Server, moto_server, rclone_server
from test_db_store import make_clip

WRITERS, BATCHES, CLIPS, COMMON = 2, 4, 48, 16
"""Threads that commit at once, batches of each, clips of a batch, and how many of them all writers have."""
FILES = 12
BATCH = 64
REPEATS = 5


def measure(work: Path) -> dict[str, Any]:
    """Rows that stores keep of two writers, with and without being asked first, and seconds of adding."""
    found: dict[str, Any] = {"kept": {}}
    for name, server in _stores(work):
        with server as store, mock.patch.dict(os.environ, store.environment()):
            rows, failed = unguarded(f"s3://{BUCKET}/unguarded")
            found["kept"][name] = {"wanted": wanted(), "rows": rows, "failed": failed, "said": asked()}
            if name == "moto":
                found["kept"][name]["guarded"] = guarded(f"s3://{BUCKET}/guarded")
                found["bucket"] = seconds_of_adding(f"s3://{BUCKET}/added", work)
    found["folder"] = seconds_of_adding(str(work / "added"), work)
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """Tables in Markdown."""
    table = [
        f"{WRITERS} writers add {BATCHES} batches of {CLIPS} clips each at once, {COMMON} of them the same: rows kept",
        "when nobody asks the store whether it heeds conditions, and what choreo does, which asks.",
        "",
        "| store | clips | rows kept without asking | commits that failed | choreo |",
        "|---|---|---|---|---|",
    ]
    for name, facts in found["kept"].items():
        said = f"refuses: {facts['said']}" if facts["said"] else f"adds: {facts['guarded']} rows, each clip once"
        table.append(f"| {name} | {facts['wanted']} | {facts['rows']} | {facts['failed']} | {said} |")
    bucket, folder = found["bucket"], found["folder"]
    return [
        *table,
        "",
        "| adding | folder | moto on the same machine | ratio |",
        "|---|---|---|---|",
        *(
            f"| {what} | {folder[key]:.2f} s | {bucket[key]:.2f} s | {bucket[key] / folder[key]:.1f} |"
            for key, what in (
                ("batch", f"a batch of {BATCH} clips of a second, median of {REPEATS}"),
                ("ingest", f"`db add bvh` of {FILES} files of 20 s, one process"),
            )
        ),
    ]


@contextmanager
def _named(server: Any) -> Iterator[Server]:
    with server as store:
        yield store


def _stores(work: Path) -> Iterator[tuple[str, Any]]:
    yield "moto", _named(moto_server(work))
    yield "moto that does not see conditions", _named(moto_server(work, "blind"))
    yield "`rclone serve s3`", _named(rclone_server(work))


def wanted() -> int:
    """Clips that all writers have together."""
    return BATCHES * (WRITERS * (CLIPS - COMMON) + COMMON)


def _batch(writer: int, batch: int) -> list[Any]:
    own = [make_clip(f"{writer}", 10_000 * (writer + 1) + 100 * batch + number) for number in range(CLIPS - COMMON)]
    return [*own, *(make_clip("common", 100 * batch + number) for number in range(COMMON))]


def _together(work: Any) -> None:
    import threading

    ready = threading.Barrier(WRITERS)
    threads = [threading.Thread(target=work, args=(writer, ready)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def unguarded(place: str) -> tuple[int, int]:
    """Rows that a store keeps of commits by Lance alone, and commits that ended in an error."""
    import lancedb

    from choreo.db.schema import SCHEMA, to_table

    lancedb.connect(place).create_table("clips", schema=SCHEMA)
    errors: list[Exception] = []

    def write(writer: int, ready: Any) -> None:
        table = lancedb.connect(place).open_table("clips")
        for batch in range(BATCHES):
            rows = to_table(_batch(writer, batch))
            ready.wait()
            try:
                table.merge_insert("clip_id").when_not_matched_insert_all().execute(rows)
            except (RuntimeError, ValueError, OSError) as error:  # of versions that overwrote each other
                errors.append(error)

    _together(write)
    return int(lancedb.connect(place).open_table("clips").count_rows()), len(errors)


def guarded(place: str) -> int:
    """Rows of the same writers through choreo; each clip has to be there once."""
    from choreo.db import MotionDB

    def write(writer: int, ready: Any) -> None:
        ready.wait()
        for batch in range(BATCHES):
            MotionDB.open(place, create=True).add(_batch(writer, batch))

    _together(write)
    ids = MotionDB.open(place).columns(["clip_id"])["clip_id"]
    assert len(set(ids)) == len(ids) == wanted(), "clips are missing, or there twice"
    return len(ids)


def asked() -> str:
    """What choreo says of a store; nothing when it writes."""
    from choreo.db.object_store import open_store
    from choreo.errors import DatabaseError

    try:
        open_store(f"s3://{BUCKET}/asked")
    except DatabaseError as error:
        return error.message.split(": ", 1)[1].split(",")[0]
    return ""


def seconds_of_adding(place: str, work: Path) -> dict[str, float]:
    """Seconds of a batch, and of the ingest of files of motion."""
    from choreo.datasets.ingest import add_dataset
    from choreo.db import MotionDB

    db = MotionDB.open(f"{place}_batch", create=True)
    db.add([make_clip("first")])
    times = []
    for repeat in range(REPEATS):
        clips = [make_clip("clip", 1000 * (repeat + 1) + number) for number in range(BATCH)]
        start = time.perf_counter()
        db.add(clips)
        times.append(time.perf_counter() - start)
    files = _motion_files(work / "mocap")
    start = time.perf_counter()
    add_dataset(MotionDB.open(f"{place}_ingest", create=True), "bvh", files, jobs=1)
    return {"batch": sorted(times)[REPEATS // 2], "ingest": time.perf_counter() - start}


def _motion_files(folder: Path) -> Path:
    from dataset_support import write_bvh
    from motion_support import dance

    for number in range(FILES):
        if not (folder / str(number)).exists():
            (folder / str(number)).mkdir(parents=True)
            write_bvh(dance(20.0, bpm=100 + 3 * number), folder / str(number))
    return folder


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as passing:
        print("\n".join(lines(measure(Path(passing)))))
