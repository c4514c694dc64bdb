"""Names of files that are being written, and what to do with those whose run is dead."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from choreo.names import shortened

PART = re.compile(r"\..*\.(?P<process>\d+)-(?P<machine>[0-9a-f]{8})\.part(\..*)?", re.DOTALL)
FOREIGN = 7 * 86_400.0
"""Seconds without a change after which a file of another machine's run is taken for dead: nobody can be asked."""
SLACK = 5.0
"""Seconds: clocks of file systems are coarse."""


def partial_name(path: Path) -> Path:
    """Hidden name beside `path`, of this process, under which it is written; it keeps the ending."""
    stem = shortened(path.name.removesuffix(path.suffix).lstrip("."))
    return path.with_name(f".{stem}.{os.getpid()}-{_machine()}.part{path.suffix}")


def _machine() -> str:
    """Eight digits for this machine, among those that share a folder."""
    return hashlib.sha256(platform.node().encode("utf-8", "replace")).hexdigest()[:8]


def clear_leftovers(folder: Path) -> None:
    """Remove files and folders of `partial_name` whose process is no more, in this folder only.

    A process is dead when it is not there, or was started after the file's last change: its number was used again.
    What other machines write into a shared folder goes when it is a week old.
    """
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            found = PART.fullmatch(entry.name) if entry.name.startswith(".") else None
            if found is None:
                continue
            with suppress(OSError):
                changed = entry.stat(follow_symlinks=False).st_mtime
                if _dead(int(found["process"]), found["machine"], changed):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        os.unlink(entry.path)


def _dead(process: int, machine: str, changed: float) -> bool:
    """Whether nobody writes a file any more that was `changed` at that time."""
    import psutil

    if machine != _machine():
        return changed < time.time() - FOREIGN
    try:
        return bool(psutil.Process(process).create_time() > changed + SLACK)
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError, OverflowError):
        return False


__all__ = ["clear_leftovers", "partial_name"]
