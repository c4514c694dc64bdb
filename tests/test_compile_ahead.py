"""A renderer is compiled ahead once on a machine, in a process that ends with the run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from choreo.pipeline import compile_ahead as module
from choreo.pipeline.compile_ahead import compile_ahead, compiled, ends_compiling
from choreo.pipeline.outputs import Outputs, resolve_outputs
from choreo.video.look import Look

CORES = {0, 1}


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "code"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: CORES, raising=False)


def outputs(folder: Path, renderer: str = "stick", formats: tuple[str, ...] = ("mp4",)) -> Outputs:
    return resolve_outputs(folder / "song.wav", folder, formats, Look(renderer=renderer))


def begun(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Pools that are started from here on; none is, in fact."""
    started: list[object] = []

    def refuse(count: int, prepare: Callable[[], None]) -> None:
        started.append(count)
        raise OSError("no processes here")

    monkeypatch.setattr(module, "start_workers", refuse)
    return started


def test_a_renderer_is_compiled_once_and_its_code_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    with ends_compiling():
        compile_ahead(outputs(tmp_path))
        with compiled("stick", told.append):
            pass
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert list((tmp_path / "code").rglob("*.nbc"))
    assert [path.suffix for path in sorted((tmp_path / "cache" / "compiled").iterdir())] == [".lock", ".txt"]
    started = begun(monkeypatch)
    with ends_compiling():
        compile_ahead(outputs(tmp_path))
    assert not started


def test_bodies_with_textures_are_noted_apart() -> None:
    plain, textured = module._Note.of("raster"), module._Note.of("raster", textured=True)
    assert plain is not None
    assert textured is not None
    assert textured.can_be_written()
    textured.path.write_text(textured.key, "utf-8")
    assert (plain.is_true(), textured.is_true()) == (False, True)


def children() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True)}


def test_the_process_ends_with_a_run_that_fails(tmp_path: Path) -> None:
    before, during = children(), set[int]()

    @ends_compiling()
    def run() -> None:
        compile_ahead(outputs(tmp_path, "raster"))
        during.update(children() - before)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert during
    workers = [psutil.Process(pid) for pid in children() - before]
    assert not [each for each in workers if "resource_tracker" not in " ".join(each.cmdline())]
    assert not list((tmp_path / "cache" / "compiled").glob("*.txt"))


@pytest.mark.parametrize("case", ["drawn", "one core", "nothing drawn", "nowhere to note it"])
def test_a_process_is_started_only_where_it_helps(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    formats = ("bvh",) if case == "nothing drawn" else ("mp4",)
    if case == "one core":
        monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3}, raising=False)
        monkeypatch.setattr(os, "cpu_count", lambda: 1)
    if case == "nowhere to note it":
        (tmp_path / "cache").write_text("a file")
    started, told = begun(monkeypatch), list[float]()
    with ends_compiling():
        compile_ahead(outputs(tmp_path, formats=formats))
        with compiled("stick", told.append):
            pass
    assert bool(started) == (case == "drawn")
    assert not told


def test_a_note_of_other_code_or_of_another_numba_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = module._Note.of("stick")
    assert note is not None
    assert note.can_be_written()
    note.path.write_text(note.key, "utf-8")
    assert note.is_true()
    monkeypatch.setattr(module, "version", lambda name: "0.0")
    other = module._Note.of("stick")
    assert other is not None
    assert (other.path == note.path, other.is_true()) == (True, False)
    note.path.write_bytes(b"\xff" * 1000)
    assert not note.is_true()
