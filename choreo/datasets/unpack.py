"""Files are taken out of an archive that others made: those wanted, into one folder, no more than stated."""

from __future__ import annotations

import errno
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from choreo.errors import InputError, OutputError
from choreo.foreign.limits import COLLECTION_BYTES, COLLECTION_MEMBERS
from choreo.names import safe_name

PIECE = 1 << 20


def unpack(path: Path, folder: Path, patterns: Sequence[str]) -> dict[str, int]:
    """Take the members that are like one of the patterns out of a ZIP archive, all or none.

    Parameters
    ----------
    folder
        Where they go, under their paths in the archive; files of the same paths are replaced.
    patterns
        Of last names or whole paths, as `fnmatch` knows them.

    Returns
    -------
    dict
        Bytes of each file by its path below `folder`.

    Raises
    ------
    InputError
        When it is no ZIP archive, is damaged, has no such member, or one that leads out of the folder, is a link or
        makes more of itself than it says. Nothing is taken then.
    OutputError
        When it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            _reading(path),
            zipfile.ZipFile(path) as archive,
            tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as fresh,
        ):
            taken = _wanted(path, archive, patterns)
            for info in taken:
                _extract(path, archive, info, Path(fresh) / info.filename)
            for info in taken:
                target = folder / info.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                (Path(fresh) / info.filename).replace(target)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error}).") from error
    return {info.filename: info.file_size for info in taken}


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Context in which what Python says of a bad archive becomes an InputError that names it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path}: is no ZIP archive that can be read ({error}). Nothing was taken from it.") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # what is sought is before the file's beginning
            raise
        raise InputError(f"{path}: is damaged. Nothing was taken from it.") from error


def _wanted(path: Path, archive: zipfile.ZipFile, patterns: Sequence[str]) -> list[zipfile.ZipInfo]:
    """Members to take, after all were looked at."""
    if (count := len(archive.infolist())) > COLLECTION_MEMBERS:
        raise InputError(f"{path}: {count:,} files in it, expected at most {COLLECTION_MEMBERS:,}.")
    if wrong := [info.orig_filename for info in archive.infolist() if not _is_inside(info)]:
        raise InputError(
            f"{path}: has {wrong[0]!r} in it, which is a link or leads out of its folder. Nothing was taken from it."
        )
    members = [info for info in archive.infolist() if not info.is_dir()]
    taken = [info for info in members if is_like(info.filename, patterns)]
    if not taken:
        raise InputError(f"{path}: none of the {len(members):,} files in it is like {' or '.join(patterns)}.")
    if len({info.filename.casefold() for info in taken}) < len(taken):
        raise InputError(f"{path}: has two files of one name in it. Nothing was taken from it.")
    if (total := sum(info.file_size for info in taken)) > COLLECTION_BYTES:
        raise InputError(f"{path}: {total:,} bytes when unpacked, expected at most {COLLECTION_BYTES:,}.")
    if (free := shutil.disk_usage(path.parent).free) < total:
        raise OutputError(f"{path}: {total:,} bytes when unpacked, and {free:,} are free. Choose another --folder.")
    return taken


def _is_inside(info: zipfile.ZipInfo) -> bool:
    """Whether a member is a plain file or folder below the place where it is unpacked, on every system."""
    steps = PurePosixPath(info.orig_filename).parts
    kind = stat.S_IFMT(info.external_attr >> 16)
    return (
        bool(steps)
        and all(step == safe_name(step) or (step.startswith((".", "__")) and step.strip(".")) for step in steps)
        and not info.flag_bits & 0x1
        and kind in (0, stat.S_IFREG, stat.S_IFDIR)
    )


def is_like(name: str, patterns: Sequence[str]) -> bool:
    """Whether a member is wanted; never what systems leave beside files."""
    steps = PurePosixPath(name).parts
    hidden = any(step.startswith(".") or step == "__MACOSX" for step in steps)
    return not hidden and any(fnmatchcase(steps[-1], each) or fnmatchcase(name, each) for each in patterns)


def _extract(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    """Write a member, which has as many bytes as it says."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as source, target.open("wb") as stream:
        while piece := source.read(min(PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                raise InputError(f"{path}: {info.filename!r} in it is longer than it says. Nothing was taken from it.")
            stream.write(piece)
    if left:
        raise InputError(f"{path}: {info.filename!r} in it is shorter than it says. Nothing was taken from it.")


__all__ = ["is_like", "unpack"]
