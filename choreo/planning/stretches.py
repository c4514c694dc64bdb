"""Songs that change style: which style each stretch is danced in, and what clips of others cost there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from choreo.planning.bars import Bar
from choreo.planning.costs import style_costs
from choreo.planning.styles import choose_style, guest_styles, guests_costs, heard_styles, neighbours_of, style_misfits
from choreo.types import Clip, Floats, MusicAnalysis, Phrase


@dataclass(frozen=True)
class StyledStretch:
    """Phrases `first` to `last` (past it) that are danced in one style, None for any.

    `start` are seconds; `heard` is how likely each style is there; `metre` and `tempo`, beats a minute, are those of
    most of its phrases.
    """

    first: int
    last: int
    start: float
    style: str | None
    heard: Mapping[str, float]
    metre: int
    tempo: float


def styled_stretches(
    analysis: MusicAnalysis, phrases: Sequence[Phrase], clips: Sequence[Clip], style: str | None
) -> list[StyledStretch]:
    """The stretches of a song with the style that each is danced in; one when a user asks for a style.

    Raises
    ------
    InputError
        When no clip has the style asked for.
    """
    whole = heard_styles(analysis)
    if style is not None or len(analysis.stretches) < 2 or not phrases:
        wanted = choose_style(clips, style, whole)
        return [StyledStretch(0, len(phrases), 0.0, wanted, whole, analysis.metre, analysis.tempo)]
    ends = np.array([each.end for each in analysis.stretches[:-1]])
    middles = np.array([float(phrase.beats[0] + phrase.beats[-1]) / 2 for phrase in phrases])
    out: list[StyledStretch] = []
    for number, run in groupby(range(len(phrases)), key=lambda k: int(np.searchsorted(ends, middles[k]))):
        own = list(run)
        heard = analysis.stretches[number].styles
        metres = [phrases[k].metre for k in own]
        out.append(
            StyledStretch(
                own[0],
                own[-1] + 1,
                float(phrases[own[0]].beats[0]),
                choose_style(clips, None, heard),
                heard,
                max(sorted(set(metres)), key=metres.count),
                float(np.median([phrases[k].tempo for k in own])),
            )
        )
    return out


def misfits_of_bars(
    stretches: Sequence[StyledStretch],
    bars: Sequence[Bar],
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    told: Sequence[Clip],
    asked: str | None,
    seed: int,
    song: str,
) -> Floats:
    """``(B, C)`` misfit of each clip's styles in each bar.

    Parameters
    ----------
    clips, told
        The clips as they count (`choreo.planning.unlabelled.placed_clips`), and with the styles that they were given.
    asked
        The style that a user asks for.
    """
    number = np.zeros(max(len(phrases), 1), np.int64)
    tables: list[Floats] = []
    for k, each in enumerate(stretches):
        number[each.first : each.last] = k
        sections = [phrase.section for phrase in phrases[each.first : each.last]]
        if each.style is not None or not sections:
            near = neighbours_of(clips, asked, each.metre, each.tempo)
            row = style_costs(clips, style_misfits(each.style, asked=asked is not None, near=near))[None]
            tables.append(np.repeat(row, max(len(sections), 1), axis=0))
            continue
        guests = guest_styles(told, sections, each.metre, each.tempo, seed, song, each.heard)
        tables.append(guests_costs(clips, [guests[section] for section in sections]))
    return np.stack([tables[number[bar.phrase]][bar.phrase - stretches[number[bar.phrase]].first] for bar in bars])


def style_at(stretches: Sequence[StyledStretch], phrase: int) -> str | None:
    """The style in which a phrase is danced."""
    return next((each.style for each in reversed(stretches) if each.first <= phrase), stretches[0].style)


def main_style(stretches: Sequence[StyledStretch], phrases: Sequence[int]) -> str | None:
    """The style in which most of some bars are danced, given the phrase of each."""
    names = [style_at(stretches, phrase) for phrase in phrases]
    return max(dict.fromkeys(names), key=names.count) if names else stretches[0].style


def style_changes(
    stretches: Sequence[StyledStretch], phrases: Sequence[int], start: float
) -> list[tuple[float, str]]:  # fmt: skip
    """Seconds from which each style is danced, and its name, "any" for none; nothing where one is danced all through.

    Parameters
    ----------
    phrases
        The phrase of each bar that is danced.
    start
        Second at which the dance begins.
    """
    danced = [each for each in stretches if any(each.first <= phrase < each.last for phrase in phrases)]
    runs = [next(run) for _, run in groupby(danced, key=lambda each: each.style)]
    if len(runs) < 2:
        return []
    return [(each.start if number else start, each.style or "any") for number, each in enumerate(runs)]


__all__ = ["StyledStretch", "main_style", "misfits_of_bars", "style_at", "style_changes", "styled_stretches"]
