"""Rows of a plan's page: headings of the parts of the song, the beats of an eight, and its steps as blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from choreo.clock import clock
from choreo.planfile.manners import manner_words
from choreo.planfile.rows import Row, StepPart, rows_of
from choreo.planfile.spoken import spoken
from choreo.types import ChoreographyPlan


@dataclass(frozen=True)
class Heading:
    """Over the first row of a part of the song; `label` is empty outside the song's phrases."""

    label: str
    span: str


@dataclass(frozen=True)
class Beat:
    """A count of the row, counted from 1, and when it is."""

    number: int
    time: str
    downbeat: bool


@dataclass(frozen=True)
class StepBlock:
    """A step, or what the row has of it; counts are numbered from 1. No `bar` where the block begins the row."""

    step: int
    name: str
    classes: str
    first: int
    last: int
    bar: int | None
    tempo: str
    warp: str
    mirrored: bool
    from_before: bool
    manner: str

    @property
    def counts(self) -> int:
        """Columns that the block is wide."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class PageRow:
    """A row as the page shows it; `columns` are the counts of a whole one."""

    heading: Heading | None
    colour: str
    columns: int
    bar: int
    time: str
    beats: list[Beat]
    blocks: list[StepBlock]


def page_rows(plan: ChoreographyPlan, colours: Mapping[str, str]) -> list[PageRow]:
    """Rows in order; `colours` are the style sheet's classes of the parts of the song."""
    rows = rows_of(plan)
    return [
        PageRow(
            heading=_heading(rows, number),
            colour=colours[row.section],
            columns=2 * _metre(plan, row),
            bar=row.bar,
            time=clock(row.beats[0]),
            beats=[Beat(k + 1, clock(time), k % _metre(plan, row) == 0) for k, time in enumerate(row.beats[:-1])],
            blocks=[_block(plan, piece) for piece in row.pieces],
        )
        for number, row in enumerate(rows)
    ]


def _metre(plan: ChoreographyPlan, row: Row) -> int:
    return plan.steps[row.pieces[0].step].metre or plan.metre


def _heading(rows: list[Row], number: int) -> Heading | None:
    """Heading of a part of the song, where row `number` is its first."""
    row = rows[number]
    if number and rows[number - 1].section == row.section:
        return None
    last = next((k for k, each in enumerate(rows[number:], number) if each.section != row.section), len(rows)) - 1
    return Heading(row.section, f"{clock(row.beats[0])} to {clock(rows[last].beats[-1])}")


def _block(plan: ChoreographyPlan, piece: StepPart) -> StepBlock:
    step = plan.steps[piece.step]
    tempo = 60 * step.counts / (step.beats[-1] - step.beats[0])
    side = "right" if piece.column >= (step.metre or plan.metre) else "left"
    classes = f"step {side}" + " mirrored" * step.mirror
    classes += " goes-on" * piece.goes_on + " from-before" * piece.from_before
    return StepBlock(
        step=piece.step,
        name=spoken(step.name),
        classes=classes,
        first=piece.column + 1,
        last=piece.column + piece.counts,
        bar=piece.bar if piece.column else None,
        tempo=f"{tempo:.0f}",
        warp="" if step.move else f"{step.warp:.2f}",
        mirrored=step.mirror,
        from_before=piece.from_before,
        manner=manner_words(step),
    )
