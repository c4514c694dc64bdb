"""A studio that runs in a process of its own, and those who speak with it."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from websockets.sync.client import ClientConnection, connect

CHOREO = ("-P", "-m", "choreo", "studio", "--no-open")
ARRAYS = {"i1": np.int8, "u1": np.uint8, "i2": np.int16, "u2": np.uint16, "u4": np.uint32, "f4": np.float32}


class Studio:
    """``choreo studio`` with some words, in a folder; or another program that says the same."""

    def __init__(self, folder: Path, *words: str, program: Sequence[str] = CHOREO) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *program, *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self.folder = folder
        self.lines: list[str] = []
        self._begun = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._begun.wait(90), "the studio does not begin"
        assert self.process.poll() is None, self.lines
        self.address = next(line for line in self.lines if "http" in line).split(" at ")[1].strip()
        self.host = urlsplit(self.address).netloc
        self.origin = f"http://{self.host}"
        with self.client(cookie=False) as client:
            self.cookie = client.get(self.address).headers["set-cookie"].split(";")[0]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if "Ctrl-C ends it" in line:
                self._begun.set()
        self._begun.set()

    def client(self, headers: Mapping[str, str] | None = None, *, cookie: bool = True) -> httpx.Client:
        """Somebody who asks as the page does, or without the cookie, or with other headers."""
        found = {"origin": self.origin, **({"cookie": self.cookie} if cookie else {}), **(headers or {})}
        return httpx.Client(base_url=self.origin, headers=found, trust_env=False, timeout=60)

    def page(self) -> Page:
        """A page that is open."""
        return Page(self)

    def end(self, number: int = signal.SIGINT) -> int:
        """End it by a signal; its exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        code = self.process.wait(30)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


class Page:
    """What a page of the studio does, without a browser."""

    def __init__(self, studio: Studio) -> None:
        self._connection = connect(
            f"ws://{studio.host}/ws",
            additional_headers={"origin": studio.origin, "cookie": studio.cookie},
            max_size=None,
            proxy=None,
            compression=None,
            close_timeout=0.5,
        )
        self.socket: ClientConnection = self._connection.__enter__()
        self.pushes: list[dict[str, Any]] = []
        self.frames: list[tuple[dict[str, Any], list[tuple[np.ndarray, np.ndarray]]]] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._number = 0

    def __enter__(self) -> Page:
        """Be open until the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Go."""
        self.socket.close()

    def send(self, name: str, **fields: Any) -> int:
        """Ask for something; the number of the ask."""
        self._number += 1
        self.socket.send(json.dumps({"id": self._number, "ask": name, **fields}))
        return self._number

    def hear(self, timeout: float = 60) -> None:
        """Take one thing that the server says."""
        said = self.socket.recv(timeout)
        if isinstance(said, bytes):
            head, motions = unpacked(said)
            self.frames.append((head, motions))
            if head["id"] is not None:
                self._answers[head["id"]] = {"id": head["id"], "ok": head}
            return
        message = json.loads(said)
        if "push" in message:
            self.pushes.append(message)
        elif message["id"] is not None:
            self._answers[message["id"]] = message
        else:
            self.pushes.append(message)

    def until(self, found: Callable[[], Any], timeout: float = 60) -> Any:
        """Listen until something is so."""
        while not (value := found()):
            self.hear(timeout)
        return value

    def ask(self, name: str, **fields: Any) -> dict[str, Any]:
        """Ask and wait for the answer: ``ok`` or ``error``."""
        number = self.send(name, **fields)
        return dict(self.until(lambda: self._answers.pop(number, None)))

    def act(self, **action: Any) -> dict[str, Any]:
        """Change the dance."""
        return self.ask("act", action=action)

    def state_told(self) -> None:
        """Wait until it was told how things are, be it that nothing is open."""
        self.until(lambda: any(each.get("push") == "state" for each in self.pushes))

    def seen(self, revision: int) -> None:
        """Wait for the state of a revision."""
        while self.state()["revision"] != revision:
            self.hear()

    def state(self) -> dict[str, Any]:
        """The newest state that was pushed."""

        def newest() -> Any:
            return next((each["state"] for each in reversed(self.pushes) if each.get("push") == "state"), None)

        return dict(self.until(newest))


def unpacked(data: bytes) -> tuple[dict[str, Any], list[tuple[np.ndarray, np.ndarray]]]:
    """Head of a binary frame, and translation ``(T, 3)`` and rotations ``(T, J, 4)`` xyzw of each dancer."""
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    blob = zlib.decompress(data[4 + length :])

    def array(entry: Sequence[Any]) -> np.ndarray:
        kind, first, count = entry
        return np.frombuffer(blob, np.dtype(ARRAYS[kind]).newbyteorder("<"), count, first)

    motions = []
    for dancer in head["dancers"]:
        change = array(dancer["rotations"]).reshape(-1, 4, head["frames"])
        turned = np.cumsum(change, axis=-1, dtype=np.int16).transpose(2, 0, 1) / 32767
        motions.append((array(dancer["translation"]).reshape(-1, 3), turned))
    return head, motions
