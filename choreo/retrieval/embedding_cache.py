"""Cache of the embeddings of clips, beside the database, so that each clip is embedded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from choreo.db.stored import motions_in_turn
from choreo.errors import DatabaseError, OutputError
from choreo.retrieval.index import EXACT_BELOW, VectorIndex
from choreo.retrieval.learned import LearnedEmbedder
from choreo.types import Clip

FOLDER = "embeddings"
BATCH = 2048


def model_fingerprint(embedder: LearnedEmbedder) -> str:
    """Short hash of the settings and parameters of a trained embedder."""
    digest = hashlib.sha256(json.dumps([embedder.name, embedder.settings, embedder.lengths], sort_keys=True).encode())
    for name, array in sorted(embedder.arrays.items()):
        digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def cached_embeddings(
    embedder: LearnedEmbedder,
    clips: Sequence[Clip],
    folder: Path | None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> VectorIndex:
    """Index of the embeddings of `clips` and of all that are cached; keys are clip ids.

    Parameters
    ----------
    folder
        Folder of the cache, with one folder for each model; None for no cache. A damaged cache is computed anew, and
        a folder that cannot be written is left alone: a cache must not make a search fail.
    """
    cache = None if folder is None else folder / f"{embedder.name}-{model_fingerprint(embedder)}"
    known = _read(cache)
    have = set(known.keys) if known else set()
    new = [clip for clip in clips if clip.clip_id not in have]
    if known and not new:
        return known
    parts = [known.vectors] if known else []
    for batch in motions_in_turn(new, BATCH):
        parts.append(embedder.embed_motion(batch))
        if progress:
            progress(sum(map(len, parts)) - (len(known) if known else 0), len(new))
    keys = [*(known.keys if known else ()), *(clip.clip_id for clip in new)]
    index = VectorIndex.build(keys, np.concatenate(parts))
    # a small database is embedded quickly; it is not worth a folder of files
    if cache is not None and len(index) >= EXACT_BELOW // 10:
        with suppress(OutputError):
            index.save(cache)
    return index


def _read(cache: Path | None) -> VectorIndex | None:
    if cache is None or not cache.is_dir():
        return None
    try:
        return VectorIndex.load(cache)
    except DatabaseError:
        return None
