"""What is danced as subtitles (SubRip): a cue a beat, with the count and the name of the step."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.types import Timeline


def captions(timeline: Timeline, duration: float) -> str:
    """Write the counts of a dance as SubRip text.

    Counts go as dancers say them, over two bars: 1 to 8 in a metre of four, 1 to 6 in one of three. They begin anew
    with each section, with each step that lasts two bars or longer, and after a bar that the music cuts short.

    Parameters
    ----------
    duration
        Length of the video, seconds; nothing is shown after it.
    """
    eight, at, section = 2 * timeline.metre, 0, None
    cues: list[str] = []
    for step in timeline.steps:
        first, last = np.searchsorted(timeline.beats, [step.start - 1e-6, step.end - 1e-6])
        part = next((s for s in timeline.sections if s.start - 1e-6 <= step.start < s.end - 1e-6), None)
        if last - first >= eight or part is not section:
            at = 0
        section = part
        edges = [*timeline.beats[first:last].tolist(), step.end]
        for begin, end in pairwise(edges):
            begin, end = max(begin, 0.0), min(end, duration)
            if round(begin * 1000) < round(end * 1000):
                cues.append(f"{len(cues) + 1}\n{_time(begin)} --> {_time(end)}\n{at % eight + 1}  {step.label}\n")
            at += 1
        if (last - first) % timeline.metre:
            at = 0
    return "\n".join(cues)


def _time(seconds: float) -> str:
    """``00:01:05,300``."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d},{rest % 1000:03d}"


__all__ = ["captions"]
