"""A plan as a JSON file: written, read, and checked."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec

from choreo.errors import InputError, PlanError
from choreo.foreign.files import read_bytes
from choreo.foreign.limits import BEAT_SECONDS, COUNTS, LONGEST_HOURS, PLAN_BYTES
from choreo.planfile.counts import step_bars
from choreo.planfile.directed import LONGEST_NAME, directed_of
from choreo.planfile.film import film_of
from choreo.planfile.group import group_of
from choreo.planfile.manners import check_holds, check_modifiers
from choreo.planfile.slices import DIGITS, whole_plan
from choreo.planfile.troupe import AUTO, Troupe
from choreo.types import ChoreographyPlan

SCHEMA = 1


def _plain(value: Any) -> Any:
    """JSON-ready copy: floats rounded, tuples as lists, mappings sorted by the writer.

    Beats are whole microseconds from the start, so that a plan read from its file is danced as the one that was
    written; costs, warps and tempo are for people, and rounded in the file alone.
    """
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) or hasattr(value, "item"):
        return round(float(value), DIGITS)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value]


def plan_to_dict(plan: ChoreographyPlan) -> dict[str, Any]:
    """Plan as JSON-ready values, schema version first; `around` only of a slice."""
    values = {"schema": SCHEMA, **_plain(plan)}
    if plan.around is None:
        del values["around"]
    return values


def write_plan(plan: ChoreographyPlan, path: str | Path) -> None:
    """Write a plan; the same plan gives the same bytes.

    Examples
    --------
    >>> from choreo import make_plan, read_plan, write_plan
    >>> _, plan, _ = make_plan("song.wav")
    >>> write_plan(plan, "song.plan.json")
    >>> [step.beats for step in read_plan("song.plan.json").steps] == [step.beats for step in plan.steps]
    True
    """
    text = json.dumps(plan_to_dict(plan), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


def check_plan(plan: ChoreographyPlan) -> None:
    """Check the whole dance, and that a slice lies in it.

    Raises
    ------
    ValueError, InputError
        When something in it cannot be.
    """
    if not plan.steps:
        raise ValueError("a plan needs at least one step")
    Troupe.of(plan.options)
    around = plan.around
    if around is not None and not around.start <= plan.start < plan.end <= around.end:
        raise ValueError(
            f"it lasts from {plan.start:g} to {plan.end:g} s, expected a part of the dance around it, "
            f"from {around.start:g} to {around.end:g} s"
        )
    _check_dance(whole_plan(plan))
    if around is not None:
        _check_covered(plan)


def _check_dance(plan: ChoreographyPlan) -> None:
    changes = [float(time) for time, _ in plan.options.get("styles", ())]
    if changes and (changes[0] < plan.start - 1e-3 or changes[-1] >= plan.end or changes != sorted(set(changes))):
        raise ValueError("options: styles must be named with rising times from the plan's start on, before its end")
    if not plan.start < plan.end or not 0 < plan.metre <= 12 or not 0 < plan.tempo < 10_000 or plan.seed < 0:
        raise ValueError("start must come before end, metre and tempo be positive, and the seed not be negative")
    if plan.start < 0 or plan.end > LONGEST_HOURS * 3600:
        raise ValueError(f"it lasts from {plan.start:g} to {plan.end:g} s, expected at most {LONGEST_HOURS:g} hours")
    for n, step in enumerate(plan.steps):
        if not 1 <= step.counts <= COUNTS:
            raise ValueError(f"step {n}: {step.counts} counts, expected 1 to {COUNTS}")
        if not 0 <= step.metre <= 12:
            raise ValueError(f"step {n}: its metre must be 1 to 12 beats in a bar, or 0 for the plan's")
        if max(b - a for a, b in pairwise(step.beats)) > BEAT_SECONDS:
            raise ValueError(f"step {n}: a beat lasts more than {BEAT_SECONDS:g} s")
        if any(b <= a for a, b in pairwise(step.beats)):
            raise ValueError(f"step {n}: beats must be rising times")
        try:
            check_modifiers(step.modifiers)
        except ValueError as error:
            raise ValueError(f"step {n}: modifiers: {error}") from error
        try:
            check_holds(step.holds, step.counts)
        except ValueError as error:
            raise ValueError(f"step {n}: holds: {error}") from error
        if n and abs(step.beats[0] - plan.steps[n - 1].beats[-1]) > 1e-3:
            raise ValueError(f"step {n}: must begin where step {n - 1} ends")
    bars = step_bars(plan)[-1][1]
    group_of(plan.options, bars)
    film_of(plan.options, bars)
    directed_of(plan.options, bars)
    _check_covered(plan)


def _check_covered(plan: ChoreographyPlan) -> None:
    if plan.steps[-1].beats[0] >= plan.end or plan.steps[0].beats[-1] <= plan.start:
        raise ValueError("a step lies outside of the time from start to end")
    if plan.steps[0].beats[0] > plan.start + 1e-3 or plan.steps[-1].beats[-1] < plan.end - 0.2:
        raise ValueError("the steps do not cover the time from start to end")


class _Version(msgspec.Struct, frozen=True):
    """The first thing that is looked at in a file."""

    schema: int


class _Options(msgspec.Struct, frozen=True):
    """Types of the options that a plan keeps for being edited; a later choreo may keep more."""

    style: str = "any"
    asked_style: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] | None = None
    styles: tuple[tuple[float, str], ...] = ()
    variety: float = 0.5
    dwell: int = 8
    embedder: str = ""
    lyrics: str | None = None
    lyrics_weight: float = 1.0
    energy: str | None = None
    licence: str = "any"
    datasets: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    locks: tuple[tuple[int, int], ...] = ()
    bans: tuple[str, ...] = ()
    drawn: tuple[tuple[int, float], ...] = ()
    dancers: int | float | str = 1
    formation: str = AUTO
    unison: str = AUTO
    listening: dict[str, str | float | bool | None] = {}


class _Form(msgspec.Struct, frozen=True):
    """What of a file is not in the types of `ChoreographyPlan`."""

    options: _Options


def read_plan(path: str | Path) -> ChoreographyPlan:
    """Read a plan.

    Raises
    ------
    PlanError
        When the file is missing, is no plan, is of a newer choreo, or its steps do not fit together; names where in
        the file what is wrong, as in ``$.steps[3].beats[1]``.

    Examples
    --------
    >>> from choreo import Listening, generate, read_plan
    >>> made = generate("song.wav", listening=Listening(duration=8), formats=("plan",))
    >>> plan = read_plan(made.files["plan"])
    >>> plan.steps[0].counts, plan.steps[0].licence
    (4, 'CC0-1.0')
    """
    path = Path(path)
    data = read_bytes(path, PLAN_BYTES, PlanError)
    try:
        version = msgspec.json.decode(data, type=_Version).schema
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PlanError(f"{path}: not a plan: {_words(error)}. Make one with `choreo plan SONG`.") from error
    if version != SCHEMA:
        raise PlanError(f"{path}: plan schema {version}, this choreo reads {SCHEMA}. Update choreo.")
    try:
        msgspec.json.decode(data, type=_Form)
        plan = msgspec.json.decode(data, type=ChoreographyPlan)
        check_plan(plan)
    except InputError as error:
        raise PlanError(f"{path}: a damaged plan: {error.message}") from error
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{path}: a damaged plan: {_words(error)}.") from error
    return plan


def _words(error: Exception) -> str:
    """What is wrong, in one line of moderate length without the names of types that only programmers know."""
    text = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return " ".join(text.replace("`", "'").split())[:200]
