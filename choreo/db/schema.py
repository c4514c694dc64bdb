"""Clips to rows of an Arrow table and back, bit for bit. Imported late: pyarrow is heavy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from choreo.db.digests import damaged_rows, digests_of, values_of
from choreo.db.stored import ReadMotions, StoredClip
from choreo.errors import DatabaseError
from choreo.motion.boundary import boundaries_of
from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip, Floats, Motion

VERSION = 4
VERSION_KEY = b"choreo_schema"
MOTION_COLUMNS = ("translation", "rotations", "contacts")

FACTS = (
    *("clip_id", "name", "dataset", "source", "licence", "citation", "role", "move", "styles", "labels", "metre"),
    *("counts", "tempo", "tempo_low", "tempo_high", "energy", "fps", "mirrorable", "frames", "first_frame"),
    *("last_frame", "source_hash", "flags"),
)
GROUPS = {
    "facts": FACTS,
    "timing": ("clip_id", "beats", "rhythm", "ends"),
    "motion": ("clip_id", "fps", "frames", *MOTION_COLUMNS),
}
"""Columns that are read together, and whose values have a digest together: all that decides a dance is in one."""
WORDS = {"facts": "its facts", "timing": "its beats and boundary poses", "motion": "frames of its motion"}


def digest_column(group: str) -> str:
    """Name of the column of a group's digest."""
    return f"{group}_digest"


SCHEMA = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
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
        *(pa.field(n, pa.large_binary()) for n in MOTION_COLUMNS),
        *(pa.field(digest_column(group), pa.binary()) for group in GROUPS),
    ],
    metadata={VERSION_KEY: str(VERSION).encode()},
)
Columns = dict[str, list[Any]]
"""Values by name of column, all ``(R,)``."""


def _row(clip: Clip, boundary: Floats) -> dict[str, Any]:
    motion = clip.motion
    return {
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
        "translation": np.ascontiguousarray(motion.translation, "<f4").tobytes(),
        "rotations": np.ascontiguousarray(motion.rotations, "<f4").tobytes(),
        "contacts": None if motion.contacts is None else np.packbits(motion.contacts).tobytes(),
    }


def to_table(clips: Iterable[Clip]) -> pa.Table:
    """Rows of `clips`.

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
    rows = [_row(clip, boundary) for clip, boundary in zip(given, boundaries_of(given), strict=True)]
    bare = pa.schema([field for field in SCHEMA if not field.name.endswith("_digest")])
    table = pa.Table.from_pylist(rows, schema=bare)
    columns = {name: values_of(table[name]) for name in table.column_names}
    for group, names in GROUPS.items():
        table = table.append_column(SCHEMA.field(digest_column(group)), [digests_of(columns, names)])
    return table.replace_schema_metadata(SCHEMA.metadata)


def stored_columns(groups: Iterable[str]) -> list[str]:
    """Names of the columns of some groups, with those of their digests."""
    return list(dict.fromkeys(name for group in groups for name in (*GROUPS[group], digest_column(group))))


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


def in_order(columns: Columns) -> Columns:
    """Rows in the order of the clips' ids."""
    ids = columns["clip_id"]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return {name: [values[row] for row in order] for name, values in columns.items()}


def rows_of(columns: Columns) -> list[dict[str, Any]]:
    """Rows, each by name of column."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def to_motion(row: Mapping[str, Any]) -> Motion:
    """Make the motion of a row."""
    frames, joints = row["frames"], len(CANONICAL)
    packed = row["contacts"]
    contacts = None
    if packed is not None:
        bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=frames * 4)
        contacts = bits.astype(bool).reshape(frames, 4)
    return Motion(
        CANONICAL,
        row["fps"],
        np.frombuffer(row["translation"], "<f4").reshape(frames, 3),
        np.frombuffer(row["rotations"], "<f4").reshape(frames, joints, 4),
        contacts,
    )


def to_clip(row: Mapping[str, Any]) -> Clip:
    """Make the clip of a row."""
    return Clip(motion=to_motion(row), **_fields(row))


def to_stored(row: Mapping[str, Any], read: ReadMotions) -> StoredClip:
    """Make the clip of a row without motion, to be read later by `read`."""
    return StoredClip.of(_fields(row), np.frombuffer(row["ends"], "<f4"), read)


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of a clip but its motion."""
    same = ("clip_id", "name", "dataset", "source", "licence", "metre", "energy", "role", "citation", "move")
    return {
        **{name: row[name] for name in (*same, "mirrorable", "source_hash")},
        "beats": np.array(row["beats"], np.float64),
        "styles": tuple(row["styles"]),
        "rhythm": np.array(row["rhythm"], np.float32),
        "labels": tuple(row["labels"]),
        "tempo_range": (row["tempo_low"], row["tempo_high"]),
        "frames": (row["first_frame"], row["last_frame"]),
        "flags": tuple(row["flags"]),
    }
