"""Music structure: the sections of a song (A A B A) from the self-similarity of its bars.

By minimum description length (Rissanen 1978): the bars are described, from the first to the last, as stretches that
are either new or a copy of an earlier stretch of the same length, as in Lempel and Ziv's compression (1977), but with
a cost for unlikeness in place of equality. Each new bar costs something, each copied bar its dissimilarity from the bar
it copies, each stretch its beginning. Dynamic programming finds the cheapest description. Section boundaries are where
stretches begin, and where the stretches that they copy begin and end; a copy has the label of what it copies.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from choreo.music.section_lengths import lengthened, paired
from choreo.music.segments import Segment
from choreo.types import Doubles, Ints, Section

LONGEST = 32
"""Bars of the longest stretch of a description."""
SHORTEST = 8
"""Bars below which neighbouring segments of one label are merged."""
PRICE = 0.65
"""Cost of a new bar, as a share of the dissimilarity from which bars of this song count as different."""
BREAK, BRIEF, ODD = 0.5, 1.5, 0.7
"""Cost of the beginning of a stretch, what is added when it has under eight bars, and when no multiple of four.

Nothing is added for the first and the last of a song.
"""


def sections(similarities: Iterable[Doubles], bar_times: Doubles, start: float, end: float) -> tuple[Section, ...]:
    """Find sections; a section that is played twice in a row gives two of one label.

    Parameters
    ----------
    similarities : (N, N) each
        Similarity of bars, 1 for the same, of each of the stretches of `choreo.music.similarity.form_stretches`. Music
        of one stretch has no label of another's.
    bar_times : (N,)
        Seconds at which the bars begin.
    start, end
        What the sections must cover, seconds.

    Returns
    -------
    tuple of Section
        Without gaps from `start` to `end`; one section "A" for music under eight bars.
    """
    if len(bar_times) < SHORTEST:
        return (Section(start, end, "A"),)
    segments: list[Segment] = []
    for similarity in similarities:
        first = segments[-1].end if segments else 0
        found = paired(lengthened(merge_segments(find_segments(similarity)), similarity))
        segments += (Segment(part.start + first, part.end + first, part.root + first) for part in found)
    boundaries = [start, *(float(bar_times[segment.start]) for segment in segments[1:]), end]
    labels = letters([segment.root for segment in segments])
    return tuple(Section(a, b, label) for (a, b), label in zip(pairwise(boundaries), labels, strict=True))


def find_segments(similarity: Doubles) -> list[Segment]:
    """Cut the bars at the boundaries of their shortest description."""
    bars = len(similarity)
    description = _shortest_description(np.clip(1 - similarity, 0, 1), _new_bar_cost(similarity))
    root = np.arange(bars)
    boundary_roots: set[int] = set()  # every bar that goes back to one of these begins a segment, too
    for first, last, source in description:
        if source < 0:
            boundary_roots.add(first)
            continue
        root[first:last] = root[source : source + last - first]
        boundary_roots.add(int(root[source]))
        if source + last - first < first:
            boundary_roots.add(int(root[source + last - first]))
    starts = {first for first, _, _ in description}
    cuts = [bar for bar in range(bars) if bar in starts or int(root[bar]) in boundary_roots]
    return [Segment(a, b, int(root[a])) for a, b in pairwise([*cuts, bars])]


def _new_bar_cost(similarity: Doubles) -> float:
    """Cost of a new bar: a share of the dissimilarity that parts this song's alike bars from others (Otsu 1979)."""
    values = np.sort(similarity[np.triu_indices(len(similarity), 2)])
    count = np.arange(1, len(values))
    total = np.cumsum(values)[:-1]
    low, high = total / count, (values.sum() - total) / (len(values) - count)
    cut = int((count * (len(values) - count) * (high - low) ** 2).argmax())
    return float(np.clip(PRICE * (1 - (values[cut] + values[cut + 1]) / 2), 0.2, 0.8))


def _shortest_description(dissimilarity: Doubles, new_cost: float) -> list[tuple[int, int, int]]:
    """Cheapest description: first bar, past-last bar and source (first bar copied, -1 when new) of each stretch."""
    bars = len(dissimilarity)
    # along[lag, b]: dissimilarity of the bars up to b - 1 from those `lag` bars earlier, summed. So what it costs to
    # copy a stretch is one difference, for all lags at once.
    along = np.full((bars, bars + 1), np.inf)
    for lag in range(1, bars):
        along[lag, lag] = 0
        along[lag, lag + 1 :] = np.cumsum(np.diagonal(dissimilarity, -lag))
    best = np.full(bars + 1, np.inf)
    best[0] = 0
    came = [(0, -1)] * (bars + 1)  # first bar and source of the last stretch
    for end in range(1, bars + 1):
        for length in range(1, min(end, LONGEST) + 1):
            first = end - length
            begun = best[first] + BREAK
            if first and end < bars:  # a song begins with a few bars and is faded out, so these may have any length
                begun += (ODD if length % 4 else 0) + (BRIEF if length < SHORTEST else 0)
            if begun + new_cost * length < best[end]:
                best[end], came[end] = begun + new_cost * length, (first, -1)
            if 2 <= length <= first:
                cost = along[length : first + 1, end] - along[length : first + 1, first]
                lag = int(cost.argmin())
                if begun + cost[lag] < best[end]:
                    best[end], came[end] = begun + float(cost[lag]), (first, first - length - lag)
    stretches = []
    end = bars
    while end > 0:
        first, source = came[end]
        while source < 0 and first > 0 and came[first][1] < 0:  # new stretches in a row are one
            first = came[first][0]
        stretches.append((first, end, source))
        end = first
    return stretches[::-1]


def merge_segments(segments: list[Segment]) -> list[Segment]:
    """Merge labels that only come as a pair, short neighbours of one label, and segments of one or two bars."""
    segments = _merge_pairs(segments)
    while (index := _to_merge(segments)) is not None:
        first, second = segments[index], segments[index + 1]
        root = first.root if first.bars >= 3 or second.bars < 3 else second.root
        segments[index : index + 2] = [Segment(first.start, second.end, root)]
        segments = _merge_pairs(segments)
    return segments


def _merge_pairs(segments: list[Segment]) -> list[Segment]:
    """Merge, everywhere at once, what comes twice or more and only together; the song may end within a pair."""
    segments = list(segments)
    while True:
        roots = [segment.root for segment in segments]
        follows = list(pairwise(roots))
        pairs = [
            (first, second)
            for first, second in dict.fromkeys(follows)
            if first != second
            and follows.count((first, second)) == roots[:-1].count(first) == roots.count(second) >= 2
        ]  # fmt: skip
        if not pairs:
            return segments
        for k in reversed([k for k, pair in enumerate(follows) if pair == pairs[0]]):
            segments[k : k + 2] = [Segment(segments[k].start, segments[k + 1].end, pairs[0][0])]


def _to_merge(segments: list[Segment]) -> int | None:
    """Index of the segment to be merged with the next one, None when none is."""
    for k, segment in enumerate(segments):
        if segment.bars >= SHORTEST or len(segments) == 1:
            continue
        for before in (k - 1, k):
            if 0 <= before < len(segments) - 1 and segments[before].root == segments[before + 1].root:
                return before
        if segment.bars < 3:
            return max(0, k - 1)
    return None


def letters(groups: list[int] | Ints) -> list[str]:
    """Label of each group, letters in order of appearance."""
    names: dict[int, str] = {}
    for group in groups:
        names.setdefault(int(group), _letter(len(names)))
    return [names[int(group)] for group in groups]


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else _letter(index // 26 - 1) + _letter(index % 26)
