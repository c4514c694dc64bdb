from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from choreo import output
from choreo.errors import OutputError
from choreo.leftovers import clear_leftovers, partial_name
from choreo.output import atomic, growing, require_output, require_writable, together, when_whole, write_text


def left(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_names_of_any_length_can_be_written(tmp_path: Path) -> None:
    name = "ü" * 120 + ".credits.txt"
    write_text(tmp_path / name, "x")
    assert left(tmp_path) == {name: "x"}


def test_atomic_leaves_nothing_behind_on_failure(tmp_path: Path) -> None:
    target = tmp_path / "a.bvh"
    target.write_text("old")

    def interrupted() -> None:
        with atomic(target) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert left(tmp_path) == {"a.bvh": "old"}


def test_full_disk_is_an_output_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.bvh.*No space left"), atomic(tmp_path / "a.bvh"):
        full()
    assert left(tmp_path) == {}


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("old")
    try:
        (tmp_path / "link.txt").symlink_to(tmp_path / "real" / "a.txt")
    except OSError:
        pytest.skip("no links here")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert left(tmp_path / "real") == {"a.txt": "new"}


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OutputError, match="it is a folder"):
        write_text(tmp_path / "a.txt", "x")
    for check in (require_output, lambda path: write_text(path, "x")):
        with pytest.raises(OutputError, match="it is a device"):
            check(Path(os.devnull))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OutputError, match="it is a pipe"):
            write_text(tmp_path / "pipe", "x")


def test_a_file_in_the_place_of_the_folder_is_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="taken"):
        require_writable(tmp_path / "taken" / "below")
    with pytest.raises(OutputError, match="it is no folder"):
        require_writable(tmp_path / "taken")


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("tempfile.TemporaryFile", read_only)
    with pytest.raises(OutputError, match="Read-only file system"):
        require_writable(tmp_path)


def test_files_of_a_run_appear_together(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    done: list[str] = []
    with together():
        write_text(tmp_path / "a.txt", "new")
        write_text(tmp_path / "b.txt", "new")
        when_whole(lambda: done.append("whole"))
        with atomic(tmp_path / "part.txt", at_once=True) as partial:
            partial.write_text("now")
        seen = {name: text for name, text in left(tmp_path).items() if not name.startswith(".")}
        assert seen == {"a.txt": "old", "part.txt": "now"}
        assert done == []
    assert left(tmp_path) == {"a.txt": "new", "b.txt": "new", "part.txt": "now"}
    assert done == ["whole"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OutputError])
def test_a_run_that_fails_changes_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    write_text(tmp_path / "a.txt", "old")

    def failing() -> None:
        with together():
            write_text(tmp_path / "a.txt", "new")
            write_text(tmp_path / "b.txt", "new")
            when_whole(lambda: pytest.fail("it never was"))
            raise error("no")

    with pytest.raises(error):
        failing()
    assert left(tmp_path) == {"a.txt": "old"}
    write_text(tmp_path / "a.txt", "later")
    assert left(tmp_path) == {"a.txt": "later"}


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_cannot_be_replaced_puts_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """As one that a player holds open on Windows; where files have no second names, no file is lost at least."""
    write_text(tmp_path / "a.txt", "old a")
    write_text(tmp_path / "held.txt", "old")
    replace = os.replace

    def holding(source: Path, target: Path) -> None:
        if Path(target).name == "held.txt":
            raise PermissionError(errno.EACCES, "in use")
        replace(source, target)

    monkeypatch.setattr(os, "replace", holding)
    monkeypatch.setattr(output, "PAUSE", 0.0)
    if not links:
        monkeypatch.setattr(os, "link", full)

    def run() -> None:
        with together():
            for name in ("a.txt", "new.txt", "held.txt", "z.txt"):
                write_text(tmp_path / name, "new")

    with pytest.raises(OutputError, match=r"held\.txt: could not be put in place \(in use\)"):
        run()
    assert left(tmp_path) == {"a.txt": "old a" if links else "new", "held.txt": "old"}


def test_a_file_that_is_held_for_a_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, tries = os.replace, []

    def busy(source: Path, target: Path) -> None:
        tries.append(target)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "in use")
        replace(source, target)

    monkeypatch.setattr(os, "replace", busy)
    monkeypatch.setattr(output, "PAUSE", 0.0)
    write_text(tmp_path / "a.txt", "new")
    assert (left(tmp_path), len(tries)) == ({"a.txt": "new"}, 3)


def test_what_grew_in_the_place_of_a_file_gives_it_back(tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    target.write_text("old")

    def failing() -> None:
        with growing(target):
            target.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    assert left(tmp_path) == {"a.mp4": "old"}
    with growing(target):
        target.write_text("new")
    assert left(tmp_path) == {"a.mp4": "new"}


def of_process(path: Path, process: int) -> Path:
    """The name of a part of `path`, as that process would give it."""
    return path.with_name(partial_name(path).name.replace(f".{os.getpid()}-", f".{process}-"))


def test_what_dead_runs_left_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, nobody = os.getppid(), 2**22 + 1
    assert psutil.pid_exists(parent)
    assert not psutil.pid_exists(nobody)
    mine, living, dead = (of_process(tmp_path / "a.mp4", process) for process in (os.getpid(), parent, nobody))
    reused = of_process(tmp_path / "b.mp4", os.getpid())
    abroad = tmp_path / f".a.{nobody}-00000000.part.mp4"
    others = [tmp_path / name for name in ("a.mp4", ".a.part.mp4", f".notes.{nobody}.part", ".a.1-xyz.part.mp4")]
    for path in (mine, living, dead, reused, abroad, *others):
        path.touch()
    folder = of_process(tmp_path / "0000000", nobody)
    folder.mkdir()
    (folder / "frame-00000.png").touch()
    os.utime(reused, (1, 1))
    clear_leftovers(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, living, abroad, *others])
    os.utime(abroad, (time.time() - 30 * 86_400,) * 2)
    require_writable(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([mine, living, *others])
