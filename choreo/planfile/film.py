"""The user's own camera shots and lights by bars, as a plan keeps them; what is not said is the director's.

Such a score lies in a plan's options under ``film``. `choreo.video.film_plan` shows it together with what the
director plans around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import msgspec

from choreo.errors import InputError
from choreo.planfile.counts import step_bars
from choreo.planfile.film_names import AUTO, LIGHTS, SHOTS
from choreo.planfile.slices import bar_starts, whole_plan
from choreo.types import ChoreographyPlan, Section

MOST_SPANS = 2000


@dataclass(frozen=True)
class Span:
    """A shot or light that is the user's own: bars, first and past-last, as `step_bars` numbers them, and its name."""

    bars: tuple[int, int]
    name: str


@dataclass(frozen=True)
class FilmScore:
    """Own shots and lights, each in the order of the bars and without overlaps; there may be gaps."""

    shots: tuple[Span, ...] = ()
    lights: tuple[Span, ...] = ()

    def options(self) -> dict[str, Any]:
        """What a plan keeps, ready for JSON."""
        kept = {name: [asdict(span) | {"bars": list(span.bars)} for span in spans] for name, spans in self._named()}
        return {name: spans for name, spans in kept.items() if spans}

    def _named(self) -> tuple[tuple[str, tuple[Span, ...]], ...]:
        return ("shots", self.shots), ("lights", self.lights)


def film_of(options: Mapping[str, Any], bars: int | None = None) -> FilmScore:
    """The score that a plan's options hold; an empty one where they have none.

    Parameters
    ----------
    bars
        How many the whole dance has; not compared when None.

    Raises
    ------
    InputError
        When something in it cannot be; begins with ``film``.
    """
    if "film" not in options:
        return FilmScore()
    try:
        score = msgspec.convert(msgspec.to_builtins(options["film"]), FilmScore)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise InputError(f"film: {str(error).replace('`', chr(39))[:200]}") from error
    for what, spans, names in (("shots", score.shots, SHOTS), ("lights", score.lights, LIGHTS)):
        if len(spans) > MOST_SPANS:
            raise InputError(f"film: {len(spans)} {what}, expected at most {MOST_SPANS}.")
        last = 0
        for number, span in enumerate(spans):
            begin, end = span.bars
            if begin < last or end <= begin:
                raise InputError(
                    f"film: {what} {number}: bars {begin} to {end}, expected to begin at {last} or later "
                    "and to end after that."
                )
            if span.name not in names:
                raise InputError(f"film: {what} {number}: {span.name[:40]!r}, expected one of {', '.join(names)}.")
            last = end
        if bars is not None and last > bars:
            raise InputError(f"film: its {what} end at bar {last}, the dance has {bars} bars.")
    return score


def with_shot(plan: ChoreographyPlan, bars: tuple[int, int], name: str | None) -> ChoreographyPlan:
    """A plan whose camera films some bars of the whole dance, first and past-last, as one shot of the user's own.

    Parameters
    ----------
    name
        One of `SHOTS`; None gives the bars back to the director.

    Raises
    ------
    InputError
        When the dance has no such bars, or the name is not known.

    Examples
    --------
    >>> from choreo import make_plan
    >>> from choreo.planfile import with_light, with_shot
    >>> _, plan, _ = make_plan("song.wav")
    >>> own = with_light(with_shot(plan, (0, 2), "near"), (1, 3), "blue")
    >>> own.options["film"]
    {'shots': [{'bars': [0, 2], 'name': 'near'}], 'lights': [{'bars': [1, 3], 'name': 'blue'}]}
    >>> with_light(with_shot(own, (0, 2), None), (0, 4), None) == plan
    True
    """
    score = film_of(plan.options)
    return _with_score(plan, replace(score, shots=_changed(plan, score.shots, bars, name, "shot", SHOTS)))


def with_light(plan: ChoreographyPlan, bars: tuple[int, int], name: str | None) -> ChoreographyPlan:
    """The same as `with_shot` with one of `LIGHTS`."""
    score = film_of(plan.options)
    return _with_score(plan, replace(score, lights=_changed(plan, score.lights, bars, name, "light", LIGHTS)))


def with_film(
    plan: ChoreographyPlan,
    shots: tuple[tuple[tuple[int, int], str], ...],
    lights: tuple[tuple[tuple[int, int], str], ...],
) -> ChoreographyPlan:
    """A plan with own shots and lights, each bars and a name; ``auto`` gives them back to the director.

    Raises
    ------
    InputError
        As `with_shot`.
    """
    for bars, name in shots:
        plan = with_shot(plan, bars, None if name == AUTO else name)
    for bars, name in lights:
        plan = with_light(plan, bars, None if name == AUTO else name)
    return plan


def own_spans(plan: ChoreographyPlan, spans: tuple[Span, ...], origin: float) -> tuple[Section, ...]:
    """When own shots or lights are, in seconds after second `origin` of the song; labels are their names."""
    if not spans:
        return ()
    whole, bars = whole_plan(plan), bar_starts(plan)
    times = [(max(bars[a], whole.start), min(bars[b], whole.end), span.name) for span in spans for a, b in [span.bars]]
    return tuple(Section(start - origin, end - origin, name) for start, end, name in times if start < end)


def film_lines(plan: ChoreographyPlan) -> list[str]:
    """What a plan's own shots and lights are, in words; none where all is the director's."""
    score = film_of(plan.options)
    return [
        f"{what}: " + ", ".join(f"{_bars_said(span.bars)} {span.name}" for span in spans)
        for what, spans in (("camera", score.shots), ("lights", score.lights))
        if spans
    ]


def _bars_said(bars: tuple[int, int]) -> str:
    first, last = bars
    return f"bar {first}" if last - first == 1 else f"bars {first}-{last - 1}"


def _changed(
    plan: ChoreographyPlan,
    spans: tuple[Span, ...],
    bars: tuple[int, int],
    name: str | None,
    what: str,
    names: tuple[str, ...],
) -> tuple[Span, ...]:
    """Spans of which some bars have another name, or none; what lies around these stays as it is."""
    first, last = bars
    there = step_bars(whole_plan(plan))[-1][1]
    if not 0 <= first < last <= there:
        raise InputError(f"{what} {first}:{last}: the dance has the bars 0 to {there - 1}; 'choreo show' lists them.")
    if name is not None and name not in names:
        raise InputError(f"{what} {name[:40]!r}: expected one of {', '.join(names)}, or {AUTO}.")
    kept = [Span((max(begin, a), min(end, b)), span.name)
            for span in spans for begin, end in [span.bars]
            for a, b in ((0, first), (last, there)) if max(begin, a) < min(end, b)]  # fmt: skip
    own = [] if name is None else [Span(bars, name)]
    return tuple(sorted([*kept, *own], key=lambda span: span.bars))


def _with_score(plan: ChoreographyPlan, score: FilmScore) -> ChoreographyPlan:
    others = {name: value for name, value in plan.options.items() if name != "film"}
    kept = score.options()
    return replace(plan, options={**others, "film": kept} if kept else others)


__all__ = [
    "FilmScore",
    "Span",
    "film_lines",
    "film_of",
    "own_spans",
    "with_film",
    "with_light",
    "with_shot",
]
