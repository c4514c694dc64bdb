"""Work in several processes at once: the one place that starts them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from typing import Any

ENVIRONMENT = {
    "PYTHONSAFEPATH": "1",  # modules of the current folder are a user's, not ours
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e18",  # what a task needs is bounded elsewhere; a worker is not replaced for it
}


LOOKING = 1.0
"""Seconds between two looks of a worker whether the process that asked is still there."""


def start_workers(count: int, prepare: Callable[..., None] | None = None, *given: Any) -> Executor:
    """Processes that end with this one, however that ends.

    On every system they are started anew, not forked, and they do not run the caller's script again: a script that
    calls choreo needs no ``if __name__ == "__main__"``. A worker that dies is a
    `concurrent.futures.process.BrokenProcessPool`. ``shutdown`` ends them; `kill_workers` at once.

    Parameters
    ----------
    prepare, given
        Called with `given` in each process before its first task.
    """
    from loky import ProcessPoolExecutor

    pool: Executor = ProcessPoolExecutor(
        count, initializer=_start, initargs=(os.getpid(), prepare, given), env=ENVIRONMENT
    )
    return pool


def kill_workers(pool: Executor) -> None:
    """End the processes of a pool of `start_workers` in the middle of what they do."""
    pool.shutdown(kill_workers=True)  # type: ignore[call-arg]


@contextmanager
def worker_pool(count: int, prepare: Callable[..., None] | None = None, *given: Any) -> Iterator[Executor]:
    """A pool of `start_workers` for a block; on failure and Ctrl-C the workers are stopped at once."""
    pool = start_workers(count, prepare, *given)
    try:
        yield pool
    except BaseException:
        kill_workers(pool)
        raise
    pool.shutdown()


def _start(parent: int, prepare: Callable[..., None] | None, given: tuple[Any, ...]) -> None:
    """Prepare a worker."""
    threading.Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()
    if prepare is not None:
        prepare(*given)


def _exit_with_parent(parent: int) -> None:
    # A parent that was killed cannot end its workers, and one that is busy does not look at its queue.
    import psutil

    with suppress(psutil.Error):
        asking = psutil.Process(parent)
        while asking.is_running() and asking.status() != psutil.STATUS_ZOMBIE:
            time.sleep(LOOKING)
    os._exit(1)


__all__ = ["kill_workers", "start_workers", "worker_pool"]
