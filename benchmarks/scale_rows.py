"""What the database's format costs, in accuracy, bytes, and time to add: ``measure`` for `docs/scale.md`.

``python benchmarks/scale_rows.py [--rows 1000000] [--work FOLDER]`` prints the table. `fill` makes databases of any
size for this and other benchmarks: rows of short motion with valid digests, straight into Lance.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

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
    import pyarrow as pa

    from choreo.db.digests import digests_of, values_of
    from choreo.db.ids import content_id
    from choreo.db.rows import GROUPS, digest_column, rows_of
    from choreo.db.schema import SCHEMA, to_table

    patterns = to_table([short_clip(number) for number in range(min(PATTERNS, rows))])
    values = {name: values_of(patterns[name]) for name in patterns.column_names}
    for begin in range(first, first + rows, AT_ONCE):
        numbers = np.arange(begin, min(begin + AT_ONCE, first + rows))
        picked = (numbers % len(patterns)).tolist()
        columns = {name: [column[k] for k in picked] for name, column in values.items()}
        columns["name"] = [f"take-{number:08d}" for number in numbers]
        columns["clip_id"] = [content_id(row) for row in rows_of(columns)]
        new = {name: columns[name] for name in ("name", "clip_id")}
        new |= {digest_column(group): digests_of(columns, names) for group, names in GROUPS.items()}
        table = patterns.take(pa.array(picked))
        for name, column in new.items():
            at = SCHEMA.get_field_index(name)
            table = table.set_column(at, SCHEMA.field(name), pa.array(column, SCHEMA.field(name).type))
        yield from table.cast(SCHEMA).combine_chunks().to_batches()


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
