"""A generator on a thread of its own, a few items ahead of whoever takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Generator[Item, None, None], most: int, name: str = "") -> Iterator[Item]:
    """Yield the items in order, at most so many made before they are wanted; errors come where their item would.

    All of the generator runs on one thread, its end too: closing this closes it there.
    """
    end = object()
    thread = ThreadPoolExecutor(1, thread_name_prefix=name)
    waiting: deque[Future[Item | object]] = deque()
    try:
        waiting.extend(thread.submit(next, items, end) for _ in range(most))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, items, end))
            yield item  # type: ignore[misc]
    finally:
        for task in waiting:
            task.cancel()
        closing = None
        with suppress(RuntimeError):  # left open until the interpreter's end, when threads have ended
            closing = thread.submit(items.close)
        if closing is not None:
            closing.result()
        thread.shutdown()
