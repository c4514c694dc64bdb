"""Nothing is sent anywhere: the main job in a process that may not look up a name or connect to an address."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_support import write_clicks

ALONE = """
import sys

CALLS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")

def forbid(event, given):
    if event in CALLS or event == "urllib.Request":
        print("CALLED OUT", event, given)
        raise PermissionError(f"{event} {given}")

sys.addaudithook(forbid)
"""
CHOREO = "from choreo.cli.app import main\nsys.argv = ['choreo', *sys.argv[1:]]\nmain()\n"


def run_alone(code: str, *given: str, folder: Path, database: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process that may not call out, with folders of its own."""
    own = {name: str(folder / name) for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "CHOREO_CACHE")}
    return subprocess.run(
        [sys.executable, "-c", ALONE + code, *given], cwd=folder, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, **own, "CHOREO_MOTION_DB": str(database)},
    )  # fmt: skip


@pytest.mark.slow
def test_a_first_run_calls_nobody(tmp_path: Path) -> None:
    write_clicks(tmp_path / "song.wav", seconds=8.0)
    given = ("generate", "song.wav", "--size", "160x90", "--formats", "mp4,plan,bvh,web", "-o", "out")
    done = run_alone(CHOREO, *given, folder=tmp_path, database=tmp_path / "db")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CALLED OUT" not in done.stdout
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".mp4", ".json", ".bvh", ".html", ".txt"}


@pytest.mark.parametrize("call", ["s.connect(('127.0.0.1', 9))", "socket.getaddrinfo('localhost', 80)"])
def test_who_calls_is_caught(call: str, tmp_path: Path) -> None:
    done = run_alone(f"import socket\ns = socket.socket()\n{call}\n", folder=tmp_path, database=tmp_path)
    assert done.returncode == 1
    assert "CALLED OUT" in done.stdout
