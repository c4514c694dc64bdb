"""Only files are read: a pipe or a device, where one is named, is refused before it is opened, or choreo would wait."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks

from choreo.cli.app import run
from choreo.inputs import file_size

opened: list[str] | None = None
"""Pipes that were opened, while a test listens; else None."""


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if opened is None or event != "open" or not isinstance(args[0], str):
        return
    if os.path.exists(args[0]) and stat.S_ISFIFO(os.stat(args[0]).st_mode):
        opened.append(args[0])
        raise AssertionError(f"{args[0]} is a pipe and was opened")


sys.addaudithook(_listen)


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A pipe that nobody writes to; opening it is an error that no handler of choreo's hides."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes among its files")
    path = tmp_path / "pipe"
    os.mkfifo(path)
    monkeypatch.setattr(sys.modules[__name__], "opened", [])
    yield path
    assert opened == []


def test_sizes_of_files_and_of_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_size(tmp_path / "a") == 3
    with pytest.raises(FileNotFoundError):
        file_size(tmp_path / "b")
    with pytest.raises(IsADirectoryError, match="folder"):
        file_size(tmp_path)
    with pytest.raises(OSError, match="device"):
        file_size(os.devnull)


@pytest.mark.parametrize(
    ("ending", "args"),
    [
        (".mp3", ["generate", "PIPE"]),
        (".mp3", ["analyze", "PIPE"]),
        (".mp3", ["plan", "PIPE"]),
        (".mp3", ["search", "PIPE"]),
        (".bvh", ["eval", "PIPE", "CLICKS"]),
        (".txt", ["plan", "CLICKS", "--beats", "PIPE"]),
        (".lrc", ["plan", "CLICKS", "--embedder", "text-bridge", "--lyrics", "PIPE"]),
        (".glb", ["generate", "CLICKS", "--character", "PIPE"]),
        (".png", ["generate", "CLICKS", "--background", "PIPE"]),
        (".npz", ["generate", "CLICKS", "--body", "smplx", "--model-path", "PIPE"]),
        (".plan.json", ["show", "PIPE"]),
        (".plan.json", ["edit", "PIPE", "--swap", "1"]),
        (".plan.json", ["render", "PIPE"]),
        (".bvh", ["render", "PIPE"]),
        (".bvh", ["render", "PIPE", "--beside", "PIPE", "--formats", "web"]),
        *[(ending, ["convert", "PIPE", "out.bvh"]) for ending in (".bvh", ".glb", ".c3d", ".vmd", ".npz", ".pkl")],
        (".json", ["convert", "PIPE", "out.bvh", "--from", "deepmimic"]),
        (".bvh", ["convert", "PIPE", "--show-map"]),
        (".glb", ["convert", "PIPE", "--show-map"]),
        (".bvh", ["db", "add", "bvh", "PIPE"]),
        (".yaml", ["moves", "check", "PIPE"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_a_pipe_is_refused_before_it_is_opened(
    ending: str,
    args: list[str],
    pipe: Path,
    tmp_path: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "text-bridge" in args:
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    named = pipe.rename(tmp_path / f"pipe{ending}")
    clicks = write_clicks(tmp_path / "clicks.wav", seconds=6)
    words = {"PIPE": str(named), "CLICKS": str(clicks)}
    code = run([words.get(arg, arg) for arg in args])
    told = capsys.readouterr().err
    assert code in (1, 2), told
    assert named.name in told
    assert not (tmp_path / "renders").exists() or not any((tmp_path / "renders").iterdir())
