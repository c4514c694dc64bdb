"""Check that every clip of a database is whole."""

from __future__ import annotations

from choreo.db.ids import clip_id
from choreo.db.store import MotionDB
from choreo.errors import ChoreoError

GAP = 1.5
"""Frames by which the last beat may miss the motion's end."""


def faults_of(db: MotionDB) -> list[tuple[str, str]]:
    """Clip ids and what is wrong with them, none when all is well; one clip at a time is in memory."""
    from choreo.db.schema import to_clip

    faults = []
    for row in db.each():
        name = str(row["clip_id"])
        try:
            clip = to_clip(row)
        except (ChoreoError, ValueError) as error:
            faults.append((name, f"cannot be read: {error}"))
            continue
        if clip_id(clip.dataset, clip.name, clip.motion, clip.beats) != name:
            faults.append((name, "its motion is not the one that its id was made from"))
        if abs(float(clip.beats[-1]) - clip.motion.duration) * clip.motion.fps > GAP:
            faults.append((name, "its beats do not end where its motion does"))
    return faults
