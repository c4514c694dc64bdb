"""Why a step is danced where it is, in words: the music under it, and the dance before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from choreo.music.phrasing import stretch
from choreo.planning.bars import Bar
from choreo.planning.costs import Weights
from choreo.retrieval.reasons import reasons
from choreo.retrieval.told import BUT
from choreo.types import Clip, MusicAnalysis

HEARD = ("tempo", "energy", "rhythm", "articulation", "metre")
"""Terms of retrieval that compare the music of a step with its clip."""
DEAR = 1.0
"""Cost of a step from which a term of the dance's course is told."""


def step_reasons(
    analysis: MusicAnalysis, clip: Clip, bars: Sequence[Bar], section: str, costs: Mapping[str, float]
) -> tuple[str, ...]:
    """What speaks for a clip on its bars, then what speaks against it, as `choreo.retrieval.reasons` says it.

    Where a bar is outside of the song's phrases, and with learned embedders, the values are compared as they are.

    Parameters
    ----------
    costs
        Of the step, by term, none left out.
    """
    first = bars[0].first_beat
    count = min(sum(len(bar.beats) - 1 for bar in bars), len(analysis.beats) - first)
    if first < 0 or count < 1:
        return ()
    phrase = replace(stretch(analysis, first, count), section=section)
    inside = all(bar.inside for bar in bars)
    terms = {name: costs[name] / len(bars) for name in HEARD if name in costs} if inside else {}
    return reasons(analysis, phrase, clip, terms)


def course_reasons(
    costs: Mapping[str, float], weights: Weights, bar: int, seen: int, style: str | None, styles: Sequence[str]
) -> tuple[str, ...]:
    """What the dance before a step, and the style of the whole, have to do with it.

    Parameters
    ----------
    seen
        The bar at which the step's family was begun before; negative when it was not.
    style
        The style that is danced, None for any; `styles` are the clip's.
    """
    told = []
    if costs.get("motif", 0.0) < 0 <= seen:
        told.append(f"the music of bar {seen} comes again, and so does its dance")
    if costs.get("again", 0.0) >= DEAR and seen >= 0:
        told.append(f"{BUT}danced {bar - seen} bars before as well")
    if costs.get("twice", 0.0) >= DEAR:
        told.append(f"{BUT}the same dance twice in a row")
    if (seam := costs.get("transition", 0.0)) >= DEAR and weights.transition > 0:
        told.append(f"{BUT}poses and speeds at its beginning are {100 * seam / weights.transition:.0f} cm apart")
    if style is not None and costs.get("style", 0.0) >= DEAR:
        told.append(f"{BUT}{style} is danced, and this is {', '.join(styles) or 'of no style'}")
    return tuple(told)


def in_order(told: Sequence[str]) -> tuple[str, ...]:
    """What speaks for first, what speaks against last, each in the order given."""
    return tuple(sorted(told, key=lambda words: words.startswith(BUT)))


__all__ = ["course_reasons", "in_order", "step_reasons"]
