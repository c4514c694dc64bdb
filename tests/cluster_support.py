"""A Ray cluster of two nodes for tests: its own processes, in namespaces where nothing outside can reach them.

Ray's head listens on every address and turns 127.0.0.1 into the machine's; so the nodes have a network of their own,
with nothing but loopback in it, and are 127.0.0.2 and 127.0.0.3. Their process ids are of a namespace, too, whose first
process waits for the test: whatever ends the test ends all of them.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

HEAD, SECOND = "127.0.0.2", "127.0.0.3"
PORT = 6379
LONGEST_START = 90.0
"""Seconds in which a node has started; it takes about eight."""
STORE = 100_000_000
"""Bytes of a node's object store: near the least that Ray takes."""
KEPT = (
    "PATH",
    "PYTHONPATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "OMP_NUM_THREADS",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONWARNINGS",
)
"""Variables of the environment that go into the cluster, with those of choreo."""
AS_ROOT = () if os.name != "posix" or os.geteuid() == 0 else ("--user", "--map-root-user")


def require_cluster() -> None:
    """Skip the test where no cluster can be started; fail with CHOREO_REQUIRE_RAY=1."""
    if (missing := _missing()) is None:
        return
    if os.environ.get("CHOREO_REQUIRE_RAY") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


def _missing() -> str | None:
    if find_spec("ray") is None:
        return "ray is not installed (pip install ray)"
    if not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return "no programs unshare, nsenter and ip here"
    done = subprocess.run([*_apart(), "true"], capture_output=True, text=True, timeout=30)
    return f"no namespaces here: {done.stderr.strip()}" if done.returncode else None


def _apart() -> list[str]:
    return ["unshare", *AS_ROOT, "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


class Cluster:
    """A head and a second node; made by `ray_cluster`.

    Parameters
    ----------
    folder
        For Ray's files; a short path, since sockets lie in it.
    cpus
        Items that each node works on at once.
    environ
        More variables for the nodes.
    """

    address = f"{HEAD}:{PORT}"

    def __init__(self, folder: Path, cpus: int = 1, environ: Mapping[str, str] | None = None) -> None:
        self._folder, self._cpus = folder, cpus
        self.environ = {
            **{name: value for name, value in os.environ.items() if name in KEPT or name.startswith("CHOREO_")},
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_health_check_period_ms": "500",
            "RAY_health_check_timeout_ms": "2000",
            "RAY_health_check_failure_threshold": "3",
            **(environ or {}),
        }
        self._started: list[subprocess.Popen[Any]] = []
        self._second: subprocess.Popen[bytes] | None = None
        self._anchor = subprocess.Popen(
            [*_apart(), "sh", "-c", "ip link set lo up && echo ready && cat; exit 0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what unshare says when its child is killed
        )
        assert self._anchor.stdout is not None
        assert self._anchor.stdout.readline() == b"ready\n"
        (self._first,) = psutil.Process(self._anchor.pid).children()

    def begin(self) -> None:
        """Start both nodes, and wait for them."""
        self._start("head", ["--head", f"--port={PORT}", "--include-dashboard=false"], HEAD)
        self._await("head")
        self.start_second()

    def start_second(self, environ: Mapping[str, str] | None = None, *, wait: bool = True) -> None:
        """Start the second node, for the first time or again, and `wait` until it has joined.

        `environ` has more variables for it.
        """
        self._second = self._start("second", [f"--address={self.address}"], SECOND, environ)
        if wait:
            self._await("second")

    def kill_second(self) -> None:
        """SIGKILL all processes of the second node at once, as if its machine had lost power."""
        assert self._second is not None
        killed: list[psutil.Process] = []
        for keeps in (True, False):  # held first: what is held starts no other
            killed = psutil.Process(self._second.pid).children(recursive=True)
            for each in killed if keeps else ():
                with suppress(psutil.NoSuchProcess):
                    each.suspend()
        for each in killed:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.Process(self._second.pid).resume()  # nsenter stops where its child does
        self._second.wait(30)
        psutil.wait_procs(killed, 30)
        self._second = None

    def start(self, *arguments: str, environ: Mapping[str, str] | None = None, cwd: str | None = None) -> Driver:
        """Start Python with these arguments as a driver on the head's machine."""
        command = [*self._inside(), sys.executable, *arguments]
        started = subprocess.Popen(
            command,
            env={**self.environ, "RAY_ADDRESS": self.address, **(environ or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(started)
        return Driver(started)

    def run(
        self,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        cwd: str | None = None,
        longest: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments as a driver on the head's machine: its output and code."""
        driver = self.start(*arguments, environ=environ, cwd=cwd)
        try:
            output, errors = driver.process.communicate(timeout=longest)
        except subprocess.TimeoutExpired:
            driver.kill()
            output, errors = driver.process.communicate()
            raise AssertionError(f"took longer than {longest:g} s\n{output}\n{errors}") from None
        return subprocess.CompletedProcess(arguments, driver.process.returncode, output, errors)

    def processes(self) -> list[psutil.Process]:
        """All processes of the cluster, and drivers."""
        return [each for each in self._first.children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE] + [
            child
            for started in self._started
            if started.poll() is None
            for child in psutil.Process(started.pid).children(recursive=True)
        ]

    def end(self) -> None:
        """End all processes; Ray's files stay for who looks."""
        for pipe in (self._anchor.stdin, self._anchor.stdout):
            assert pipe is not None
            pipe.close()
        with suppress(psutil.NoSuchProcess):
            self._first.kill()  # the kernel ends all of its namespace
        for started in self._started:
            started.kill()  # nsenter
            started.wait(30)
            for stream in (started.stdout, started.stderr):
                if stream is not None:
                    stream.close()
        self._anchor.wait(30)

    def _inside(self) -> list[str]:
        user = ["--user", "--preserve-credentials"] if AS_ROOT else []
        return ["nsenter", f"--target={self._first.pid}", *user, "--net", "--pid", "--mount"]

    def _start(
        self, name: str, arguments: list[str], node: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("wb") as log:
            started = subprocess.Popen(
                [*self._inside(), sys.executable, "-m", "ray.scripts.scripts", "start", "--block", *arguments,
                 f"--node-ip-address={node}", f"--num-cpus={self._cpus}", f"--object-store-memory={STORE}",
                 f"--temp-dir={self._folder / name}", "--disable-usage-stats"],
                env={**self.environ, **(environ or {})}, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._started.append(started)
        return started

    def _await(self, name: str) -> None:
        until = time.monotonic() + LONGEST_START
        log = self._folder / f"{name}.log"
        while "Ray runtime started" not in (said := log.read_text(encoding="utf-8")):
            assert self._started[-1].poll() is None, f"the {name} node ended:\n{said}"
            assert time.monotonic() < until, f"the {name} node did not start in {LONGEST_START:g} s:\n{said}"
            time.sleep(0.1)


class Driver:
    """A Python process beside the cluster; `process` has its pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def kill(self, signal: int = 9) -> None:
        """Send a signal to the process itself: by default it ends at once, and can tidy nothing."""
        for child in psutil.Process(self.process.pid).children():
            child.send_signal(signal)


@contextmanager
def ray_cluster(cpus: int = 1, environ: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Two nodes for a block; all that was started is ended after it, however that ends."""
    folder = Path(tempfile.mkdtemp(prefix="ray", dir="/tmp"))
    cluster = Cluster(folder, cpus, environ)
    try:
        cluster.begin()
        yield cluster
    finally:
        cluster.end()
        shutil.rmtree(folder, ignore_errors=True)
