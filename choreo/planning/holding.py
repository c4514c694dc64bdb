"""Holds: the counts of a plan's steps in which the dancer stands dead still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from choreo.planning.bars import Bar
from choreo.planning.wish_ranges import time_of
from choreo.types import PlanStep

NEAR = 1e-3
"""Seconds by which a count may lie beside the beginning or the end of a hold that it belongs to."""


def with_holds(
    steps: Sequence[PlanStep], bars: Sequence[Bar], frozen: Sequence[tuple[float, float]], kept: Sequence[int] = ()
) -> list[PlanStep]:
    """Steps with the counts held still that are wished for.

    Parameters
    ----------
    frozen
        Bars and parts of them, first and past-last, as `choreo.planning.wishes.Wishes.frozen` has them.
    kept
        Numbers of steps whose holds stay as they are.
    """
    spans = [(time_of(bars, first), time_of(bars, last)) for first, last in frozen]
    out = []
    for number, step in enumerate(steps):
        counts = set[int]()
        for begin, end in spans if number not in kept else ():
            counts |= {
                count
                for count in range(step.counts)
                if begin - NEAR <= step.beats[count] and step.beats[count + 1] <= end + NEAR
            }
        out.append(replace(step, holds=_runs(counts)) if counts else step)
    return out


def _runs(counts: set[int]) -> tuple[tuple[int, int], ...]:
    """Runs of neighbouring numbers, first and past-last."""
    found: list[tuple[int, int]] = []
    for count in sorted(counts):
        if found and found[-1][1] == count:
            found[-1] = found[-1][0], count + 1
        else:
            found.append((count, count + 1))
    return tuple(found)


__all__ = ["with_holds"]
