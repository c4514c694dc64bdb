"""Motion files of the user's own, brought into a session: cut into clips that can be danced at once.

They are in nobody's database until a plan that dances them is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from choreo.datasets.convert import read_takes
from choreo.datasets.cut import cut_take
from choreo.db.ids import as_clip_stored
from choreo.db.starter import dance_database
from choreo.errors import InputError
from choreo.types import Clip

DATASET = "studio"
"""Dataset that own clips are of."""
MOST_OWN = 2000
"""Own clips of a session."""


def read_clips(path: Path, metre: int, room: int = MOST_OWN) -> list[Clip]:
    """The clips of a motion file that fill bars, as a database holds them.

    Parameters
    ----------
    metre
        Beats in a bar.
    room
        At most so many.

    Raises
    ------
    MotionError
        When the file cannot be read, or has no whole bar.
    InputError
        When no reader knows it, or it has too many clips.
    """
    clips = list[Clip]()
    for take in read_takes(path):
        for clip in cut_take(take, DATASET):
            if clip.counts % metre:
                continue
            clips.append(as_clip_stored(clip))
            if len(clips) > room:
                raise InputError(f"{path.name}: with it there are more than {MOST_OWN} clips of your own; "
                                 "add large collections with 'choreo db add'.")  # fmt: skip
    if not clips:
        raise InputError(f"{path.name}: has no whole bar of dance; drop longer motion.")
    return clips


def keep_clips(clips: Sequence[Clip], db: str | None) -> None:
    """Put own clips into the user's database, as those of the dataset `DATASET`.

    Raises
    ------
    DatabaseError
        When it cannot be written.
    """
    if clips:
        dance_database(db).add(clips)


__all__ = ["DATASET", "MOST_OWN", "keep_clips", "read_clips"]
