"""How much of a song is danced: all of it, or a part that is cut from the middle of a dance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.planning.bars import Bar
from choreo.types import Ints

SLACK = 1.0
"""Seconds by which a part may miss the song's beginning or end and still begin or end with it."""
SHARE = 8
"""An entrance takes at most one of so many bars, and so does an ending."""
POSE = 4
"""Bars from which a dance has room for an ending of one bar."""
TOUCHES = 0.05
"""Seconds of a bar that a part must have to dance it."""


@dataclass(frozen=True)
class Extent:
    """What of a song is danced: whether the dance begins with the song, and whether it ends with it.

    Examples
    --------
    >>> Extent.of(0.0, 212.0, 212.3)
    Extent(begins=True, ends=True)
    >>> Extent.of(60.0, 80.0, 212.3).bars_to_enter(12)
    0
    """

    begins: bool = True
    ends: bool = True

    @classmethod
    def of(cls, start: float, end: float, duration: float) -> Extent:
        """The seconds `start` to `end` of a song of `duration` seconds: a part of it has no entrance.

        A part that goes on to the song's end ends with it.
        """
        ends = end >= duration - SLACK
        return cls(start <= SLACK and ends, ends)

    def is_short(self, bars: int) -> bool:
        """Whether a dance has too few bars to stand through those before the first phrase and after the last."""
        return bars < SHARE

    def bars_to_enter(self, bars: int) -> int:
        """Longest entrance of a dance of `bars` bars: none where under eight are left to be danced."""
        return bars // SHARE if self.begins else 0

    def bars_to_end(self, bars: int) -> int:
        """Longest ending of a dance of `bars` bars; a pose of one bar from four bars on."""
        return max(bars // SHARE, int(bars >= POSE)) if self.ends else 0


def danced_bars(
    bars: Sequence[Bar], start: float, end: float, spare: int, extent: Extent
) -> tuple[list[Bar], int]:  # fmt: skip
    """The bars of a song that are danced from `start` to `end` seconds, with `spare` more; and how many are danced."""
    first = 0
    if not extent.begins:
        first = next((b for b, bar in enumerate(bars) if bar.beats[-1] > start + TOUCHES), 0)
    last = next((b for b, bar in enumerate(bars) if bar.beats[0] >= end - TOUCHES), len(bars))
    return list(bars[first : last + spare]), last - first


def motifs_within(motifs: Ints, bars: Sequence[Bar]) -> Ints:
    """`choreo.planning.motifs.motif_of` a whole song, for some of its bars: what returns repeats the first of them."""
    first: dict[int, int] = {}
    out = motifs.copy()
    for phrase in sorted({bar.phrase for bar in bars if bar.inside}):
        out[phrase] = first.setdefault(int(motifs[phrase]), phrase)
    return np.asarray(out)
