"""Sound files of a folder and of all folders in it, links followed: each real folder and each real file once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from choreo.errors import InputError
from choreo.music.audio import SOUNDS
from choreo.names import path_text


@dataclass(frozen=True)
class SongFile:
    """A song of a library.

    Attributes
    ----------
    name
        Path from the library's folder on, as text with slashes.
    path
        Where it is.
    size, changed
        Bytes, and when it was last written, in nanoseconds.
    """

    name: str
    path: Path
    size: int
    changed: int


def song_files(library: Path, warn: Callable[[str], None] | None = None) -> list[SongFile]:
    """Songs of a library by name.

    What is reached in more than one way is one song, under the way without links if there is one; else under the first
    in the order of names. Folders that cannot be read are left out, and `warn` gets the reason.

    Raises
    ------
    InputError
        When there is no such folder, or no sound file in it.
    """
    if not library.is_dir():
        raise InputError(f"{library}: no such folder. Name one with songs in it (--library).")
    found: dict[tuple[int, int], SongFile] = {}
    for path in _walk(library, warn):
        try:
            facts = path.stat()
        except OSError:  # a link that leads nowhere, or what went meanwhile
            continue
        name = path_text(path.relative_to(library).as_posix())
        found.setdefault(_identity(facts), SongFile(name, path, facts.st_size, facts.st_mtime_ns))
    if not found:
        raise InputError(f"{library}: no songs in it; looked for {', '.join(SOUNDS)}.")
    return sorted(found.values(), key=lambda song: song.name)


def _walk(library: Path, warn: Callable[[str], None] | None) -> Iterator[Path]:
    """Sound files, those behind links last, so that a name without links comes before others of the same file."""
    folders, seen, linked = deque([library]), set[tuple[int, int]](), list[Path]()
    while folders:
        folder = folders.popleft()
        try:
            identity = _identity(folder.stat())
            entries = [] if identity in seen else sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if warn:
                warn(f"{folder}: cannot be read ({error.strerror or error}); its songs are left out.")
            continue
        seen.add(identity)
        inside: list[Path] = []
        for entry in entries:
            path = folder / entry.name
            try:
                if entry.is_dir():
                    (linked if entry.is_symlink() else inside).append(path)
                elif path.suffix.lower() in SOUNDS and entry.is_file():
                    if entry.is_symlink():
                        linked.append(path)
                    else:
                        yield path
            except OSError:  # a circle of links
                continue
        folders.extendleft(reversed(inside))
        while not folders and linked:
            path = linked.pop(0)
            if path.is_dir():
                folders.append(path)
            else:
                yield path


def _identity(facts: os.stat_result) -> tuple[int, int]:
    return facts.st_dev, facts.st_ino


__all__ = ["SongFile", "song_files"]
