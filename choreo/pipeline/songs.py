"""Many songs: which files are meant, and into which folder each one's dance goes."""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from choreo.errors import InputError
from choreo.music.audio import SOUNDS
from choreo.video.formats import PICTURES

RENDERS = Path("renders")
"""Folder of what is made when none is named."""
NUMBERED = re.compile(r"(-\d|\.preview)$")
"""Endings by which the stems of an alternative and of a preview differ from that of their dance."""


@dataclass(frozen=True)
class Song:
    """A song of many, and the folder that its dance is written into."""

    path: Path
    folder: Path


def several(given: Sequence[str | Path]) -> bool:
    """Whether arguments may mean more than one song: several, a folder, or a pattern that no file is called."""
    if len(given) != 1:
        return True
    path = Path(given[0])
    return path.is_dir() or (not path.exists() and glob.has_magic(str(given[0])))


def find_songs(given: Sequence[str | Path], output: str | Path | None = None) -> list[Song]:
    """Songs that arguments mean, in their order, none twice.

    A folder stands for the sound and video files in it and in its folders, sorted by name: none that is hidden, that
    choreo made, or that lies in the folder of the output. What lies in a folder's folder is written into a folder of
    that name. A pattern with ``*``, ``?`` or ``[]`` stands for the files that it fits, where the shell has left it.

    Raises
    ------
    InputError
        When an argument stands for nothing, or two songs, or a song and a dance, would be written under one name.
    """
    target = RENDERS if output is None else Path(output)
    found: dict[Path, Song] = {}
    for each in given:
        path = Path(each)
        inside = list(_inside(path, target)) if path.is_dir() else [(one, Path()) for one in _matching(path)]
        if not inside:
            raise InputError(f"{path}: no songs in it; looked for {', '.join(SOUNDS)} in it and its folders.")
        for one, below in inside:
            found.setdefault(one.resolve(), Song(one, target / below))
    songs = list(found.values())
    _require_names(songs)
    return songs


def _matching(path: Path) -> list[Path]:
    """Files that a pattern fits; a path of a file, and one that there is not, are themselves."""
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    files = sorted(Path(each) for each in glob.glob(str(path), recursive=True))
    files = [each for each in files if each.is_file() and not _is_dance(each)]
    if not files:
        raise InputError(f"{path}: no file fits this pattern.")
    return files


def _inside(folder: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Songs of a folder and its folders, each with the folder below it in which it lies."""
    own = target.resolve()
    for root, folders, files in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(each for each in folders if not each.startswith(".") and (here / each).resolve() != own)
        for name in sorted(files):
            path = here / name
            if not name.startswith(".") and path.suffix.lower() in SOUNDS and path.is_file() and not _is_dance(path):
                yield path, here.relative_to(folder)


def _is_dance(path: Path) -> bool:
    """Whether a video was made by choreo: its credits or its plan lie beside it."""
    if path.suffix.lower().lstrip(".") not in PICTURES:
        return False
    stems = {path.stem, NUMBERED.sub("", path.stem)}
    return any(path.with_name(stem + ending).exists() for stem in stems for ending in (".credits.txt", ".plan.json"))


def _require_names(songs: Sequence[Song]) -> None:
    """Refuse songs whose dances would have one name, also where names differ in case only, and dances over songs."""
    names: dict[tuple[Path, str], Path] = {}
    for song in songs:
        name = (song.folder, unicodedata.normalize("NFC", song.path.stem).casefold())
        if name in names:
            raise InputError(
                f"{names[name]} and {song.path} would both be written as {song.folder / song.path.stem}. "
                "Rename one, or make them in two calls with an --output each."
            )
        names[name] = song.path
    sources = {song.path.resolve(): song.path for song in songs}
    for song in songs:
        for ending in PICTURES:
            if other := sources.get((song.folder / f"{song.path.stem}.{ending}").resolve()):
                raise InputError(
                    f"{other}: the dance to {song.path} could be written over it. Choose another --output."
                )


__all__ = ["RENDERS", "Song", "find_songs", "several"]
