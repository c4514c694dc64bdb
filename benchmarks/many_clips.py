"""Databases of any number of clips: rows of short motion with valid digests, written straight into Lance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from choreo.db import MotionDB
from choreo.motion import rotations as rot
from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip, Motion

PATTERNS = 512
"""Clips of which all are made, under names, tempos and levels of energy of their own."""
AT_ONCE = 8192
"""Rows written at once, so that memory does not grow with the rows."""
TAKE = 20
"""Clips of a recording."""
STYLES = (("hiphop",), ("house", "disco"), ("waltz",), ("salsa", "latin"), ("ballet",), ("pop",), ("unknown",))


def short_clip(number: int) -> Clip:
    """Make a clip of two frames, another for each number, eight counts long; every 64th is an ending."""
    rng = np.random.default_rng(number)
    rotations = rot.from_axis_angle(rng.normal(0, 0.3, (2, len(CANONICAL), 3))).astype(np.float32)
    translation = (np.array([0, 0.95, 0]) + rng.normal(0, 0.1, (2, 3))).astype(np.float32)
    beats = np.arange(9, dtype=np.float64) * 0.5
    return Clip(
        clip_id=f"pattern-{number}",
        name=f"pattern-{number}",
        dataset=("generated", "other")[number % 8 == 0],
        source="",
        licence="CC0-1.0",
        motion=Motion(CANONICAL, float(1 / beats[-1]), translation, rotations, rng.random((2, 4)) < 0.5),
        beats=beats,
        metre=4,
        styles=STYLES[number % len(STYLES)],
        energy=float(rng.random()),
        rhythm=rng.random(16).astype(np.float32),
        role="ending" if number % 64 == 63 else "move",
        citation="benchmarks/many_clips.py",
    )


def batches(rows: int, first: int = 0) -> Iterator[Any]:
    """Arrow batches of `rows` clips, numbered from `first` on."""
    from choreo.db.digests import values_of
    from choreo.db.schema import to_table

    patterns = to_table([short_clip(number) for number in range(PATTERNS)])
    values = {name: values_of(patterns[name]) for name in patterns.column_names}
    for begin in range(first, first + rows, AT_ONCE):
        numbers = np.arange(begin, min(begin + AT_ONCE, first + rows))
        rng, picked = np.random.default_rng(begin), (numbers % PATTERNS).tolist()
        columns = {name: [column[k] for k in picked] for name, column in values.items()}
        new = {
            "name": [f"take{n // TAKE:07d}-{n % TAKE:02d}" for n in numbers],
            "clip_id": [f"generated-take{n // TAKE:07d}-{n % TAKE:02d}-{n:012x}" for n in numbers],
            "source": [f"folder/take{n // TAKE:07d}.bvh" for n in numbers],
            "source_hash": [f"{n // TAKE:064x}" for n in numbers],
            "first_frame": (numbers % TAKE * 120).tolist(),
            "last_frame": (numbers % TAKE * 120 + 120).tolist(),
            "tempo": np.round(rng.uniform(70, 180, len(numbers)), 3).tolist(),
            "energy": np.round(rng.random(len(numbers)), 6).tolist(),
        }
        yield from alike(patterns, picked, columns, new)


def alike(patterns: Any, picked: list[int], columns: dict[str, Any], new: dict[str, Any]) -> list[Any]:
    """Arrow batches of rows `picked` of `patterns`, which have values `columns`, with other values `new` of some."""
    import pyarrow as pa

    from choreo.db.digests import digests_of
    from choreo.db.rows import GROUPS, digest_column
    from choreo.db.schema import SCHEMA

    columns = {**columns, **new}
    new = {**new, **{digest_column(group): digests_of(columns, names) for group, names in GROUPS.items()}}
    table = patterns.take(pa.array(picked))
    for name, column in new.items():
        at = SCHEMA.get_field_index(name)
        table = table.set_column(at, SCHEMA.field(name), pa.array(column, SCHEMA.field(name).type))
    return list(table.cast(SCHEMA).combine_chunks().to_batches())


def fill(location: str | Path, rows: int) -> None:
    """Make a database of `rows` generated clips at `location`, with an index of their ids; a row takes 3 KB."""
    import pyarrow as pa
    from lancedb.index import BTree

    from choreo.db.connection import TABLE
    from choreo.db.schema import SCHEMA

    db = MotionDB.open(location, create=True)
    with db.writing():
        reader: Any = pa.RecordBatchReader.from_batches(SCHEMA, batches(rows))
        table = db._lance.create_table(TABLE, reader, schema=SCHEMA, mode="overwrite")
        table.create_index("clip_id", config=BTree())


def append(location: str | Path, rows: int, first: int) -> None:
    """Add clips that are numbered from `first` on, which must be new, as one more fragment."""
    db = MotionDB.open(location)
    with db.writing():
        for batch in batches(rows, first):
            db._lance.open_table("clips").add(batch)


__all__ = ["alike", "append", "batches", "fill", "short_clip"]
