"""Files read in processes of their own, one file at a time each: a file that ends its process takes nothing else along.

A process that takes too long is ended, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from choreo.workers import LoneWorker, wait_for

Job = TypeVar("Job")
Result = TypeVar("Result")

AHEAD = 2
"""Files for each worker that are read but not yet taken by the caller: bounds memory."""
LONGEST = 900.0
"""Seconds after which a file is given up; the longest recordings in use take one or two minutes."""
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
    idle: list[LoneWorker[Job, Result]] = []
    busy: list[LoneWorker[Job, Result]] = []
    begun = 0
    try:
        for number in range(len(todo)):
            while number not in results:
                while begun < min(len(todo), number + AHEAD * count) and len(busy) < count:
                    worker = idle.pop() if idle else LoneWorker[Job, Result](_limit, memory)
                    busy.append(worker)
                    worker.begin(begun, read, todo[begun], LONGEST)
                    begun += 1
                for worker in wait_for(busy):
                    busy.remove(worker)
                    why = worker.failure()
                    if why is None:
                        results[worker.number] = (worker.future.result(), True)
                        idle.append(worker)
                    else:
                        results[worker.number] = (failed(todo[worker.number], f"the process that read it {why}"), False)
                        worker.end()
            yield number, *results.pop(number)
    finally:
        for worker in (*idle, *busy):
            worker.end()


__all__ = ["read_apart", "share_of_memory"]
