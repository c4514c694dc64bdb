"""Public motion collections are fetched: files of the table, checked, unpacked, ready to be added to a database."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from choreo.datasets.collections import Collection, Part, Remote
from choreo.datasets.download import FetchError, MissingFileError, Resuming, require_file
from choreo.datasets.seen import NAME, Record, read_record, write_record
from choreo.datasets.unpack import is_like, unpack
from choreo.errors import InputError, OutputError
from choreo.output import atomic, require_writable

Progress = Callable[[int, int, float], None]
"""Called with the number of files that are done, of all, and how much of the next is there, 0 to 1."""


@dataclass
class Fetched:
    """What came: folders to add, with the part that each holds; files first seen now, those not there, by address."""

    places: list[tuple[Path, Part | None]] = field(default_factory=list)
    first_seen: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def collections_folder() -> Path:
    """Folder of fetched collections: ``$CHOREO_COLLECTIONS``, else below the user's data folder."""
    if chosen := os.environ.get("CHOREO_COLLECTIONS"):
        return Path(chosen)
    from platformdirs import user_data_path

    return Path(user_data_path("choreo")) / "collections"


def fetch_collection(
    collection: Collection,
    remotes: Sequence[Remote],
    *,
    accepted: bool,
    folder: Path | None = None,
    source: Path | None = None,
    keep: bool = False,
    again: bool = False,
    progress: Progress | None = None,
) -> Fetched:
    """Fetch files of a collection; what is there and has the right sum is not fetched again.

    A file whose sum is not published is remembered as it was when first seen, and must be that ever after.

    Parameters
    ----------
    remotes
        Of `choreo.datasets.collections.chosen_files`.
    accepted
        Whether the user has seen the licence and accepts it.
    folder
        Above the collection's own; `collections_folder` when None.
    source
        Folder of files that were downloaded otherwise: nothing is fetched then.
    keep
        Whether archives stay when they are unpacked.
    again
        Whether files without a published sum may be others than those first seen.

    Raises
    ------
    InputError
        When the licence was not accepted, another process fetches the collection, or an archive is bad.
    FetchError
        When no file is there, one cannot be had, or is another than was published or first seen.
    OutputError
        When something cannot be written.
    """
    if not accepted:
        raise InputError(f"{collection.name}: its licence was not accepted, so nothing was fetched.")
    require_source(collection, source)
    if source is not None and collection.by_hand:
        return Fetched(places=[(source, None)])
    place = (folder or collections_folder()) / collection.name
    require_writable(place)
    found = Fetched()
    with _alone(place), _quiet():
        record = read_record(place)
        for number, remote in enumerate(remotes):
            report = None if progress is None else _Share(progress, number, len(remotes))
            if again and remote.sha256 is None:
                record.forget(remote.address)
            where = place / remote.part.name
            if remote.is_archive and record.has(remote.address, remote.members, where):
                continue
            try:
                path = _downloaded(remote, place, record, report) if source is None else _found(remote, source, record)
            except MissingFileError as error:
                if number == len(found.missing) == len(remotes) - 1:
                    raise FetchError(f"{error.message} No other file of {collection.name} was, either.") from error
                path = None
            if path is None:
                if source is None or not _brought(remote, source, where):
                    found.missing.append(remote.address)
                continue
            if record.note(remote.address, _sum(path), path.stat().st_size) and remote.sha256 is None:
                found.first_seen.append(remote.address)
            if remote.is_archive:
                files = unpack(path, where, remote.members)
                record.unpacked.setdefault(remote.address, {})[" ".join(remote.members)] = files
            elif source is not None:
                _copy(path, where / remote.name)
            write_record(place, record)
            if remote.is_archive and source is None and not keep:
                path.unlink()
        if progress:
            progress(len(remotes), len(remotes), 0.0)
    if len(found.missing) == len(remotes) and source is not None:
        raise FetchError(f"{source}: has none of the files that were looked for, such as {remotes[0].name}.")
    parts: dict[str, Part] = {
        remote.part.name: remote.part for remote in remotes if remote.address not in found.missing
    }
    found.places = [(place / name, part) for name, part in parts.items()]
    return found


def require_source(collection: Collection, source: Path | None) -> None:
    """Refuse a folder that is not there, and a collection that cannot be had without one.

    Raises
    ------
    InputError
    FetchError
        Says how to get it.
    """
    if source is not None and not source.is_dir():
        raise InputError(f"{source}: no such folder.")
    if source is None and collection.by_hand:
        raise FetchError(
            f"{collection.name}: cannot be fetched by a program. {collection.by_hand} Then run: "
            f"choreo db get {collection.name} --from FOLDER"
        )


def is_there(collection: Collection, remotes: Sequence[Remote], folder: Path | None = None) -> bool:
    """Whether all these files were fetched, by their names alone; not when nobody can read what was remembered."""
    place = (folder or collections_folder()) / collection.name
    if not remotes or not (place / NAME).is_file():
        return False
    try:
        record = read_record(place)
    except InputError:
        return False
    return all(
        record.has(remote.address, remote.members, place / remote.part.name)
        if remote.is_archive
        else (place / remote.part.name / remote.name).is_file()
        for remote in remotes
    )


def _downloaded(remote: Remote, place: Path, record: Record, report: _Share | None) -> Path:
    """The file, downloaded unless it is there with the right sum."""
    import pooch

    folder = place / ("downloads" if remote.is_archive else remote.part.name)
    folder.mkdir(exist_ok=True)
    size = remote.size or 0
    if (free := shutil.disk_usage(place).free) < size:
        raise OutputError(f"{place}: {size:,} bytes are to come, and {free:,} are free. Choose another --folder.")
    known = _expected(remote, record)
    downloader = Resuming(folder / f"{remote.name}.part", remote.size, report)
    try:
        path = pooch.retrieve(
            remote.address, known and f"sha256:{known}", fname=remote.name, path=folder, downloader=downloader
        )
    except ValueError as error:
        raise FetchError(f"{remote.address}: {_other(remote, record)}") from error
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error}).") from error
    return Path(path)


def _found(remote: Remote, source: Path, record: Record) -> Path | None:
    """The file of this name below a folder, checked; the one in a folder of its part's name when there are several."""
    paths = sorted(path for path in source.rglob(remote.name) if path.is_file())
    paths.sort(key=lambda path: path.parent.name != remote.part.name)
    if not paths:
        return None
    require_file(paths[0], str(paths[0]))
    known = _expected(remote, record)
    if known is not None and _sum(paths[0]) != known:
        raise FetchError(f"{paths[0]}: {_other(remote, record)}")
    return paths[0]


def _brought(remote: Remote, source: Path, folder: Path) -> int:
    """Copy what an archive is wanted for, when it lies there unpacked; how many files that were."""
    paths = [path for path in sorted(source.rglob("*")) if path.is_file()] if remote.is_archive else []
    names = {path: path.relative_to(source).as_posix() for path in paths}
    wanted = [path for path in paths if is_like(names[path], remote.members)]
    for path in wanted:
        require_file(path, str(path))
        _copy(path, folder / names[path])
    return len(wanted)


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic(target) as partial:
        shutil.copyfile(path, partial)


def _expected(remote: Remote, record: Record) -> str | None:
    seen = record.seen.get(remote.address)
    return remote.sha256 or (seen.sha256 if seen else None)


def _other(remote: Remote, record: Record) -> str:
    """What is said of a file with another sum than it must have."""
    if remote.sha256:
        return f"is not the file that was published (SHA-256 {remote.sha256[:12]}...). It was not kept."
    seen = record.seen[remote.address]
    return (
        f"is not the file that was first seen on {seen.date} (SHA-256 {seen.sha256[:12]}..., {seen.bytes:,} bytes). It "
        "was not kept. When you know why it changed, --again takes it as it is now."
    )


def _sum(path: Path) -> str:
    import pooch

    return str(pooch.file_hash(str(path)))


class _Share:
    """Progress of one file of many, of its bytes."""

    def __init__(self, progress: Progress, number: int, count: int) -> None:
        self.progress, self.number, self.count = progress, number, count

    def __call__(self, done: int, total: int | None) -> None:
        self.progress(self.number, self.count, min(done / total, 1.0) if total else 0.0)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Keep other processes out of a collection's folder."""
    import filelock

    try:
        with filelock.FileLock(place / ".lock", timeout=0):
            yield
    except filelock.Timeout as error:
        raise InputError(f"{place}: another process fetches it; wait until that is done.") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pooch from telling of what is told here."""
    import pooch

    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


__all__ = ["Fetched", "collections_folder", "fetch_collection", "is_there", "require_source"]
