"""Try cases in this process, under limits of memory and time: ``python -m fuzzing.child``, started by `trial`.

Reads a task as JSON from its input and writes a line of JSON for each reader and each finding. A case that ends the
process, be it by a fault of memory or by its limit, is known to the parent by what stands in the file `at`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from choreo import plugins
from fuzzing.readers import Reader

MEMORY = 2 << 30
"""Bytes that a case may take more than the process had before."""
LONGEST_MESSAGE = 2100
"""Characters of a refusal."""


def damaged(reader: str, seed: int, case: int, paths: list[Path]) -> tuple[Path, bytes]:
    """Which seed a case is made of, and the damaged bytes; `paths` in their order."""
    from fuzzing.mutate import mutated

    rng = random.Random(f"{seed}/{reader}/{case}")
    path = rng.choice(paths)
    return path, mutated(path.read_bytes(), known_reader(reader).form(path), rng)


def known_reader(name: str) -> Reader:
    """A reader by its name, the hostile one included."""
    from fuzzing.hostile import HOSTILE
    from fuzzing.readers import READERS

    return HOSTILE if name == "hostile" else READERS[name]


def peak() -> int:
    """Largest size of this process in memory, bytes, since `reset`."""
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << (0 if sys.platform == "darwin" else 10)


def reset() -> int:
    """Forget the largest size, where the system can, and return the present one."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as clear:
        clear.write("5")
    return peak()


def limit_memory() -> None:
    """No more than `MEMORY` beyond what there is now."""
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="ascii") as sizes:
        now = int(sizes.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def limited_time(seconds: int) -> Iterator[None]:
    """The kernel ends this process after `seconds` more of work, also in code that Python cannot interrupt."""
    used = int(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds + 1, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def outcome(reader: str, path: Path) -> tuple[str, str]:
    """``result``, ``refused`` or ``left out``; else ``finding`` with what happened."""
    from choreo.errors import ChoreoError, PluginError

    known = known_reader(reader)
    try:
        return ("result" if known.read(path) else "left out"), ""
    except PluginError as error:
        return "finding", f"a plugin is blamed: {error.message}"
    except ChoreoError as error:
        said = error.format_message()
        if (known.names or path.name) not in said:
            return "finding", f"the file is not named: {type(error).__name__}: {said[:300]}"
        if len(said) > LONGEST_MESSAGE:
            return "finding", f"a message without an end: {said[:300]!r}"
        return "refused", ""
    except BaseException as error:  # noqa: BLE001  that is what is looked for
        where = traceback.extract_tb(error.__traceback__)[-6:]
        lines = [f"{'/'.join(Path(line.filename).parts[-2:])}:{line.lineno} {line.name}" for line in where]
        return "finding", f"{type(error).__name__}: {str(error)[:200]} ({' > '.join(lines)})"


def try_cases(reader: str, task: dict[str, Any], first: int, out: TextIO, at: Any) -> None:
    """Cases ``first .. count - 1`` of a reader."""
    folder = Path(task["folder"]) / reader
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    paths = known_reader(reader).make(folder)
    whole = {path: path.read_bytes() for path in paths}
    for path in paths:  # imports and compilation; and seeds must be good
        found = outcome(reader, path)
        if found[0] != "result":
            print(
                json.dumps({"reader": reader, "case": -1, "finding": f"seed {path.name}: {found}"}),
                file=out,
                flush=True,
            )
    limit_memory()
    told = {"tried": 0, "result": 0, "refused": 0, "left out": 0, "finding": 0}
    worst: dict[str, Any] = {"memory": 0, "memory_case": 0, "seconds": 0.0, "seconds_case": 0}
    parent = os.getppid()
    for case in range(first, task["count"]):
        if os.getppid() != parent:  # nobody listens any more
            os._exit(1)
        at.seek(0)
        at.write(json.dumps({"reader": reader, "case": case, **told, **worst}).ljust(512))
        at.flush()
        path, data = damaged(reader, task["seed"], case, paths)
        path.write_bytes(data)
        before, begun = reset(), time.process_time()
        with limited_time(task["seconds"]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind, what = outcome(reader, path)
        seconds, memory = time.process_time() - begun, peak() - before
        path.write_bytes(whole[path])
        if kind != "finding" and (seconds > task["seconds"] or memory > MEMORY):
            kind, what = "finding", f"{seconds:.1f} s and {memory >> 20} MiB"
        told["tried"] += 1
        told[kind] += 1
        if kind == "finding":
            print(
                json.dumps({"reader": reader, "case": case, "finding": what, "file": path.name}), file=out, flush=True
            )
        for name, value in (("memory", memory), ("seconds", seconds)):
            if value > worst[name]:
                worst[name], worst[f"{name}_case"] = value, case
    print(json.dumps({"reader": reader, **told, **worst, "done": True}), file=out, flush=True)


def main() -> None:
    """Do the task."""
    task = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    plugins.candidates = cache(plugins.candidates)  # looking for what is installed takes longer than most cases
    with open(task["at"], "w+", encoding="ascii") as at:
        for reader, first in task["readers"]:
            try_cases(reader, task, first, out, at)


if __name__ == "__main__":
    main()
