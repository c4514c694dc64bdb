"""Files that are either whole or not there: names, checks before the work, atomic writes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from choreo.errors import OutputError

MAX_STEM = 120
"""Longest stem made from a song's name; file systems allow 255 bytes with suffixes and all."""


def output_base(song: Path, output: Path | None) -> Path:
    """Folder and stem of everything written, without a suffix.

    `output` may be a folder (existing, or a name without a suffix) or a file whose suffix is dropped.

    Raises
    ------
    OutputError
        When the file system cannot have such a name.
    """
    stem = song.name.removesuffix(song.suffix).removesuffix(".plan") or "dance"
    stem = _short(stem)
    if output is None:
        return Path("renders") / stem
    try:
        folder = output.is_dir()
    except OSError as error:
        raise OutputError(f"{output}: cannot be a name ({error.strerror}). Choose another with --output.") from error
    if folder or not output.suffix:
        return output / stem
    return output.with_suffix("")


def _short(stem: str) -> str:
    """Beginning of a name, at most `MAX_STEM` bytes."""
    while len(stem.encode()) > MAX_STEM:
        stem = stem[:-1]
    return stem


def require_writable(folder: Path) -> None:
    """Make `folder` and prove that a file can be put there, before minutes are spent.

    Raises
    ------
    OutputError
        When it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot write there ({error.strerror}). Choose another place with --output."
        ) from error


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; on success it becomes `path`, on failure it goes away."""
    partial = path.with_name(f".{_short(path.stem)}.{os.getpid()}.part{path.suffix}")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(
            f"{path}: could not be written ({error.strerror or error}). Free some space or choose "
            "another place with --output."
        ) from error
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")
