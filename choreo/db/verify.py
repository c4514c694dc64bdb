"""Integrity check of the clips of a database."""

from __future__ import annotations

from choreo.db.ids import clip_id
from choreo.db.store import MotionDB
from choreo.errors import ChoreoError

GAP = 1.5
"""Frames by which the last beat may differ from the end of the motion."""


def faults_of(db: MotionDB) -> list[tuple[str, str]]:
    """Ids and faults of damaged clips; empty when there are none. One batch of clips is in memory at a time."""
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
