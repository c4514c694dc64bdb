"""A run that fails or is stopped, wherever, leaves the files of the previous dance as they were, all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks

from choreo.cli.app import EX_INTERRUPT, run
from choreo.errors import OutputError, PluginError
from choreo.options import Choosing, Listening
from choreo.pipeline import generate
from choreo.types import Bytes, Scene
from choreo.video.look import Look

SMALL = Look(body="stick", width=64, height=36, fps=5)
SONG = 26.0
"""Seconds: three parts of a video."""
STOPPING = """
import contextlib, sys
from choreo.cli import generate, progress
from choreo.cli.app import main

def report(stage, done):
    print(stage, done, flush=True)
    if stage == {stage!r} and done >= {done}:
        sys.stdin.read()  # until the test has ended this

@contextlib.contextmanager
def telling(*_):
    yield report

if __name__ == "__main__":
    progress.progress_bar = generate.progress_bar = telling
    main({args!r})
"""


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=SONG, bpm=110)


@pytest.fixture(scope="module")
def dance(clicks: Path, database: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of an earlier dance."""
    made = generate(
        clicks, output=tmp_path_factory.mktemp("made"), look=SMALL, choosing=Choosing(db=database, seed=1),
        listening=Listening(duration=6),
    )  # fmt: skip
    return {path.name: path.read_bytes() for path in made.files.values()}


@pytest.fixture
def folder(dance: dict[str, bytes], tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    for name, data in dance.items():
        (tmp_path / "out" / name).write_bytes(data)
    return tmp_path / "out"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def arguments(clicks: Path, folder: Path, database: str, *more: str) -> list[str]:
    small = ["--body", "stick", "--size", "64x36", "--fps", "5"]
    return ["generate", str(clicks), "-o", str(folder), "--db", database, "--seed", "2", *small, *more]


def stopped(args: list[str], stage: str, done: float, number: int) -> tuple[int, str]:
    """Run choreo, end it with a signal when its progress is there; its exit code and what it said."""
    script = STOPPING.format(stage=stage, done=done, args=args)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        name, _, share = line.rpartition(" ")
        if name == stage and float(share) >= done:
            break
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    return process.returncode, told


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
@pytest.mark.parametrize(
    ("name", "code", "more"),
    [("SIGINT", EX_INTERRUPT, ()), ("SIGTERM", 143, ("--jobs", "2")), ("SIGKILL", -9, ())],
)
def test_a_stopped_run(
    name: str, code: int, more: tuple[str, ...], clicks: Path, folder: Path, dance: dict[str, bytes], database: str
) -> None:
    args = arguments(clicks, folder, database, *more)
    found, told = stopped(args, "rendering", 0.4, getattr(signal, name))
    assert found == code, told
    assert {each: data for each, data in files(folder).items() if each in dance} == dance
    if name != "SIGKILL":
        assert files(folder) == dance
        assert "Nothing half-written" in told
        assert "of 3 parts are finished and kept; --resume goes on from there." in told
    assert "Traceback" not in told
    assert run([*args, "--resume"]) == 0
    assert set(files(folder)) == set(dance)
    assert [path.name for path in folder.iterdir() if path.is_dir()] == []
    assert all(data != dance[each] for each, data in files(folder).items() if each != "clicks.credits.txt")


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_what_a_killed_run_left_is_cleared_by_the_next(
    clicks: Path, folder: Path, dance: dict[str, bytes], database: str
) -> None:
    args = arguments(clicks, folder, database, "--no-video")
    code, _ = stopped(args, "writing files", 1.0, signal.SIGKILL)
    assert code == -9
    left = files(folder)
    assert {each: left.pop(each) for each in dance} == dance
    assert len(left) == 3
    assert all(each.startswith(".clicks") and ".part" in each for each in left)
    assert run(args) == 0
    assert set(files(folder)) == set(dance)


def test_a_renderer_that_breaks(
    clicks: Path, folder: Path, dance: dict[str, bytes], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choreo_raster import RasterRenderer

    def broken(self: RasterRenderer, scene: Scene, first: int, last: int) -> Iterator[Bytes]:
        yield np.zeros((54, 64), np.uint8)
        raise RuntimeError("out of paint")

    monkeypatch.setattr(RasterRenderer, "planes", broken)
    with pytest.raises(PluginError, match=r"'raster' failed.*out of paint"):
        generate(clicks, output=folder, look=SMALL, choosing=Choosing(db=database), listening=Listening(duration=6))
    assert files(folder) == dance
    assert len(list(folder.iterdir())) == len(dance)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full disk here")
@pytest.mark.parametrize("ending", [".plan.json", ".bvh", ".mp4", ".html", ".credits.txt", ".srt", ".gif"])
def test_a_disk_that_fills(
    ending: str, clicks: Path, folder: Path, dance: dict[str, bytes], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file it is that finds no room, none of before is lost."""
    from choreo.leftovers import partial_name as real

    def on_a_full_disk(path: Path) -> Path:
        partial = real(path)
        if path.name.endswith(ending):
            partial.symlink_to("/dev/full")
        return partial

    monkeypatch.setattr("choreo.output.partial_name", on_a_full_disk)
    look = Look(body="stick", width=64, height=36, fps=5, captions=True)
    with pytest.raises(OutputError, match=rf"clicks{ending}: (the video )?could not be written \(No space"):
        generate(
            clicks, output=folder, look=look, choosing=Choosing(db=database), listening=Listening(duration=6),
            formats=("plan", "bvh", "mp4", "gif", "web"),
        )  # fmt: skip
    assert files(folder) == dance


def test_alternatives_and_dancers_appear_with_all_others(
    clicks: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choreo.pipeline import run as pipeline

    seen: list[list[str]] = []

    def looking(*_: Any) -> dict[str, Path]:
        seen.append([path.name for path in tmp_path.iterdir() if not path.name.startswith(".")])
        return {}

    monkeypatch.setattr(pipeline, "write_shows", looking)
    made = generate(
        clicks, output=tmp_path, choosing=Choosing(db=database), listening=Listening(duration=6),
        formats=("plan", "web"), alternatives=2,
    )  # fmt: skip
    assert seen == [[]]
    assert sorted(made.files) == ["credits", "credits-2", "plan", "plan-2"]
    assert all(path.is_file() for path in made.files.values())
