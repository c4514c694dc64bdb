"""What is danced as subtitles (SubRip) or as words in the picture: a cue a step with its name, or a cue a count."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from choreo.foreign.shown import shown, without_steering
from choreo.planfile.counts import eight_starts
from choreo.types import Timeline
from choreo.video.timeline import section_at
from choreo.video.titles import TitleCard

LEAST_SECONDS = 1.0
"""Seconds for which the name of a step is shown at least; shorter ones take time of the step that follows."""
CARD_SIZE, CARD_HEIGHT, CARD_FADE = 0.045, 0.9, 0.15
"""Letters in the picture in terms of its smaller side, where they are best, and seconds in which they come and go."""


@dataclass(frozen=True)
class Cue:
    """Words from one second of the video to another."""

    start: float
    end: float
    words: str


def captions(timeline: Timeline, duration: float, *, counts: bool = False) -> str:
    """Write what is danced as SubRip text.

    Parameters
    ----------
    duration
        Length of the video, seconds; nothing is shown after it.
    counts
        A cue for each beat with its count and the name of the step, as `count_cues`, instead of one for each step.
    """
    cues = count_cues(timeline, duration) if counts else step_cues(timeline, duration)
    # Players take tags for styles, and empty lines for the end of a cue.
    texts = [(cue, shown(cue.words).replace("<", "‹")) for cue in cues]
    return "\n".join(
        f"{number}\n{_time(cue.start)} --> {_time(cue.end)}\n{words}\n" for number, (cue, words) in enumerate(texts, 1)
    )


def step_cues(timeline: Timeline, duration: float) -> list[Cue]:
    """The name of each step while it is danced; steps of one name that follow each other are one cue.

    None is shorter than `LEAST_SECONDS`: the next one begins later for it, and a step that would have nothing left is
    not named. The last one may be shorter, where the video ends.
    """
    runs: list[Cue] = []
    for step in timeline.steps:
        begin, end = max(step.start, 0.0), min(step.end, duration)
        if round(begin * 1000) >= round(end * 1000) or not step.label:
            continue
        if runs and runs[-1].words == step.label and begin - runs[-1].end < 1e-3:
            runs[-1] = Cue(runs[-1].start, end, step.label)
        else:
            runs.append(Cue(begin, end, step.label))
    cues: list[Cue] = []
    for run in runs:
        begin = max(run.start, cues[-1].end) if cues else run.start
        if run.end - begin < LEAST_SECONDS and cues and begin > run.start + 1e-6:
            continue
        cues.append(Cue(begin, min(max(run.end, begin + LEAST_SECONDS), duration), run.words))
    return cues


def count_cues(timeline: Timeline, duration: float) -> list[Cue]:
    """The count of each beat and the name of its step.

    Counts go as dancers say them, over two bars: 1 to 8 in a metre of four, 1 to 6 in one of three. They begin anew
    with each section, with each step that lasts two bars or longer, and after a bar that the music cuts short.
    """
    spans = [np.searchsorted(timeline.beats, [step.start - 1e-6, step.end - 1e-6]).tolist() for step in timeline.steps]
    parts = [section_at(timeline.sections, step.start) for step in timeline.steps]
    metres = timeline.metres or (timeline.metre,) * len(spans)
    starts = eight_starts([last - first for first, last in spans], parts, metres)
    cues: list[Cue] = []
    for step, (first, last), start, metre in zip(timeline.steps, spans, starts, metres, strict=True):
        edges = [*timeline.beats[first:last].tolist(), step.end]
        for number, (begin, end) in enumerate(pairwise(edges), start):
            begin, end = max(begin, 0.0), min(end, duration)
            if round(begin * 1000) < round(end * 1000):
                count = number % (2 * metre) + 1
                cues.append(Cue(begin, end, f"{count}  {step.label}"))
    return cues


def caption_cards(timeline: Timeline, duration: float) -> tuple[TitleCard, ...]:
    """The cues of `step_cues` as words over the picture, to be placed by `choreo.video.placing`."""
    return tuple(
        TitleCard(without_steering(cue.words), cue.start, cue.end, CARD_SIZE, middle=CARD_HEIGHT, fade=CARD_FADE)
        for cue in step_cues(timeline, duration)
    )


def _time(seconds: float) -> str:
    """``00:01:05,300``."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d},{rest % 1000:03d}"


__all__ = ["Cue", "caption_cards", "captions", "count_cues", "step_cues"]
