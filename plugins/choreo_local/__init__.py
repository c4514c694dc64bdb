"""The engine of one machine: processes that end with this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from choreo.engines import Outcome, outcome_of, run_item
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
        stream = iter(items)
        taken: dict[int, Item] = {}
        idle: list[LoneWorker[Item, Outcome]] = []
        busy: list[LoneWorker[Item, Outcome]] = []
        begun, more = 0, True
        try:
            while True:
                while more and len(busy) < self._count:
                    try:
                        item = next(stream)
                    except StopIteration:
                        more = False
                        break
                    worker = idle.pop() if idle else LoneWorker[Item, Outcome](_share, shared)
                    busy.append(worker)
                    taken[begun] = item
                    worker.begin(begun, partial(_do, work=work), item, longest)
                    begun += 1
                if not busy:
                    return
                for worker in wait_for(busy):
                    busy.remove(worker)
                    item, why = taken.pop(worker.number), worker.failure()
                    if why is None:
                        idle.append(worker)
                        yield item, outcome_of(worker.future.result())
                    else:
                        worker.end()
                        yield item, Lost(why)
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
