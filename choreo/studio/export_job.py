"""A process that makes the files of one export: ``python -m choreo.studio.export_job``.

It reads the job as a line of JSON, and tells how far it is as lines of JSON. When its input is closed, by the studio or
by the end of it, it clears up what is half-written and ends.
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
import time
from pathlib import Path
from typing import IO

import msgspec

from choreo.errors import ChoreoError

PATIENCE = 5.0
"""Seconds to clear up in."""


class Job(msgspec.Struct, frozen=True):
    """What is to be made: of a plan's file, into a folder; `look` are fields of `choreo.video.look.Look`."""

    plan: str
    folder: str
    formats: list[str]
    look: dict[str, str | float | int | bool]
    rig: str | None = None
    db: str | None = None
    start: float | None = None
    duration: float | None = None


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far an export is; at its end its files and what is to be said of them, or what went wrong."""

    stage: str = ""
    share: float = 0.0
    files: list[str] | None = None
    warnings: list[str] = []
    error: str = ""


def make(job: Job, tell: IO[bytes]) -> None:
    """Make the files of a job, and tell how far they are."""

    def say(told: Told) -> None:
        tell.write(msgspec.json.encode(told) + b"\n")
        tell.flush()

    from choreo.pipeline import render_plan
    from choreo.video.look import Look

    try:
        made = render_plan(
            job.plan,
            output=job.folder + os.sep,
            formats=job.formats,
            look=Look(**job.look),  # type: ignore[arg-type]  # a Look checks what its fields hold
            rig=job.rig,
            db=job.db,
            start=job.start,
            duration=job.duration,
            progress=lambda stage, done: say(Told(stage, round(done, 3))),
        )
    except ChoreoError as error:
        say(Told(error=error.message))
        return
    files = list(dict.fromkeys(str(Path(path).resolve()) for path in made.files.values()))
    say(Told("done", 1.0, files, list(dict.fromkeys(made.warnings))))


def _end_with(given: IO[bytes]) -> None:
    """Wait for the end of the input, and end this process."""
    given.read()
    _thread.interrupt_main()
    time.sleep(PATIENCE)
    os._exit(1)


def main() -> None:
    """Do the job that stands on the first line of the input."""
    given = sys.stdin.buffer
    tell = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    job = msgspec.json.decode(given.readline(), type=Job)
    threading.Thread(target=_end_with, args=(given,), daemon=True).start()
    try:
        make(job, tell)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
