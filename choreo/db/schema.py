"""The table of clips in Arrow, and clips to its rows. Imported late: pyarrow is heavy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from choreo.db.digests import damaged_rows, digests_of, values_of
from choreo.db.ids import content_id, packed_motion
from choreo.db.rows import GROUPS, MOTION_COLUMNS, WORDS, Columns, digest_column, in_order
from choreo.errors import DatabaseError
from choreo.motion.boundary import boundaries_of
from choreo.motion.packed import unpack_rotations
from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip, Floats

VERSION = 5
VERSION_KEY = b"choreo_schema"

ONCE = {b"lance-schema:unenforced-primary-key": b"true"}
"""Tells Lance that two commits that add a row of the same id at once conflict; else both rows would stay."""

SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False, metadata=ONCE),
        *(pa.field(n, pa.string()) for n in ("name", "dataset", "source", "licence", "citation", "role", "move")),
        pa.field("styles", pa.list_(pa.string())),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("metre", pa.int32()),
        pa.field("counts", pa.int32()),
        *(pa.field(n, pa.float64()) for n in ("tempo", "tempo_low", "tempo_high", "energy", "fps")),
        pa.field("mirrorable", pa.bool_()),
        pa.field("frames", pa.int32()),
        pa.field("first_frame", pa.int64()),
        pa.field("last_frame", pa.int64()),
        pa.field("source_hash", pa.string()),
        pa.field("flags", pa.list_(pa.string())),
        pa.field("beats", pa.list_(pa.float64())),
        pa.field("rhythm", pa.list_(pa.float32())),
        pa.field("ends", pa.large_binary()),
        pa.field("content_id", pa.string()),  # where that is another than the clip's: an earlier release gave it
        *(pa.field(n, pa.large_binary()) for n in MOTION_COLUMNS),
        *(pa.field(digest_column(group), pa.binary()) for group in GROUPS),
    ],
    metadata={VERSION_KEY: str(VERSION).encode()},
)


def _row(clip: Clip, packed: dict[str, Any], boundary: Floats) -> dict[str, Any]:
    motion = clip.motion
    row = {
        "clip_id": clip.clip_id,
        "name": clip.name,
        "dataset": clip.dataset,
        "source": clip.source,
        "licence": clip.licence,
        "citation": clip.citation,
        "role": clip.role,
        "move": clip.move,
        "styles": list(clip.styles),
        "labels": list(clip.labels),
        "metre": clip.metre,
        "counts": clip.counts,
        "tempo": clip.tempo,
        "tempo_low": clip.tempo_range[0],
        "tempo_high": clip.tempo_range[1],
        "energy": clip.energy,
        "fps": motion.fps,
        "mirrorable": clip.mirrorable,
        "frames": len(motion),
        "first_frame": clip.frames[0],
        "last_frame": clip.frames[1],
        "source_hash": clip.source_hash,
        "flags": list(clip.flags),
        "beats": clip.beats.tolist(),
        "rhythm": clip.rhythm.tolist(),
        "ends": np.ascontiguousarray(boundary, "<f4").tobytes(),
        **packed,
    }
    content = content_id(row)
    return {**row, "content_id": None if content == clip.clip_id else content}


def to_table(clips: Iterable[Clip], boundaries: Floats | None = None) -> pa.Table:
    """Rows of `clips`.

    Parameters
    ----------
    boundaries
        Boundary poses ``(C, WIDTH)``; else those of a database are kept, and others measured on what is stored.

    Raises
    ------
    DatabaseError
        When a clip is not on the canonical skeleton.
    """
    given = list(clips)
    for clip in given:
        if clip.motion.skeleton.names != CANONICAL.names:
            raise DatabaseError(
                f"clip {clip.name!r} of {clip.dataset}: found {len(clip.motion.skeleton)} joints of another skeleton, "
                "expected the canonical 24; the dataset plugin must retarget."
            )
    packed = [packed_motion(clip.motion) for clip in given]
    if boundaries is None:
        boundaries = boundaries_of([_as_read(clip, each) for clip, each in zip(given, packed, strict=True)])
    rows = [_row(clip, each, boundary) for clip, each, boundary in zip(given, packed, boundaries, strict=True)]
    bare = pa.schema([field for field in SCHEMA if not field.name.endswith("_digest")])
    table = pa.Table.from_pylist(rows, schema=bare)
    columns = {name: values_of(table[name]) for name in table.column_names}
    for group, names in GROUPS.items():
        table = table.append_column(SCHEMA.field(digest_column(group)), [digests_of(columns, names)])
    return table.replace_schema_metadata(SCHEMA.metadata)


def _as_read(clip: Clip, packed: dict[str, Any]) -> Clip:
    """`clip` with the rotations that are read of it, unless its boundary poses are known."""
    if hasattr(clip, "boundary"):
        return clip
    rotations = unpack_rotations(packed["rotations"], len(clip.motion))
    return replace(clip, motion=replace(clip.motion, rotations=rotations))


def checked_columns(table: pa.Table, groups: Iterable[str]) -> Columns:
    """Columns of some groups, in the order of the clips' ids.

    Raises
    ------
    DatabaseError
        When a row is not what was stored; it names the clip.
    """
    columns = {name: values_of(table[name]) for name in table.column_names}
    for group in groups:
        for row in damaged_rows(columns, GROUPS[group], columns[digest_column(group)]):
            raise DatabaseError(f"clip {columns['clip_id'][row]!a} is damaged: {WORDS[group]} are not what was stored")
    return in_order(columns)
