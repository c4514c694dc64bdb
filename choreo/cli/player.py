"""Opening a video in whatever player this machine has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

FOLLOWING = (
    ("mpv", ("--really-quiet", "appending://{}")),
    ("vlc", ("--quiet", "{}")),
    ("ffplay", ("-loglevel", "error", "-follow", "1", "-i", "file:{}")),
)
"""Players that go on with a file that grows, and what they are told."""
OPENERS = ("open",) if sys.platform == "darwin" else ("xdg-open",)


def player_command(path: Path, *, whole: bool) -> list[str] | None:
    """Command that plays a video, or None when nothing here can; before it is `whole` only players that follow."""
    for name, words in FOLLOWING:
        if program := shutil.which(name):
            return [program, *(word.format(path.resolve()) for word in words)]
    program = next(filter(None, map(shutil.which, OPENERS)), None) if whole else None
    return None if program is None else [program, str(path.resolve())]


def open_player(path: Path, *, whole: bool) -> bool:
    """Start a player and go on; whether there was one."""
    command = player_command(path, whole=whole)
    if command is None:
        return False
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    return True
