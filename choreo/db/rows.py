"""Rows of the table of clips: which columns are read together, and clips of them, bit for bit as they were stored.

Nothing here needs pyarrow: planning reads clips without it (`choreo.db.snapshot`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from choreo.db.columns import ClipColumns, taken
from choreo.db.stored import ReadMotions, StoredClip
from choreo.motion.packed import unpack_rotations
from choreo.motion.skeleton import CANONICAL
from choreo.types import Clip, Floats, Motion

MOTION_COLUMNS = ("translation", "rotations", "contacts")
FACTS = (
    *("clip_id", "name", "dataset", "source", "licence", "citation", "role", "move", "styles", "labels", "metre"),
    *("counts", "tempo", "tempo_low", "tempo_high", "energy", "fps", "mirrorable", "frames", "first_frame"),
    *("last_frame", "source_hash", "flags"),
)
GROUPS = {
    "facts": FACTS,
    "timing": ("clip_id", "beats", "rhythm", "ends"),
    "motion": ("clip_id", "content_id", "fps", "frames", *MOTION_COLUMNS),
}
"""Columns that are read together, and whose values have a digest together: all that decides a dance is in one."""
WORDS = {"facts": "its facts", "timing": "its beats and boundary poses", "motion": "frames of its motion"}


Columns = dict[str, list[Any]]
"""Values by name of column, all ``(R,)``."""


def digest_column(group: str) -> str:
    """Name of the column of a group's digest."""
    return f"{group}_digest"


def stored_columns(groups: Iterable[str]) -> list[str]:
    """Names of the columns of some groups, with those of their digests."""
    return list(dict.fromkeys(name for group in groups for name in (*GROUPS[group], digest_column(group))))


def in_order(columns: Columns) -> Columns:
    """Rows in the order of the clips' ids."""
    ids = columns["clip_id"]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return {name: [values[row] for row in order] for name, values in columns.items()}


def lists_of(columns: ClipColumns, names: Iterable[str], ids: Iterable[str] | None = None) -> Columns:
    """Values of some columns, of the clips with these ids or of all, in the order of their ids."""
    if ids is None:
        return {name: columns[name].tolist() for name in names}
    wanted = set(ids)
    rows = np.array([row for row, clip in enumerate(columns["clip_id"]) if clip in wanted], np.int64)
    return {name: taken(columns[name], rows).tolist() for name in names}


def rows_of(columns: Columns) -> list[dict[str, Any]]:
    """Rows, each by name of column."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def to_motion(row: Mapping[str, Any]) -> Motion:
    """Make the motion of a row."""
    return motion_of(row, unpack_rotations(row["rotations"], row["frames"]))


def motion_of(row: Mapping[str, Any], rotations: Floats) -> Motion:
    """Make the motion of a row with these rotations."""
    frames, packed = row["frames"], row["contacts"]
    contacts = None
    if packed is not None:
        bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=frames * 4)
        contacts = bits.astype(bool).reshape(frames, 4)
    translation = np.frombuffer(row["translation"], "<f4").reshape(frames, 3)
    return Motion(CANONICAL, row["fps"], translation, rotations, contacts)


def to_clip(row: Mapping[str, Any]) -> Clip:
    """Make the clip of a row."""
    return Clip(motion=to_motion(row), **fields_of(row))


def to_stored(row: Mapping[str, Any], read: ReadMotions) -> StoredClip:
    """Make the clip of a row without motion, to be read later by `read`."""
    return StoredClip.of(fields_of(row), np.frombuffer(row["ends"], "<f4"), read)


def fields_of(row: Mapping[str, Any]) -> dict[str, Any]:
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
