"""What a run made, and how it reports progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from choreo.music.beat_files import STATED
from choreo.planfile.style_changes import style_words
from choreo.types import ChoreographyPlan, Motion, MusicAnalysis

Progress = Callable[[str, float], None]
"""Progress callback: called with the name of a stage and how much of it is done, 0 to 1."""


@runtime_checkable
class NotingProgress(Protocol):
    """A progress callback that also takes lines which are no stage, such as what was heard in a song."""

    def __call__(self, stage: str, done: float) -> None:
        """Hear how much of a stage is done."""

    def note(self, line: str) -> None:
        """Take a line."""


@dataclass
class Result:
    """What a run made: `motions` are one a dancer, `seconds` tells how long each stage took.

    `files` go by format, those of the second dancer as ``bvh.2`` and so on.
    """

    plan: ChoreographyPlan | None = None
    motions: tuple[Motion, ...] = ()
    analysis: MusicAnalysis | None = None
    files: dict[str, Path] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def heard(self) -> str:
        """Tempo, metre, and the style that was heard and is danced, in a line."""
        return heard_line(self.analysis, self.plan)

    @property
    def motion(self) -> Motion | None:
        """The first dancer's; None when nothing was danced."""
        return self.motions[0] if self.motions else None


def _time(analysis: MusicAnalysis) -> str:
    """Beats in a bar; the time signature where it is compound or changes in the song."""
    from choreo.music.bars import time_words

    time = time_words(analysis.track)
    return str(analysis.metre) if time == f"{analysis.metre}/4" else time


def heard_line(analysis: MusicAnalysis | None, plan: ChoreographyPlan | None = None) -> str:
    """What was heard in a song, and in which style it is danced: ``128 bpm in 4, house .84, danced as house``."""
    parts = []
    if analysis is not None:
        stated = " as stated" if analysis.track.method in STATED else ""
        parts.append(f"{analysis.tempo:.0f} bpm in {_time(analysis)}{stated}")
        parts.append(style_line(analysis))
    style = "" if plan is None else style_words(plan)
    if style not in ("", "any") and (analysis is None or style != analysis.style):
        parts.append(f"danced as {style}")
    return ", ".join(parts)


TOLD = 3
"""Styles that a line names at most."""


def style_line(analysis: MusicAnalysis) -> str:
    """What was heard of the style, how likely each is: ``four on the floor, at 118: disco .71, house .22``."""
    likely = [f"{name} {share:.2f}".replace(" 0.", " .") for name, share in list(analysis.styles.items())[:TOLD]]
    if not likely:
        known = analysis.style != "unknown"
        return f"{analysis.style} (sure: {analysis.style_confidence:.2f})" if known else "no style that is known"
    reason = f"{analysis.style_reason}: " if analysis.style_reason else ""
    return reason + ", ".join(likely)


class ProgressScope:
    """Measures how long each stage of a run takes, into `seconds`, and reports progress.

    Examples
    --------
    >>> reports = []
    >>> scope = ProgressScope(progress=lambda stage, done: reports.append((stage, done)))
    >>> with scope("listening") as report:
    ...     report(0.5)
    >>> reports
    [('listening', 0.0), ('listening', 0.5), ('listening', 1.0)]
    """

    def __init__(self, seconds: dict[str, float] | None = None, progress: Progress | None = None) -> None:
        self.seconds = {} if seconds is None else seconds
        self.progress = progress or (lambda stage, done: None)

    @classmethod
    def of(cls, progress: Progress | ProgressScope | None) -> ProgressScope:
        """A scope for a callback; a scope itself goes on counting where it was."""
        return progress if isinstance(progress, ProgressScope) else cls(progress=progress)

    def note(self, line: str) -> None:
        """Tell a line, when the callback takes lines."""
        if isinstance(self.progress, NotingProgress):
            self.progress.note(line)

    @contextmanager
    def __call__(self, name: str) -> Iterator[Callable[[float], None]]:
        """Run one stage; gives a function to report, from 0 to 1, how much of it is done."""
        begun = time.perf_counter()
        self.progress(name, 0.0)
        yield lambda done: self.progress(name, done)
        self.progress(name, 1.0)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


__all__ = ["NotingProgress", "Progress", "ProgressScope", "Result"]
