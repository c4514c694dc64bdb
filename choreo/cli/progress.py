"""Progress and warnings on stderr: bars where a person watches, a line a stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from choreo.cli.say import say
from choreo.foreign.shown import shown

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

ProgressCallback = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, 0 to 1."""


class Lines:
    """A line for each stage when it begins, for logs."""

    def __init__(self) -> None:
        self._begun: set[str] = set()

    def __call__(self, stage: str, done: float) -> None:
        """Write a stage's name the first time it is reported."""
        if stage not in self._begun:
            self._begun.add(stage)
            self.note(stage)

    def note(self, line: str) -> None:
        """Write a line."""
        say(line, err=True)


class Bars:
    """A bar for each stage, on a terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._tasks = bars, dict[str, "TaskID"]()

    def __call__(self, stage: str, done: float) -> None:
        """Move a stage's bar."""
        if stage not in self._tasks:
            from rich.markup import escape

            self._tasks[stage] = self._bars.add_task(escape(shown(stage)), total=1.0)
        self._bars.update(self._tasks[stage], completed=done)

    def note(self, line: str) -> None:
        """Write a line above the bars."""
        self._bars.console.print(shown(line), markup=False, highlight=False)


def watched() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr.isatty()


@contextmanager
def progress_bar(quiet: bool = False, *, lines: bool = True) -> Iterator[ProgressCallback | None]:
    """Yield a progress callback: bars on a terminal, else `lines`; None when nothing is to be told.

    What is yielded also has a method `note`, for lines that are no stage. rich is imported only when bars are drawn.
    """
    if quiet or not watched():
        yield None if quiet or not lines else Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<30}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield Bars(bars)


def warn(warnings: Sequence[str], quiet: bool = False) -> None:
    """Print each warning once on stderr."""
    for line in () if quiet else dict.fromkeys(warnings):
        say(f"Warning: {shown(line)}", err=True)
