"""The form of a song (A A B A) as its shortest description in terms of its own bars.

Going through the bars, each stretch is either new or a repetition of an earlier stretch of the same
length. New bars, unlike bars and the beginning of a stretch cost something; dynamic programming finds
the cheapest telling (the idea of Lempel and Ziv's compression, with misfit instead of equality). Where
stretches and what they repeat begin are the borders; what repeats has the label of what it repeats.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from choreo.types import Doubles, Ints, Section

LONGEST = 32
"""Bars of the longest stretch that is told at once."""
SHORTEST = 8
"""Bars below which neighbours of one label join."""
PRICE = 0.65
"""What a new bar costs, as a share of the misfit at which bars of this song count as different."""
BREAK, BRIEF, ODD = 0.5, 1.5, 0.7
"""What the beginning of a stretch costs; more when it is under eight bars, or not a multiple of four."""


@dataclass
class Piece:
    """Bars ``start .. end``; `root` is the bar that its first bar repeats in the end (its own when new)."""

    start: int
    end: int
    root: int

    @property
    def bars(self) -> int:
        """Length."""
        return self.end - self.start


def sections(similarity: Doubles, bar_times: Doubles, start: float, end: float) -> tuple[Section, ...]:
    """Find sections; a section that is played twice in a row gives two of one label.

    Parameters
    ----------
    similarity : (N, N)
        Likeness of bars, 1 for the same.
    bar_times : (N,)
        Seconds where the bars begin.
    start, end
        What the sections must cover, seconds.

    Returns
    -------
    tuple of Section
        Without gaps from `start` to `end`; one section "A" for music under eight bars.
    """
    if len(bar_times) < SHORTEST:
        return (Section(start, end, "A"),)
    found = joined(pieces(similarity))
    borders = [start, *(float(bar_times[piece.start]) for piece in found[1:]), end]
    labels = named([piece.root for piece in found])
    return tuple(Section(a, b, label) for (a, b), label in zip(pairwise(borders), labels, strict=True))


def pieces(similarity: Doubles) -> list[Piece]:
    """Cut the bars where the cheapest telling has borders."""
    bars = len(similarity)
    told = _telling(np.clip(1 - similarity, 0, 1), _price(similarity))
    root = np.arange(bars)
    marks: set[int] = set()
    for first, last, source in told:
        if source < 0:
            marks.add(first)
            continue
        root[first:last] = root[source : source + last - first]
        marks.add(int(root[source]))
        if source + last - first < first:
            marks.add(int(root[source + last - first]))
    starts = {first for first, _, _ in told}
    cuts = [bar for bar in range(bars) if bar in starts or int(root[bar]) in marks]
    return [Piece(a, b, int(root[a])) for a, b in pairwise([*cuts, bars])]


def _price(similarity: Doubles) -> float:
    """What a new bar costs: a share of the misfit that parts alike bars from others (Otsu 1979)."""
    values = np.sort(similarity[np.triu_indices(len(similarity), 2)])
    count = np.arange(1, len(values))
    total = np.cumsum(values)[:-1]
    low, high = total / count, (values.sum() - total) / (len(values) - count)
    cut = int((count * (len(values) - count) * (high - low) ** 2).argmax())
    return float(np.clip(PRICE * (1 - (values[cut] + values[cut + 1]) / 2), 0.2, 0.8))


def _telling(misfit: Doubles, price: float) -> list[tuple[int, int, int]]:
    """Cheapest telling: first bar, past-last bar and source (-1: new) of each stretch."""
    bars = len(misfit)
    along = np.full((bars, bars + 1), np.inf)  # along[lag, b]: misfit of bars .. b - 1 to those `lag` before
    for lag in range(1, bars):
        along[lag, lag] = 0
        along[lag, lag + 1 :] = np.cumsum(np.diagonal(misfit, -lag))
    best = np.full(bars + 1, np.inf)
    best[0] = 0
    came = [(0, -1)] * (bars + 1)
    for end in range(1, bars + 1):
        for length in range(1, min(end, LONGEST) + 1):
            first = end - length
            begun = best[first] + BREAK + (ODD if length % 4 else 0) + (BRIEF if length < SHORTEST else 0)
            if begun + price * length < best[end]:
                best[end], came[end] = begun + price * length, (first, -1)
            if 2 <= length <= first:
                cost = along[length : first + 1, end] - along[length : first + 1, first]
                lag = int(cost.argmin())
                if begun + cost[lag] < best[end]:
                    best[end], came[end] = begun + float(cost[lag]), (first, first - length - lag)
    found = []
    end = bars
    while end > 0:
        first, source = came[end]
        while source < 0 and first > 0 and came[first][1] < 0:
            first = came[first][0]
        found.append((first, end, source))
        end = first
    return found[::-1]


def joined(parts: list[Piece]) -> list[Piece]:
    """Join short neighbours of one label, scraps with what is beside them, and labels that only come as a pair."""
    parts = list(parts)
    while True:
        place = _joint(parts)
        if place is None:
            return parts
        first, second = parts[place], parts[place + 1]
        root = first.root if first.bars >= 3 or second.bars < 3 else second.root
        parts[place : place + 2] = [Piece(first.start, second.end, root)]
        pair = (first.root, second.root)
        if first.root != second.root and min(first.bars, second.bars) >= 3:  # a pair: everywhere at once
            other = place + 1
            while other < len(parts) - 1:
                if (parts[other].root, parts[other + 1].root) == pair:
                    parts[other : other + 2] = [Piece(parts[other].start, parts[other + 1].end, root)]
                other += 1


def _joint(parts: list[Piece]) -> int | None:
    """Number of the piece that should be joined with the next one, None when all is well."""
    for k, part in enumerate(parts):
        if part.bars >= SHORTEST or len(parts) == 1:
            continue
        for before in (k - 1, k):
            if 0 <= before < len(parts) - 1 and parts[before].root == parts[before + 1].root:
                return before
        if part.bars < 3:
            return max(0, k - 1)
    roots = [part.root for part in parts]
    follows = list(pairwise(roots))
    for first, second in dict.fromkeys(follows):
        times = follows.count((first, second))
        if first != second and times >= 2 and times == roots.count(first) == roots.count(second):
            return follows.index((first, second))
    return None


def named(groups: list[int] | Ints) -> list[str]:
    """Letters in order of appearance."""
    names: dict[int, str] = {}
    for group in groups:
        names.setdefault(int(group), _letter(len(names)))
    return [names[int(group)] for group in groups]


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else _letter(index // 26 - 1) + _letter(index % 26)
