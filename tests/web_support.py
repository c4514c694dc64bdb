"""A headless Chromium that is told what to do over a pipe (the DevTools protocol), with no package for it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--mute-audio",
    "--remote-debugging-pipe", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
PATIENCE = 90.0


def chromium() -> str:
    """Chromium's program; the test skips where there is none, and fails with CHOREO_REQUIRE_CHROMIUM=1."""
    found = os.environ.get("CHOREO_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        message = f"no Chromium found (looked for {', '.join(NAMES)}; CHOREO_CHROMIUM names another)"
        if os.environ.get("CHOREO_REQUIRE_CHROMIUM") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found


class Browser:
    """One page of a headless browser. `troubles` are console errors and exceptions, `requests` what it loaded."""

    def __init__(self, folder: Path, width: int = 900, height: int = 700, dark: bool = True) -> None:
        there, self.sink = os.pipe()
        self.source, back = os.pipe()
        shell = f'exec 3<&{there} 4>&{back}; exec "$@"'
        command = [
            "bash",
            "-c",
            shell,
            "chromium",
            chromium(),
            *FLAGS,
            f"--user-data-dir={folder}",
            f"--window-size={width},{height}",
        ]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(command, pass_fds=(there, back), stdout=log, stderr=log)
        os.close(there)
        os.close(back)
        self.number, self.waiting, self.session = 0, b"", ""
        self.troubles: list[str] = []
        self.requests: list[str] = []
        try:
            self._open(width, height, dark)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def _open(self, width: int, height: int, dark: bool) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.look("dark" if dark else "light")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.close(self.sink)
        self.process.terminate()
        self.process.wait(20)
        os.close(self.source)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its answer, hearing events meanwhile."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sink, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            while b"\0" not in self.waiting:
                chunk = os.read(self.source, 1 << 16)
                if not chunk:
                    raise RuntimeError("the browser has gone")
                self.waiting += chunk
            line, _, self.waiting = self.waiting.partition(b"\0")
            answer = json.loads(line)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            self.hear(answer.get("method", ""), answer.get("params", {}))
        raise TimeoutError(method)

    def hear(self, event: str, told: dict[str, Any]) -> None:
        if event == "Runtime.exceptionThrown":
            self.troubles.append(json.dumps(told["exceptionDetails"])[:800])
        if event == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.troubles.append(json.dumps(told["args"])[:800])
        if event == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.troubles.append(told["entry"]["text"])
        if event == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def look(self, scheme: str) -> None:
        """Prefer a dark or light page."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, code: str) -> Any:
        """Value of an expression, a promise's when it is one."""
        answer = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:800])
        return answer["result"].get("value")

    def wait(self, code: str) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + PATIENCE
        while not self.evaluate(code):
            if time.monotonic() > until:
                raise TimeoutError(f"{code} {self.troubles}")
            time.sleep(0.1)

    def open(self, path: Path, end: str = "") -> None:
        """Open a page of this viewer and wait until it stands there."""
        self.call("Page.navigate", url=path.as_uri() + end)
        self.wait("document.documentElement?.dataset.ready === 'yes'")

    def press(self, key: str, code: str = "", shift: bool = False) -> None:
        """Press a key as a person does: the browser counts it as permission to sound."""
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key, modifiers=8 * shift, **text)

    def drawn(self) -> None:
        """Wait until two more frames are on the screen."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def picture(self) -> bytes:
        """What is to be seen, as PNG."""
        self.drawn()
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
