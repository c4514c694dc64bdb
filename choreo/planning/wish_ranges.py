"""Where wishes hold in a dance: the bars of times, of parts of the song and of everything that comes again."""

from __future__ import annotations

from collections.abc import Sequence

from choreo.clock import clock
from choreo.errors import InputError
from choreo.music.song_form import PARTS, parts_by_name
from choreo.planning.bars import Bar
from choreo.planning.wish_text import Where
from choreo.plugins import suggest
from choreo.types import MusicAnalysis

BarRange = tuple[int, int]
"""Bars, first and past-last."""
NEAR = 0.05
"""Seconds by which a bar may begin after a moment that still belongs to it."""


def ranges_of(where: Where, bars: Sequence[Bar], analysis: MusicAnalysis) -> list[BarRange]:
    """Bars of a dance that a wish names, in their order; a moment is the bar that it is in.

    Parameters
    ----------
    bars
        Those that are danced.

    Raises
    ------
    InputError
        When the dance has no such bar, time or part; tells what it has.
    """
    if where.kind == "bar":
        if any(at is not None and at != int(at) for at in (where.first, where.last)):
            raise InputError(f"bar {where.first:g}: moves begin with a bar; half bars can be held, like 12.5=hold.")
        first, last = int(where.first), int(where.first) + 1 if where.last is None else int(where.last)
        if last > len(bars):
            raise InputError(f"bar {max(first, last - 1)}: the dance has the bars 0 to {len(bars) - 1}.")
        return [(first, last)]
    if where.kind == "every":
        return [(bar, bar + 1) for bar in range(0, len(bars), int(where.first))]
    if where.kind == "time":
        return [_of_times(where.first, where.last, bars)]
    if where.name in ("start", "beginning"):
        return [(0, 1)]
    if where.name == "end":
        return [(len(bars) - 1, len(bars))]
    return _of_parts(where, bars, analysis)


def spans_of(where: Where, counts: int, bars: Sequence[Bar], analysis: MusicAnalysis) -> list[tuple[float, float]]:
    """Bars and parts of bars that a hold takes, first and past-last; 12.5 is the middle of bar 12.

    Parameters
    ----------
    counts
        That each lasts, from the beginning of its place, which is the nearest beat of a moment; 0 for all of its place.

    Raises
    ------
    InputError
        As `ranges_of`.
    """
    if where.kind == "bar":
        first, last = where.first, int(where.first) + 1 if where.last is None else where.last
        if last > len(bars) or first >= len(bars):
            raise InputError(f"bar {max(first, last - 1):g}: the dance has the bars 0 to {len(bars) - 1}.")
        spans = [(_on_count(bars, first), _on_count(bars, last))]
    elif where.kind == "time" and counts:
        ranges_of(where, bars, analysis)  # a moment that the dance does not have is told
        spans = [(min(_places(bars), key=lambda at: abs(time_of(bars, at) - where.first)), 0.0)]
    else:
        spans = [(float(first), float(last)) for first, last in ranges_of(where, bars, analysis)]
    if counts:
        places = [*_places(bars), float(len(bars))]
        spans = [(first, places[min(places.index(first) + counts, len(places) - 1)]) for first, _ in spans]
    return spans


def time_of(bars: Sequence[Bar], at: float) -> float:
    """Seconds of a place in bars that is on a count, the end of the last bar included."""
    if at >= len(bars):
        return bars[-1].beats[-1]
    beats = bars[int(at)].beats
    return beats[round((at - int(at)) * (len(beats) - 1))]


def _places(bars: Sequence[Bar]) -> list[float]:
    """All counts of all bars, as places in bars."""
    return [n + count / (len(bar.beats) - 1) for n, bar in enumerate(bars) for count in range(len(bar.beats) - 1)]


def _on_count(bars: Sequence[Bar], at: float) -> float:
    """A bar, or its middle, on the count that it is: the third of four, the third of three."""
    if at == int(at):
        return float(at)
    counts = len(bars[int(at)].beats) - 1
    return int(at) + -(-counts // 2) / counts


def _of_times(first: float, last: float | None, bars: Sequence[Bar]) -> BarRange:
    """Bars of a moment, or of the seconds from `first` to `last`: those of which more than half are in it."""
    begin, end = bars[0].beats[0], bars[-1].beats[-1]
    if not begin - NEAR <= first < end or (last is not None and last > end + NEAR):
        wrong = first if last is None or not begin - NEAR <= first < end else last
        raise InputError(f"{clock(wrong)}: the dance goes from {clock(begin)} to {clock(end)}.")
    if last is None:
        bar = max(n for n, bar in enumerate(bars) if bar.beats[0] <= first + NEAR or n == 0)
        return bar, bar + 1
    return bars_within(bars, first, last) or _of_times(first, None, bars)


def _of_parts(where: Where, bars: Sequence[Bar], analysis: MusicAnalysis) -> list[BarRange]:
    named = parts_by_name(analysis)
    sections = named.get(where.name)
    if sections is None:
        sections = tuple(each for each in analysis.sections if each.label.lower() == where.name)
    if not sections:
        known = [*named, *dict.fromkeys(each.label for each in analysis.sections)]
        said = "none is heard in this song" if where.name in PARTS else "no part of a song is called so"
        there = f" It has {', '.join(known)}." if known else " It has no parts."
        near = "" if where.name in PARTS else suggest(where.name, known)
        raise InputError(f"{where.name!r}: {said}.{there}{near}")
    found = [each for each in (bars_within(bars, section.start, section.end) for section in sections) if each]
    if where.number:
        count = len(found)
        number = where.number - 1 if where.number > 0 else count - 1
        if number >= count:
            raise InputError(f"'{where.name} {where.number}': the dance has {count} of them.")
        found = found[number : number + 1]
    if not found:
        raise InputError(f"{where.name!r}: is not in the part of the song that is danced.")
    return found


def bars_within(bars: Sequence[Bar], start: float, end: float) -> BarRange | None:
    """Bars of which more than half are between two seconds, first and past-last; None when there are none."""
    inside = [n for n, bar in enumerate(bars) if start <= (bar.beats[0] + bar.beats[-1]) / 2 < end]
    return (inside[0], inside[-1] + 1) if inside else None


__all__ = ["BarRange", "bars_within", "ranges_of", "spans_of", "time_of"]
