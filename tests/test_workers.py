"""Processes of choreo's: they need nothing of the caller's script, and none outlives the run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest

from choreo.engines import open_engine
from choreo.workers import start_workers

SCRIPT = """
import os, sys
from choreo.workers import start_workers

print("script runs", flush=True)
with start_workers(2) as pool:
    print(pool.submit(os.getpid).result() != os.getpid(), flush=True)
    print(" ".join(str(pool.submit(os.getpid).result()) for _ in range(4)), flush=True)
    sys.stdin.read()
"""


def started(tmp_path: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """A script without a main guard that has workers, and their numbers."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(3)]
    assert lines[:2] == ["script runs", "True"]
    return process, [int(number) for number in lines[2].split()]


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    process, _ = started(tmp_path)
    rest, _ = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "")


def test_workers_end_with_a_killed_run(tmp_path: Path) -> None:
    process, numbers = started(tmp_path)
    workers = [psutil.Process(number) for number in set(numbers)]
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert alive == []


def numbered(item: int, shared: None) -> int:
    if item:
        time.sleep(600)
    return os.getpid()


def test_workers_are_stopped_when_the_run_fails() -> None:
    def failing() -> None:
        with open_engine("local", 2) as engine:
            for _, number in engine.each(numbered, [0, 1, 2]):
                assert isinstance(number, int)
                workers.append(psutil.Process(number))
                raise KeyboardInterrupt

    workers: list[psutil.Process] = []
    with pytest.raises(KeyboardInterrupt):
        failing()
    assert workers
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_a_worker_that_dies_is_told() -> None:
    with pytest.raises(BrokenProcessPool), start_workers(1) as pool:
        pool.submit(os._exit, 3).result()


def test_the_keeper_of_resources_may_be_gone() -> None:
    from loky.backend.resource_tracker import _resource_tracker as tracker

    with start_workers(1) as pool:
        assert pool.submit(os.getpid).result()
    os.kill(tracker._pid, signal.SIGKILL)
    with start_workers(1) as pool:
        assert pool.submit(os.getpid).result()


def test_workers_look_for_no_module_in_the_current_folder() -> None:
    with start_workers(1) as pool:
        assert pool.submit(os.getenv, "PYTHONSAFEPATH").result() == "1"
