"""What is told while one waits: bars, lines, and what is made only once."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks

from choreo import Listening, plugins
from choreo.cli.app import run
from choreo.cli.progress import Lines, progress_bar
from choreo.db import ensure_starter
from choreo.db.starter import FILLING
from choreo.pipeline import ProgressScope, make_plan
from choreo.pipeline.result import NotingProgress, heard_line
from choreo.types import Bytes, Scene
from choreo.video.compiling import compiling


class Told:
    """A callback that keeps what it is told."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float]] = []
        self.lines: list[str] = []

    def __call__(self, stage: str, done: float) -> None:
        self.stages.append((stage, done))

    def note(self, line: str) -> None:
        self.lines.append(line)


def test_without_a_terminal_each_stage_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar() as progress:
        assert isinstance(progress, Lines)
        for stage, done in (("listening", 0.0), ("listening", 1.0), ("rendering", 0.0), ("listening", 1.0)):
            progress(stage, done)
        progress.note("128 bpm in 4")
    assert capsys.readouterr().err == "listening\nrendering\n128 bpm in 4\n"
    with progress_bar(quiet=True) as progress:
        assert progress is None
    with progress_bar(lines=False) as progress:
        assert progress is None


def test_on_a_terminal_there_are_bars_and_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar() as progress:
        assert isinstance(progress, NotingProgress)
        progress("rendering", 0.5)
        progress.note("[b]128 bpm")
    assert "rendering" in terminal.getvalue()
    assert "[b]128 bpm" in terminal.getvalue()


def test_callbacks_that_take_no_lines_are_left_alone() -> None:
    told: list[str] = []
    ProgressScope(progress=lambda stage, done: told.append(stage)).note("line")
    assert told == []


def test_what_was_heard_is_told_before_the_dance(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    song, told = write_clicks(tmp_path / "clicks.wav", seconds=9, bpm=100), Told()
    analysis, plan, _ = make_plan(song, listening=Listening(duration=8), progress=told)
    assert told.lines == [heard_line(analysis, plan)]
    assert told.lines[0].startswith("100 bpm in 4, ")
    assert FILLING not in [stage for stage, _ in told.stages]
    assert run(["generate", str(song), "--duration", "8", "--no-video", "-o", f"{tmp_path}/out/"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "listening"
    assert lines.index(told.lines[0]) < lines.index("stitching the dance")
    assert run(["generate", str(song), "--duration", "8", "--no-video", "-o", f"{tmp_path}/out/", "-q"]) == 0
    assert capsys.readouterr().err == ""


def test_filling_a_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    from choreo.db import MotionDB, starter

    clips = MotionDB.open(database).clips()[:3]
    monkeypatch.setattr(starter, "_fresh_clips", lambda: iter(clips))
    monkeypatch.setattr("choreo.moves.load_moves", lambda: dict.fromkeys("abc"))
    told: list[float] = []
    ensure_starter(tmp_path / "db", filling=told.append)
    assert told == [0.0, 0.25, 0.5, 0.75, 1.0]
    ensure_starter(tmp_path / "db", filling=told.append)
    assert len(told) == 5


class OnceRenderer:
    """A renderer whose two functions numba compiles when it draws."""

    name = "once"
    description = "for tests"
    kernels = 2

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        import numba

        for constant in (1, 2):
            numba.njit(lambda number, constant=constant: number + constant)(constant)
        yield from ()


def test_compiling_is_told_only_when_it_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer: Any = OnceRenderer()
    monkeypatch.setattr(plugins, "load", lambda kind, name: renderer)
    told: list[float] = []
    with compiling("once", told.append):
        list(renderer.frames(None))
    assert told == [0.0, 0.5, 0.5, 1.0, 1.0]
    told.clear()
    renderer.surface_kernels = 2
    with compiling("once", told.append, textured=True):
        list(renderer.frames(None))
    assert told == [0.0, 0.25, 0.25, 0.5, 1.0]
    told.clear()
    with compiling("once", told.append):
        pass
    assert told == []


@pytest.mark.parametrize(("renderer", "modules", "more"), [
    ("raster", ("compose", "floor", "pixels", "shadow", "skin", "triangles", "vertices"),
     ("surface_light", "surface_triangles", "textures")),
    ("stick", ("kernels",), ()),
])  # fmt: skip
def test_renderers_know_how_many_functions_they_compile(
    renderer: str, modules: tuple[str, ...], more: tuple[str, ...]
) -> None:
    """All but those of pictures with alpha; `more` are those of bodies with textures."""
    from numba.core.dispatcher import Dispatcher

    def count(names: tuple[str, ...]) -> int:
        found = set()
        for name in names:
            module = import_module(f"choreo_{renderer}.{name}")
            found |= {id(each) for each in vars(module).values()
                      if isinstance(each, Dispatcher) and each.py_func.__module__ == module.__name__}  # fmt: skip
        return len(found)

    plugin = plugins.load("renderers", renderer)
    assert count(modules) == plugin.kernels
    assert count(more) == getattr(plugin, "surface_kernels", 0)
