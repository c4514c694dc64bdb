"""Files that are dropped on the page: bounded before they are read, whole or not there, under plain names."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from choreo.errors import InputError, OutputError
from choreo.foreign.limits import BVH_BYTES, GLTF_BYTES, MIB, PLAN_BYTES
from choreo.names import safe_name
from choreo.output import atomic, require_writable

SONG_BYTES = 1024 * MIB
"""Of a song that is dropped: four hours of uncompressed sound in one channel, 100 of MP3."""
VMD_BYTES = 64 * MIB
CLIPS = {".bvh": BVH_BYTES, ".vmd": VMD_BYTES, ".glb": GLTF_BYTES}
"""Endings of motion files that can be dropped, and the most bytes of each."""
PLAN = ".json"
SAME_NAME = 1000
"""Files of one name in a folder, told apart by numbers."""


def bound_of(name: str, *, clip: bool) -> int:
    """Most bytes of a file of this name: a motion file, or else a song or a plan.

    Raises
    ------
    InputError
        When a motion file has an ending that cannot be dropped.

    Examples
    --------
    >>> bound_of("spin.BVH", clip=True) // 2**20, bound_of("song.mp3", clip=False) // 2**20
    (256, 1024)
    """
    ending = PurePosixPath(name).suffix.lower()
    if not clip:
        return PLAN_BYTES if ending == PLAN else SONG_BYTES
    if ending not in CLIPS:
        raise InputError(f"{_shown(name)}: drop motion as {', '.join(CLIPS)}, or add it with 'choreo db add'.")
    return CLIPS[ending]


def plain_name(name: str, instead: str) -> str:
    r"""The name of a file, without any folder, as every system can have it.

    Examples
    --------
    >>> plain_name("../../etc/passwd", "song"), plain_name(r"C:\x\a.mp3", "song"), plain_name("..", "song")
    ('passwd', 'a.mp3', 'song')
    """
    return safe_name(PurePosixPath(PureWindowsPath(name).name).name, instead)


def stated_length(length: str | None, bound: int, name: str) -> None:
    """Refuse a file by what its sender says of its length, before any of it is read.

    Raises
    ------
    InputError
        When it is too long, or the length is no number.
    """
    if length is None:
        return
    if not length.isascii() or not length.isdecimal() or len(length) > 18 or int(length) > bound:
        raise InputError(f"{_shown(name)}: has more than {bound // MIB} MiB, the most that is taken.")


async def receive(chunks: AsyncIterator[bytes], folder: Path, name: str, bound: int) -> Path:
    """Write what comes in to a new file of a folder; one of the same name that was there stays.

    Raises
    ------
    InputError
        When more than `bound` bytes come, or none.
    OutputError
        When it cannot be written.
    """
    await asyncio.to_thread(require_writable, folder)
    path = free_path(folder, name)
    length = 0
    with atomic(path) as partial:
        try:
            with partial.open("wb") as file:
                async for chunk in chunks:
                    length += len(chunk)
                    if length > bound:
                        raise InputError(f"{_shown(name)}: has more than {bound // MIB} MiB, the most that is taken.")
                    await asyncio.to_thread(file.write, chunk)
        except OSError as error:
            what = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
            raise OutputError(f"{path}: could not be written ({what}). Free some space and drop it again.") from error
        if not length:
            raise InputError(f"{_shown(name)}: is empty.")
    return path


def free_path(folder: Path, name: str) -> Path:
    """A name in a folder that no file has yet."""
    first = folder / name
    ending = ".plan.json" if name.endswith(".plan.json") else first.suffix
    stem = name.removesuffix(ending)
    for number in range(1, SAME_NAME):
        path = first if number == 1 else folder / f"{stem}-{number}{ending}"
        if not path.exists() and not path.is_symlink():
            return path
    raise OutputError(f"{folder}: has {SAME_NAME} files called {name}. Remove some.")


def _shown(name: str) -> str:
    return plain_name(name, "file")


__all__ = ["CLIPS", "bound_of", "free_path", "plain_name", "receive", "stated_length"]
