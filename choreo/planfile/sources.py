"""What a plan stands on besides its file: its song, and clips of a motion database."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path

from choreo.errors import PlanError
from choreo.names import text_path
from choreo.planfile.slices import all_steps
from choreo.types import ChoreographyPlan


def song_of(plan: ChoreographyPlan) -> Path:
    """Where the plan's song was; it may be gone."""
    return text_path(str(plan.song.get("path", "")))


_places: ContextVar[Mapping[str, str]] = ContextVar("places", default={})  # noqa: B039  read only


@contextmanager
def written_as(places: Mapping[str, str]) -> Iterator[None]:
    """Have plans that are made inside name files by other paths: those that they have on the machine that asked."""
    token = _places.set(places)
    try:
        yield
    finally:
        _places.reset(token)


def place_of(path: object) -> str:
    """How a plan is to write the path of a file; see `written_as`."""
    return _places.get().get(str(path), str(path))


def with_places(plan: ChoreographyPlan) -> ChoreographyPlan:
    """A plan with the paths of its song, lyrics and beats as `place_of` has them."""
    if not _places.get():
        return plan
    options = dict(plan.options)
    if "lyrics" in options:
        options["lyrics"] = place_of(options["lyrics"])
    if "beats" in (heard := dict(options.get("listening", {}))):
        options["listening"] = {**heard, "beats": place_of(heard["beats"])}
    return replace(plan, song={**plan.song, "path": place_of(plan.song["path"])}, options=options)


def require_clips(plan: ChoreographyPlan, known: Container[str], where: str = "") -> None:
    """Refuse a plan with clips that are not among the `known` ids; the error begins with `where`.

    Raises
    ------
    PlanError
        Names the steps whose clips are gone.
    """
    gone = sorted({step.name for step in all_steps(plan) if step.clip_id not in known})
    if gone:
        raise PlanError(
            f"{where}clips of this plan are not in the motion database: {', '.join(gone)}. "
            "Use the database it was made with (--db), or make the plan anew."
        )


__all__ = ["place_of", "require_clips", "song_of", "with_places", "written_as"]
