"""What is danced as subtitles (SubRip): a cue a beat, with the count and the name of the step."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.foreign.shown import shown
from choreo.planfile.counts import eight_starts
from choreo.types import Timeline
from choreo.video.timeline import section_at


def captions(timeline: Timeline, duration: float) -> str:
    """Write the counts of a dance as SubRip text.

    Counts go as dancers say them, over two bars: 1 to 8 in a metre of four, 1 to 6 in one of three. They begin anew
    with each section, with each step that lasts two bars or longer, and after a bar that the music cuts short.

    Parameters
    ----------
    duration
        Length of the video, seconds; nothing is shown after it.
    """
    spans = [np.searchsorted(timeline.beats, [step.start - 1e-6, step.end - 1e-6]).tolist() for step in timeline.steps]
    parts = [section_at(timeline.sections, step.start) for step in timeline.steps]
    metres = timeline.metres or (timeline.metre,) * len(spans)
    starts = eight_starts([last - first for first, last in spans], parts, metres)
    cues: list[str] = []
    for step, (first, last), start, metre in zip(timeline.steps, spans, starts, metres, strict=True):
        edges = [*timeline.beats[first:last].tolist(), step.end]
        label = shown(step.label).replace("<", "‹")  # players take tags in it for styles, and empty lines for the end
        for number, (begin, end) in enumerate(pairwise(edges), start):
            begin, end = max(begin, 0.0), min(end, duration)
            if round(begin * 1000) < round(end * 1000):
                count = number % (2 * metre) + 1
                cues.append(f"{len(cues) + 1}\n{_time(begin)} --> {_time(end)}\n{count}  {label}\n")
    return "\n".join(cues)


def _time(seconds: float) -> str:
    """``00:01:05,300``."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d},{rest % 1000:03d}"


__all__ = ["captions"]
