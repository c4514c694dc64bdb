"""The engine of one machine: processes that end with this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from choreo.engines import Intake, Outcome, outcome_of, run_item
from choreo.protocols import Workers
from choreo.types import Lost
from choreo.workers import LoneWorker, usable_processors, wait_for

Item = TypeVar("Item")
Result = TypeVar("Result")

_shared: Any = None
"""In a process: what all items share."""


def _share(shared: Any) -> None:
    global _shared
    _shared = shared


def _do(item: Any, *, work: Callable[[Any, Any], Any]) -> Outcome:
    return run_item(work, item, _shared)


class LocalWorkers:
    """`count` processes, each of which has one item at a time, so that one that ends it takes no other along."""

    remote = False

    def __init__(self, count: int) -> None:
        self._count = count

    def slots(self) -> int:
        """One a process."""
        return self._count

    def each(
        self,
        work: Callable[[Item, Any], Result],
        items: Iterable[Item],
        *,
        shared: Any = None,
        longest: float = float("inf"),
    ) -> Iterator[tuple[Item, Result | Lost]]:
        """As `choreo.protocols.Workers.each`."""
        do = partial(_do, work=work)
        intake = Intake(items)
        idle: list[LoneWorker[Item, Outcome]] = []
        busy: dict[LoneWorker[Item, Outcome], Item] = {}
        done: deque[tuple[Item, Outcome | Lost]] = deque()

        def begin(held: int) -> None:
            """Give items to idle processes, unless many results wait for the caller, who has taken `held`."""
            for item in intake.take(min(self._count - len(busy), 2 * self._count - len(busy) - len(done) - held)):
                worker = idle.pop() if idle else LoneWorker[Item, Outcome](_share, shared)
                busy[worker] = item
                worker.begin(0, do, item, longest)

        def collect(finished: Iterable[LoneWorker[Item, Outcome]]) -> None:
            for worker in finished:
                item, why = busy.pop(worker), worker.failure()
                if why is None:
                    idle.append(worker)
                    done.append((item, worker.future.result()))
                else:
                    worker.end()
                    done.append((item, Lost(why)))

        try:
            begin(0)
            while busy or done:
                if not done:
                    collect(wait_for(busy))
                item, came = done.popleft()
                collect([worker for worker in busy if worker.finished])
                begin(1)
                yield item, came if isinstance(came, Lost) else outcome_of(came)
                begin(0)
            intake.close()
        finally:
            for worker in (*idle, *busy):
                worker.end()


class LocalEngine:
    """Processes of this machine."""

    name = "local"
    description = "processes of this machine, one a processor"

    @contextmanager
    def connect(self, address: str, jobs: int) -> Iterator[Workers]:
        """`jobs` processes, by default one a processor; there is no `address`."""
        yield LocalWorkers(jobs or usable_processors())
