"""Items -> results on a Ray cluster: one task an item, given out and taken back here."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from choreo.engines import Intake, outcome_of
from choreo.errors import PluginError
from choreo.types import Lost
from choreo_ray.connection import versions
from choreo_ray.task import Told, do

Item = TypeVar("Item")
Result = TypeVar("Result")

ENDS = 3
"""Processes that an item may end before it is lost."""
MOVES = 20
"""Nodes that may be lost under an item before it is lost, too: one that brings its machine down looks the same."""
LOOKING = 1.0
"""Seconds between two looks at what takes too long, and at how many processors the cluster has."""


@dataclass(eq=False)
class Begun(Generic[Item]):
    """An item that the cluster has: where it was last begun and since when, and what it has outlived."""

    item: Item
    stream: Any = None
    node: str = ""
    since: float = float("inf")
    ends: int = 0
    moves: int = 0
    lost: Lost | None = None


class RayWorkers:
    """Processors of all nodes, `most` at once; 0 for all."""

    remote = True

    def __init__(self, most: int) -> None:
        self._most = most

    def slots(self) -> int:
        """As many as the cluster has processors now."""
        import ray

        here = max(1, int(ray.cluster_resources().get("CPU", 0)))
        return min(here, self._most) if self._most else here

    def each(
        self,
        work: Callable[[Item, Any], Result],
        items: Iterable[Item],
        *,
        shared: Any = None,
        longest: float = float("inf"),
    ) -> Iterator[tuple[Item, Result | Lost]]:
        """As `choreo.protocols.Workers.each`."""
        run: _Run[Item] = _Run(self.slots, work, shared, items, longest)
        try:
            while run.fill():
                if not run.done:
                    run.look(LOOKING)
                    continue
                begun = run.done.popleft()
                result = run.result(begun)
                if result is AGAIN:
                    continue
                run.look(0.0)
                run.fill(held=1)
                yield begun.item, result
                del begun, result
            run.close()
        finally:
            run.end()


class _Run(Generic[Item]):
    """One call of `RayWorkers.each`: what the cluster has, and what it has given back."""

    def __init__(
        self, slots: Callable[[], int], work: Callable[..., Any], shared: Any, items: Iterable[Item], longest: float
    ) -> None:
        import ray

        self._slots, self._longest = slots, longest
        self._count, self._counted = slots(), time.monotonic()
        self._intake = Intake(items)
        self._given = [ray.put(ray.cloudpickle.dumps((work, shared)))]
        self._name = self._given[0].hex()
        # What is lost is begun anew here, where it is known why; Ray counts ended processes and lost nodes as one.
        self._task = ray.remote(num_cpus=1, max_retries=0, num_returns="streaming")(do)
        self.going: dict[Any, Begun[Item]] = {}
        self.done: deque[Begun[Item]] = deque()

    def fill(self, held: int = 0) -> bool:
        """Begin items while there is room, besides `held` results that the caller takes; whether anything is here."""
        if time.monotonic() - self._counted > LOOKING:
            self._count, self._counted = self._slots(), time.monotonic()
        for item in self._intake.take(2 * self._count - len(self.going) - len(self.done) - held):
            self._begin(Begun(item))
        return bool(self.going or self.done)

    def _begin(self, begun: Begun[Item]) -> None:
        import ray

        begun.node, begun.since = "", float("inf")
        begun.stream = self._task.remote(ray.cloudpickle.dumps(begun.item), self._given, self._name, versions())
        self.going[begun.stream] = begun

    def look(self, patience: float) -> None:
        """Wait until something happens, `patience` seconds at most; what has come to an end goes to `done`."""
        import ray

        streams = list(self.going)
        if patience and streams:
            ray.wait(streams, timeout=patience, fetch_local=False)
        ready, _ = ray.wait(streams, num_returns=len(streams), timeout=0, fetch_local=False) if streams else ([], [])
        for stream in ready:
            begun = self.going[stream]
            if not begun.node:
                with self._mended(begun):
                    begun.node, begun.since = ray.get(next(stream)), time.monotonic()
            else:
                self.done.append(self.going.pop(stream))
        for begun in [each for each in self.going.values() if time.monotonic() - each.since > self._longest]:
            begun.lost = Lost(f"took longer than {self._longest:g} s and was given up")
            self._cancel(begun)
            self.done.append(begun)

    def result(self, begun: Begun[Item]) -> Any:
        """What came of an item that is done; `AGAIN` when its process or node is lost and it was begun anew."""
        import ray

        if begun.lost is not None:
            return begun.lost
        told: Told | None = None
        with self._mended(begun):
            told = pickle.loads(ray.get(next(begun.stream)))  # noqa: S301 -- from the user's cluster
        if told is None:
            return AGAIN
        begun.stream = None
        if told.unfit:
            raise PluginError(f"node {told.node} of the Ray cluster {told.unfit}.")
        if told.error is not None:
            raise told.error from ElsewhereError(f"on node {told.node}:\n{told.trace}")
        return outcome_of(told.outcome)

    @contextmanager
    def _mended(self, begun: Begun[Item]) -> Iterator[None]:
        """Begin an item anew whose process or node is lost; the last time, it is done, and lost."""
        import ray

        try:
            yield
            return
        except ray.exceptions.RayTaskError as error:
            last = str(error).strip().splitlines()[-1]
            raise PluginError(
                f"a process of the Ray cluster cannot begin: {last}. Install the same choreo on all nodes."
            ) from None
        except _node_lost():
            begun.moves += 1
            why = f"was lost with its node, {begun.moves} times"
        except ray.exceptions.OutOfMemoryError:
            begun.ends += 1
            why = f"was killed {begun.ends} times; the node has run out of memory"
        except ray.exceptions.RayError:
            begun.ends += 1
            why = f"died {begun.ends} times"
        self.going.pop(begun.stream, None)
        if begun.ends < ENDS and begun.moves < MOVES:
            self._begin(begun)
        else:
            begun.lost = Lost(f"{why}, the last time on node {begun.node}" if begun.node else why)
            self.done.append(begun)

    def _cancel(self, begun: Begun[Item]) -> None:
        import ray

        self.going.pop(begun.stream, None)
        with suppress(ray.exceptions.RayError):
            ray.cancel(begun.stream, force=True)
        begun.stream = None

    def close(self) -> None:
        """Raise what the caller's items raised."""
        self._intake.close()

    def end(self) -> None:
        """End what is being worked on, and let go of what the cluster keeps."""
        for begun in list(self.going.values()):
            self._cancel(begun)
        self.done.clear()
        self._given.clear()


class ElsewhereError(Exception):
    """Where on the cluster an exception comes from; its cause there."""


def _node_lost() -> tuple[type[BaseException], ...]:
    from ray import exceptions

    return exceptions.NodeDiedError, exceptions.ObjectLostError, exceptions.LocalRayletDiedError


AGAIN: Any = object()
"""In place of a result: the item was begun anew."""
