"""Null distributions of a score: what dances reach that are unrelated to the music.

Such dances are made of the motion beats themselves by circular shifts in time, which keep the number of beats and their
spacing, so that a dance is not better than chance merely because it has many or regular beats.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles

SHIFTS = 200
"""Circular shifts in a null distribution."""
BLOCK = 8
"""Music beats in a block of `block_null`."""
Score = Callable[[Doubles, Doubles], float]
"""A score of motion beats and music beats, both in seconds."""


@dataclass(frozen=True, eq=False)
class Null:
    """A score and its null distribution ``scores : (n,)``."""

    score: float
    scores: Doubles

    @property
    def mean(self) -> float:
        """Score expected by chance."""
        return float(self.scores.mean()) if len(self.scores) else float("nan")

    @property
    def z(self) -> float:
        """How many standard deviations the score lies above chance; NaN when chance does not vary."""
        spread = float(self.scores.std()) if len(self.scores) else 0.0
        return (self.score - self.mean) / spread if spread > 1e-9 else float("nan")


def shift_null(
    motion: Doubles,
    music: Doubles,
    score: Score,
    *,
    start: float,
    end: float,
    shifts: int = SHIFTS,
) -> Null:
    """Null distribution by circular shifts of all motion beats together, by equal steps of the time `start` to `end`.

    To music of a steady tempo a shift by a whole beat changes nothing, so of the shifts of even a perfect dance about
    ``2 * window / beat`` are as good as itself, and z cannot exceed about 1.6 at 120 beats a minute and 70 ms
    (`ceiling` gives it for a song). `block_null` has no such bound.
    """
    span = end - start
    moved = [(motion - start + span * k / (shifts + 1)) % span + start for k in range(1, shifts + 1)]
    return Null(score(motion, music), np.array([score(np.sort(each), music) for each in moved]))


def block_null(
    motion: Doubles,
    music: Doubles,
    score: Score,
    *,
    start: float,
    end: float,
    shifts: int = SHIFTS,
    block: int = BLOCK,
    seed: int = 0,
) -> Null:
    """Null distribution by circular shifts within blocks of `block` music beats, each block by its own random amount.

    A shift by whole beats, which a steady tempo does not notice, would have to happen in every block at once. So the
    null is narrow, the question is whether the dance keeps to the beat all along, and z grows with the dance's length.
    """
    rng = np.random.default_rng(seed)
    inner = music[(music > start) & (music < end)][block::block]
    edges = np.concatenate([[start], inner, [end]])
    if len(edges) > 2 and edges[-1] - edges[-2] < 0.5 * (edges[-2] - edges[-3]):
        edges = np.delete(edges, -2)  # the rest is too short for a block of its own
    # For each motion beat its block's index, begin and length; one random shift a block and repetition.
    inside = np.clip(np.searchsorted(edges, motion, side="right") - 1, 0, len(edges) - 2)
    begin, length = edges[inside], np.diff(edges)[inside]
    offsets = rng.random((shifts, len(edges) - 1))[:, inside] * length
    moved = np.sort((motion - begin + offsets) % np.maximum(length, 1e-9) + begin, axis=1)
    return Null(score(motion, music), np.array([score(each, music) for each in moved]))


def ceiling(music: Doubles, score: Score, *, start: float, end: float, shifts: int = SHIFTS) -> float:
    """The z of `shift_null` that the music's own beats have: no dance to this song can have a higher one."""
    return shift_null(music, music, score, start=start, end=end, shifts=shifts).z
