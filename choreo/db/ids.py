"""Ids of clips, made from what is stored of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from choreo.motion.packed import as_stored, pack_rotations
from choreo.types import Clip, Doubles, Motion


def clip_id(dataset: str, name: str, motion: Motion, beats: Doubles) -> str:
    """``<dataset>-<name>-<hash>``: the same content has the same id on every machine.

    The hash is of what a database stores (`choreo.motion.packed`), so a clip has one id before it is stored, when it is
    read, and in another database.
    """
    return content_id({"dataset": dataset, "name": name, "fps": motion.fps, "beats": beats, **packed_motion(motion)})


def packed_motion(motion: Motion) -> dict[str, bytes | None]:
    """Columns of a motion, as a database stores them; contacts None where they are not known."""
    return {
        "translation": np.ascontiguousarray(motion.translation, "<f4").tobytes(),
        "rotations": pack_rotations(motion.rotations),
        "contacts": None if motion.contacts is None else np.packbits(motion.contacts).tobytes(),
    }


def content_id(row: Mapping[str, Any]) -> str:
    """Id that follows from a row: from its motion as it is stored, its beats, dataset and name."""
    parts = (row["translation"], row["rotations"], row["contacts"] or b"", np.asarray(row["beats"], "<f8").tobytes())
    return _named(row["dataset"], row["name"], row["fps"], *parts)


def earlier_clip_id(dataset: str, name: str, motion: Motion, beats: Doubles) -> str:
    """Id that releases before schema 5 gave: of rotations as they were made, and not of contacts."""
    arrays = ((motion.translation, "<f4"), (motion.rotations, "<f4"), (beats, "<f8"))
    parts = (np.ascontiguousarray(array, form).tobytes() for array, form in arrays)
    return _named(dataset, name, motion.fps, *parts)


def as_clip_stored(clip: Clip) -> Clip:
    """`clip` as a database holds it: with the rotations that are read of it, and the id that these give."""
    motion = as_stored(clip.motion)
    return replace(clip, motion=motion, clip_id=clip_id(clip.dataset, clip.name, motion, clip.beats))


def _named(dataset: str, name: str, fps: float, *parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    digest.update(f"{fps!r}|{dataset}|{name}".encode())
    return f"{dataset}-{name}-{digest.hexdigest()[:12]}"
