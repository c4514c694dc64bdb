"""Quantities of clips, measured once and kept: words reach what a motion is like through them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from choreo.db.stored import motions_in_turn
from choreo.environment import cache_place
from choreo.errors import InputError, OutputError
from choreo.foreign.files import read_bytes
from choreo.motion.quantities import QUANTITIES, quantities_of
from choreo.output import atomic, require_writable
from choreo.types import Clip, Floats

BATCH = 512
LARGEST = 256 << 20
"""Bytes of the file that is kept: two million clips."""
FORMAT = 1
ID = 16
"""Bytes of a clip's id in the file."""
SUM = hashlib.sha256().digest_size
WIDTH = 4 * len(QUANTITIES)
_KNOWN: WeakKeyDictionary[Clip, Floats] = WeakKeyDictionary()


def clip_quantities(clips: Sequence[Clip], *, progress: Callable[[int, int], None] | None = None) -> Floats:
    """``(C, len(QUANTITIES)) float32`` of clips; those that were measured before are read from the user's cache.

    Motions are read in batches, and not kept.
    """
    rows = np.zeros((len(clips), len(QUANTITIES)), np.float32)
    waiting = [n for n, clip in enumerate(clips) if clip not in _KNOWN]
    kept = _read() if waiting else {}
    new = [n for n in waiting if _key(clips[n]) not in kept]
    for n in waiting:
        if (row := kept.get(_key(clips[n]))) is not None:
            _KNOWN[clips[n]] = row
    done = 0
    for batch in motions_in_turn((clips[n] for n in new), BATCH):
        for clip in batch:
            _KNOWN[clip] = kept[_key(clip)] = quantities_of(clip)
        done += len(batch)
        if progress:
            progress(done, len(new))
    if new:
        _write(kept)
    for n, clip in enumerate(clips):
        rows[n] = _KNOWN[clip]
    return rows


def _key(clip: Clip) -> bytes:
    return hashlib.sha256(clip.clip_id.encode()).digest()[:ID]


def _file() -> Path:
    return cache_place("clips") / f"quantities-{FORMAT}-{len(QUANTITIES)}.bin"


def _read() -> dict[bytes, Floats]:
    """Rows by key; none when there is no file, or it is damaged in any way."""
    try:
        data = read_bytes(_file(), LARGEST)
    except (OSError, InputError):
        return {}
    body = memoryview(data)[SUM:]
    if len(data) < SUM or hashlib.sha256(body).digest() != data[:SUM] or len(body) % (ID + WIDTH):
        return {}
    rows = np.frombuffer(body, np.uint8).reshape(-1, ID + WIDTH)
    values = np.ascontiguousarray(rows[:, ID:]).view("<f4")
    return {row[:ID].tobytes(): value for row, value in zip(rows, values, strict=True)}


def _write(kept: dict[bytes, Floats]) -> None:
    """Keep rows; nothing happens where nothing can be written, or when they are too many."""
    if len(kept) * (ID + WIDTH) > LARGEST - SUM:
        return
    body = b"".join(key + np.ascontiguousarray(kept[key], "<f4").tobytes() for key in sorted(kept))
    path = _file()
    with suppress(OSError, OutputError):
        require_writable(path.parent)
        with atomic(path, at_once=True) as partial:
            partial.write_bytes(hashlib.sha256(body).digest() + body)


__all__ = ["clip_quantities"]
