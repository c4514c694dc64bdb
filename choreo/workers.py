"""Work in several processes at once: the one place that starts them."""

from __future__ import annotations

import os
import re
import threading
import time
import warnings
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

ENVIRONMENT = {
    "PYTHONSAFEPATH": "1",  # modules of the current folder are a user's, not ours
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e18",  # what a task needs is bounded elsewhere; a worker is not replaced for it
}


LOOKING = 1.0
"""Seconds between two looks of a worker whether the process that asked is still there."""


def usable_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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

    # loky's keeper of shared resources, of which a worker here has none, is started again when it is gone
    warnings.filterwarnings("ignore", "resource_tracker: process died unexpectedly", UserWarning)
    pool: Executor = ProcessPoolExecutor(
        count, initializer=_start, initargs=(os.getpid(), prepare, given), env=ENVIRONMENT
    )
    return pool


def kill_workers(pool: Executor) -> None:
    """End the processes of a pool of `start_workers` in the middle of what they do."""
    pool.shutdown(kill_workers=True)  # type: ignore[call-arg]


class LoneWorker(Generic[Job, Result]):
    """A process that does one job at a time, so that one that ends it costs that job alone.

    A pool of several gives up all of its work when one of its processes dies, and does not say at which job.

    Parameters
    ----------
    prepare, given
        As in `start_workers`.
    """

    def __init__(self, prepare: Callable[..., None] | None = None, *given: Any) -> None:
        self._pool = start_workers(1, prepare, *given)
        self.number, self._until, self._longest = -1, float("inf"), float("inf")
        self.future: Future[Result] = Future()

    def begin(self, number: int, do: Callable[[Job], Result], job: Job, longest: float = float("inf")) -> None:
        """Hand out a job, and its number; it is given up after `longest` seconds."""
        self.number, self._until, self._longest = number, time.monotonic() + longest, longest
        self.future = self._pool.submit(do, job)

    @property
    def patience(self) -> float:
        """Seconds until the job is given up."""
        return max(0.0, self._until - time.monotonic())

    @property
    def finished(self) -> bool:
        """Whether the job is done, or nothing will come of it."""
        return self.future.done() or self.patience == 0

    def failure(self) -> str | None:
        """Why nothing came of a finished job, as the end of a sentence about the process; None when something did."""
        if not self.future.done():
            return f"took longer than {self._longest:g} s and was given up"
        error = self.future.exception()
        if not isinstance(error, BrokenProcessPool):
            return None
        found = re.search(r"exit codes of the workers are \{(.*?)\}", str(error))
        codes = found[1] if found else "unknown"
        killed = "was killed; the machine may have run out of memory"
        return killed if codes.startswith("SIGKILL") else f"died ({codes})"

    def end(self) -> None:
        """End the process, whatever it does."""
        kill_workers(self._pool)


def wait_for(busy: Collection[LoneWorker[Job, Result]]) -> list[LoneWorker[Job, Result]]:
    """Wait until a worker has finished; all that have."""
    patience = min(each.patience for each in busy)
    wait([each.future for each in busy], None if patience == float("inf") else patience, FIRST_COMPLETED)
    return [each for each in busy if each.finished]


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


__all__ = ["LoneWorker", "kill_workers", "start_workers", "usable_processors", "wait_for"]
