"""Read one file of a dataset to clips: the work on one item of an engine, on this machine or another.

An item names files of this machine, has their content, or names files of a store, which are then fetched. In the
latter two cases they lie in a temporary folder while they are read, as they do where they come from, and what is said
of them names them as they are called there.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path, PurePath
from typing import Any

from choreo import plugins
from choreo.datasets.addresses import Store
from choreo.datasets.files import source_name
from choreo.errors import ChoreoError, InputError
from choreo.foreign.limits import RECORDING_BYTES
from choreo.types import Clip, Reading, Take
from choreo.version import __version__
from choreo.workers import usable_processors

LONGEST = 900.0
"""Seconds after which a file is given up, unless its reader has another ``longest``; most take a minute or two."""
LEAST_MEMORY = 2 << 30
"""Bytes that a process may take at least, on a small machine with many; else its share of three quarters."""
CHANGED = "it changed while it was read; add it again"
"""Report of such a file, which the ledger does not get."""
HERE = "here"
"""First step of the names of this machine's files, in place of the scheme of a store."""


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
class Shared:
    """What the files of a dataset share: how they are read, and what their clips are told apart by.

    Attributes
    ----------
    root
        The dataset's folder: its path on this machine, or its name where jobs have names.
    address
        Where it lies in a store.
    names
        What names begin with, and what the user sees in place of it.
    known
        Keys of files that are in the database, where only who fetches a file can tell its key.
    sharing
        Processes among which the memory of a machine is shared: 0 for one a processor, None where there is no limit.
    asker
        The process that asks for them (`this_process`), which is nobody's to limit should an engine read files in it.
    """

    plugin: str
    root: str
    address: str = ""
    names: tuple[tuple[str, str], ...] = ()
    joints: Mapping[str, str] | None = None
    licence: str | None = None
    dataset: str | None = None
    reading: Reading = Reading()
    origin: Origin = Origin()
    known: frozenset[str] = frozenset()
    sharing: int | None = None
    asker: str = ""


@dataclass(frozen=True)
class Job:
    """One file to read, the `number`-th of the dataset.

    Attributes
    ----------
    file
        Its path on this machine, or its name where `content` or `sizes` is given.
    digest
        SHA-256 of the file and its other parts; empty where it is not known.
    content
        All files that are needed, by name, where the file's machine is another.
    sizes
        Bytes of all files that are needed, by name, where they are to be fetched from a store.
    """

    number: int
    file: str
    digest: str = ""
    content: Mapping[str, bytes] | None = None
    sizes: Mapping[str, int] | None = None

    def source(self, root: str) -> str:
        """The file's name within the dataset of this folder."""
        return PurePath(self.file).relative_to(root).as_posix()


@dataclass(frozen=True)
class Found:
    """What came of a file: `key` is empty where the ledger is not to have it, `report` is None where it has it."""

    key: str
    digest: str
    clips: list[Clip]
    report: FileReport | None


def read_job(job: Job, shared: Shared) -> Found:
    """Clips and report of one file; a file that cannot be read gives a report that says why, not an error.

    Depends on the file and the arguments only, so that files may be read in any order, and again.
    """
    if shared.sharing is not None and shared.asker != this_process():
        _bound_memory(shared.sharing)
    reader = plugins.load("datasets", shared.plugin)
    try:
        with _at_hand(job, shared, reader) as (file, root, named):
            source, own = source_name(file, root), file == Path(job.file)
            digest = job.digest if own else digest_of(reader, file)
            key = key_of(shared, digest, file.name) if digest else ""
            if key in shared.known:
                return Found(key, digest, [], None)
            clips, report = _read_clips(reader, file, root, digest, shared)
            if job.digest and job.digest != (digest_of(reader, file) if own else digest):
                return Found("", digest, [], FileReport(source, skipped=CHANGED))
            return Found(key, digest, clips, replace(report, skipped=named(report.skipped)))
    except InputError as error:  # it could not be fetched
        return Found("", "", [], FileReport(job.source(shared.root), skipped=error.message))


@contextmanager
def _at_hand(job: Job, shared: Shared, reader: Any) -> Iterator[tuple[Path, Path, Callable[[str], str]]]:
    """Path of the job's file and of the dataset's folder, and what puts the user's names in place of these."""
    if job.content is None and job.sizes is None:
        yield Path(job.file), Path(shared.root), str
        return
    with tempfile.TemporaryDirectory(prefix="choreo-read-") as name:
        folder = Path(name) / "files"
        if job.sizes is not None:
            _fetch(Store(shared.address), job.file, job.sizes, folder, reader)
        for other, content in (job.content or {}).items():
            made(folder, other).write_bytes(content)
        yield folder / job.file, folder / shared.root, partial(shown, folder=folder, names=shared.names)


def _fetch(store: Store, name: str, sizes: Mapping[str, int], folder: Path, reader: Any) -> None:
    """Fetch the files of a job, and those that turn out to be needed when its file can be looked into."""
    file, room = made(folder, name), RECORDING_BYTES
    file.touch()
    before = set(beside(reader, file))
    for other, size in sizes.items():
        count = store.fetch(other, made(folder, other), room)
        if size not in (-1, count):
            raise InputError(CHANGED)
        room -= count
    for path in beside(reader, file):
        if path in before or not path.is_relative_to(folder):
            continue
        other = path.relative_to(folder).as_posix()
        if other not in sizes and store.size(other) is not None:
            room -= store.fetch(other, made(folder, other), room)


def made(folder: Path, name: str) -> Path:
    """Path of a file of that name in a folder; the folders above it are made."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def shown(text: str, *, folder: Path, names: Sequence[tuple[str, str]]) -> str:
    """A text with what the user sees in place of paths below `folder`."""
    for name, instead in names:
        text = text.replace(f"{folder}{os.sep}{name.replace('/', os.sep)}", instead)
    return text


def beside(reader: Any, file: Path) -> list[Path]:
    """Files that a reader looks up beside those of the recording itself, whether or not they are there."""
    return list(reader.beside(file)) if hasattr(reader, "beside") else []


def parts_of(reader: Any, file: Path) -> list[Path]:
    """Files that a recording lies in: one, of most readers."""
    return list(reader.parts(file)) if hasattr(reader, "parts") else [file]


def digest_of(reader: Any, file: Path) -> str:
    """SHA-256 of a file, or of those that its recording lies in; empty when one cannot be read, which is then told."""
    found = []
    try:
        for part in parts_of(reader, file):
            with part.open("rb") as stream:
                found.append(hashlib.file_digest(stream, "sha256").hexdigest())
    except OSError:
        return ""
    return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()


def key_of(shared: Shared, digest: str, name: str) -> str:
    """Key of a file in the ledger. The version is in it because another version may cut other clips."""
    parts = [
        shared.plugin,
        shared.dataset or "",
        shared.licence or "",
        digest,
        __version__,
        json.dumps(shared.joints, sort_keys=True),
        json.dumps(_said(shared.reading), sort_keys=True),
        *(text for text in (shared.origin.citation, *shared.origin.styles) if text),
    ]
    return hashlib.sha256("\0".join([*parts, name]).encode()).hexdigest()[:32]


def _said(reading: Reading) -> dict[str, Any]:
    """What the user says of recordings; of a person in a video only where one is told: other files keep their keys."""
    return {name: value for name, value in asdict(reading).items() if name != "person" or value is not None}


def _read_clips(reader: Any, file: Path, root: Path, digest: str, shared: Shared) -> tuple[list[Clip], FileReport]:
    from choreo.datasets.cut import cut_take

    source = source_name(file, root)
    clips: dict[str, Clip] = {}
    seconds = 0.0
    flags: list[str] = []
    facts: dict[str, float] = {}
    try:
        for take in reader.takes(file, root=root, joints=shared.joints, reading=shared.reading):
            seconds += take.motion.duration
            flags += take.flags
            facts = dict(take.facts)
            for clip in cut_take(_named(take, source, shared), shared.dataset or reader.name, digest):
                clips[clip.clip_id] = clip
    except ChoreoError as error:
        return [], FileReport(source, skipped=error.message)
    except Exception as error:  # noqa: BLE001  a plugin's mistake must not end the work of hours
        return [], FileReport(source, skipped=f"{shared.plugin} failed: {type(error).__name__}: {error}")
    why = "" if clips else "no whole bar in it" if seconds else "nothing in it lasts long enough to be used"
    report = FileReport(source, len(clips), round(seconds, 3), why, tuple(dict.fromkeys(flags)), facts)
    return list(clips.values()), report


def _named(take: Take, source: str, shared: Shared) -> Take:
    """Name a take by the path of its file, which is unique in the dataset, and not by the plugin."""
    stem = Path(source).with_suffix("").as_posix().replace("/", ".")
    return replace(
        take,
        name=stem,
        source=source,
        licence=shared.licence or take.licence,
        citation=shared.origin.citation or take.citation,
        styles=shared.origin.styles or take.styles,
    )


def this_process() -> str:
    """A name of this process among those of all machines."""
    return f"{platform.node()}:{os.getpid()}"


@lru_cache(maxsize=1)
def _bound_memory(sharing: int) -> None:
    """Let allocations beyond this process's share fail here instead of bringing down the machine; once a process."""
    with suppress(ImportError, AttributeError, OSError, ValueError):  # where the system can do neither
        import resource

        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        share = max(3 * whole // 4 // (sharing or usable_processors()), LEAST_MEMORY)
        with open("/proc/self/statm", encoding="ascii") as sizes:
            now = int(sizes.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + share, resource.getrlimit(resource.RLIMIT_AS)[1]))


__all__ = ["CHANGED", "LONGEST", "FileReport", "Found", "Job", "Origin", "Shared", "beside", "digest_of", "key_of",
           "made", "parts_of", "read_job", "shown", "this_process"]  # fmt: skip
