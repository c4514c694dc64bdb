"""Tempos at which clips can be danced, and whether a song is better danced at half or double its tempo.

Half and double are a tempo octave away: nobody takes 190 steps a minute for long, but 95 go with the same music.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.db.columns import ClipColumns, columns_of_lists
from choreo.planning.metres import COLUMNS as METRE_COLUMNS
from choreo.planning.metres import columns_of, fits_metre, moves
from choreo.types import Bools, Clip, Doubles

COLUMNS = (*METRE_COLUMNS, "tempo", "tempo_low", "tempo_high")

SLOWEST, FASTEST = 0.80, 1.10
"""Shares of its tempo at which a clip without a range of its own may be danced: speeding up shows, slowing less so."""
RUBATO = 0.03
"""Octaves by which tempos waver anyway; a warp that small is not seen."""
BETTER = 2.0
"""How many times as many moves must be danceable at the other octave for it to be taken."""
FADE = 0.15
"""Octaves outside its range at which a clip still counts for about a third."""


def tempo_limits(low: Doubles, high: Doubles, own: Doubles) -> tuple[Doubles, Doubles]:
    """Slowest and fastest tempo of clips ``(C,)``, beats a minute: their own range, or what warping allows.

    Parameters
    ----------
    low, high
        Range that a clip brings; `high` is 0 where it brings none.
    own
        Tempo at which it was danced.
    """
    return np.where(high > 0, low, SLOWEST * own), np.where(high > 0, high, FASTEST * own)


def tempo_range(clip: Clip) -> tuple[float, float]:
    """`tempo_limits` of one clip."""
    return clip.tempo_range if clip.tempo_range[1] > 0 else (SLOWEST * clip.tempo, FASTEST * clip.tempo)


def danceable_share(tempo: float, low: Doubles, high: Doubles) -> float:
    """Share of moves that can be danced at `tempo` beats per minute; those nearly so count in part.

    ``low, high : (M,)`` are the tempos that each move may be danced at.
    """
    if not len(low) or tempo <= 0:
        return 0.0
    octave = np.log2(tempo)
    outside = np.maximum(np.maximum(np.log2(low) - octave, octave - np.log2(high)), 0)
    return float(np.exp(-outside / FADE).mean())


def octave_of(tempo: float, metre: int, clips: ClipColumns, allowed: Bools | None = None) -> str:
    """`dance_octave` for those clips that are `allowed` ``(C,)``, or all, of which `COLUMNS` are given."""
    mine = fits_metre(clips, metre, moves(clips) if allowed is None else moves(clips) & allowed)
    own, low, high = (clips[name][mine].astype(np.float64) for name in ("tempo", "tempo_low", "tempo_high"))
    low, high = tempo_limits(low, high, own)
    here = danceable_share(tempo, low, high)
    other = {"double": danceable_share(2 * tempo, low, high)}
    if metre % 2 == 0:
        other["half"] = danceable_share(tempo / 2, low, high)
    best = max(other, key=lambda name: other[name])
    return best if other[best] > BETTER * here and other[best] > 0 else "auto"


def dance_octave(tempo: float, metre: int, clips: Sequence[Clip]) -> str:
    """``half`` or ``double`` when more than `BETTER` times as many moves can be danced at that tempo, else ``auto``.

    Songs of an odd metre are never halved: two of their bars would not make one.
    """
    ranges = {"tempo_low": [c.tempo_range[0] for c in clips], "tempo_high": [c.tempo_range[1] for c in clips]}
    tempos = columns_of_lists({**ranges, "tempo": [clip.tempo for clip in clips]})
    return octave_of(tempo, metre, {**columns_of(clips), **tempos})
