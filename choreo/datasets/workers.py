"""Files read in processes of their own, one file at a time each: a file that ends its process takes nothing else along.

A pool gives up all of its work when one of its processes dies, and does not say which file it was. Here every pool has
one process and is handed one file at a time; and a process that takes too long is ended.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Generic, TypeVar

from choreo.workers import kill_workers, start_workers

Job = TypeVar("Job")
Result = TypeVar("Result")

AHEAD = 2
"""Files for each worker that are read but not yet taken by the caller: bounds memory."""
LONGEST = 900.0
"""Seconds after which a file is given up; the longest recordings in use take one or two minutes."""
KILLED = "the process that read it was killed; the machine may have run out of memory"
LEAST_MEMORY = 2 << 30
"""Bytes that a worker may take at least, on a small machine with many workers; else its share of three quarters."""


def share_of_memory(count: int) -> int | None:
    """Bytes for each of `count` workers; None where the system does not tell."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return max(3 * whole // 4 // count, LEAST_MEMORY)


def _limit(memory: int | None) -> None:
    """Let allocations beyond `memory` fail here instead of bringing down the machine, where the system can."""
    if memory is None:
        return
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as sizes:
            now = int(sizes.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


class _Worker(Generic[Job, Result]):
    """A process, what it reads, and until when."""

    def __init__(self, memory: int | None) -> None:
        self._pool = start_workers(1, _limit, memory)
        self.number, self.until = -1, float("inf")
        self.future: Future[Result] = Future()

    def begin(self, number: int, read: Callable[[Job], Result], job: Job) -> None:
        """Hand out a file."""
        self.number, self.until = number, time.monotonic() + LONGEST
        self.future = self._pool.submit(read, job)

    def end(self) -> None:
        """End the process, whatever it does."""
        kill_workers(self._pool)


def read_apart(
    todo: Sequence[Job], read: Callable[[Job], Result], failed: Callable[[Job, str], Result], count: int
) -> Iterator[tuple[int, Result, bool]]:
    """Read files in `count` processes; results in the order of the files.

    Parameters
    ----------
    read
        Reads one, in a worker; must be importable there, and its result survive pickling.
    failed
        Makes the result of a file whose worker died or took longer than `LONGEST`, of the reason.

    Yields
    ------
    Number of the file, its result, and whether `read` made it.

    Raises
    ------
    Exception
        What `read` raises.
    """
    memory = share_of_memory(count) if count else None
    results: dict[int, tuple[Result, bool]] = {}
    idle: list[_Worker[Job, Result]] = []
    busy: list[_Worker[Job, Result]] = []
    begun = 0
    try:
        for number in range(len(todo)):
            while number not in results:
                while begun < min(len(todo), number + AHEAD * count) and len(busy) < count:
                    worker = idle.pop() if idle else _Worker[Job, Result](memory)
                    busy.append(worker)
                    worker.begin(begun, read, todo[begun])
                    begun += 1
                spare = max(0.0, min(each.until for each in busy) - time.monotonic())
                wait([each.future for each in busy], spare, FIRST_COMPLETED)
                for worker in [each for each in busy if each.future.done() or time.monotonic() > each.until]:
                    busy.remove(worker)
                    why = _failure(worker.future)
                    if why is None:
                        results[worker.number] = (worker.future.result(), True)
                        idle.append(worker)
                    else:
                        results[worker.number] = (failed(todo[worker.number], why), False)
                        worker.end()
            yield number, *results.pop(number)
    finally:
        for worker in (*idle, *busy):
            worker.end()


def _failure(future: Future[Result]) -> str | None:
    """Why a file's result did not come, in a sentence about the file; None when it did."""
    if not future.done():
        return f"took longer than {LONGEST:g} s and was given up"
    error = future.exception()
    if not isinstance(error, BrokenProcessPool):
        return None
    found = re.search(r"exit codes of the workers are \{(.*?)\}", str(error))
    codes = found[1] if found else "unknown"
    if codes.startswith("SIGKILL"):
        return KILLED
    return f"the process that read it died ({codes}); the file is damaged in a way that its reader does not survive"


__all__ = ["read_apart", "share_of_memory"]
