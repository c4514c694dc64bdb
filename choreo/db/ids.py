"""Ids of clips, made from their content."""

from __future__ import annotations

import hashlib

import numpy as np

from choreo.types import Doubles, Motion


def clip_id(dataset: str, name: str, motion: Motion, beats: Doubles) -> str:
    """``<dataset>-<name>-<hash>``: the same content has the same id on every machine."""
    digest = hashlib.sha256()
    for array in (motion.translation, motion.rotations, np.asarray(beats, np.float64)):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(f"{motion.fps!r}|{dataset}|{name}".encode())
    return f"{dataset}-{name}-{digest.hexdigest()[:12]}"
