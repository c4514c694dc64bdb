"""The bars that have to be danced: those of the phrases, and evenly cut ones before, between and after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from choreo.music.bars import in_rest
from choreo.music.beat_files import STATED
from choreo.planning.tempo import SLOWEST
from choreo.types import Doubles, MusicAnalysis, Phrase

DEFAULT_TEMPO = 120.0
AT_ONCE = 0.05
"""Seconds after the start up to which the first bar begins at once: nobody dances a bar of which so little is left."""


@dataclass(frozen=True)
class Bar:
    """One bar. ``beats`` has ``metre + 1`` times in seconds; `number` counts the bars of its phrase from 0.

    `inside` is False for bars that no phrase covers (lead-in, gap, tail); they borrow the nearest phrase. Where the
    music leaves less than a bar between two phrases, or a phrase is not danced in its own metre and does not divide
    into whole bars of the other, a bar is `short`: it has fewer beats. In a bar that is a `rest` no music plays.
    """

    beats: tuple[float, ...]
    phrase: int
    number: int
    first_beat: int
    inside: bool
    short: bool = False
    rest: bool = False


def _even(start: float, end: float, count: int, metre: int) -> list[tuple[float, ...]]:
    """Cut ``start..end`` into `count` bars of equal beats."""
    edges = np.linspace(start, end, count * metre + 1)
    return [tuple(edges[k * metre : (k + 1) * metre + 1].tolist()) for k in range(count)]


def _lengths(count: int, metre: int) -> list[int]:
    """Beats of the bars that `count` beats are danced in; what is left over makes short ones, of two beats at least."""
    whole, left = divmod(count, metre)
    if left == 1 and whole:
        return [metre] * (whole - 1) + [(metre + 2) // 2, (metre + 1) // 2]
    return [metre] * whole + ([left] if left else [])


def _phrase_bars(phrase: Phrase, metre: int) -> list[Bar]:
    beats, bars, first = phrase.beats.tolist(), list[Bar](), 0
    for number, count in enumerate(_lengths(phrase.counts, metre)):
        times = tuple(beats[first : first + count + 1])
        bars.append(Bar(times, phrase.index, number, phrase.first_beat + first, True, count < metre))
        first += count
    return bars


def _join(bars: list[Bar], following: Bar, metre: int) -> list[Bar]:
    """Add bars that fill the gap between the last of `bars` and `following`; less than two beats stretch the last bar.

    The gap is cut at the pace of the last bar. Beats that are left over from whole bars make a short bar. A bar of one
    beat could not be danced, so a single beat left over is shared out among the whole bars, each of which gets a little
    longer, as far as clips may be slowed down (`SLOWEST`); else it and the last whole bar are cut into two short ones.
    """
    last = bars[-1]
    gap = following.beats[0] - last.beats[-1]
    if abs(gap) < 1e-9:
        return bars
    count = round(gap * (len(last.beats) - 1) / (last.beats[-1] - last.beats[0]))
    if count < 2:
        stretched = (*last.beats[:-1], following.beats[0])
        return [*bars[:-1], Bar(stretched, last.phrase, last.number, last.first_beat, last.inside)]
    whole, left = divmod(count, metre)
    short = [beats for beats in _lengths(count, metre) if beats < metre]
    if left == 1 and whole * metre >= SLOWEST * count:
        short = []
    elif left == 1 and whole:
        whole, short = whole - 1, _lengths(metre + 1, metre)
    end = following.beats[0] - gap * sum(short) / count
    even = _even(last.beats[-1], end, whole, metre)
    filled = [Bar(each, following.phrase, 0, following.first_beat, False) for each in even]
    for beats in short:
        times = end + gap / count * np.arange(beats + 1)
        end = float(times[-1])
        filled.append(Bar(tuple(times.tolist()), following.phrase, 0, following.first_beat, False, beats < metre))
    return [*bars, *filled]


def _joined(bars: list[Bar], own: list[Bar], metre: int) -> list[Bar]:
    """Bars of two phrases in a row; a short one at the end of the first and one at the beginning of the other make one.

    As far as they are no longer than a bar together: two bars of two beats are danced as one of four.
    """
    last, first = bars[-1], own[0]
    beats = (*last.beats[:-1], *first.beats)
    if not (last.short and first.short and last.inside and len(beats) - 1 <= metre):
        return [*bars, *own]
    return [*bars[:-1], replace(last, beats=beats, short=len(beats) - 1 < metre), *own[1:]]


def bars_of(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    start: float,
    end: float,
    *,
    spare: int,
    danced: Sequence[int] | None = None,
) -> list[Bar]:
    """Bars without gaps from at or before `start` to at least `spare` bars after `end`.

    Music without phrases gets an even grid at the song's tempo (120 beats a minute when it has none).

    Parameters
    ----------
    danced
        ``(P,)`` beats in the bars that each phrase is danced in; by default its own metre.
    """
    metres = [phrase.metre for phrase in phrases] if danced is None else danced
    opening, closing = (metres[0], metres[-1]) if metres else (analysis.metre, analysis.metre)
    beat = 60 / (analysis.tempo or DEFAULT_TEMPO)
    before = opening
    bars: list[Bar] = []
    for phrase, metre in zip(phrases, metres, strict=True):
        own = _phrase_bars(phrase, metre)
        bars = _joined(_join(bars, own[0], before), own, metre) if bars else own
        before = metre
    metre, length = opening, opening * beat
    if not bars:
        count = max(1, int(np.ceil((end - start) / length)))
        bars = [Bar(beats, 0, 0, 0, False) for beats in _even(start, start + count * length, count, metre)]
    if 0 < bars[0].beats[0] - start < AT_ONCE:
        bars[0] = replace(bars[0], beats=(float(start), *bars[0].beats[1:]))
    first, last = bars[0], bars[-1]
    stated = analysis.track.method in STATED
    lead = max(0, int(np.ceil((first.beats[0] - start) / length - 1e-6)))
    if stated:
        before_first = max(0.0, (float(analysis.beats[0]) - start) * metre / length)
        lead = int(np.ceil((first.first_beat + before_first) / metre - 1e-6))
    leading = _even(first.beats[0] - lead * length, first.beats[0], lead, metre) if lead else []
    behind, length = last.first_beat + len(last.beats) - 1, closing * beat
    tail = max(0, int(np.ceil((end - last.beats[-1]) / length - 1e-6))) + spare
    after = _even(last.beats[-1], last.beats[-1] + tail * length, tail, closing)
    bars = [
        *(Bar(beats, first.phrase, 0, 0, False) for beats in leading),
        *bars,
        *(Bar(beats, last.phrase, 0, behind, False) for beats in after),
    ]
    if stated:
        return _on_stated(bars, analysis.beats)
    return [
        replace(bar, rest=not bar.inside and in_rest(analysis.track, bar.beats[0], bar.beats[-1]))
        if analysis.track.rests
        else bar
        for bar in bars
    ]


def _on_stated(bars: list[Bar], beats: Doubles) -> list[Bar]:
    """Bars outside of phrases on the beats that a user states, as far as these go; evenly from there on."""
    whole = [number for number, bar in enumerate(bars) if bar.inside]
    moved = list(bars)
    for last, following in zip([-1, *whole], [*whole, len(bars)], strict=True):
        run = bars[last + 1 : following]
        if not run or not whole:
            continue
        edges = np.array([*(time for bar in run for time in bar.beats[:-1]), run[-1].beats[-1]])
        end = bars[following].first_beat if following < len(bars) else 0
        begin = bars[last].first_beat + len(bars[last].beats) - 1 if last >= 0 else end - len(edges) + 1
        if last >= 0 and following < len(bars) and end - begin != len(edges) - 1:
            continue
        index = begin + np.arange(len(edges))
        known = np.flatnonzero((index >= 0) & (index < len(beats)))
        if not len(known):
            continue
        times = edges + np.interp(index, index[known], beats[index[known]] - edges[known])
        times[known] = beats[index[known]]
        at = 0
        for number, bar in enumerate(run, last + 1):
            moved[number] = replace(bar, beats=tuple(times[at : at + len(bar.beats)].tolist()))
            at += len(bar.beats) - 1
    return moved
