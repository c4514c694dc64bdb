"""The files of a dataset to jobs: of a folder for this machine's processes or others', and of an address.

Readers look for files by paths. Those at an address are therefore found in a folder of empty files of the same names,
in which only those are filled that the reader looks into for telling which files belong to the dataset.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from choreo import plugins
from choreo.datasets.addresses import Store, is_safe
from choreo.datasets.reading import HERE, FileReport, Job, beside, digest_of, made, parts_of, shown
from choreo.errors import InputError
from choreo.foreign.limits import JSON_BYTES, RECORDING_BYTES

Names = tuple[tuple[str, str], ...]
"""What names of files begin with, and what the user sees in place of it."""


def name_here(path: Path) -> str:
    """Name of a file of this machine."""
    return "/".join((HERE, *path.absolute().parts[1:]))


def jobs_of_folder(plugin: str, reader: Any, path: Path) -> tuple[str, Names, list[Job]]:
    """The dataset's folder, the names in it, and a job for each file below `path`.

    Raises
    ------
    MotionError
        When there is nothing to read.
    """
    with plugins.blame("datasets", plugin):
        files = reader.files(path)
    root = path if path.is_dir() else path.parent
    names = ((f"{name_here(root)}/", str(root / "x")[:-1]), (f"{HERE}/", root.absolute().anchor))
    return str(root), names, [Job(number, str(file), digest_of(reader, file)) for number, file in enumerate(files)]


def sent(job: Job, reader: Any) -> Job:
    """A job of a file of this machine with the content of all files that are needed, for another machine.

    Raises
    ------
    InputError
        When a file cannot be read, or they are too large.
    """
    file = Path(job.file)
    content, room = {}, RECORDING_BYTES
    for path in dict.fromkeys((*parts_of(reader, file), *filter(Path.is_file, beside(reader, file)))):
        try:
            with path.open("rb") as stream:
                data = stream.read(room + 1 if room < path.stat().st_size else path.stat().st_size + 1)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
        room -= len(data)
        if room < 0:
            raise InputError(
                f"{file}: over {RECORDING_BYTES:,} bytes with what lies beside it, which is the most that is sent to "
                "another machine."
            )
        content[name_here(path)] = data
    return replace(job, file=name_here(file), content=content)


def jobs_of_address(plugin: str, reader: Any, address: str) -> tuple[str, Names, list[Job], list[FileReport]]:
    """The dataset's folder, the names in it, a job for each file at an address, and reports of those without one.

    Raises
    ------
    InputError
        When the address cannot be used, or there is nothing to read.
    MissingExtraError
        When the library of its store is not installed.
    """
    store = Store(address)
    found = store.listed()
    root = store.root.rpartition("/")[0] if store.root in found else store.root
    names = ((f"{store.scheme}/", store.beginning),)
    endings = tuple(reader.suffixes)
    odd = [name.removeprefix(f"{root}/") for name in found if not is_safe(name) and name.lower().endswith(endings)]
    refused = [FileReport(name, skipped="files of such a name cannot be made here; give it another") for name in odd]
    with tempfile.TemporaryDirectory(prefix="choreo-names-") as home:
        folder = Path(home) / "files"
        sizes = _made_empty(found, folder)
        _fill_lists(store, reader, sizes, folder)
        try:
            with plugins.blame("datasets", plugin):
                files = reader.files(folder / store.root)
        except InputError as error:
            raise type(error)(shown(error.message, folder=folder, names=names)) from error
        jobs = [_stored(number, file, reader, folder, store, root, sizes) for number, file in enumerate(files)]
    return root, names, jobs, refused


def _made_empty(found: dict[str, int], folder: Path) -> dict[str, int | None]:
    """Make empty files of these names; sizes of those that could be made."""
    sizes: dict[str, int | None] = {}
    for name, size in found.items():
        if is_safe(name):
            try:
                made(folder, name).touch()
            except OSError:  # a name that is a folder's, too, which stores allow
                continue
            sizes[name] = size
    return sizes


def _fill_lists(store: Store, reader: Any, sizes: dict[str, int | None], folder: Path) -> None:
    """Fetch what the reader looks into for telling which files belong to the dataset, and which to one recording."""
    for path in reader.lists(folder / store.root) if hasattr(reader, "lists") else ():
        name = _name_in(folder, path)
        if name and name not in sizes:
            sizes[name] = store.size(name)
        if sizes.get(name) is not None:
            store.fetch(name, made(folder, name), JSON_BYTES)


def _name_in(folder: Path, path: Path) -> str:
    """Name of a file in a folder of a store's files; empty of one elsewhere, and above what a store has."""
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else ""
    return name if name.count("/") > 1 else ""


def _stored(
    number: int, file: Path, reader: Any, folder: Path, store: Store, root: str, sizes: dict[str, int | None]
) -> Job:
    """A job of a file at an address, with the names and sizes of all files that are needed."""
    name = file.relative_to(folder).as_posix()
    needed = [part.relative_to(folder).as_posix() for part in parts_of(reader, file)]
    for path in beside(reader, file):
        other = _name_in(folder, path)
        if other and other not in sizes:
            sizes[other] = None if other.startswith(f"{root}/") else store.size(other)
        if sizes.get(other) is not None:
            needed.append(other)
    return Job(number, name, sizes={each: sizes.get(each) or 0 for each in dict.fromkeys(needed)})


__all__ = ["Names", "jobs_of_address", "jobs_of_folder", "name_here", "sent"]
