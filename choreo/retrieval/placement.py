"""Where in a song a dance fits: every bar is tried as its beginning, with beats on beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.retrieval.dance_course import Course
from choreo.retrieval.song_facts import SongFacts
from choreo.types import Doubles, Floats, Ints

OUTSIDE = 4.0
"""What a dance costs of which nothing has music under it: as much as one in another metre (`choreo_zeroshot`)."""


@dataclass(frozen=True)
class Placement:
    """The best place of a dance in a song.

    Attributes
    ----------
    bar
        Number of the bar, from 0 on, on whose first beat the dance's first count falls.
    begin, end
        Seconds in the song of the dance's first count, and of the end of its last or of the music.
    tempo
        Beats per minute of the music there.
    covered
        Share of the dance that has music under it.
    terms
        Of the distance there.
    """

    bar: int
    begin: float
    end: float
    tempo: float
    covered: float
    terms: Mapping[str, float]

    @property
    def distance(self) -> float:
        """Sum of the terms."""
        return sum(self.terms.values())


def place(course: Course, facts: SongFacts, terms: Mapping[str, Floats]) -> Placement:
    """The bar of a song from which on a dance is nearest to the music under it; the first of equals.

    A term is the mean over the dance's clips of their distances to the music that falls under them, a clip counting as
    much as it is long; `coverage` is `OUTSIDE` times the share of the dance that has no music under it.

    Parameters
    ----------
    terms
        ``(K, C) float32`` by name: distances of the clips of the course to the music from each of the K bars on.
    """
    first, last = facts.bars, len(facts.edges) - 1
    lengths = np.array([clip.counts for clip in course.clips])
    beats = first[:, None] + course.begins
    under = beats + lengths <= last
    at = np.searchsorted(first, np.minimum(beats, last), side="right") - 1
    weight = np.where(under, lengths, 0).astype(np.float64)
    heard = weight.sum(axis=1)
    columns = np.arange(len(course.clips))
    covered = np.minimum(last - first, course.counts) / course.counts
    laid: dict[str, Doubles] = {
        name: _mean(np.asarray(term, np.float64)[at, columns], weight, heard) for name, term in terms.items()
    }
    laid["coverage"] = OUTSIDE * (1 - covered)
    total = np.where(heard > 0, np.sum(list(laid.values()), axis=0), np.inf)
    if not np.isfinite(total).any():  # shorter than every clip: what there is of music counts
        weight[:, 0] = lengths[0]
        heard = weight.sum(axis=1)
        laid |= {name: _mean(np.asarray(term, np.float64)[at, columns], weight, heard) for name, term in terms.items()}
        total = np.sum(list(laid.values()), axis=0)
    bar = int(np.argmin(np.round(total, 6)))
    begin, end = _span(facts, first, bar, course.counts)
    return Placement(
        bar,
        float(facts.edges[begin]),
        float(facts.edges[end]),
        60 * (end - begin) / float(facts.edges[end] - facts.edges[begin]),
        float(covered[bar]),
        {name: float(each[bar]) for name, each in laid.items()},
    )


def _mean(values: Doubles, weight: Doubles, heard: Doubles) -> Doubles:
    return np.asarray((values * weight).sum(axis=1) / np.maximum(heard, 1), np.float64)


def _span(facts: SongFacts, first: Ints, bar: int, counts: int) -> tuple[int, int]:
    """First and past-last beat of the dance."""
    begin = int(first[bar])
    return begin, min(begin + counts, len(facts.edges) - 1)


__all__ = ["OUTSIDE", "Placement", "place"]
