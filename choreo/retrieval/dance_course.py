"""Clips of one dance as a course: on which of its counts each of them begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.types import Clip, Doubles, Floats, Ints

TOGETHER = 0.25
"""Of a beat: beats of two clips that are nearer than that are one."""


@dataclass(frozen=True, eq=False)
class Course:
    """A dance that is laid onto music.

    ``clips``: those of whole bars that begin a bar; ``begins : (C,) int``: their first counts, from the dance's first
    one on; `counts` and `seconds` of the whole; ``energies : (counts,) float32`` and ``accents : (2 * counts,)
    float32``: of each count and of each half one, means of those of the clips that it lies in, NaN where in none.
    ``times : (counts + 1,) float64``: seconds of the counts in the recording, or from the first one on without one.
    """

    clips: tuple[Clip, ...]
    begins: Ints
    counts: int
    seconds: float
    energies: Floats
    accents: Floats
    times: Doubles

    @property
    def tempo(self) -> float:
        """Mean counts per minute."""
        return 60 * self.counts / self.seconds


def course_of(clips: Sequence[Clip]) -> Course:
    """Where clips lie in the dance that they were cut from; those that were not cut from one follow each other.

    Parameters
    ----------
    clips
        At least one. Of a recording, as `choreo.datasets.cut_take` cuts it: they overlap, and all are of one file.
    """
    starts = _starts(clips)
    if starts is None:
        lengths = [clip.counts for clip in clips]
        begins = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        ends = np.cumsum([clip.beats[-1] for clip in clips])
        each = [end - clip.beats[-1] + clip.beats[1:] for clip, end in zip(clips, ends, strict=True)]
        return _course(clips, begins, np.concatenate([[0.0], *each]))
    beat = float(np.median(np.concatenate([np.diff(clip.beats) for clip in clips])))
    times = np.sort(np.concatenate([start + clip.beats for clip, start in zip(clips, starts, strict=True)]))
    grid = times[np.append(True, np.diff(times) > TOGETHER * beat)]
    # where a stretch was left out, as nobody dances so fast or so slow, there are as many counts as fit
    numbers = np.concatenate([[0], np.cumsum(np.maximum(np.round(np.diff(grid) / beat), 1))]).astype(np.int64)
    nearest = np.abs(grid[None, :] - starts[:, None]).argmin(axis=1)
    begins = numbers[nearest]
    metre = clips[0].metre
    whole = [n for n, clip in enumerate(clips) if begins[n] % metre == 0 and clip.counts % metre == 0]
    chosen = whole or list(range(len(clips)))
    times = np.interp(np.arange(numbers[-1] + 1), numbers, grid)
    return _course([clips[n] for n in chosen], begins[chosen], times)


def _course(clips: Sequence[Clip], begins: Ints, times: Doubles) -> Course:
    counts = len(times) - 1
    energies, accents, covering = np.zeros(counts), np.zeros(2 * counts), np.zeros(counts)
    for clip, begin in zip(clips, begins.tolist(), strict=True):
        energies[begin : begin + clip.counts] += clip.energy
        accents[2 * begin : 2 * (begin + clip.counts)] += clip.rhythm
        covering[begin : begin + clip.counts] += 1
    covering[covering == 0] = np.nan
    return Course(
        tuple(clips),
        begins,
        counts,
        float(times[-1] - times[0]),
        np.asarray(energies / covering, np.float32),
        np.asarray(accents / np.repeat(covering, 2), np.float32),
        times,
    )


def _starts(clips: Sequence[Clip]) -> Doubles | None:
    """Seconds in their recording at which clips begin ``(C,)``; None when they are of no, or not of one."""
    if len({(clip.source_hash, clip.source) for clip in clips}) > 1 or any(clip.frames[1] <= 1 for clip in clips):
        return None
    spans = np.array([clip.frames[1] - 1 - clip.frames[0] for clip in clips])
    rates = spans / np.array([clip.beats[-1] for clip in clips])
    if (spans <= 0).any():
        return None
    return np.asarray([clip.frames[0] for clip in clips] / np.median(rates), np.float64)


__all__ = ["Course", "course_of"]
