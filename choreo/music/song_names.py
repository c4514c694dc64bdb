"""What a song is called: title and artist as its tags have them, else its file's name made readable.

Both come from others. Characters that steer a terminal or turn a line round are left out, runs of blanks become one,
and what is longer than `LONGEST` characters is cut.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from choreo.errors import AudioError
from choreo.foreign.shown import without_steering
from choreo.music.container import open_media, readable

LONGEST = 120
"""Characters of a title or an artist that are shown."""
SUFFIX = re.compile(r"\.(?:mp[234]|m4[av]|wav|flac|og[ag]|opus|aac|wma|aiff?|webm|mk[av]|mov|avi)$", re.IGNORECASE)
TRACK = re.compile(r"^(?:0\d{1,2}[ .)\-]+|\d{1,3}(?:\.|\)| -) +)(?=\S)")
"""A track's number before a name: ``01 Roar``, ``7. Roar``, ``12 - Roar``; not ``7 rings`` or ``99 Luftballons``."""
ASIDE = re.compile(
    r"\s*[(\[](?:official\s+)?(?:(?:music|lyrics?|hd|4k)\s+)?"
    r"(?:video|audio|lyrics?|visuali[sz]er|official|hd|hq|4k|1080p|720p)(?:\s+(?:hd|hq|4k))?[)\]]",
    re.IGNORECASE,
)
"""What sites that play videos add to a name, in brackets; remixes, features and the like belong to the song."""
ADDRESS = re.compile(r"\s*\[(?=[^\]]*[\d_-])[A-Za-z0-9_-]{11}\]$")
"""The name of a video on YouTube, as programs that fetch one put it behind the title."""


@dataclass(frozen=True)
class SongNames:
    """Title and artist of a song; the artist is empty where no tag has it."""

    title: str
    artist: str = ""

    @property
    def line(self) -> str:
        """Both in one line: ``Roar, Katy Perry``."""
        return ", ".join(filter(None, (self.title, self.artist)))


def song_names(path: Path | None, name: str) -> SongNames:
    """Title and artist as the song's tags have them, else the readable form of its file's `name`.

    A file without tags that can be read, or that is not there, is no error.
    """
    tags = _tags(path) if path is not None else {}
    # programs that have no title put the file's name into its tag
    title, artist = (SUFFIX.sub("", one_line(tags.get(key, ""))).strip(" ,") for key in ("title", "artist"))
    return SongNames(title or readable_name(name), artist)


def _tags(path: Path) -> dict[str, str]:
    import av

    try:
        with open_media(path) as container:
            sources = [container.metadata, *(stream.metadata for stream in container.streams.audio[:1])]
            return {key.lower(): readable(value) for tags in sources for key, value in tags.items()}
    except (av.FFmpegError, AudioError, OSError, ValueError):
        return {}


def one_line(text: str) -> str:
    r"""Foreign text as one line of at most `LONGEST` characters, without those that steer.

    Examples
    --------
    >>> one_line("Roar \x1b[31m\u202e\n Katy")
    'Roar [31m Katy'
    """
    words = " ".join(without_steering(unicodedata.normalize("NFC", text[: 8 * LONGEST])).split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


def readable_name(name: str) -> str:
    """A file's name as one would say it: without ending, track number and a site's additions, blanks for underscores.

    The order of what stands around a dash stays, since names do not say which is the artist, and so does every hyphen
    without blanks. Words all in small letters get capitals.

    Examples
    --------
    >>> readable_name("01 - katy_perry_-_roar (Official Video).mp3")
    'Katy Perry - Roar'
    >>> readable_name("7 rings.m4a"), readable_name("Jay-Z_song.mp3"), readable_name("Roar [CevxZvSJLk8].webm")
    ('7 Rings', 'Jay-Z song', 'Roar')
    """
    stem = SUFFIX.sub("", Path(name).name)
    said = one_line(ADDRESS.sub("", stem))
    said = one_line(ASIDE.sub("", said if " " in said and "_" not in stem else said.replace("_", " ")))
    said = one_line(TRACK.sub("", said)).strip(" -.,") or one_line(stem) or "song"
    several = " " in said and any(each.isalpha() for each in said)
    return " ".join(word[:1].upper() + word[1:] for word in said.split(" ")) if several and said.islower() else said


__all__ = ["SongNames", "one_line", "readable_name", "song_names"]
