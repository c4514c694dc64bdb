"""The form of a song (A B A C) from how alike its bars are.

Four-bar blocks on the downbeat grid, the phase that puts most novelty on block borders; blocks are
compared bar by bar, grouped by average linkage, cut where Otsu's threshold parts the likenesses.
Labels that only ever come as a pair become one (C D C D is C twice), and neighbours of one label join.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.types import Doubles, Ints, Section

BLOCK = 4
REACH = 8
SAME = 0.85
"""Blocks at least this alike are the same whatever the threshold; below `OTHER` never."""
OTHER = 0.35


def sections(similarity: Doubles, bar_times: Doubles, start: float, end: float) -> tuple[Section, ...]:
    """Find sections.

    Parameters
    ----------
    similarity : (N, N)
        Likeness of bars.
    bar_times : (N,)
        Seconds where the bars begin.
    start, end
        What the sections must cover, seconds.

    Returns
    -------
    tuple of Section
        Without gaps from `start` to `end`; one section "A" for music under eight bars.
    """
    if len(bar_times) < 2 * BLOCK:
        return (Section(start, end, "A"),)
    cuts = block_starts(similarity)
    labels = named(paired(_groups(similarity, cuts)))
    borders = [start, *(float(bar_times[cut]) for cut in cuts[1:]), end]
    found: list[Section] = []
    for (first, last), label in zip(pairwise(borders), labels, strict=True):
        if found and found[-1].label == label:
            found[-1] = Section(found[-1].start, last, label)
        else:
            found.append(Section(first, last, label))
    return tuple(found)


def novelty(similarity: Doubles) -> Doubles:
    """How much the music changes at the start of each bar, ``(N,)`` (checkerboard kernel, Foote 2000)."""
    bars = len(similarity)
    found = np.zeros(bars)
    for bar in range(2, bars - 1):
        before, after = slice(max(0, bar - REACH), bar), slice(bar, min(bars, bar + REACH))
        inside = similarity[before, before].mean() + similarity[after, after].mean()
        found[bar] = inside - 2 * similarity[before, after].mean()
    return found


def block_starts(similarity: Doubles) -> list[int]:
    """Bars where blocks begin, the first being 0; blocks have two to five bars, most four."""
    change = novelty(similarity)
    phase = max(range(BLOCK), key=lambda p: (round(float(change[p::BLOCK].mean()), 9), -p))
    cuts = [0]
    for bar in range(phase, len(similarity), BLOCK):
        if bar - cuts[-1] >= 2 and len(similarity) - bar >= 2:
            cuts.append(bar)
    return cuts


def _groups(similarity: Doubles, cuts: list[int]) -> list[int]:
    """Group number of each block."""
    ends = [*cuts[1:], len(similarity)]
    count = len(cuts)
    alike = np.ones((count, count))
    for i in range(count):
        for j in range(i):
            bars = np.arange(min(ends[i] - cuts[i], ends[j] - cuts[j]))
            alike[i, j] = alike[j, i] = float(similarity[cuts[i] + bars, cuts[j] + bars].mean())
    return [int(group) for group in average_linkage(alike, _threshold(alike))]


def paired(groups: list[int]) -> list[int]:
    """Join two groups where the one is always followed by the other, and that one never comes alone."""
    while True:
        follows = list(pairwise(groups))
        for pair in dict.fromkeys(follows):
            first, second = pair
            times = follows.count(pair)
            if first != second and times >= 2 and times == groups.count(first) == groups.count(second):
                groups = [first if group == second else group for group in groups]
                break
        else:
            return groups


def named(groups: list[int]) -> list[str]:
    """Letters in order of appearance."""
    names: dict[int, str] = {}
    for group in groups:
        names.setdefault(group, _letter(len(names)))
    return [names[group] for group in groups]


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else _letter(index // 26 - 1) + _letter(index % 26)


def _threshold(alike: Doubles) -> float:
    """Likeness that parts same from other (Otsu 1979), kept within reason."""
    values = np.sort(alike[np.triu_indices(len(alike), 1)])
    if len(values) < 2:
        return SAME
    count = np.arange(1, len(values))
    low = np.cumsum(values)[:-1] / count
    high = (values.sum() - np.cumsum(values)[:-1]) / (len(values) - count)
    cut = int((count * (len(values) - count) * (high - low) ** 2).argmax())
    return float(np.clip((values[cut] + values[cut + 1]) / 2, OTHER, SAME))


def average_linkage(alike: Doubles, threshold: float) -> Ints:
    """Join the most alike groups while their mean likeness reaches `threshold`; ``(P,)`` group numbers."""
    work = alike.copy()
    np.fill_diagonal(work, -np.inf)
    sizes = np.ones(len(alike))
    group = np.arange(len(alike))
    while len(alike) > 1:
        i, j = sorted(int(x) for x in np.unravel_index(int(work.argmax()), work.shape))
        if work[i, j] < threshold:
            break
        joined = (sizes[i] * work[i] + sizes[j] * work[j]) / (sizes[i] + sizes[j])
        work[i], work[:, i] = joined, joined
        work[i, i] = -np.inf
        work[j], work[:, j] = -np.inf, -np.inf
        sizes[i] += sizes[j]
        group[group == j] = i
    return group
