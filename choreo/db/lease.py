"""The lease of a database in object storage: one process writes at a time, as under the lock of a folder.

It is a small object beside the tables, taken, renewed and given back by conditional writes. A process that dies keeps
it until the others have seen it unrenewed for `STALE` seconds of their own clocks; no two clocks are compared. Whoever
lost it, because it stood still for that long, is told. Clips are not in danger then: Lance's own commits are
conditional as well, and two that add the same clip at once conflict.

The lease also says which version of the clips was the newest when it was given back: so a list of clips that is gone
is noticed, as a folder's seal would notice it.
"""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from choreo.db.object_store import clean, condition, open_store, reach, unusable
from choreo.errors import ChoreoError, DatabaseError, MissingExtraError

NAME = "choreo.lease.json"
LARGEST = 4096
"""Bytes of the object; more is nobody's lease."""
BEAT = 10.0
"""Seconds after which a lease is renewed."""
STALE = 60.0
"""Seconds without a renewal after which a lease is taken over."""
PAUSES = 0.05, 2.0
"""Seconds between two looks at a lease that another has: the first, and the longest."""


class Lease:
    """The right to write a database in object storage.

    Parameters
    ----------
    patience
        Seconds that another process is waited for.
    """

    def __init__(self, location: str, patience: float) -> None:
        self._location = location
        self._patience = patience
        self._owner = secrets.token_hex(8)
        self._turn = 0
        self._depth = 0
        self._mark: Any = None
        """Condition of our last write of the object."""
        self._version = -1
        self._lost = False
        self._guard = threading.Lock()
        self._one_thread = threading.RLock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lease; the holder may take it again.

        Raises
        ------
        MissingExtraError, ReadOnlyStoreError, DatabaseError
            When it cannot be taken, or was lost while it was held.
        """
        with self._one_thread:
            if self._depth == 0:
                self._take()
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave()
                raise
            if not self._leave():
                raise DatabaseError(
                    f"{self._location}: another process took over writing, because this one stood still for "
                    f"{STALE:g} s. What was written is whole; run it again."
                )

    def note(self, version: int) -> None:
        """Remember the newest version of the clips; it is written when the lease is given back."""
        self._version = version

    def _take(self) -> None:
        self._store = open_store(self._location)
        try:
            self._wait()
        except ChoreoError:
            raise
        except Exception as error:  # noqa: BLE001 - told without what it may carry
            raise unusable(self._location, error) from clean(error)
        self._lost = False
        self._done = threading.Event()
        threading.Thread(target=self._beat, args=(self._done,), daemon=True).start()

    def _wait(self) -> None:
        start = seen_at = time.monotonic()
        seen: Any = None
        pause = PAUSES[0]
        if self._write(True):  # it is as we left it, most likely
            return
        while True:
            found = self._look()
            now = time.monotonic()
            if found.mark != seen:
                seen, seen_at = found.mark, now
            if not found.held or now - seen_at >= STALE:  # nobody has it, or its holder is dead
                self._mark, self._version = found.mark, found.version
                if self._write(True):
                    return
            elif now - start >= self._patience:
                raise DatabaseError(
                    f"{self._location}: another process has been writing for {self._patience:g} s. Nothing was lost; "
                    "run it again."
                )
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, PAUSES[1])

    def _look(self) -> _Found:
        import obstore

        try:
            found = obstore.get(self._store, NAME)
        except FileNotFoundError:
            return _Found(None)
        mark = condition({"e_tag": found.meta.get("e_tag"), "version": found.meta.get("version")})
        return _Found(mark, **_read(bytes(found.bytes())))

    def _write(self, held: bool) -> bool:
        """Write the object if it is as we know it; tell whether it was."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        self._turn += 1  # so that no two states look the same
        body = {"held": held, "owner": self._owner, "turn": self._turn, "version": self._version}
        try:
            put = obstore.put(self._store, NAME, json.dumps(body).encode(), mode=self._mark or "create")
            self._mark = condition(put)
        except (AlreadyExistsError, PreconditionError):
            found = self._look()
            if (found.owner, found.turn) != (self._owner, self._turn):
                return False
            self._mark = found.mark  # it was written, the answer was lost, and it was sent again
        return True

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(BEAT):
            with self._guard, suppress(Exception):  # a network that is away for a moment: tried again
                if done.is_set():
                    return
                if not self._write(True):
                    self._lost = True
                    return

    def _leave(self) -> bool:
        """Give the lease back if it is held no longer; tell whether it was ours to the end."""
        self._depth -= 1
        if self._depth:
            return True
        self._done.set()
        with self._guard:
            try:
                self._lost = self._lost or not self._write(False)
            except Exception:  # noqa: BLE001 - what was written is whole; the others wait until the lease is stale
                self._mark = None
        if self._lost:
            self._mark = None
        return not self._lost


@dataclass(frozen=True)
class _Found:
    """The object as it is: the condition to replace it, and what it says."""

    mark: Any
    held: bool = False
    owner: str = ""
    turn: int = 0
    version: int = -1


def _read(body: bytes) -> dict[str, Any]:
    """What the object says; one that is damaged is nobody's."""
    try:
        found = json.loads(body[:LARGEST])
        return {
            "held": bool(found["held"]),
            "owner": str(found["owner"]),
            "turn": int(found["turn"]),
            "version": int(found["version"]),
        }
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}


def noted_version(location: str) -> int:
    """Newest version of the clips when the database was last written; -1 where that cannot be read."""
    try:
        store = reach(location)
    except MissingExtraError:  # whoever only reads needs no obstore
        return -1
    import obstore

    try:
        return int(_read(bytes(obstore.get(store, NAME).bytes())).get("version", -1))
    except Exception:  # noqa: BLE001 - written by none yet, or credentials for the tables alone
        return -1


__all__ = ["NAME", "Lease", "noted_version"]
