"""Why a clip fits a phrase, and what speaks against it: sentences with the values of both sides."""

from __future__ import annotations

from collections.abc import Mapping

from choreo.retrieval.attribution import ANY
from choreo.retrieval.facts import QUALITIES, Fact, Match
from choreo.retrieval.told import BUT
from choreo.types import Clip, Floats, MusicAnalysis, Phrase

AGAINST = 0.3
"""Cost from which a term speaks against a clip: that of a rhythm that is not correlated."""
OUT_OF_RANGE = 0.03
"""The same for the tempo: a clip should be danced within its range, up to half a percent."""
LEAST = 0.005
"""Share of a learned distance that is worth a word."""
PLAIN = ("tempo", "energy", "rhythm", "metre")
"""Qualities that are compared where the terms are of none."""


def reasons(
    analysis: MusicAnalysis,
    phrase: Phrase,
    clip: Clip,
    terms: Mapping[str, float],
    *,
    quantities: Floats | None = None,
) -> tuple[str, ...]:
    """Say why a clip fits a phrase: first what speaks for it, then what speaks against it, which begins with "but".

    Terms of readable embedders are misfits: from `AGAINST` on they speak against, as do accents on other counts. Where
    a learned distance was attributed to qualities of the music, shares below zero speak for the clip, and the largest
    are told first. Where the terms are of no quality, tempo, energy, rhythm and metre are compared as they are.

    Parameters
    ----------
    terms
        Of the distance of the clip to the phrase, by name.
    quantities
        ``(Q,)`` of the clip, as `choreo.motion.quantities.quantities_of` has them; with these it is told what the
        dance looks like.

    Examples
    --------
    >>> from choreo import analyze, phrases
    >>> from choreo.moves import load_moves, move_clip
    >>> from choreo.retrieval.reasons import reasons
    >>> song = analyze("song.wav")
    >>> clip = move_clip(load_moves()["two-step"])
    >>> reasons(song, phrases(song)[0], clip, {"tempo": 0.3, "metre": 0.0})
    ('both in 4', 'but 120 beats/min, danced at 72 to 114')
    """
    match = Match(analysis, phrase, clip, quantities)
    known = [name for name in QUALITIES if name in terms]
    if ANY in terms:
        known = [name for name in sorted(known, key=lambda name: -abs(terms[name])) if abs(terms[name]) > LEAST]
        said = [(QUALITIES[name](match), terms[name] < 0) for name in known]
    elif known:
        facts = {name: QUALITIES[name](match) for name in known}
        said = [(fact, _speaks_for(name, terms[name], fact)) for name, fact in facts.items()]
    else:
        said = [(fact, fact.agrees) for name in PLAIN for fact in [QUALITIES[name](match)]]
    return ordered(said)


def _speaks_for(name: str, cost: float, fact: Fact) -> bool:
    """Whether a misfit is small; accents must meet on a count as well, and a dance of the style heard always fits it.

    A term of style is a likelihood: it costs a little where the ear is sure and the clip is of its style, too.
    """
    if name == "style" and fact.agrees:
        return True
    return cost < (OUT_OF_RANGE if name == "tempo" else AGAINST) and (fact.agrees or name != "rhythm")


def ordered(said: list[tuple[Fact, bool]]) -> tuple[str, ...]:
    """Words of facts: those that speak for first, then those that speak against."""
    against = [fact.otherwise or fact.words for fact, good in said if not good]
    return (*(fact.words for fact, good in said if good), *(BUT + words for words in against))


__all__ = ["ordered", "reasons"]
