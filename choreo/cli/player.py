"""Open a video in a player that is installed."""

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
"""Players that can follow a growing file, and their arguments."""
OPENERS = ("open",) if sys.platform == "darwin" else ("xdg-open",)
"""Programs of the desktop that open a finished file with its default player."""


def player_command(path: Path, *, whole: bool) -> list[str] | None:
    """Command that plays a video, None when no player is found; one that can follow it unless the file is `whole`."""
    for name, words in FOLLOWING:
        if program := shutil.which(name):
            return [program, *(word.format(path.resolve()) for word in words)]
    program = next(filter(None, map(shutil.which, OPENERS)), None) if whole else None
    return None if program is None else [program, str(path.resolve())]


def open_player(path: Path, *, whole: bool) -> bool:
    """Start a player in the background; return whether one was found."""
    command = player_command(path, whole=whole)
    if command is None:
        return False
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    return True
