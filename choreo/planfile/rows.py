"""A plan laid out in rows of eights, as dancers count."""

from __future__ import annotations

from dataclasses import dataclass

from choreo.planfile.counts import first_counts, step_bars
from choreo.types import ChoreographyPlan


@dataclass(frozen=True)
class StepPart:
    """What a row has of a step: all of it, or the counts of it that fit into one eight.

    `bar` is the dance's, `column` the count of the row at which it begins, from 0.
    """

    step: int
    bar: int
    column: int
    counts: int
    from_before: bool
    goes_on: bool


@dataclass(frozen=True)
class Row:
    """Two bars or fewer. ``beats`` are seconds, the last one the end of the row."""

    section: str
    bar: int
    pieces: tuple[StepPart, ...]
    beats: tuple[float, ...]


def rows_of(plan: ChoreographyPlan) -> list[Row]:
    """Rows of a plan: a new one where a part of the song begins, an eight is full, or a step begins an eight."""
    rows = list[tuple[list[StepPart], list[float]]]()
    begins = zip(first_counts(plan), step_bars(plan), strict=True)
    for number, (step, (first, (begun, _))) in enumerate(zip(plan.steps, begins, strict=True)):
        done, column, metre = 0, first, step.metre or plan.metre
        while done < step.counts:
            if column == 0 or not rows:
                rows.append(([], [step.beats[done]]))
            fits = min(2 * metre - column, step.counts - done)
            pieces, beats = rows[-1]
            bar = begun + done // metre
            pieces.append(StepPart(number, bar, column, fits, done > 0, done + fits < step.counts))
            beats += step.beats[done + 1 : done + fits + 1]
            done, column = done + fits, 0
    return [
        Row(plan.steps[pieces[0].step].section, pieces[0].bar, tuple(pieces), tuple(beats)) for pieces, beats in rows
    ]
