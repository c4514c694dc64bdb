"""Files made of the dance while it goes on being changed: one process each, which can be cancelled."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from glob import escape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta

from choreo.errors import InputError
from choreo.names import stem_of
from choreo.planfile.file import write_plan
from choreo.studio.export_job import PATIENCE, Job, Told
from choreo.video.look import Look
from choreo.workers import ENVIRONMENT

if TYPE_CHECKING:
    from choreo.studio.session import Session
    from choreo.types import ChoreographyPlan

AT_ONCE = 2
"""Exports that run at the same time."""
KEPT = 50
"""Exports that are listed, the newest."""
LINE_BYTES = 1 << 20
"""Of what the process tells at once."""


class Options(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a page may say of an export: how its pictures look, the rig of its motion files, and a part by seconds.

    None of it names a file: what is read is the session's.
    """

    width: int | None = None
    height: int | None = None
    fps: float | None = None
    camera: str | None = None
    lights: str | None = None
    flashes: str | None = None
    finish: str | None = None
    place: str | None = None
    floor: str | None = None
    captions: bool | None = None
    titles: bool | None = None
    rig: Annotated[str, Meta(max_length=40)] | None = None
    start: Annotated[float, Meta(ge=0)] | None = None
    duration: Annotated[float, Meta(gt=0)] | None = None

    def look(self) -> dict[str, Any]:
        """Fields of a `Look`.

        Raises
        ------
        InputError
            When one is out of its bounds.
        """
        others = ("rig", "start", "duration")
        given = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        look = {name: value for name, value in given.items() if name not in others}
        Look(**look)
        return look


@dataclass
class Export:
    """Files that are made, or were."""

    id: int
    stem: str
    formats: list[str]
    state: str = "running"
    share: float = 0.0
    said: str = ""
    files: dict[str, Path] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[None] | None = None

    def row(self) -> dict[str, Any]:
        """As pages show it."""
        names = ("id", "formats", "state", "share", "said")
        return {**{name: getattr(self, name) for name in names}, "files": list(self.files)}


class Exports:
    """All exports of a studio.

    Parameters
    ----------
    changed
        Called when something of them is new.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._all: dict[int, Export] = {}
        self._changed = changed
        self._last = 0

    def rows(self) -> list[dict[str, Any]]:
        """As pages show them, the newest first."""
        return [each.row() for each in reversed(self._all.values())]

    def file(self, number: int, name: str) -> Path | None:
        """A file that an export made; None when it made none of this name."""
        made = self._all.get(number)
        return None if made is None else made.files.get(name)

    async def begin(
        self, session: Session, folder: Path, formats: list[str], options: dict[str, Any]
    ) -> dict[str, Any]:
        """Make files of the dance as it is now, beside what goes on.

        Raises
        ------
        InputError
            When options are wrong, or too many exports run.
        """
        if sum(each.state == "running" for each in self._all.values()) >= AT_ONCE:
            raise InputError(f"{AT_ONCE} exports are running; wait for one, or cancel it.")
        try:
            chosen = msgspec.convert(options, Options)
        except msgspec.ValidationError as error:
            raise InputError(f"options of an export: {error}") from error
        look, plan, place = chosen.look(), session.written, session.db
        self._last += 1
        export = Export(self._last, self._free(folder, stem_of(session.path), formats), formats)
        self._all[export.id] = export
        while len(self._all) > KEPT:
            oldest = next((each for each in self._all.values() if each.state != "running"), None)
            if oldest is None:
                break
            del self._all[oldest.id]
        work = Path(tempfile.mkdtemp(prefix="choreo-export-"))
        source = str(work / f"{export.stem}.plan.json")
        job = Job(source, str(folder), formats, look, chosen.rig, place, chosen.start, chosen.duration)
        export.task = asyncio.ensure_future(self._run(export, plan, job, work))
        self._changed()
        return {"export": export.id}

    def _free(self, folder: Path, stem: str, formats: list[str]) -> str:
        """A stem under which no file of these formats is there, nor will be: what was made before stays."""
        coming = {(each.stem, name) for each in self._all.values() if each.state == "running" for name in each.formats}
        for number in count(1):
            free = stem if number == 1 else f"{stem}-{number}"
            taken = any(
                (free, name) in coming or next(folder.glob(f"{escape(free)}.{name}*"), None) for name in formats
            )
            if not taken:
                return free
        raise AssertionError

    async def _run(self, export: Export, plan: ChoreographyPlan, job: Job, work: Path) -> None:
        """Start the process of an export and hear what it tells."""
        try:
            await asyncio.to_thread(write_plan, plan, Path(job.plan))
            if export.state != "running":  # cancelled meanwhile
                return
            export.process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "choreo.studio.export_job",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LINE_BYTES,
                env={**os.environ, **ENVIRONMENT},
            )
            assert process.stdin is not None
            assert process.stdout is not None
            if export.state != "running":
                process.stdin.close()
            else:
                process.stdin.write(msgspec.json.encode(job) + b"\n")
            while line := await process.stdout.readline():
                self._hear(export, line)
            code = await process.wait()
            self._fail(export, f"the process that made it ended (code {code})")
        except OSError as error:
            self._fail(export, f"no process could be started ({error.strerror or error})")
        except (ValueError, msgspec.DecodeError) as error:
            self._fail(export, f"the process that made it cannot be understood ({error})")
        finally:
            if export.process is not None and export.process.returncode is None:
                export.process.kill()
            shutil.rmtree(work, ignore_errors=True)
            self._changed()

    @staticmethod
    def _fail(export: Export, said: str) -> None:
        if export.state == "running":
            export.state, export.said = "failed", said

    def _hear(self, export: Export, line: bytes) -> None:
        """Take one line of what the process of an export tells."""
        if export.state != "running":
            return
        told = msgspec.json.decode(line, type=Told)
        if told.error:
            export.state, export.said = "failed", told.error
        elif told.files is not None:
            export.state, export.share, export.said = "done", 1.0, "; ".join(told.warnings)
            export.files = {Path(each).name: Path(each) for each in told.files}
        else:
            export.share, export.said = told.share, told.stage
        self._changed()

    async def cancel(self, number: int) -> dict[str, Any]:
        """Stop an export; nothing half-written stays.

        Raises
        ------
        InputError
            When none of this number is running.
        """
        export = self._all.get(number)
        if export is None or export.state != "running":
            raise InputError(f"no export {number} is running.")
        export.state, export.said = "cancelled", ""
        self._changed()
        await self._stop(export)
        return {"export": number}

    async def _stop(self, export: Export) -> None:
        """End the process of an export: its input is closed, and it clears up."""
        process = export.process
        if process is not None and process.returncode is None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), PATIENCE + 2)
            except TimeoutError:
                process.kill()
        if export.task is not None:
            await asyncio.wait([export.task], timeout=PATIENCE)

    async def close(self) -> None:
        """Stop all that run."""
        running = [each for each in self._all.values() if each.state == "running"]
        for each in running:
            each.state = "cancelled"
        await asyncio.gather(*map(self._stop, running))


__all__ = ["Exports", "Options"]
