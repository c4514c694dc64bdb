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


@contextmanager
def worker_pool(count: int, prepare: Callable[..., None] | None = None, *given: Any) -> Iterator[Executor]:
    """A pool of processes that end with this one, however that ends; on failure and Ctrl-C they are stopped at once.

    On every system they are started anew, not forked, and they do not run the caller's script again: a script that
    calls choreo needs no ``if __name__ == "__main__"``. A worker that dies is a
    `concurrent.futures.process.BrokenProcessPool`.

    Parameters
    ----------
    prepare, given
        Called with `given` in each process before its first task.
    """
    from loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(count, initializer=_start, initargs=(os.getpid(), prepare, given), env=ENVIRONMENT)
    try:
        yield pool
    except BaseException:
        pool.shutdown(kill_workers=True)
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


__all__ = ["worker_pool"]
