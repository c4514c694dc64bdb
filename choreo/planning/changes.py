"""Songs that change metre: in which bars each stretch is danced, and which clips may be danced over which bars."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import groupby

import numpy as np

from choreo.planning.bars import Bar
from choreo.planning.metres import columns_of, fits_metre
from choreo.types import Clip, Floats, Ints, Phrase

STRANGE = 50.0
"""Cost a bar of a clip over a bar of fewer beats that the music does not cut short."""
STRETCH = 4
"""Bars in a row that are danced in a metre of their own; fewer are bars cut short of the metre around them."""


def danced_metres(phrases: Sequence[Phrase], main: int, dances: Callable[[int], bool]) -> list[int]:
    """Beats in the bars in which each phrase is danced, ``(P,)``: its own metre, or that of the song.

    The song's where a stretch of the phrase's has under `STRETCH` bars, or no moves. Two beats a bar are danced two
    bars at a time, as fours, in a song that has fours as well.

    Parameters
    ----------
    main
        Metre of most of the song, which is danced.
    dances
        Whether there are moves for a metre.
    """
    known = {main: True} | {metre: dances(metre) for metre in {phrase.metre for phrase in phrases} - {main}}
    own: list[int] = []
    for metre, run in groupby(phrases, key=lambda phrase: phrase.metre):
        stretch = list(run)
        bars = sum(phrase.counts for phrase in stretch) // metre
        own += [metre if known[metre] and (bars >= STRETCH or metre == main) else main] * len(stretch)
    fours = 4 in {main, *own} and known.get(4, False)
    return [4 if metre == 2 and fours else metre for metre in own]


def songs_metres(danced: Sequence[int], main: int) -> list[int]:
    """The metres in which phrases are danced, each once; first that of most of the song, or what stands for it."""
    first = main if main in danced or not danced else max(danced, key=danced.count)
    return list(dict.fromkeys([first, *danced]))


def clip_metres(clips: Sequence[Clip], metres: Collection[int]) -> Ints:
    """In bars of how many beats each clip is danced, ``(C,)``: its own metre where the song has it; 0 for none.

    What fits several others is danced in the first of `metres`.
    """
    out = np.zeros(len(clips), np.int64)
    columns = columns_of(clips)
    for metre in metres:
        out[fits_metre(columns, metre) & (out == 0)] = metre
    own = np.array([clip.metre for clip in clips], np.int64)
    for metre in metres:
        out[fits_metre(columns, metre) & (own == metre)] = metre
    return out


def bar_misfits(bars: Sequence[Bar], clip_metre: Ints, clip_bars: Ints) -> Floats:
    """What it costs that a clip begins at a bar, ``(B, C)``, because of bars of another metre that it is danced over.

    `STRANGE` for each of them that has fewer beats, so that it happens only where nothing else fits. Infinity for one
    that has more, for which the clip has no counts; and where bars cut short add up to fewer bars of the clip's.

    Parameters
    ----------
    clip_metre, clip_bars
        ``(C,)`` beats in a bar, and bars, of each clip.
    """
    beats = np.array([len(bar.beats) - 1 for bar in bars])
    short = np.array([bar.short for bar in bars])
    out = np.zeros((len(bars), len(clip_metre)), np.float32)
    begin = np.arange(len(bars))[:, None]
    ends = np.minimum(begin + clip_bars, len(bars))
    for metre in sorted(set(clip_metre.tolist())):
        mine = clip_metre == metre
        strange = np.concatenate([[0], np.cumsum((beats < metre) & ~short)])
        longer = np.concatenate([[0], np.cumsum(beats > metre)])
        time = np.concatenate([[0], np.cumsum(beats)])
        end = ends[:, mine]
        danced = time[end] - time[begin]
        cost = STRANGE * (strange[end] - strange[begin]).astype(np.float32)
        whole = begin + clip_bars[mine] <= len(bars)
        fewer = whole & (-(-danced // metre) != clip_bars[mine])
        out[:, mine] = np.where((longer[end] > longer[begin]) | fewer, np.inf, cost)
    return out
