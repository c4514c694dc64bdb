"""From written wishes to constraints on the bars of one dance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor

from choreo.errors import InputError
from choreo.planfile.counts import step_bars
from choreo.planning.bars import Bar
from choreo.planning.facing import unmet_facings
from choreo.planning.wish_meaning import Meaning, meaning
from choreo.planning.wish_ranges import BarRange, bars_within, ranges_of, spans_of
from choreo.planning.wish_text import Wish, read_wish
from choreo.planning.wishes import Chosen, Wishes
from choreo.types import ChoreographyPlan, Clip, MusicAnalysis, Phrase

Level = tuple[float, float, float]
"""Seconds from and to, and the energy there."""


def resolved(
    wishes: Wishes, bars: Sequence[Bar], clips: Sequence[Clip], analysis: MusicAnalysis
) -> tuple[Wishes, list[Level]]:
    """The wishes with what is written in `Wishes.asked` as constraints, and levels of energy by time.

    Parameters
    ----------
    bars
        Those that are danced.
    clips
        Those that a wish may mean.

    Raises
    ------
    InputError
        When a wish cannot be read, or names what the song or the database does not have.
    """
    chosen, still, styles, alike, levels = list(wishes.chosen), list(wishes.still), list(wishes.styles), [], []
    facings, frozen = list(wishes.facings), list(wishes.frozen)
    for text in wishes.asked:
        wish = read_wish(text)
        what = meaning(wish.what, clips)
        if what.still:
            spans = spans_of(wish.where, what.counts, bars, analysis)
            frozen += spans
            still += [(ceil(first), floor(last)) for first, last in spans if ceil(first) < floor(last)]
            continue
        ranges = ranges_of(wish.where, bars, analysis)
        if what.idle:
            still += ranges
        elif what.same:
            alike.append(_repeats(wish, ranges))
        elif what.energy is not None:
            levels += [(bars[first].beats[0], bars[last - 1].beats[-1], what.energy) for first, last in ranges]
        elif what.facing is not None:
            facings += [(first, last, what.facing) for first, last in ranges]
        elif what.style:
            styles += [(first, last, what.style) for first, last in ranges]
        else:
            chosen += _chosen(wish, what, ranges)
    return (
        replace(
            wishes,
            chosen=tuple(chosen),
            still=tuple(still),
            frozen=tuple(frozen),
            styles=tuple(styles),
            facings=tuple(facings),
            alike=(*wishes.alike, *alike),
        ),
        levels,
    )


def _repeats(wish: Wish, ranges: Sequence[BarRange]) -> tuple[BarRange, ...]:
    if len(ranges) < 2:
        raise InputError(f"wish {wish.text!r}: comes once only; the same again needs a part that comes back.")
    return tuple(ranges)


def _chosen(wish: Wish, what: Meaning, ranges: Sequence[BarRange]) -> list[Chosen]:
    """A named move begins where the bars begin; words hold for all bars of a range. At the end it is what ends."""
    if wish.where.kind == "part" and wish.where.name == "end":
        return [Chosen(ranges[-1], what.moves, wish.text, "ends", what.mirror)]
    return [
        Chosen(
            span, what.moves, wish.text, "begins" if what.by_name or span[1] - span[0] == 1 else "rather", what.mirror
        )
        for span in ranges
    ]


def touched(wishes: Wishes, clips: Sequence[Clip], metre: int) -> list[BarRange]:
    """Bars of a plan that wishes change: for a move those that its shortest clip takes, else those that are named."""
    found = [*wishes.still, *((floor(first), ceil(last)) for first, last in wishes.frozen)]
    found += [*((first, last) for first, last, _ in (*wishes.styles, *wishes.facings))]
    bars = {clip.clip_id: max(1, clip.counts // metre) for clip in clips} if wishes.chosen else {}
    for chosen in wishes.chosen:
        (first, last), long = chosen.bars, min(bars[each] for each in chosen.clip_ids)
        if chosen.how == "begins":
            found.append((first, first + long))
        else:
            found.append((first, last) if chosen.how == "rather" else (max(0, last - long), last))
    return sorted(found)


def is_danced(plan: ChoreographyPlan, chosen: Chosen) -> bool:
    """Whether a plan begins, where that is wished for, with what is wished for: then nothing is to change."""
    return chosen.how == "begins" and any(
        first == chosen.bars[0] and step.clip_id in chosen.clip_ids and chosen.mirror in (None, step.mirror)
        for (first, _), step in zip(step_bars(plan), plan.steps, strict=True)
    )


def unmet(plan: ChoreographyPlan, wishes: Wishes, clips: Sequence[Clip]) -> list[str]:
    """What was rather wished for and is danced in under half of its bars, with how many these are."""
    wanted = [(each.bars, each.clip_ids, each.text) for each in wishes.chosen if each.how == "rather"]
    for first, last, style in wishes.styles:
        of_style = frozenset(clip.clip_id for clip in clips if style in clip.styles)
        wanted.append(((first, last), of_style, f"{first}-{last}={style}"))
    spans = list(zip(step_bars(plan), plan.steps, strict=True))
    said = []
    for (first, last), clip_ids, text in wanted:
        good = sum(max(0, min(past, last) - max(begin, first)) for (begin, past), s in spans if s.clip_id in clip_ids)
        if 2 * good < last - first:
            said.append(
                f"wish {text!r}: danced in {good} of the bars {first}-{last}; too few of the moves that answer fit the "
                "music and one another there"
            )
    said += unmet_facings(plan, wishes, clips)
    return [*said, *filter(None, (_otherwise(plan, parts) for parts in wishes.alike))]


def _otherwise(plan: ChoreographyPlan, parts: Sequence[BarRange]) -> str:
    """Bars of parts that were to be danced as the first of them, and are not, because other wishes hold there."""
    spans = list(zip(step_bars(plan), plan.steps, strict=True))
    (first, last), others = parts[0], []
    wanted = [(a - first, b - first, step.clip_id) for (a, b), step in spans if first <= a and b <= last]
    danced = {(a, b, step.clip_id) for (a, b), step in spans}
    for begin, end in parts[1:]:
        missing = [(begin + a, begin + b) for a, b, clip in wanted if (begin + a, begin + b, clip) not in danced]
        others += [f"{a}-{b}" for a, b in missing if b <= end]
    return f"wish 'same': other wishes hold in the bars {', '.join(others)}" if others else ""


def within(wishes: Wishes, bars: BarRange, taken: Sequence[BarRange] = ()) -> Wishes:
    """The wishes for some bars, without those for bars that are `taken` by others."""

    def meant(span: tuple[float, float]) -> bool:
        return bars[0] <= span[0] and span[1] <= bars[1] and not any(a < span[1] and span[0] < b for a, b in taken)

    return replace(
        wishes,
        chosen=tuple(each for each in wishes.chosen if meant(each.bars)),
        still=tuple(each for each in wishes.still if meant(each)),
        frozen=tuple(each for each in wishes.frozen if meant(each)),
        facings=tuple(each for each in wishes.facings if meant(each[:2])),
        alike=(),
    )


def bars_of_levels(levels: Sequence[Level], bars: Sequence[Bar]) -> list[BarRange]:
    """Bars in which the energy is another than the song's."""
    return [span for begin, end, _ in levels if (span := bars_within(bars, begin, end)) is not None]


def with_levels(phrases: Sequence[Phrase], levels: Sequence[Level]) -> list[Phrase]:
    """Phrases with the energy that is wished for where most of them is; later wishes win."""
    out = []
    for phrase in phrases:
        middle = float(phrase.beats[0] + phrase.beats[-1]) / 2
        wanted = [energy for first, last, energy in levels if first <= middle < last]
        out.append(replace(phrase, energy=wanted[-1]) if wanted else phrase)
    return out


__all__ = ["bars_of_levels", "is_danced", "resolved", "touched", "unmet", "with_levels", "within"]
