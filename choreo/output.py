"""Files that are either whole or not there: checks before the work, atomic writes, and all files of a run at once."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from choreo.errors import OutputError
from choreo.inputs import file_size
from choreo.leftovers import clear_leftovers, partial_name

ATTEMPTS, PAUSE = 5, 0.1
"""How often, and after how many seconds, a file is renamed that another program holds open, as virus scanners do."""
ADVICE = "Free some space or choose another place with --output."


@dataclass
class _Run:
    """Files that wait, beside their names, for the end of a run, and what is done after they are in place."""

    files: list[tuple[Path, Path]] = field(default_factory=list)
    actions: list[Callable[[], None]] = field(default_factory=list)


_run: ContextVar[_Run | None] = ContextVar("run", default=None)


def require_writable(folder: Path) -> None:
    """Make `folder` and prove that a file can be put there, before minutes are spent; clear what dead runs left.

    Raises
    ------
    OutputError
        When it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        reason = "it is no folder" if isinstance(error, FileExistsError) else getattr(error, "strerror", None) or error
        raise OutputError(f"{folder}: cannot write there ({reason}). Choose another place with --output.") from error
    clear_leftovers(folder)


def require_free(path: Path) -> None:
    """Refuse what is there under the name of a file to be written and is none: a folder, a device, a pipe.

    Raises
    ------
    OutputError
    """
    try:
        file_size(path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{path}: cannot be written ({reason}). Choose another name.") from error


def require_apart(path: Path, *inputs: Path | None) -> None:
    """Refuse to write over a file that is read: a song that is a video, a motion, a character.

    Raises
    ------
    OutputError
    """
    for each in inputs:
        with suppress(OSError, ValueError):
            if each is not None and path.samefile(each):
                raise OutputError(f"{path}: is read for this; choose another name or place for what is written.")


def require_output(path: Path) -> None:
    """Make the folder of a file and prove that the file can be written there.

    Raises
    ------
    OutputError
        As `require_writable` and `require_free` do.
    """
    require_writable(path.parent)
    require_free(path)


@contextmanager
def together() -> Iterator[None]:
    """All files that are written inside appear together at its end; when anything fails, those of before stay.

    Inside another `together` it is part of that.

    Raises
    ------
    OutputError
        When a file cannot be put in place: none is then.
    """
    if _run.get() is not None:
        yield
        return
    run = _Run()
    token = _run.set(run)
    try:
        yield
        _place(run.files)
    finally:
        _run.reset(token)
        for partial, _ in run.files:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
    for action in run.actions:
        action()


def when_whole(action: Callable[[], None]) -> None:
    """Call `action` when all files of the run are in place: now, outside of `together`."""
    run = _run.get()
    if run is None:
        action()
    else:
        run.actions.append(action)


@contextmanager
def atomic(path: Path, *, at_once: bool = False) -> Iterator[Path]:
    """Give a temporary name beside `path`; on success it becomes `path`, on failure it goes away.

    Within `together` it becomes `path` at the end of that, unless it is to be there `at_once`. A link stays a link:
    what it leads to is replaced.

    Raises
    ------
    OutputError
        When it cannot be written, or `path` is a folder or a device.
    """
    require_free(path)
    run = None if at_once else _run.get()
    target = path.resolve() if path.is_symlink() else path
    partial = partial_name(target)
    kept = False
    try:
        yield partial
        if run is None:
            _replace(partial, target)
        else:
            file_size(partial)
            run.files.append((partial, target))
            kept = True
    except OSError as error:
        raise OutputError(f"{path}: could not be written ({error.strerror or error}). {ADVICE}") from error
    finally:
        if not kept:
            with suppress(OSError):
                partial.unlink(missing_ok=True)


@contextmanager
def growing(path: Path) -> Iterator[None]:
    """Set aside what is at `path`, while a file is written there under its own name; on failure it comes back.

    Raises
    ------
    OutputError
        When it cannot be set aside.
    """
    require_free(path)
    before = partial_name(path)
    try:
        with suppress(FileNotFoundError):
            _replace(path, before)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be replaced ({error.strerror or error}). Close it where it is open."
        ) from error
    try:
        yield
    except BaseException:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            _replace(before, path)
        raise
    with suppress(OSError):
        before.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def _place(files: list[tuple[Path, Path]]) -> None:
    """Give all files their names; when one cannot have it, those that had been there are put back."""
    placed: list[tuple[Path, Path, bool]] = []
    try:
        for partial, path in files:
            spare, was_there = partial.with_name(f"{partial.name}.before"), path.exists()
            with suppress(OSError):  # nothing was there, or the file system has no second names
                os.link(path, spare)
            try:
                _replace(partial, path)
            except OSError as error:
                raise OutputError(
                    f"{path}: could not be put in place ({error.strerror or error}). Close it where it is open; the "
                    "files of before are as they were."
                ) from error
            placed.append((spare, path, was_there))
    except BaseException:
        for spare, path, was_there in placed:
            with suppress(OSError):
                if spare.exists():
                    os.replace(spare, path)
                elif not was_there:
                    path.unlink()
        raise
    finally:
        for partial, _ in files:
            with suppress(OSError):
                partial.with_name(f"{partial.name}.before").unlink(missing_ok=True)


def _replace(partial: Path, path: Path) -> None:
    """`os.replace`, patient with other programs: on Windows a file that is open cannot be replaced."""
    for attempt in range(ATTEMPTS):
        try:
            os.replace(partial, path)
            return
        except PermissionError:
            if attempt + 1 == ATTEMPTS:
                raise
            time.sleep(PAUSE)


__all__ = [
    "atomic",
    "growing",
    "require_apart",
    "require_free",
    "require_output",
    "require_writable",
    "together",
    "when_whole",
    "write_text",
]
