"""What drivers of tests/test_ray.py do: ``python tests/ray_drivers.py NAME ...`` beside a cluster."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from choreo.engines import open_engine
from choreo.errors import AudioError, ChoreoError
from choreo.types import Lost


def note(item: int, folder: str) -> tuple[int, int]:
    """Note in a file of the folder that the item is being worked on; gives it and its process."""
    with (Path(folder) / f"{item}-{os.getpid()}-{time.monotonic_ns()}").open("x"):
        pass
    time.sleep(0.3)
    return item, os.getpid()


def stay(item: int, folder: str) -> None:
    """Write this process's number down, and stay."""
    (Path(folder) / f"at-{os.getpid()}").write_text(str(item), encoding="utf-8")
    time.sleep(600)


def odd(item: Any, shared: Any) -> Any:
    """Do what the item says."""
    if item == "ends":
        os._exit(7)
    if item == "stays":
        time.sleep(600)
    if item == "choreo":
        raise AudioError("song.wav: no sound")
    if item == "own":
        raise ArithmeticError("two and two")
    if item == "unfit":
        return sys._getframe()
    if isinstance(item, bytes):
        return item[::-1]
    return item


def weigh(item: int, shared: Any) -> bytes:
    """A large result."""
    return bytes([item]) * 20_000_000


def modules(item: int, shared: Any) -> list[str]:
    """Where modules come from."""
    import choreo.version

    return [*sys.path, str(choreo.version.__file__)]


def noted(folder: str, count: str) -> None:
    """Work on `count` items; a line for each, and one of how many came more than once or never."""
    came = []
    with open_engine("ray") as workers:
        for item, result in workers.each(note, range(int(count)), shared=folder):
            assert not isinstance(result, Lost), result
            came.append(item)
            print(item, flush=True)
    print(json.dumps(sorted(came) == list(range(int(count)))), flush=True)


def stays(folder: str) -> None:
    """Have items that stay; the driver is ended from outside."""
    with open_engine("ray") as workers:
        list(workers.each(stay, range(8), shared=folder))


def odds() -> None:
    """What odd items come to."""
    told: dict[str, Any] = {}
    with open_engine("ray") as workers:
        assert workers.remote
        for item in ("ends", "stays"):
            ((_, result),) = workers.each(odd, [item], longest=3)
            told[item] = result.why
        for item in ("choreo", "own", "unfit"):
            try:
                list(workers.each(odd, [item]))
            except Exception as error:  # noqa: BLE001 -- which one is what is asked
                told[item] = [type(error).__name__, str(error), str(error.__cause__)]
        large = os.urandom(3_000_000)
        ((_, result),) = workers.each(odd, [large])
        told["large"] = result == large[::-1]
        told["slots"] = workers.slots()
    with open_engine("ray", jobs=1) as workers:
        told["one"] = workers.slots()
    print(json.dumps(told), flush=True)


def weighs() -> None:
    """Take 30 results of 20 MB slowly: how much this process grew, in MB, and how much the cluster's store holds."""
    import psutil

    me, most = psutil.Process(), 0
    with open_engine("ray") as workers:
        before = me.memory_full_info().uss
        for item, result in workers.each(weigh, range(30)):
            assert not isinstance(result, Lost)
            assert result[-1] == item
            del result
            most = max(most, me.memory_full_info().uss)
    print((most - before) // 1_000_000, flush=True)


def paths() -> None:
    """Where modules of Ray's processes come from."""
    with open_engine("ray") as workers:
        ((_, found),) = workers.each(modules, [0])
    print(json.dumps(found), flush=True)


def refused(engine: str) -> None:
    """The error of an engine that cannot be reached."""
    try:
        with open_engine(engine):
            print("reached", flush=True)
    except ChoreoError as error:
        print(f"{type(error).__name__}: {error.message}", flush=True)


def late() -> None:
    """The error of work on a node that has another version, and joined after all were asked."""
    import choreo_ray.workers as there

    with open_engine("ray") as workers:
        vars(there)["versions"] = lambda: ("9.9", "3.11")
        try:
            list(workers.each(odd, [1]))
        except ChoreoError as error:
            print(f"{type(error).__name__}: {error.message}", flush=True)


def contract() -> None:
    """Keep the contract of engines."""
    from choreo import plugins, testing

    testing.check_engines(plugins.ready("engines", "ray"))
    print("kept", flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
