"""Where in a song a dance fits: every bar is tried as its beginning, with beats on beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.retrieval.dance_course import Course
from choreo.retrieval.song_facts import SongFacts
from choreo.types import Doubles, Floats, Ints

FAR, FAR_LEARNED = 4.0, 1.0
"""What counts as far in the distances of an embedder, and of one that has learnt: another metre; a right angle."""
WITHIN = 0.1
"""Of that, where a dance begins within a phrase: people begin with one, unless something speaks for it."""


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


def place(course: Course, facts: SongFacts, terms: Mapping[str, Floats], far: float = FAR) -> Placement:
    """The bar of a song from which on a dance is nearest to the music under it; the first of equals.

    A term of the embedder is the mean over the dance's clips of their distances to the music that falls under them, a
    clip counting as much as it is long. Beside these stand, each `far` where it is as bad as it gets: `warp`, by how
    many octaves the tempo of the music there is another than the dance's, at most one; `course`, half of one less the
    correlation of dance and music in energy, bar by bar over the whole dance; `accents`, the same for the half beats;
    `coverage`, the share of the dance that has no music under it. And `phrase`, `WITHIN` of that unless the dance
    begins with a phrase.

    Parameters
    ----------
    terms
        ``(K, C) float32`` by name: distances of the clips of the course to the music from each of the K bars on.
    """
    first, beats = facts.bars, len(facts.edges) - 1
    last = np.minimum(first + course.counts, beats)
    tempos = 60 * (last - first) / (facts.edges[last] - facts.edges[first])
    covered = np.asarray((last - first) / course.counts, np.float64)
    laid: dict[str, Doubles] = {
        name: _under(course, first, beats, np.asarray(term, np.float64)) for name, term in terms.items()
    }
    laid["warp"] = np.asarray(far * np.minimum(np.abs(np.log2(tempos / course.tempo)), 1), np.float64)
    metre = course.clips[0].metre
    laid["course"] = np.asarray(far * _apart(course.energies, facts.energies, first, metre), np.float64)
    laid["accents"] = np.asarray(far * _apart(course.accents, facts.accents, 2 * first, 1), np.float64)
    laid["coverage"] = np.asarray(far * (1 - covered), np.float64)
    laid["phrase"] = np.where(np.isin(first, facts.phrases), 0.0, far * WITHIN)
    bar = int(np.argmin(np.round(np.sum(list(laid.values()), axis=0), 6)))
    return Placement(
        bar,
        float(facts.edges[first[bar]]),
        float(facts.edges[last[bar]]),
        float(tempos[bar]),
        float(covered[bar]),
        {name: float(each[bar]) for name, each in laid.items()},
    )


def _under(course: Course, first: Ints, beats: int, term: Doubles) -> Doubles:
    """Mean of a term over the clips that have music under them, ``(K,)``; at least over the first one."""
    lengths = np.array([clip.counts for clip in course.clips])
    begins = first[:, None] + course.begins
    weight = np.where(begins + lengths <= beats, lengths, 0)
    weight[weight.sum(axis=1) == 0, 0] = 1
    at = np.searchsorted(first, begins, side="right") - 1
    found = term[at, np.arange(len(lengths))]
    return np.asarray((found * weight).sum(axis=1) / weight.sum(axis=1), np.float64)


def _apart(dance: Floats, music: Floats, first: Ints, size: int) -> Doubles:
    """Half of one less the correlation of a dance with the music from each of `first` on, ``(K,)``, 0..1.

    Over means of `size` numbers each, of what both have; a half where there are not two, or one side does not vary.
    """
    count = len(dance) // size * size
    if count < 2 * size:
        return np.full(len(first), 0.5)
    padded = np.append(music.astype(np.float64), np.full(count, np.nan))
    under = padded[first[:, None] + np.arange(count)]
    a = dance[:count].astype(np.float64).reshape(-1, size).mean(axis=1)
    b = under.reshape(len(first), -1, size).mean(axis=2)
    both = np.isfinite(b) & np.isfinite(a)
    number = np.maximum(both.sum(axis=1, keepdims=True), 1)
    a, b = np.where(both, a, 0), np.where(both, b, 0)
    a = np.where(both, a - a.sum(axis=1, keepdims=True) / number, 0)
    b = np.where(both, b - b.sum(axis=1, keepdims=True) / number, 0)
    norms = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray((1 - (a * b).sum(axis=1) / np.where(norms > 1e-9, norms, np.inf)) / 2, np.float64)


__all__ = ["FAR", "FAR_LEARNED", "Placement", "place"]
