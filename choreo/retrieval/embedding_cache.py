"""Embeddings of clips, kept beside the database, so that each clip is embedded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from choreo.db.stored import fetch_motions
from choreo.errors import DatabaseError, OutputError
from choreo.retrieval.index import EXACT_BELOW, VectorIndex
from choreo.retrieval.learned import LearnedEmbedder
from choreo.types import Clip

FOLDER = "embeddings"
BATCH = 2048


def model_mark(embedder: LearnedEmbedder) -> str:
    """Short hash of what a trained embedder knows."""
    told = hashlib.sha256(json.dumps([embedder.name, embedder.settings, embedder.lengths], sort_keys=True).encode())
    for name, array in sorted(embedder.arrays.items()):
        told.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return told.hexdigest()[:16]


def shelved(
    embedder: LearnedEmbedder,
    clips: Sequence[Clip],
    folder: Path | None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> VectorIndex:
    """Index of the embeddings of `clips`, and of what else was embedded before; keys are clip ids.

    Parameters
    ----------
    folder
        Where embeddings are kept, a folder a model; None keeps nothing. What is damaged there is made anew, and where
        nothing can be written, nothing is kept.
    """
    place = None if folder is None else folder / f"{embedder.name}-{model_mark(embedder)}"
    known = _read(place)
    have = set(known.keys) if known else set()
    new = [clip for clip in clips if clip.clip_id not in have]
    if known and not new:
        return known
    parts = [known.vectors] if known else []
    for first in range(0, len(new), BATCH):
        fetch_motions(new[first : first + BATCH])
        parts.append(embedder.embed_motion(new[first : first + BATCH]))
        if progress:
            progress(min(first + BATCH, len(new)), len(new))
    keys = [*(known.keys if known else ()), *(clip.clip_id for clip in new)]
    index = VectorIndex.build(keys, np.concatenate(parts))
    if place is not None and len(index) >= EXACT_BELOW // 10:
        with suppress(OutputError):
            index.save(place)
    return index


def _read(place: Path | None) -> VectorIndex | None:
    if place is None or not place.is_dir():
        return None
    try:
        return VectorIndex.load(place)
    except DatabaseError:
        return None
