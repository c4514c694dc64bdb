"""What a score is worth: the same score of dances that know nothing of the music."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles

SHIFTS = 200
BLOCK = 8
"""Music beats that are turned together in the blockwise null."""
Score = Callable[[Doubles, Doubles], float]
"""Of motion beats and music beats, seconds."""


@dataclass(frozen=True, eq=False)
class Null:
    """A score, and the same of dances that know nothing of the music: ``scores : (n,)``."""

    score: float
    scores: Doubles

    @property
    def mean(self) -> float:
        """What chance reaches."""
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
    """Compare with the motion beats moved round the circle from `start` to `end` by equal steps, all together.

    To music of a steady tempo a shift by a whole beat changes nothing, so of the shifts of even a perfect dance about
    ``2 * window / beat`` are as good as itself, and z cannot exceed about 1.6 at 120 beats a minute and 70 ms
    (`ceiling` tells for a song). `block_null` has no such bound.
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
    """As `shift_null`, but every stretch of `block` music beats is turned in itself, each by its own random amount.

    The question is then whether the dance keeps to the beat all along, and a longer dance that does is surer to.
    """
    rng = np.random.default_rng(seed)
    inner = music[(music > start) & (music < end)][block::block]
    edges = np.concatenate([[start], inner, [end]])
    if len(edges) > 2 and edges[-1] - edges[-2] < 0.5 * (edges[-2] - edges[-3]):
        edges = np.delete(edges, -2)  # too short a rest to be turned in itself
    inside = np.clip(np.searchsorted(edges, motion, side="right") - 1, 0, len(edges) - 2)
    begin, length = edges[inside], np.diff(edges)[inside]
    turns = rng.random((shifts, len(edges) - 1))[:, inside] * length
    moved = np.sort((motion - begin + turns) % np.maximum(length, 1e-9) + begin, axis=1)
    return Null(score(motion, music), np.array([score(each, music) for each in moved]))


def ceiling(music: Doubles, score: Score, *, start: float, end: float, shifts: int = SHIFTS) -> float:
    """The z of `shift_null` that the music's own beats would have: no dance to this song can have a higher one."""
    return shift_null(music, music, score, start=start, end=end, shifts=shifts).z
