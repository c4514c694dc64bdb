"""What file names of dance collections say: genre and tempo, by the naming of the AIST Dance Database.

``gLO_sBM_cAll_d13_mLO2_ch01``: genre, situation, camera, dancer, music, choreography (Tsuchida et al., ISMIR 2019).
The Motorica dataset puts the session in front (``kthstreet_gLO_sFM_...``) and has genres of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

AIST_GENRES: Mapping[str, str] = {
    "BR": "break", "PO": "popping", "LO": "locking", "MH": "hiphop", "LH": "hiphop", "HO": "house", "WA": "waacking",
    "KR": "krump", "JS": "jazz", "JB": "ballet",
}  # fmt: skip
"""AIST's ten genres; MH is middle hip-hop, LH LA-style hip-hop, JS street jazz, JB ballet jazz."""
MOTORICA_GENRES: Mapping[str, str] = {
    "LH": "hiphop", "KR": "krump", "PO": "popping", "LO": "locking", "JZ": "jazz", "CH": "charleston", "TP": "tap",
    "CA": "casual",
}  # fmt: skip
"""All eight styles of the Motorica dataset, by the table of its README; LH is hip-hop there as in AIST."""
_GENRE = re.compile(r"(?:^|_)g([A-Z]{2})(?=_s[A-Za-z]+(?:_|$))")
_MUSIC = re.compile(r"(?:^|_)(m[A-Z]{2}\d)(?=_|$)")


def genre_code(stem: str) -> str:
    """The two letters of the genre in a file's name, ``LO``; empty when the name is not of this kind."""
    found = _GENRE.search(stem)
    return found.group(1) if found else ""


def music_code(stem: str) -> str:
    """AIST's music in a file's name, ``mLO2``; empty when there is none."""
    found = _MUSIC.search(stem)
    return found.group(1) if found else ""


def styles_of(stem: str, genres: Mapping[str, str]) -> tuple[str, ...]:
    """The style that a file's name says, ``("any",)`` when it says none of `genres`."""
    return (genres.get(genre_code(stem), "any"),)


def aist_tempo(music: str) -> float | None:
    """Beats a minute of AIST's music by its id, ``mBR0``: 80 to 130 in steps of 10; house 110 to 135 in steps of 5."""
    if len(music) < 4 or not music[-1].isdigit() or not 0 <= int(music[-1]) <= 5:
        return None
    return 110.0 + 5 * int(music[-1]) if music[1:3] == "HO" else 80.0 + 10 * int(music[-1])
