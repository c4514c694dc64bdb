"""What the database's format costs, in accuracy, bytes, and time to add: ``measure`` for `docs/scale.md`.

``python benchmarks/scale_rows.py [--rows 1000000] [--work FOLDER]`` prints the table. `fill` makes databases of any
size for this and other benchmarks: rows of short motion with valid digests, straight into Lance.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from many_clips import alike

from choreo.db import MotionDB
from choreo.db.ids import as_clip_stored
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.packed import ANGLE_ERROR, as_stored
from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip, Floats, Motion

PATTERNS = 512
"""Clips of which `fill` makes all others, under names of their own."""
AT_ONCE = 8192
"""Rows written at once, so that memory does not grow with the rows."""
STYLES = ("hiphop", "house", "waltz", "salsa", "ballet", "pop")
REPEATS = 9
"""Batches of which the median is told."""
SMALL, LARGE = 10_000, 1_000_000


def short_clip(number: int) -> Clip:
    """Make a clip of two frames, another for each number, four counts long."""
    rng = np.random.default_rng(number)
    turns = rot.from_axis_angle(rng.normal(0, 0.3, (2, len(CANONICAL), 3)))
    translation = np.array([0, 0.95, 0]) + rng.normal(0, 0.1, (2, 3))
    tempo = rng.uniform(80, 140)
    beats = np.arange(5) * 60 / tempo
    contacts = rng.random((2, 4)) < 0.5
    motion = Motion(CANONICAL, float(1 / beats[-1]), translation.astype(np.float32), turns.astype(np.float32), contacts)
    clip = Clip(
        clip_id="",
        name=f"take-{number}",
        dataset="generated",
        source=f"{number % 97}.bvh",
        licence="CC0-1.0",
        motion=motion,
        beats=beats,
        metre=4,
        styles=(STYLES[number % len(STYLES)],),
        energy=float(rng.random()),
        rhythm=rng.random(8).astype(np.float32),
        citation="benchmarks/scale_rows.py",
        frames=(0, 2),
        source_hash=f"{number % 97:064x}",
    )
    return as_clip_stored(clip)


def generated(rows: int, first: int = 0) -> Iterator[Any]:
    """Arrow batches of rows of schema 5, each with an id of its own and with valid digests."""
    from choreo.db.digests import values_of
    from choreo.db.ids import content_id
    from choreo.db.rows import rows_of
    from choreo.db.schema import to_table

    patterns = to_table([short_clip(number) for number in range(min(PATTERNS, rows))])
    values = {name: values_of(patterns[name]) for name in patterns.column_names}
    for begin in range(first, first + rows, AT_ONCE):
        numbers = np.arange(begin, min(begin + AT_ONCE, first + rows))
        picked = (numbers % len(patterns)).tolist()
        columns = {name: [column[k] for k in picked] for name, column in values.items()}
        columns["name"] = [f"take-{number:08d}" for number in numbers]
        columns["clip_id"] = [content_id(row) for row in rows_of(columns)]
        yield from alike(patterns, picked, columns, {name: columns[name] for name in ("name", "clip_id")})


def fill(location: str | Path, rows: int) -> None:
    """Make a database of `rows` generated clips at `location`, indexed as `choreo db optimize` does.

    A row takes about 2 KB, since its motion has two frames; a million take a minute or two.
    """
    import pyarrow as pa

    from choreo.db.connection import TABLE
    from choreo.db.schema import SCHEMA

    db = MotionDB(location, create=True)
    with db.writing():
        reader: Any = pa.RecordBatchReader.from_batches(SCHEMA, generated(rows))
        db._lance.create_table(TABLE, reader, schema=SCHEMA, mode="overwrite")
    db.optimize(keep=1)


def errors(motions: list[Motion]) -> tuple[float, float, float]:
    """Largest angle in degrees, and how far at most a foot and any joint lie off in millimetres, by packing."""
    angle = feet = anywhere = 0.0
    ends = [CANONICAL.index(f"{side}_foot") for side in ("left", "right")]
    for motion in motions:
        read = as_stored(motion)
        a, b = (_unit(each.rotations) for each in (motion, read))
        chord = np.minimum(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))
        translation: Any = motion.translation.astype(np.float64)
        ours, theirs = (np.asarray(forward(CANONICAL, translation, each)[0]) for each in (a, b))
        apart = np.linalg.norm(ours - theirs, axis=-1)
        angle = max(angle, float(np.degrees(4 * np.arcsin(chord / 2)).max()))
        feet, anywhere = max(feet, 1000 * float(apart[:, ends].max())), max(anywhere, 1000 * float(apart.max()))
    return angle, feet, anywhere


def _unit(rotations: Floats) -> np.ndarray:
    q = rotations.astype(np.float64)
    return np.asarray(q / np.linalg.norm(q, axis=-1, keepdims=True))


def extreme(frames: int = 20_000) -> list[Motion]:
    """Motions in which every joint is turned anyhow."""
    q = np.random.default_rng(3).normal(size=(frames, len(CANONICAL), 4))
    q /= np.linalg.norm(q, axis=-1, keepdims=True)
    return [Motion(CANONICAL, 60.0, np.zeros((frames, 3), np.float32), q.astype(np.float32))]


def recorded() -> list[Motion]:
    """Motions of ChoreoNet's takes as they are read, none without the folder of real data."""
    from choreo import plugins

    folder = Path(os.environ.get("CHOREO_SHARED", Path(__file__).parents[2] / "shared" / "data")) / "choreonet"
    if not folder.is_dir():
        return []
    reader = plugins.load("datasets", "choreonet")
    return [take.motion for file in reader.files(folder)[::4] for take in reader.takes(file, root=folder)]


def bytes_a_clip(clips: list[Clip], work: Path) -> tuple[int, int]:
    """Bytes of a clip's rotations, contacts and places as they were before schema 5, and in a database now."""
    before = sum(m.rotations.nbytes + m.translation.nbytes + 4 * len(m) // 8 for m in (c.motion for c in clips))
    db = MotionDB.open(work / "bytes", create=True)
    db.add(clips)
    now = sum(path.stat().st_size for path in (work / "bytes" / "clips.lance" / "data").iterdir())
    return before // len(clips), now // len(clips)


def seconds_a_batch(place: Path, rows: int) -> float:
    """Median time in which `MotionDB.add` takes 64 clips; with all that it does beside writing."""
    if not place.is_dir():
        fill(place, rows)
    db, times = MotionDB.open(place), []
    for batch in range(REPEATS):
        clips = [short_clip(10**9 + len(db) + 64 * batch + number) for number in range(64)]
        begin = time.perf_counter()
        added = db.add(clips)
        times.append(time.perf_counter() - begin)
        if added != 64:
            raise RuntimeError(f"{place}: {added} of 64 clips were new")
    return statistics.median(times)


def measure(work: Path, *, large: int = LARGE) -> dict[str, Any]:
    """Measure all in a folder; databases that are there are taken as they are."""
    from choreo.moves.library import load_moves, move_clip

    starter = [move_clip(move) for move in load_moves().values()]
    sets = {"starter moves": [c.motion for c in starter], "ChoreoNet": recorded(), "random poses": extreme()}
    before, now = bytes_a_clip([as_clip_stored(clip) for clip in starter], work)
    few, many = (seconds_a_batch(work / f"rows-{rows}", rows) for rows in (SMALL, large))
    return {
        "bound": float(np.degrees(ANGLE_ERROR)),
        "errors": {name: errors(motions) for name, motions in sets.items() if motions},
        "motion_bytes_before": before,
        "clip_bytes": now,
        "rows": (SMALL, large),
        "seconds": (few, many),
        "ratio": many / few,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """Tables of what was measured, in Markdown."""
    (small, large), (few, many) = found["rows"], found["seconds"]
    return [
        f"What packing changes; by its form no angle by more than {found['bound']:.5f} degrees.",
        "",
        "| motion | largest angle, degrees | feet, mm | any joint, mm |",
        "|---|---|---|---|",
        *(f"| {name} | {a:.5f} | {f:.4f} | {j:.4f} |" for name, (a, f, j) in found["errors"].items()),
        "",
        "| | |",
        "|---|---|",
        f"| motion of a starter clip before schema 5, KB | {found['motion_bytes_before'] / 1000:.1f} |",
        f"| a starter clip now, with facts, digests and boundary poses, KB | {found['clip_bytes'] / 1000:.1f} |",
        f"| adding 64 clips to {small:,}, s | {few:.3f} |",
        f"| adding 64 clips to {large:,}, s | {many:.3f} |",
        f"| ratio | {found['ratio']:.2f} |",
    ]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=LARGE)
    parser.add_argument("--work", type=Path, help="folder whose databases are kept and taken again")
    given = parser.parse_args()
    work = given.work or Path(tempfile.mkdtemp(prefix="choreo-rows-"))
    try:
        print("\n".join(lines(measure(work, large=given.rows))))
    finally:
        if given.work is None:
            shutil.rmtree(work)


if __name__ == "__main__":
    main()
