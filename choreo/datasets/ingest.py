"""Add a dataset to the database: file by file, in parallel, resumable after it was stopped at any point.

The clips of a file depend on that file alone. The ledger, a table of the database, has a row for each file that was
read, keyed by a hash of the file and of all options that its clips depend on. A row is written after the clips of the
file. A run that is killed in between reads the file again, which adds nothing, because clip ids are made from content.

Files are read by the processes of an engine, here or on other machines (`choreo.datasets.reading`), in any order; this
process alone writes. A file that ends its process, or takes too long, is left out and named; it gets no row, so that it
is tried again when the folder is added again.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from choreo import plugins
from choreo.datasets.addresses import is_address
from choreo.datasets.jobs import jobs_of_address, jobs_of_folder, name_here, sent
from choreo.datasets.reading import (
    CHANGED,
    LONGEST,
    FileReport,
    Found,
    Job,
    Origin,
    Shared,
    key_of,
    read_job,
    this_process,
)
from choreo.db.ledger import OLD_LEDGER, LedgerRow, forget_dataset, read_ledger, write_ledger
from choreo.db.starter import remember
from choreo.db.store import MotionDB
from choreo.engines import LOCAL, open_engine
from choreo.errors import InputError
from choreo.protocols import Workers
from choreo.types import Clip, Lost, Reading

FILES_AT_ONCE = 24
CLIPS_AT_ONCE = 256
"""Files or clips after which the database is written: few writes are fast, and little is lost when killed."""


def add_dataset(
    db: MotionDB,
    plugin: str,
    path: str | Path | None,
    *,
    jobs: int = 0,
    engine: str = LOCAL,
    joints: Mapping[str, str] | None = None,
    reading: Reading = Reading(),
    licence: str | None = None,
    name: str | None = None,
    origin: Origin | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[FileReport]:
    """Add all files of a dataset.

    Parameters
    ----------
    path
        Folder or file, or an address that fsspec knows, such as ``s3://bucket/mocap``.
    jobs
        Number of processes; 0 for one a processor. With 1, on this machine, the files are read in this process, and
        one that its reader does not survive ends it.
    engine
        Where files are read: ``local``, or another as `choreo.engines.open_engine` takes it.
    joints
        Names of the files' joints by canonical name, where they cannot be guessed.
    reading
        Rate and axis of the files, overruling what they say and what would be assumed.
    licence, name
        Instead of the plugin's own.
    origin
        Citation and styles instead of the plugin's own, and the command that is told when clips are lost.

    Returns
    -------
    A report for each file, in the order of the files.

    Raises
    ------
    InputError
        When there is nothing to add at `path`, or it cannot be read.
    PluginError
        When the engine cannot be reached, or a package is missing.
    DatabaseError
        When the database cannot be written.
    """
    reader = plugins.load("datasets", plugin)
    address = path if isinstance(path, str) and is_address(path) else ""
    path = None if path is None or address else Path(path)
    db.require_writable()
    if not hasattr(reader, "takes"):
        if address:
            raise InputError(f"{plugin} reads folders of this machine, not addresses.")
        return _add_whole(db, plugin, reader, path, name)
    if path is None and not address:
        raise InputError(f"{plugin} needs a path: {reader.expected}.")
    if reading.animation is not None and not hasattr(reader, "animations"):
        raise InputError(f"{plugin} reads one motion of a file; --animation is for those with several.")
    if reading.person is not None and not hasattr(reader, "people"):
        raise InputError(f"{plugin} reads no videos; --person says who in a video.")
    refused: list[FileReport] = []
    if path is None:
        root, names, work, refused = jobs_of_address(plugin, reader, address)
    else:
        root, names, work = jobs_of_folder(plugin, reader, path)
    ledger = _ledger(db)
    origin = origin or Origin()
    shared = Shared(plugin, root, address, names, joints, licence, name, reading, origin, frozenset())
    reports = {
        job.number: ledger[key]
        for job in work
        if job.digest and (key := key_of(shared, job.digest, Path(job.file).name)) in ledger
    }
    if path is None:
        shared = replace(shared, known=frozenset(ledger))
    command = origin.command or _command(plugin, path.absolute() if path else address, joints, reading, licence, name)
    if progress:
        progress(len(reports), len(work))
    waiting: list[tuple[list[Clip], LedgerRow]] = []
    for number, found in _read([job for job in work if job.number not in reports], reader, shared, jobs, engine):
        report = reports[number] = found.report or ledger[found.key]
        if found.report is not None:
            text, dataset = json.dumps(asdict(report)), name or str(reader.name)
            row = LedgerRow(found.key, dataset, report.file, found.digest, report.clips, command, text)
            waiting.append((found.clips, row))
        if sum(len(clips) for clips, _ in waiting) >= CLIPS_AT_ONCE or len(waiting) >= FILES_AT_ONCE:
            _store(db, waiting)
            waiting = []
        if progress:
            progress(len(reports), len(work))
    _store(db, waiting)
    remember(db)
    return [reports[number] for number in range(len(work))] + refused


def _read(todo: Sequence[Job], reader: Any, shared: Shared, jobs: int, engine: str) -> Iterator[tuple[int, Found]]:
    """Numbers of files and what came of them, as they are read."""
    if not todo:
        return
    if jobs == 1 and engine == LOCAL:
        for job in todo:
            yield job.number, read_job(job, shared)
        return
    longest = float(getattr(reader, "longest", LONGEST))
    with open_engine(engine, jobs) as workers:
        shared = replace(shared, sharing=0 if workers.remote else workers.slots(), asker=this_process())
        if workers.remote and not shared.address:
            yield from _read_elsewhere(todo, reader, shared, workers)
        else:
            for job, found in workers.each(read_job, todo, shared=shared, longest=longest):
                yield job.number, _came(job, found, shared)


def _read_elsewhere(todo: Sequence[Job], reader: Any, shared: Shared, workers: Workers) -> Iterator[tuple[int, Found]]:
    """The same of files of this machine, sent to others; few of them are in memory at a time."""
    unsent: list[tuple[int, Found]] = []

    def contents() -> Iterator[Job]:
        for job in todo:
            try:
                yield sent(job, reader)
            except InputError as error:
                unsent.append((job.number, _skipped(job, error.message, shared)))

    by_name = replace(shared, root=name_here(Path(shared.root)))
    for job, found in workers.each(
        read_job, contents(), shared=by_name, longest=float(getattr(reader, "longest", LONGEST))
    ):
        yield job.number, _came(job, found, by_name)
    yield from unsent


def _came(job: Job, found: Found | Lost, shared: Shared) -> Found:
    """What came of a file, also when its reader did not come back."""
    return _skipped(job, f"the process that read it {found.why}", shared) if isinstance(found, Lost) else found


def _skipped(job: Job, why: str, shared: Shared) -> Found:
    return Found("", job.digest, [], FileReport(job.source(shared.root), skipped=why))


def _store(db: MotionDB, waiting: Sequence[tuple[list[Clip], LedgerRow]]) -> None:
    """Write clips, then the ledger rows of their files, in this order: see the top of this module."""
    if not waiting:
        return
    db.add([clip for clips, _ in waiting for clip in clips])
    write_ledger(db, [row for _, row in waiting if row.key])


def _ledger(db: MotionDB) -> dict[str, FileReport]:
    """Reports of the files that were read, by key."""
    found = {}
    clips = db.columns(["dataset", "source"]) if db.has(OLD_LEDGER) else None
    for key, row in read_ledger(db, clips)[0].items():
        with suppress(TypeError, KeyError, ValueError):  # of another release: the file is read again
            values = json.loads(row.report)
            found[key] = FileReport(**{**values, "flags": tuple(values["flags"])})
    return found


def _command(
    plugin: str,
    place: Path | str,
    joints: Mapping[str, str] | None,
    reading: Reading,
    licence: str | None,
    name: str | None,
) -> str:
    """Command that adds a dataset again; `choreo db verify` shows it when clips are lost."""
    words = ["choreo", "db", "add", plugin, str(place)]
    words += ["--as", name] if name else []
    words += ["--licence", licence] if licence else []
    words += ["--map", "joints.toml"] if joints else []
    words += [] if reading.fps is None else ["--fps-of", f"{reading.fps:g}"]
    words += [] if reading.up is None else ["--up", reading.up]
    words += [] if reading.animation is None else ["--animation", reading.animation]
    words += [] if reading.person is None else ["--person", str(reading.person)]
    return shlex.join(words)


def _add_whole(db: MotionDB, plugin: str, reader: Any, path: Path | None, name: str | None) -> list[FileReport]:
    """Add a dataset that is not read file by file."""
    from choreo.db.ids import as_clip_stored

    with plugins.blame("datasets", plugin):
        clips = list(reader.clips(path))
    clips = [as_clip_stored(replace(clip, dataset=name or clip.dataset)) for clip in clips]
    db.add(clips)
    seconds = sum(clip.motion.duration for clip in clips)
    return [FileReport(str(path or plugin), len(clips), round(seconds, 3))]


def forget(db: MotionDB, dataset: str) -> None:
    """Remove the clips of a dataset, and its files from the ledger."""
    clips = db.columns(["dataset", "source"])
    db.remove(dataset=dataset)
    forget_dataset(db, dataset, clips)


__all__ = ["CHANGED", "FileReport", "Origin", "add_dataset", "forget"]
