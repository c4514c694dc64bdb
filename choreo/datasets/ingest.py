"""Add a dataset to the database: file by file, over processes, to be stopped and taken up again at any point.

Each file's clips follow from the file alone. What was done is written down per file after its clips are in, so that
a run that was killed does nothing twice: clips have ids that follow from what they hold, and go in once.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from choreo import plugins
from choreo.datasets.files import source_name
from choreo.db.store import LEDGER, MotionDB
from choreo.errors import ChoreoError, InputError
from choreo.types import Clip
from choreo.version import __version__

AHEAD = 2
"""Files a worker may be ahead of the writing: bounds memory."""
SLOTS = 24
"""Clips of this many files are written at once at most."""


@dataclass(frozen=True)
class FileReport:
    """What became of one file: how many clips and seconds, why not, and numbers of the reading."""

    file: str
    clips: int = 0
    seconds: float = 0.0
    skipped: str = ""
    flags: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One file to read: everything a worker needs, on this machine or another; `digest` is the file's SHA-256."""

    plugin: str
    file: str
    root: str
    digest: str
    joints: Mapping[str, str] | None = None
    licence: str | None = None
    dataset: str | None = None


def read_job(job: Job) -> tuple[list[Clip], FileReport]:
    """Clips of one file; never fails because of the file. A pure function of the file and the job."""
    from choreo.datasets.cut import cut_take

    plugin = plugins.load("datasets", job.plugin)
    file, root = Path(job.file), Path(job.root)
    shown = source_name(file, root)
    clips: dict[str, Clip] = {}
    seconds = 0.0
    flags: list[str] = []
    facts: dict[str, float] = {}
    try:
        for take in plugin.takes(file, root=root, joints=job.joints):
            seconds += take.motion.duration
            flags += take.flags
            facts = dict(take.facts)
            for clip in cut_take(_named(take, shown, job), job.dataset or plugin.name, job.digest):
                clips[clip.clip_id] = clip
    except ChoreoError as error:
        return [], FileReport(shown, skipped=error.message)
    except Exception as error:  # noqa: BLE001  a plugin's mistake must not end the work of hours
        return [], FileReport(shown, skipped=f"{job.plugin} failed: {type(error).__name__}: {error}")
    why = "" if clips else "no whole bar in it" if seconds else "nothing in it lasts long enough to be used"
    report = FileReport(shown, len(clips), round(seconds, 3), why, tuple(dict.fromkeys(flags)), facts)
    return list(clips.values()), report


def _named(take: Any, shown: str, job: Job) -> Any:
    from dataclasses import replace

    stem = Path(shown).with_suffix("").as_posix().replace("/", ".")
    return replace(take, name=stem, source=shown, licence=job.licence or take.licence)


def _key(job: Job) -> str:
    parts = [
        job.plugin,
        job.dataset or "",
        job.licence or "",
        job.digest,
        __version__,
        json.dumps(job.joints, sort_keys=True),
    ]
    return hashlib.sha256("\0".join([*parts, Path(job.file).name]).encode()).hexdigest()[:32]


def add_dataset(
    db: MotionDB,
    plugin: str,
    path: str | Path | None,
    *,
    jobs: int = 0,
    joints: Mapping[str, str] | None = None,
    licence: str | None = None,
    name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[FileReport]:
    """Add all files of a dataset.

    Parameters
    ----------
    jobs
        Processes; one a processor when 0, none beside this one when 1.
    joints
        Names of the files' joints by canonical name, where they cannot be guessed.
    licence, name
        Instead of the plugin's own.

    Returns
    -------
    A report a file, in the order of the files.

    Raises
    ------
    InputError
        When there is nothing to add at `path`.
    DatabaseError
        When the database cannot be written.
    """
    reader = plugins.load("datasets", plugin)
    path = None if path is None else Path(path)
    if not hasattr(reader, "takes"):
        return _add_whole(db, plugin, reader, path, name)
    if path is None:
        raise InputError(f"{plugin} needs a path: {reader.expected}.")
    with plugins.blame("datasets", plugin):
        files = reader.files(path)
    root = str(path if path.is_dir() else path.parent)
    work = [Job(plugin, str(file), root, _digest(file), joints, licence, name) for file in files]
    known = _known(db)
    reports: dict[int, FileReport] = {}
    todo: list[tuple[int, Job, str]] = []
    for number, job in enumerate(work):
        key = _key(job)
        if key in known:
            reports[number] = known[key]
        else:
            todo.append((number, job, key))
    if progress:
        progress(len(reports), len(work))
    waiting: list[tuple[list[Clip], str, FileReport]] = []
    for number, key, clips, report in _read(todo, jobs):
        waiting.append((clips, key, report))
        reports[number] = report
        if sum(len(clips) for clips, _, _ in waiting) >= 256 or len(waiting) >= SLOTS:
            _store(db, waiting)
            waiting = []
        if progress:
            progress(len(reports), len(work))
    _store(db, waiting)
    return [reports[number] for number in range(len(work))]


def _digest(path: Path) -> str:
    """SHA-256 of a file's content; of nothing where it cannot be read, which its reader will say."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _read(todo: Sequence[tuple[int, Job, str]], jobs: int) -> Iterator[tuple[int, str, list[Clip], FileReport]]:
    """Read files in order, over processes."""
    import os

    count = jobs or os.cpu_count() or 1
    if count == 1 or len(todo) < 2:
        for number, job, key in todo:
            yield number, key, *read_job(job)
        return
    import multiprocessing

    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        queue: deque[tuple[int, str, Future[tuple[list[Clip], FileReport]]]] = deque()
        for number, job, key in todo:
            queue.append((number, key, pool.submit(read_job, job)))
            if len(queue) >= AHEAD * count:
                first, mark, future = queue.popleft()
                yield first, mark, *future.result()
        for first, mark, future in queue:
            yield first, mark, *future.result()


def _store(db: MotionDB, waiting: Sequence[tuple[list[Clip], str, FileReport]]) -> None:
    """Put clips in, then write down that their files are done."""
    if not waiting:
        return
    db.add([clip for clips, _, _ in waiting for clip in clips])
    rows = [{"key": key, "report": json.dumps(asdict(report))} for _, key, report in waiting]
    db.upsert(LEDGER, "key", rows)


def _known(db: MotionDB) -> dict[str, FileReport]:
    found = {}
    for row in db.read_table(LEDGER):
        values = json.loads(row["report"])
        found[row["key"]] = FileReport(**{**values, "flags": tuple(values["flags"])})
    return found


def _add_whole(db: MotionDB, plugin: str, reader: Any, path: Path | None, name: str | None) -> list[FileReport]:
    """Add a dataset that is not read file by file."""
    from dataclasses import replace

    from choreo.db.ids import clip_id

    with plugins.blame("datasets", plugin):
        clips = list(reader.clips(path))
    clips = [replace(clip, dataset=name or clip.dataset) for clip in clips]
    clips = [replace(c, clip_id=clip_id(c.dataset, c.name, c.motion, c.beats)) for c in clips]
    db.add(clips)
    seconds = sum(clip.motion.duration for clip in clips)
    return [FileReport(str(path or plugin), len(clips), round(seconds, 3))]


def forget(db: MotionDB, dataset: str) -> None:
    """Remove a dataset's clips and the ledger of all files: those of other datasets are read anew, not added twice."""
    db.remove(dataset=dataset)
    db.drop(LEDGER)


__all__ = ["FileReport", "Job", "add_dataset", "forget", "read_job"]
