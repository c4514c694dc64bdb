"""What a thread makes ahead of its taker: order, bounds, errors, the end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Generator

import pytest

from choreo_pyrender.ahead import ahead


class Making:
    """Counts, and remembers what happened on which thread."""

    def __init__(self, count: int, broken: int = -1) -> None:
        self.count, self.broken = count, broken
        self.made, self.ended = list[int](), 0
        self.threads = set[int]()
        self.slow = threading.Semaphore(0)

    def items(self) -> Generator[int, None, None]:
        try:
            for item in range(self.count):
                self.threads.add(threading.get_ident())
                if item == self.broken:
                    raise LookupError(item)
                self.made.append(item)
                self.slow.release()
                yield item
        finally:
            self.threads.add(threading.get_ident())
            self.ended += 1


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_all_come_in_order_and_the_end_ends_it(count: int, most: int) -> None:
    making = Making(count)
    assert list(ahead(making.items(), most)) == list(range(count))
    assert making.ended == 1
    assert threading.get_ident() not in making.threads
    assert len(making.threads) == 1


def test_no_more_are_made_than_allowed() -> None:
    making = Making(40)
    taken = ahead(making.items(), 2)
    assert [next(taken), next(taken)] == [0, 1]
    for _ in range(4):
        making.slow.acquire(timeout=10)
    taken.close()  # type: ignore[attr-defined]
    assert making.made == [0, 1, 2, 3]


def test_an_error_comes_where_its_item_would() -> None:
    making = Making(9, broken=3)
    taken = ahead(making.items(), 2)
    assert [next(taken) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(LookupError, match="3"):
        next(taken)
    assert making.ended == 1
    assert next(taken, None) is None


def test_closing_ends_the_items_on_their_thread() -> None:
    making = Making(40)
    taken = ahead(making.items(), 2, "test-ahead")
    next(taken)
    taken.close()  # type: ignore[attr-defined]
    assert making.ended == 1
    assert len(making.threads) == 1
    assert not any(thread.name.startswith("test-ahead") for thread in threading.enumerate())


def test_left_open_it_lets_the_interpreter_end() -> None:
    code = """
from choreo_pyrender.ahead import ahead
kept = ahead((number for number in range(40)), 2)
print(next(kept))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
