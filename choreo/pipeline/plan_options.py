"""The options that a plan was made with: kept in it, and read again when it is edited."""

from __future__ import annotations

from typing import Any

from choreo.errors import InputError, PlanError
from choreo.options import Choosing, Listening, options_of
from choreo.types import ChoreographyPlan


def kept_options(listening: Listening, choosing: Choosing) -> dict[str, Any]:
    """What a plan remembers of the options, so that it can be edited later under the same ones."""
    asked: dict[str, Any] = {
        "asked_style": choosing.style,
        "embedder": choosing.embedder,
        "lyrics": choosing.lyrics,
        "datasets": list(choosing.datasets),
        "only": list(choosing.only),
        "licence": choosing.licence,
        "energy": choosing.energy,
    }
    part = ("start", "duration")  # a slice says itself what it is
    analysed = {name: value for name, value in listening.as_dict().items() if value and name not in part}
    if choosing.lyrics and choosing.lyrics_weight != Choosing.lyrics_weight:
        asked["lyrics_weight"] = choosing.lyrics_weight
    if listening.downbeat is not None:
        analysed["downbeat"] = listening.downbeat
    if listening.max_hours != Listening.max_hours:
        analysed["max_hours"] = listening.max_hours
    return {**{name: value for name, value in asked.items() if value not in (None, "", [])}, "listening": analysed}


def options_of_plan(plan: ChoreographyPlan, db: str | None = None) -> tuple[Listening, Choosing]:
    """The options that a plan was made with; `db` takes the place of the database.

    Raises
    ------
    PlanError
        When the plan's file has options that there are not.
    """
    kept = plan.options
    names = ("energy", "embedder", "lyrics", "licence")
    chosen = {name: kept[name] for name in names if kept.get(name)}
    chosen |= {name: kept[name] for name in ("lyrics_weight",) if name in kept}
    chosen |= {"datasets": tuple(kept.get("datasets", ())), "only": tuple(kept.get("only", ()))}
    chosen |= {"style": kept.get("asked_style")}  # one that was heard is heard again
    try:
        listening = options_of(Listening, kept.get("listening", {}), "listening")
        choosing = options_of(Choosing, {**chosen, "db": db, "seed": plan.seed}, "options")
    except InputError as error:
        raise PlanError(f"the plan's options are damaged: {error.message}") from error
    return listening, choosing


__all__ = ["kept_options", "options_of_plan"]
