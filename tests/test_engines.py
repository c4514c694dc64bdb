"""The door to engines, and the one of this machine's processes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from choreo.engines import Intake, open_engine
from choreo.errors import PluginError
from choreo.types import Lost


def process(item: int, shared: object) -> int:
    return os.getpid()


def heavy(item: int, shared: object) -> int:
    if item == 1:
        os.kill(os.getpid(), 9)
    return item


def shared_once(item: int, shared: list[int]) -> int:
    shared.append(item)
    return len(shared)


def counted(up_to: int) -> Iterator[int]:
    yield from range(up_to)
    raise RuntimeError("the list ends here")


def test_unknown_engines_are_named() -> None:
    with pytest.raises(PluginError, match=r"no engines plugin is called 'lokal'. Did you mean 'local'\?"):
        open_engine("lokal").__enter__()


def test_the_local_engine_works_elsewhere_and_in_as_many_processes_as_asked() -> None:
    with open_engine("local", jobs=2) as workers:
        assert (workers.slots(), workers.remote) == (2, False)
        found = {result for _, result in workers.each(process, range(8))}
    assert os.getpid() not in found
    assert len(found) <= 2


def test_a_process_gets_what_is_shared_once() -> None:
    with open_engine("local", jobs=1) as workers:
        assert [result for _, result in workers.each(shared_once, range(4), shared=[])] == [1, 2, 3, 4]


def test_why_an_item_is_lost_is_told() -> None:
    with open_engine("local", jobs=1) as workers:
        found = dict(workers.each(heavy, [0, 1, 2]))
    lost = found.pop(1)
    assert isinstance(lost, Lost)
    assert lost.why == "was killed; the machine may have run out of memory"
    assert found == {0: 0, 2: 2}


def test_processes_work_while_the_caller_does() -> None:
    """Before a result is given, a process that is free has the next item."""
    taken = []

    def items() -> Iterator[int]:
        for item in range(6):
            taken.append(item)
            yield item

    with open_engine("local", jobs=2) as workers:
        for given, _ in enumerate(workers.each(process, items()), 1):
            assert len(taken) >= min(6, given + 2)


def test_an_intake_takes_what_there_is_room_for() -> None:
    intake = Intake(counted(5))
    assert [*intake.take(2)] == [0, 1]
    assert [*intake.take(0)] == []
    assert [*intake.take(9)] == [2, 3, 4]
    assert [*intake.take(9)] == []
    with pytest.raises(RuntimeError, match="the list ends here"):
        intake.close()


def test_an_intake_of_all_closes_in_peace() -> None:
    intake = Intake([1])
    assert [*intake.take(9)] == [1]
    intake.close()
