"""Where work is done: in processes of this machine, or on a cluster, by a plugin.

choreo has no scheduler. An engine is told what to do with each of many items, and gives the results as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from choreo import plugins
from choreo.errors import ChoreoError

if TYPE_CHECKING:
    from choreo.protocols import Workers

Item = TypeVar("Item")

LOCAL = "local"
Outcome = tuple[bool, Any]
"""What a process tells of an item: whether there is a result, and that or the error as `packed_error` makes it."""


@contextmanager
def open_engine(asked: str = LOCAL, jobs: int = 0) -> Iterator[Workers]:
    """Connect to the engine that the user asked for; it is left at the end of the block.

    Parameters
    ----------
    asked
        Name of a ``choreo.engines`` plugin, and after a colon an address for it: ``local``, ``ray``,
        ``ray:10.0.0.1:6379``.
    jobs
        Most items at once; 0 for as many as there are processors.

    Raises
    ------
    PluginError
        When there is no such engine, or it cannot be reached.
    MissingExtraError
        When its package is not installed.

    Examples
    --------
    >>> from choreo.engines import open_engine
    >>> def double(item, shared):
    ...     return 2 * item
    >>> with open_engine("local", jobs=1) as workers:
    ...     sorted(workers.each(double, [1, 2, 3]))
    [(1, 2), (2, 4), (3, 6)]
    """
    name, _, address = asked.partition(":")
    engine = plugins.ready("engines", name)
    with engine.connect(address, jobs) as workers:
        yield workers


def run_item(work: Callable[[Any, Any], Any], item: Any, shared: Any) -> Outcome:
    """Do the work on an item in a process of an engine: what `outcome_of` takes at the other end.

    Errors of choreo go as class and message, since click's, of which they are, do not survive pickling.
    """
    try:
        return True, work(item, shared)
    except ChoreoError as error:
        return False, (type(error), error.message)


def outcome_of(outcome: Outcome) -> Any:
    """Result that `run_item` told.

    Raises
    ------
    ChoreoError
        The one that the work raised.
    """
    good, told = outcome
    if good:
        return told
    kind, message = told
    error = kind.__new__(kind)
    ChoreoError.__init__(error, message)
    raise error


class Intake(Generic[Item]):
    """Items of a caller, taken one by one as there is room; for engines, which hold no more than they can work on.

    What the caller's iterator raises waits until the results of all items before are given away.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._items: Iterator[Item] | None = iter(items)
        self._error: Exception | None = None

    def take(self, room: int) -> Iterator[Item]:
        """Yield `room` items, or those that are left."""
        for _ in range(room):
            if self._items is None:
                return
            try:
                item = next(self._items)
            except StopIteration:
                self._items = None
            except Exception as error:  # noqa: BLE001 -- raised by `close`
                self._items, self._error = None, error
            else:
                yield item

    def close(self) -> None:
        """Raise what the caller's iterator raised, when all else is done."""
        if self._error is not None:
            raise self._error


__all__ = ["LOCAL", "Intake", "open_engine", "outcome_of", "run_item"]
