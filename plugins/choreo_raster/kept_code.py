"""Machine code that numba keeps on disk: with a sum, in a folder of the user's own, and never in the way.

numba's files are pickles with machine code in them. One that is cut or changed would end the process, or draw
something else: so each file begins with the SHA-256 of the rest, and one that does not fit counts as none. Whoever may
write such a file may run code as its reader: a folder that others can write to is not used.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core.caching import IndexDataCacheFile

SUM = hashlib.sha256().digest_size


class KeptCode(IndexDataCacheFile):  # type: ignore[misc]  # numba has no types
    """Index and data files of one kernel."""

    def load(self, key: Any) -> Any:
        """What was kept under a key; None when there is nothing, or it is damaged."""
        try:
            return super().load(key)
        except Exception:  # noqa: BLE001  # a pickle of another version may raise anything
            return None

    def save(self, key: Any, data: Any) -> None:
        """Keep data under a key, if that is possible."""
        with suppress(OSError):
            super().save(key, data)

    def _load_index(self) -> dict[Any, str]:
        try:
            version, stamp, overloads = pickle.loads(_read(self._index_path))  # noqa: S301  # with our own sum
        except Exception:  # noqa: BLE001
            return {}
        return dict(overloads) if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(self._index_path, self._dump((self._version, self._source_stamp, overloads)))

    def _load_data(self, name: str) -> Any:
        return pickle.loads(_read(self._data_path(name)))  # noqa: S301  # with our own sum

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), self._dump(data))

    def _write(self, path: str, data: bytes) -> None:
        with self._open_for_write(path) as stream:
            stream.write(hashlib.sha256(data).digest() + data)


def _read(path: str) -> bytes:
    data = Path(path).read_bytes()
    if hashlib.sha256(data[SUM:]).digest() != data[:SUM]:
        raise ValueError(f"{path}: damaged")
    return data[SUM:]


def own(folder: Path, source: Path) -> bool:
    """Whether nobody but the user, root, and who wrote the source itself can write to a folder; also when it is new."""
    if not hasattr(os, "geteuid"):
        return True
    try:
        found = folder.stat()
        return found.st_uid in (0, os.geteuid(), source.stat().st_uid) and not found.st_mode & 0o002
    except OSError:
        return True  # it is made by numba, as the user's own


def keep(compiled: Any, source: Path) -> None:
    """Give numba's dispatcher files of this kind, or none when its folder is not the user's own."""
    cache = compiled._cache
    if not own(Path(cache.cache_path), source):
        cache.disable()
        return
    theirs = cache._cache_file
    files = KeptCode(theirs._cache_path, "", theirs._source_stamp)
    files.__dict__.update(theirs.__dict__)
    cache._cache_file = files


__all__ = ["KeptCode", "keep", "own"]
