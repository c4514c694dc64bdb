"""Clips whose motion is read from the database on first access."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from choreo.types import Clip, Floats, Motion

ReadMotions = Callable[[Sequence[str]], Mapping[str, Motion]]
"""From clip ids to motions."""


class StoredClip(Clip):
    """A clip of a database; its motion is read on first access, its boundary poses are there at once.

    The planner looks at the boundary poses of every clip and at the motion of few.
    """

    boundary: Floats
    _read: ReadMotions

    @classmethod
    def of(cls, fields: Mapping[str, Any], boundary: Floats, read: ReadMotions) -> StoredClip:
        """Make one from all fields of `Clip` but the motion, without the constructor, which would want it."""
        clip = object.__new__(cls)
        for name, value in (*fields.items(), ("boundary", boundary), ("_read", read)):
            object.__setattr__(clip, name, value)
        return clip

    def __getattr__(self, name: str) -> Any:
        """Read the motion; Python calls this only for attributes that are not set."""
        if name != "motion":
            raise AttributeError(name)
        motion = self._read([self.clip_id])[self.clip_id]
        object.__setattr__(self, "motion", motion)
        return motion


def fetch_motions(clips: Iterable[Clip]) -> None:
    """Read the motions of many stored clips at once."""
    waiting = [clip for clip in clips if isinstance(clip, StoredClip) and "motion" not in vars(clip)]
    for read in {id(clip._read): clip._read for clip in waiting}.values():
        mine = [clip for clip in waiting if clip._read is read]
        found = read([clip.clip_id for clip in mine])
        for clip in mine:
            object.__setattr__(clip, "motion", found[clip.clip_id])


def motions_in_turn(clips: Iterable[Clip], size: int) -> Iterator[list[Clip]]:
    """Clips in batches of `size` with their motions; those read for a batch are let go after it."""
    stream = iter(clips)
    while batch := list(islice(stream, size)):
        waiting = [clip for clip in batch if isinstance(clip, StoredClip) and "motion" not in vars(clip)]
        fetch_motions(waiting)
        yield batch
        for clip in waiting:
            vars(clip).pop("motion", None)
