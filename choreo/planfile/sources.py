"""What a plan stands on besides its file: its song, and clips of a motion database."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from choreo.errors import PlanError
from choreo.names import text_path
from choreo.types import ChoreographyPlan


def song_of(plan: ChoreographyPlan) -> Path:
    """Where the plan's song was; it may be gone."""
    return text_path(str(plan.song.get("path", "")))


def require_clips(plan: ChoreographyPlan, known: Container[str], where: str = "") -> None:
    """Refuse a plan with clips that are not among the `known` ids; the error begins with `where`.

    Raises
    ------
    PlanError
        Names the steps whose clips are gone.
    """
    gone = sorted({step.name for step in plan.steps if step.clip_id not in known})
    if gone:
        raise PlanError(
            f"{where}clips of this plan are not in the motion database: {', '.join(gone)}. "
            "Use the database it was made with (--db), or make the plan anew."
        )


__all__ = ["require_clips", "song_of"]
