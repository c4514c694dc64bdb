"""Tempos at which dances are danced, and how likely a tempo is with each: knowledge from rule books, not from data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import erf, log2, sqrt

TEMPOS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "waltz": ((84, 90), (162, 180)),
    "tango": ((120, 132),),
    "foxtrot": ((112, 128),),
    "quickstep": ((200, 208),),
    "samba": ((96, 104),),
    "cha-cha": ((112, 128),),
    "rumba": ((100, 108), (128, 144)),
    "mambo": ((188, 204),),
    "merengue": ((116, 128),),
    "polka": ((120, 124),),
    "salsa": ((170, 220),),
    "swing": ((136, 180),),
    "disco": ((110, 130),),
    "house": ((110, 135),),
    **dict.fromkeys(("breaking", "hiphop", "krump", "locking", "popping", "waacking"), ((80.0, 130.0),)),
}
"""Beats a minute of dances, slow and fast kinds of one name apart; nothing is said of the tempo of others.

Rules of competitions give bars a minute. World DanceSport Federation, Competition Rules: 28 to 30 waltz, 58 to 60
Viennese waltz, 31 to 33 tango, 28 to 30 foxtrot, 50 to 52 quickstep, 50 to 52 samba (bars of two), 30 to 32 cha-cha,
25 to 27 rumba. National Dance Council of America, in its American style: 54 to 58 Viennese waltz, 30 to 32 tango, 30
to 32 foxtrot, 28 to 30 cha-cha, 32 to 36 rumba, 47 to 51 mambo, 29 to 32 merengue, 60 to 62 polka (bars of two), 34
to 36 swing; samba of the international style from 48. A range holds both where they meet.

Faster swing (lindy hop), salsa and hustle, under disco, are those of social dancers (L. Garron, Social Dance Tempos).
House and street dances have the tempos of the music that was composed for them by Tsuchida et al., AIST Dance Video
Database, ISMIR 2019.
"""
BEYOND = 0.1
"""Octaves beyond a range, as the standard deviation of where a dance is still danced: 7 %, by which social dancers go
beyond the tempos of competitions."""
STRICT = 0.5
"""Share of dances that keep to such ranges; the others are danced at any tempo."""
ROUNDS = (-2, -1, 0, 1, 2)


@lru_cache(maxsize=4096)
def tempo_likelihood(style: str, tempo: float) -> float:
    """Density of a tempo among dances of a style, on the circle of octaves: 1 where nothing is known.

    Trackers and dancers may count at half or double the tempo (Gouyon et al., An experimental comparison of audio tempo
    induction algorithms, IEEE TASLP 2006), so only the place within the octave counts. A range is uniform, blurred by a
    normal distribution of `BEYOND`, and mixed with any tempo by `STRICT`.

    Parameters
    ----------
    tempo
        Beats a minute, positive.

    Examples
    --------
    >>> tempo_likelihood("tango", 126) > 2 > 1 > tempo_likelihood("tango", 90)
    True
    >>> tempo_likelihood("tango", 126) == tempo_likelihood("tango", 63), tempo_likelihood("folk", 126)
    (True, 1.0)
    """
    ranges = TEMPOS.get(style, ())
    if not ranges or tempo <= 0:
        return 1.0
    octaves = log2(tempo) % 1
    covered = sum(log2(high) - log2(low) for low, high in ranges)
    inside = sum(
        _below(log2(high) % 1 + turns - octaves) - _below(log2(high) % 1 - log2(high / low) + turns - octaves)
        for low, high in ranges
        for turns in ROUNDS
    )
    return 1 - STRICT + STRICT * inside / covered


def _below(octaves: float) -> float:
    """Share of a normal distribution of `BEYOND` that is below."""
    return 0.5 * (1 + erf(octaves / (BEYOND * sqrt(2))))
