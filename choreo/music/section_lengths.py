"""Sections as long as a musician's: none of a few bars unless the music insists, none that are halves of others."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from choreo.music.segments import Segment
from choreo.types import Doubles

SHORTEST = 8
"""Bars below which a segment is joined to a neighbour."""
OPENING = 2
"""Bars that the first and the last segment of a song must have: introductions and codas are short."""
INSISTS = 0.0
"""Likeness to both neighbours below which four bars and more stay a segment: unlike all that is around them."""
HALF, LONG = 10, 12
"""Bars up to which a segment may be a half of one, and from which a song has longer ones."""


def lengthened(segments: list[Segment], similarity: Doubles) -> list[Segment]:
    """Join segments of under eight bars to the neighbour that they are more like, the shortest first."""
    segments = list(segments)
    while len(segments) > 1:
        short = [k for k in range(len(segments)) if _too_short(segments, k, similarity)]
        if not short:
            break
        k = min(short, key=lambda index: segments[index].bars)
        choices = [j for j in (k - 1, k + 1) if 0 <= j < len(segments)]
        other = max(choices, key=lambda j: (_join_value(segments, k, j, similarity), -j))
        first, second = min(k, other), max(k, other)
        longer = segments[first] if segments[first].bars >= segments[second].bars else segments[second]
        segments[first : second + 1] = [Segment(segments[first].start, segments[second].end, longer.root)]
    return segments


def _too_short(segments: list[Segment], k: int, similarity: Doubles) -> bool:
    bars = segments[k].bars
    if bars >= SHORTEST:
        return False
    if k in (0, len(segments) - 1):
        return bars < OPENING
    return bars < SHORTEST // 2 or max(_alike(segments[k], segments[j], similarity) for j in (k - 1, k + 1)) > INSISTS


def _join_value(segments: list[Segment], k: int, j: int, similarity: Doubles) -> float:
    """How well two neighbours go together: how alike they are, and whether they are eight bars, or fours, together."""
    together = segments[k].bars + segments[j].bars
    whole = 0.4 if together == SHORTEST else 0.2 if together % 4 == 0 else 0.0
    return _alike(segments[k], segments[j], similarity) + whole


def _alike(one: Segment, other: Segment, similarity: Doubles) -> float:
    return float(similarity[one.start : one.end, other.start : other.end].mean())


def paired(segments: list[Segment]) -> list[Segment]:
    """Join segments of one label two by two where all of the song come in pairs: they are halves of longer ones.

    An introduction may stand alone, and the last run of a song may be cut off; so may the one before a short coda.
    """
    first = 1 if len(segments) > 1 and segments[0].bars < SHORTEST else 0
    coda = segments[-1].bars < SHORTEST and all(segment.root != segments[-1].root for segment in segments[:-1])
    last = len(segments) - (1 if len(segments) > 2 and coda else 0)
    runs = [list(run) for _, run in groupby(segments[first:last], key=lambda segment: segment.root)]
    halves = [run for run in runs if max(segment.bars for segment in run) <= HALF]
    inner = halves if halves and halves[-1] is not runs[-1] else halves[:-1]
    long = any(segment.bars >= LONG for run in runs for segment in run)
    if any(len(run) % 2 for run in inner) or not (any(len(run) > 1 for run in inner) or long):
        return segments
    joined = list(segments[:first])
    for run in runs:
        size = 2 if run in halves else 1
        for k in range(0, len(run), size):
            joined.append(replace(run[k], end=run[min(k + size, len(run)) - 1].end))
    return [*joined, *segments[last:]]
