"""Add a dataset to the database: file by file, in parallel, resumable after it was stopped at any point.

The clips of a file depend on that file alone. The ledger, a table of the database, has a row for each file that was
read, keyed by a hash of the file and of all options that its clips depend on. A row is written after the clips of the
file. A run that is killed in between reads the file again, which adds nothing, because clip ids are made from content.

Files are read in workers (`choreo.datasets.workers`). One that ends its worker, or takes too long, is left out and
named; it gets no row, so that it is tried again when the folder is added again.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from choreo import plugins
from choreo.datasets.files import source_name
from choreo.db.ledger import LedgerRow, forget_dataset, read_ledger, write_ledger
from choreo.db.store import MotionDB
from choreo.errors import ChoreoError, InputError
from choreo.types import Clip, Reading, Take
from choreo.version import __version__

FILES_AT_ONCE = 24
CLIPS_AT_ONCE = 256
"""Files or clips after which the database is written: few writes are fast, and little is lost when killed."""
CHANGED = "it changed while it was read; add it again"
"""Report of such a file, which the ledger does not get."""


@dataclass(frozen=True)
class FileReport:
    """Result of reading one file: clips, seconds, the reason if it was skipped, and figures of the retargeting."""

    file: str
    clips: int = 0
    seconds: float = 0.0
    skipped: str = ""
    flags: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """What is known of a dataset from outside its files: whom to cite, what is danced, the command that brings it."""

    citation: str = ""
    styles: tuple[str, ...] = ()
    command: str = ""


@dataclass(frozen=True)
class Job:
    """One file to read, with all that a worker needs; `digest` is the SHA-256 of the file and its other parts."""

    plugin: str
    file: str
    root: str
    digest: str
    joints: Mapping[str, str] | None = None
    licence: str | None = None
    dataset: str | None = None
    reading: Reading = Reading()
    origin: Origin = Origin()


def read_job(job: Job) -> tuple[list[Clip], FileReport]:
    """Clips and report of one file; a file that cannot be read gives a report that says why, not an error.

    Depends on the file and the job only, so workers may run in any order.
    """
    clips, report = _read_clips(job)
    if _digest(plugins.load("datasets", job.plugin), Path(job.file)) != job.digest:
        return [], FileReport(report.file, skipped=CHANGED)
    return clips, report


def _read_clips(job: Job) -> tuple[list[Clip], FileReport]:
    from choreo.datasets.cut import cut_take

    plugin = plugins.load("datasets", job.plugin)
    file, root = Path(job.file), Path(job.root)
    source = source_name(file, root)
    clips: dict[str, Clip] = {}
    seconds = 0.0
    flags: list[str] = []
    facts: dict[str, float] = {}
    try:
        for take in plugin.takes(file, root=root, joints=job.joints, reading=job.reading):
            seconds += take.motion.duration
            flags += take.flags
            facts = dict(take.facts)
            for clip in cut_take(_named(take, source, job), job.dataset or plugin.name, job.digest):
                clips[clip.clip_id] = clip
    except ChoreoError as error:
        return [], FileReport(source, skipped=error.message)
    except Exception as error:  # noqa: BLE001  a plugin's mistake must not end the work of hours
        return [], FileReport(source, skipped=f"{job.plugin} failed: {type(error).__name__}: {error}")
    why = "" if clips else "no whole bar in it" if seconds else "nothing in it lasts long enough to be used"
    report = FileReport(source, len(clips), round(seconds, 3), why, tuple(dict.fromkeys(flags)), facts)
    return list(clips.values()), report


def _named(take: Take, source: str, job: Job) -> Take:
    """Name a take by the path of its file, which is unique in the dataset, and not by the plugin."""
    stem = Path(source).with_suffix("").as_posix().replace("/", ".")
    return replace(
        take,
        name=stem,
        source=source,
        licence=job.licence or take.licence,
        citation=job.origin.citation or take.citation,
        styles=job.origin.styles or take.styles,
    )


def _key(job: Job) -> str:
    """Key of a file in the ledger. The version is in it because another version may cut other clips."""
    parts = [
        job.plugin,
        job.dataset or "",
        job.licence or "",
        job.digest,
        __version__,
        json.dumps(job.joints, sort_keys=True),
        json.dumps(asdict(job.reading), sort_keys=True),
        *(text for text in (job.origin.citation, *job.origin.styles) if text),
    ]
    return hashlib.sha256("\0".join([*parts, Path(job.file).name]).encode()).hexdigest()[:32]


def add_dataset(
    db: MotionDB,
    plugin: str,
    path: str | Path | None,
    *,
    jobs: int = 0,
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
    jobs
        Number of processes; 0 for one a processor. With 1 the files are read in this process, and one that its reader
        does not survive ends it.
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
        When there is nothing to add at `path`.
    DatabaseError
        When the database cannot be written.
    """
    reader = plugins.load("datasets", plugin)
    path = None if path is None else Path(path)
    db.require_writable()
    if not hasattr(reader, "takes"):
        return _add_whole(db, plugin, reader, path, name)
    if path is None:
        raise InputError(f"{plugin} needs a path: {reader.expected}.")
    if reading.animation is not None and not hasattr(reader, "animations"):
        raise InputError(f"{plugin} reads one motion of a file; --animation is for those with several.")
    with plugins.blame("datasets", plugin):
        files = reader.files(path)
    root = str(path if path.is_dir() else path.parent)
    origin = origin or Origin()
    work = [
        Job(plugin, str(file), root, _digest(reader, file), joints, licence, name, reading, origin) for file in files
    ]
    ledger = _ledger(db)
    command = origin.command or _command(plugin, path, joints, reading, licence, name)
    reports: dict[int, FileReport] = {}
    todo: list[tuple[int, Job, str]] = []
    for number, job in enumerate(work):
        key = _key(job)
        if key in ledger:
            reports[number] = ledger[key]
        else:
            todo.append((number, job, key))
    if progress:
        progress(len(reports), len(work))
    waiting: list[tuple[list[Clip], LedgerRow]] = []
    for number, key, clips, report in _read(todo, jobs):
        text = json.dumps(asdict(report))
        dataset = name or str(reader.name)
        key = "" if report.skipped == CHANGED else key
        row = LedgerRow(key, dataset, report.file, work[number].digest, report.clips, command, text)
        waiting.append((clips, row))
        reports[number] = report
        if sum(len(clips) for clips, _ in waiting) >= CLIPS_AT_ONCE or len(waiting) >= FILES_AT_ONCE:
            _store(db, waiting)
            waiting = []
        if progress:
            progress(len(reports), len(work))
    _store(db, waiting)
    return [reports[number] for number in range(len(work))]


def _digest(reader: Any, path: Path) -> str:
    """SHA-256 of a file, or of those that its recording lies in; empty when one cannot be read, which is then told."""
    found = []
    try:
        for part in reader.parts(path) if hasattr(reader, "parts") else (path,):
            with part.open("rb") as stream:
                found.append(hashlib.file_digest(stream, "sha256").hexdigest())
    except OSError:
        return ""
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def _read(todo: Sequence[tuple[int, Job, str]], jobs: int) -> Iterator[tuple[int, str, list[Clip], FileReport]]:
    """Read files in parallel; results in the order of the files, with an empty key where there is nothing to keep."""
    import os

    from choreo.datasets.workers import read_apart

    if jobs == 1:
        for number, job, key in todo:
            yield number, key, *read_job(job)
        return
    work, count = [job for _, job, _ in todo], min(jobs or os.cpu_count() or 1, len(todo))
    for index, (clips, report), whole in read_apart(work, read_job, _lost, count):
        number, _, key = todo[index]
        yield number, key if whole else "", clips, report


def _lost(job: Job, why: str) -> tuple[list[Clip], FileReport]:
    """The report of a file whose reader did not come back."""
    return [], FileReport(source_name(Path(job.file), Path(job.root)), skipped=why)


def _store(db: MotionDB, waiting: Sequence[tuple[list[Clip], LedgerRow]]) -> None:
    """Write clips, then the ledger rows of their files, in this order: see the top of this module."""
    if not waiting:
        return
    db.add([clip for clips, _ in waiting for clip in clips])
    write_ledger(db, [row for _, row in waiting if row.key])


def _ledger(db: MotionDB) -> dict[str, FileReport]:
    """Reports of the files that were read, by key."""
    found = {}
    for key, row in read_ledger(db, db.columns(["dataset", "source"]))[0].items():
        with suppress(TypeError, KeyError, ValueError):  # of another release: the file is read again
            values = json.loads(row.report)
            found[key] = FileReport(**{**values, "flags": tuple(values["flags"])})
    return found


def _command(
    plugin: str, path: Path, joints: Mapping[str, str] | None, reading: Reading, licence: str | None, name: str | None
) -> str:
    """Command that adds a dataset again; `choreo db verify` shows it when clips are lost."""
    words = ["choreo", "db", "add", plugin, str(path.absolute())]
    words += ["--as", name] if name else []
    words += ["--licence", licence] if licence else []
    words += ["--map", "joints.toml"] if joints else []
    words += [] if reading.fps is None else ["--fps-of", f"{reading.fps:g}"]
    words += [] if reading.up is None else ["--up", reading.up]
    words += [] if reading.animation is None else ["--animation", reading.animation]
    return shlex.join(words)


def _add_whole(db: MotionDB, plugin: str, reader: Any, path: Path | None, name: str | None) -> list[FileReport]:
    """Add a dataset that is not read file by file."""
    from choreo.db.ids import clip_id

    with plugins.blame("datasets", plugin):
        clips = list(reader.clips(path))
    clips = [replace(clip, dataset=name or clip.dataset) for clip in clips]
    clips = [replace(c, clip_id=clip_id(c.dataset, c.name, c.motion, c.beats)) for c in clips]
    db.add(clips)
    seconds = sum(clip.motion.duration for clip in clips)
    return [FileReport(str(path or plugin), len(clips), round(seconds, 3))]


def forget(db: MotionDB, dataset: str) -> None:
    """Remove the clips of a dataset, and its files from the ledger."""
    clips = db.columns(["dataset", "source"])
    db.remove(dataset=dataset)
    forget_dataset(db, dataset, clips)


__all__ = ["FileReport", "Job", "Origin", "add_dataset", "forget", "read_job"]
