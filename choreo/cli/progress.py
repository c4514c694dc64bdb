"""Progress bars and warnings on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

ProgressCallback = Callable[[str, float], None]
"""Called with the name of a stage and how much of it is done, 0 to 1."""


def watched() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr.isatty()


@contextmanager
def progress_bar(quiet: bool = False, *, lines: bool = True) -> Iterator[ProgressCallback | None]:
    """Yield a progress callback that draws a bar for each stage, or None when stderr is no terminal or `quiet` is set.

    rich is imported only when something is drawn.
    """
    if quiet or not watched():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as bar:

        def report(stage: str, done: float) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=1.0)
            bar.update(tasks[stage], completed=done)

        yield report


def warn(warnings: Sequence[str], quiet: bool = False) -> None:
    """Print each warning once on stderr."""
    for line in () if quiet else dict.fromkeys(warnings):
        click.echo(f"Warning: {line}", err=True)
