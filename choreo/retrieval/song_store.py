"""What is known of the songs of a library, on disk: small files that are only ever added, and joined now and then.

A file is named by the digest of what is in it and is written whole, and nothing lists the files: what is there is
known. So processes that listen to one library at once do each other no harm, and what was heard before an end of any
kind stays. A damaged file is as good as none; its songs are listened to again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import ChoreoError, InputError, OutputError
from choreo.foreign import read_npz
from choreo.foreign.files import require_modest
from choreo.foreign.limits import CACHED_BYTES, JSON_BYTES
from choreo.output import atomic, require_writable
from choreo.retrieval.song_facts import WIDTHS, SongFacts
from choreo.types import Floats, Section

JOINED = 512
"""Songs in a file when files are joined."""
SPARE = 8
"""Files more than that many songs need, from which on they are joined."""
VECTOR_BYTES = 1 << 30
"""That vectors of all embedders may take; those that were not used for longest go first."""
PLAIN = ("duration", "tempo", "metre", "subdivision", "style", "loudness", "strokes")
"""Facts that are kept as they are."""
ROWS = {"edges": np.float64, "bars": np.int64, "phrases": np.int64, "energies": np.float32, "accents": np.float32}
"""Facts that have as many numbers as the song has beats or bars."""


@dataclass(frozen=True, eq=False)
class Known:
    """A file as it was when it was listened to: its facts, or the reason why it cannot be heard."""

    name: str
    size: int
    changed: int
    reason: str
    facts: SongFacts | None

    @property
    def key(self) -> tuple[str, int, int]:
        """By which a file is known again; a file that was changed has another."""
        return self.name, self.size, self.changed


class SongStore:
    """Files of a folder.

    Parameters
    ----------
    folder
        Where they lie; made when something is written.
    made_by
        By what the songs were analysed. What another analysis left is not read.
    """

    def __init__(self, folder: Path, made_by: str) -> None:
        self.folder, self.made_by = folder, made_by

    def songs(self) -> dict[tuple[str, int, int], Known]:
        """All that is known, by `Known.key`."""
        return {each.key: each for path, data in self._files("songs") for each in _unpacked(path, data, self.made_by)}

    def add(self, songs: Sequence[Known]) -> None:
        """Keep what was heard; where nothing can be written, nothing is kept."""
        if songs:
            self._write("songs", _packed(songs, self.made_by))

    def vectors(self, kind: str) -> dict[str, Floats]:
        """Vectors of one `kind`, ``(K, E) float32``, a row for each bar, by the SHA-256 of the song."""
        found: dict[str, Floats] = {}
        for path, data in self._files(f"vectors-{kind}"):
            try:
                text = _text(path, data)
                cuts = np.cumsum(data["counts"])[:-1]
                if text["made_by"] == self.made_by and data["vectors"].dtype == np.float32:
                    pieces = np.split(data["vectors"], cuts)
                    found.update(zip(map(str, text["songs"]), pieces, strict=True))
                    os.utime(path)
            except (ChoreoError, OSError, LookupError, TypeError, ValueError):
                _remove(path)
        return found

    def add_vectors(self, kind: str, vectors: Mapping[str, Floats]) -> None:
        """Keep vectors of one kind."""
        if vectors:
            self._write(f"vectors-{kind}", self._with_names(vectors))

    def join(self, songs: Sequence[Known], vectors: Mapping[str, Mapping[str, Floats]]) -> None:
        """Write what is still wanted into few files in place of many, and let vectors go that were not used for long.

        Only files that are there before the first is written go: what another process adds meanwhile stays.
        """
        parts = [songs[first : first + JOINED] for first in range(0, len(songs), JOINED)]
        self._replace("songs", [_packed(part, self.made_by) for part in parts])
        for kind, each in vectors.items():
            names = list(each)
            cut = [names[first : first + JOINED] for first in range(0, len(names), JOINED)]
            self._replace(f"vectors-{kind}", [self._with_names({name: each[name] for name in part}) for part in cut])
        self._forget_unused()

    def _replace(self, kind: str, contents: Sequence[Mapping[str, np.ndarray]]) -> None:
        before = self._paths(kind)
        if len(before) > len(contents) + SPARE:
            written = [self._write(kind, content) for content in contents]
            if None not in written:
                for path in before:
                    if path not in written:
                        _remove(path)

    def _with_names(self, vectors: Mapping[str, Floats]) -> dict[str, np.ndarray]:
        rows = list(vectors.values())
        full = [each for each in rows if len(each)] or rows[:1]  # of songs without bars the width is not known
        text = {"made_by": self.made_by, "songs": list(vectors)}
        return {"text": _bytes(text), "vectors": np.concatenate(full), "counts": _lengths(rows)}

    def _paths(self, kind: str) -> list[Path]:
        return sorted(self.folder.glob(f"{kind}-{32 * '[0-9a-f]'}.npz"))

    def _files(self, kind: str) -> Iterator[tuple[Path, dict[str, np.ndarray]]]:
        """Files that can be read; while another process joins files, some go and others have what was in them."""
        done: set[Path] = set()
        while left := [path for path in self._paths(kind) if path not in done]:
            for path in left:
                done.add(path)
                try:
                    data = read_npz(path, CACHED_BYTES)
                except InputError:
                    if path.exists():
                        _remove(path)
                    continue
                yield path, data

    def _write(self, kind: str, arrays: Mapping[str, np.ndarray]) -> Path | None:
        stream = BytesIO()
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy's stubs take names for its own parameters
        digest = hashlib.sha256(stream.getvalue()).hexdigest()[:32]
        path = self.folder / f"{kind}-{digest}.npz"
        with suppress(OSError, OutputError):
            require_writable(self.folder)
            with atomic(path, at_once=True) as partial:
                partial.write_bytes(stream.getvalue())
            return path
        return None

    def _forget_unused(self) -> None:
        files = []
        for path in self.folder.glob("vectors-*.npz"):
            with suppress(OSError):
                files.append((path.stat().st_mtime, path.stat().st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= VECTOR_BYTES:
                return
            _remove(path)
            total -= size


def _packed(songs: Sequence[Known], made_by: str) -> dict[str, np.ndarray]:
    heard = [each.facts for each in songs if each.facts is not None]
    text = {
        "made_by": made_by,
        "files": [[each.name, each.size, each.changed, each.reason] for each in songs],
        "facts": [
            {name: getattr(each, name) for name in ("sha256", *PLAIN)}
            | {"styles": dict(each.styles), "moods": dict(each.moods)}
            | {"sections": [[part.start, part.end, part.label] for part in each.sections]}
            for each in heard
        ],
    }
    arrays = {
        name: np.array([getattr(each, name) for each in heard]).reshape(-1, width) for name, width in WIDTHS.items()
    }
    for name, kind in ROWS.items():
        rows = [np.asarray(getattr(each, name), kind) for each in heard]
        arrays |= {name: np.concatenate([np.zeros(0, kind), *rows]), f"{name}_counts": _lengths(rows)}
    return {"text": _bytes(text), **arrays}


def _unpacked(path: Path, data: Mapping[str, np.ndarray], made_by: str) -> list[Known]:
    """What is in a file of `_packed`; nothing when it is of another analysis or in any way not as it should be."""
    try:
        text = _text(path, data)
        if text["made_by"] != made_by:
            return []
        count = len(text["facts"])
        parts: dict[str, Any] = {}
        for name, width in WIDTHS.items():
            if data[name].shape != (count, width) or not np.isfinite(data[name]).all():
                raise ValueError(name)
            parts[name] = data[name].astype(np.float32)
        for name in ROWS:
            counts = data[f"{name}_counts"]
            if counts.shape != (count,) or counts.sum() != len(data[name]) or not np.isfinite(data[name]).all():
                raise ValueError(name)
            parts[name] = np.split(data[name], np.cumsum(counts)[:-1]) if count else []
        facts = iter(
            [_facts(row, {name: each[n] for name, each in parts.items()}) for n, row in enumerate(text["facts"])]
        )
        return [
            Known(str(name), int(size), int(changed), str(reason), None if reason else next(facts))
            for name, size, changed, reason in text["files"]
        ]
    except (ChoreoError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, StopIteration):
        _remove(path)
        return []


def _facts(row: Mapping[str, Any], arrays: Mapping[str, Any]) -> SongFacts:
    edges, bars, phrases, energies, accents = (arrays[name] for name in ROWS)
    if len(edges) < 2 or (np.diff(edges) <= 0).any() or (bars < 0).any() or (bars >= len(edges) - 1).any():
        raise ValueError("beats")
    if not np.isin(phrases, bars).all():
        raise ValueError("phrases")
    if not len(edges) - 1 == len(energies) == len(accents) / 2:
        raise ValueError("beats")
    plain: dict[str, Any] = {name: str(row[name]) if name == "style" else row[name] + 0 for name in PLAIN}
    return SongFacts(
        sha256=str(row["sha256"]),
        styles={str(name): float(share) for name, share in row["styles"].items()},
        moods={str(name): float(share) for name, share in row["moods"].items()},
        sections=tuple(Section(float(a), float(b), str(label)) for a, b, label in row["sections"]),
        **plain,
        **arrays,
    )


def _text(path: Path, data: Mapping[str, np.ndarray]) -> Any:
    if data["text"].nbytes > JSON_BYTES:
        raise ValueError("text")
    text = data["text"].tobytes().decode()
    require_modest(text, str(path))
    return json.loads(text)


def _bytes(text: Any) -> np.ndarray:
    return np.frombuffer(json.dumps(text).encode(), np.uint8)


def _lengths(rows: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([len(each) for each in rows], np.int64)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


__all__ = ["JOINED", "Known", "SongStore"]
