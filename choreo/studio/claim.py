"""One studio at a time for a plan: what two wrote into its journal would be no dance's."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.errors import InputError

if TYPE_CHECKING:
    from filelock import FileLock

_locks: dict[Path, tuple[FileLock, int]] = {}
"""Locks of this process, and how many have each: a plan that is opened again takes over from itself."""
_guard = threading.Lock()


class Claim:
    """A plan's file, kept from other processes until it is let go or the process ends, be it killed.

    A file ``.SONG.studio.lock`` beside the plan is locked meanwhile. Where none can be written, nothing is claimed:
    a journal cannot be written there either, which is told at the first change.

    Raises
    ------
    InputError
        When another studio has it open.
    """

    def __init__(self, plan_path: Path) -> None:
        from filelock import FileLock, Timeout

        stem = plan_path.name.removesuffix(".json").removesuffix(".plan")
        self._path: Path | None = plan_path.resolve().with_name(f".{stem}.studio.lock")
        with _guard:
            lock, count = _locks.get(self._path) or (FileLock(str(self._path), timeout=0, thread_local=False), 0)
            try:
                if not count:
                    lock.acquire()
            except Timeout as error:
                raise InputError(
                    f"{plan_path}: is open in another studio. Go on there, or end that one first; a copy of the plan "
                    "under another name can be opened beside it."
                ) from error
            except (OSError, NotImplementedError):
                self._path = None
            else:
                _locks[self._path] = lock, count + 1

    def release(self) -> None:
        """Let it go; once is enough, and more does no harm."""
        with _guard:
            path, self._path = self._path, None
            if path is None:
                return
            lock, count = _locks.pop(path)
            if count > 1:
                _locks[path] = lock, count - 1
                return
            with suppress(OSError):  # Windows lets nobody delete a file that is open
                path.unlink()
            lock.release()


__all__ = ["Claim"]
