"""Start the processes that try cases, notice those that die, and collect what they say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
SECONDS = 10
"""Of work of the processor that a case may take, not of the clock: a busy machine must not decide."""
SILENCE = 300.0
"""Seconds of the clock without a word or a new case, after which a process counts as hanging without working."""


@dataclass
class Tried:
    """What became of the damaged files of one reader; `worst` in bytes and seconds of work, with the case's number."""

    reader: str
    tried: int = 0
    result: int = 0
    refused: int = 0
    left_out: int = 0
    findings: list[tuple[int, str]] = field(default_factory=list)
    memory: tuple[int, int] = (0, 0)
    seconds: tuple[float, int] = (0.0, 0)

    def add(self, said: dict[str, object]) -> None:
        """Take in a summary of some of the cases."""
        self.tried += int(str(said["tried"]))
        self.result += int(str(said["result"]))
        self.refused += int(str(said["refused"]))
        self.left_out += int(str(said["left out"]))
        self.memory = max(self.memory, (int(str(said["memory"])), int(str(said["memory_case"]))))
        self.seconds = max(self.seconds, (float(str(said["seconds"])), int(str(said["seconds_case"]))))


def try_readers(
    readers: Sequence[str],
    count: int,
    seed: int = 0,
    *,
    jobs: int = 2,
    seconds: int = SECONDS,
    progress: Callable[[Tried], None] | None = None,
) -> dict[str, Tried]:
    """Try `count` damaged files with each reader, in `jobs` processes at a time; a case may work `seconds`."""
    found: dict[str, Tried] = {}
    lock = threading.Lock()
    waiting = list(reversed(readers))

    def work(folder: str) -> None:
        while True:
            with lock:
                if not waiting:
                    return
                share = [waiting.pop() for _ in range(max(1, len(waiting) // (2 * jobs)))]
            for each in _try_some(share, {"count": count, "seed": seed, "seconds": seconds}, Path(folder)):
                with lock:
                    found[each.reader] = each
                    if progress:
                        progress(each)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        for one in [pool.submit(work, f"{folder}/{number}") for number in range(jobs)]:
            one.result()
    return {name: found[name] for name in readers}


def _try_some(readers: Sequence[str], wanted: dict[str, int], folder: Path) -> list[Tried]:
    """Try some readers in one process, and in another whenever one dies."""
    folder.mkdir(exist_ok=True)
    found = {name: Tried(name) for name in readers}
    todo = [(name, 0) for name in readers]
    while todo:
        at = folder / "at"
        at.write_text("", encoding="ascii")
        task = {"readers": todo, **wanted, "folder": str(folder), "at": str(at)}
        code, done = _one_process(task, at, found)
        todo = [(name, first) for name, first in todo if name not in done]
        if not todo:
            break
        said = json.loads(at.read_text(encoding="ascii") or "{}")
        if said.get("reader") not in dict(todo):  # it died between readers, as when seeds are made
            said = {"reader": todo[0][0], "case": wanted["count"]}
        else:
            found[said["reader"]].add(said)
        name, case = said["reader"], said["case"]
        found[name].tried += 1
        found[name].findings.append((case, _ended(code)))
        todo = [(other, case + 1 if other == name else first) for other, first in todo]
    return list(found.values())


def _one_process(task: dict[str, object], at: Path, found: dict[str, Tried]) -> tuple[int, set[str]]:
    """Run one process to its end: exit code, and the readers that it finished."""
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join([str(HOME), str(HOME.parent / "benchmarks")]), "PYTHONSAFEPATH": "",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CHOREO_CACHE": f"{task['folder']}/cache",
    }  # fmt: skip
    done: set[str] = set()
    quiet = threading.Event()
    with (
        (at.parent / "errors.txt").open("w") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "fuzzing.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            text=True, env=environment, cwd=HOME,
        ) as child,
    ):  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(task) + "\n")
        child.stdin.close()
        threading.Thread(target=_guard, args=(child, at, quiet), daemon=True).start()
        for line in child.stdout:
            said = json.loads(line)
            if said.get("done"):
                found[said["reader"]].add(said)
                done.add(said["reader"])
            else:
                found[said["reader"]].findings.append((said["case"], said["finding"]))
        quiet.set()
        code = child.wait()
    return code, done


def _guard(child: subprocess.Popen[str], at: Path, quiet: threading.Event) -> None:
    """End a process that stands still without working."""
    before = None
    while not quiet.wait(SILENCE):
        now = at.read_bytes()
        if now == before:
            child.kill()
            return
        before = now


def _ended(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "more s of work than allowed"
    if code == -signal.SIGKILL:
        return "stands still, or was killed"
    return f"the process ended: {signal.Signals(-code).name}" if code < 0 else f"the process ended with {code}"
