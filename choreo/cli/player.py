"""Open a video in a player that is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

FOLLOWING = (
    ("mpv", ("--really-quiet", "appending://{}")),
    ("vlc", ("--quiet", "{}")),
    ("ffplay", ("-loglevel", "error", "-follow", "1", "-i", "file:{}")),
)
"""Players that can follow a growing file, and their arguments."""


def following_player(path: Path) -> list[str] | None:
    """Command that plays a video that may still grow; None when no such player is found."""
    for name, words in FOLLOWING:
        if program := shutil.which(name):
            return [program, *(word.format(path.resolve()) for word in words)]
    return None


def open_player(path: Path, *, whole: bool) -> bool:
    """Start a player in the background, for a `whole` file also the system's own; return whether one was found."""
    import click

    command = following_player(path)
    if command is None:
        return whole and click.launch(str(path.resolve())) == 0
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    return True
