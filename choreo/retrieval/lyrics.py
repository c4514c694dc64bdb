"""Lyrics: lines and words of a song, with the times at which they are sung where a file has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.errors import InputError
from choreo.foreign.files import read_bytes
from choreo.retrieval.words import words_of

LARGEST = 1 << 20
"""Bytes of a file."""
MOST = 100_000
"""Words with times, those of lines that are sung again counted again."""
TIME = r"(\d{1,4}):(\d{1,2}(?:[.:]\d{1,3})?)"
STAMP = re.compile(rf"\[{TIME}\]")
WORD_STAMP = re.compile(rf"<{TIME}>")
TAG = re.compile(r"\s*\[[a-zA-Z#]+:")
OFFSET = re.compile(r"\s*\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE)
SPOKEN = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
PACE = 0.5
"""Most seconds that a word lasts where only its line has a time: songs have two words a second or more."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class SungWord:
    """A word as it is written, and when it is sung: `start` and `end` in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Lyrics:
    """Lines of lyrics: start in seconds (NaN when not known) and words; `sung` are those with times, word by word."""

    lines: tuple[tuple[float, tuple[str, ...]], ...]
    sung: tuple[tuple[SungWord, ...], ...] = ()

    def within(self, start: float, end: float) -> tuple[str, ...]:
        """Words of lines that begin between two times, else of the line being sung; all words without times."""
        if all(np.isnan(at) for at, _ in self.lines):
            return tuple(word for _, words in self.lines for word in words)
        begun = [(at, words) for at, words in self.lines if at < end]
        late = [words for at, words in begun if at >= start] or [words for _, words in begun[-1:]]
        return tuple(word for words in late for word in words)


def read_lyrics(path: Path) -> Lyrics:
    """Read lyrics: plain text, or LRC with times of lines in brackets, and of words in angle brackets if it has them.

    Raises
    ------
    InputError
        When the file cannot be read, is no text in UTF-8 or UTF-16, is over 1 MiB, has no words, or repeats so many
        lines that they have over `MOST` words.

    Examples
    --------
    >>> from pathlib import Path
    >>> Path("song.lrc").write_text("[00:12.00]<00:12.50>Turn <00:13.00>around")
    41
    >>> [(word.text, word.start) for word in read_lyrics(Path("song.lrc")).sung[0]]
    [('Turn', 12.5), ('around', 13.0)]
    """
    lines: list[tuple[float, tuple[str, ...]]] = []
    timed: list[tuple[float, float, str]] = []
    later, count = 0.0, 0
    for line in _text(path).splitlines():
        if found := OFFSET.match(line):
            later = -int(found[1]) / 1000  # as players have it: positive is sooner
        if TAG.match(line):
            continue
        times = [_seconds(*stamp) for stamp in STAMP.findall(line)]
        text = STAMP.sub(" ", line)
        words = words_of(WORD_STAMP.sub(" ", text))
        if times:
            count += len(times) * max(1, len(SPOKEN.findall(text)))
            if count > MOST:
                raise InputError(f"{path}: found over {MOST:,} words with times, expected the lyrics of one song.")
            timed += [(at, times[0], text) for at in times]
        if words:
            lines += [(at, words) for at in times or [float("nan")]]
    if not lines:
        raise InputError(f"{path}: no words in it; expected lyrics as .txt or .lrc.")
    timed.sort(key=lambda line: line[0])
    ends = [*(at for at, _, _ in timed), float("inf")][1:]
    sung = [tuple(_words(at, end, text, at - own, later)) for (at, own, text), end in zip(timed, ends, strict=True)]
    moved = [(at + later, words) for at, words in lines]
    return Lyrics(tuple(sorted(moved, key=lambda line: (np.isnan(line[0]), line[0]))), tuple(filter(None, sung)))


def _text(path: Path) -> str:
    data = read_bytes(path, LARGEST)
    encoding = "utf-16" if data[:2] in UTF16 else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: is not text in UTF-8 or UTF-16 (byte {error.start}). Save it as UTF-8 in a text editor."
        ) from error


def _seconds(minutes: str, seconds: str) -> float:
    return 60 * float(minutes) + float(seconds.replace(":", "."))


def _words(start: float, end: float, text: str, again: float, later: float) -> Iterator[SungWord]:
    """Words of a line with their times; between the times that are written, by the length of the words.

    A line that is sung `again` seconds after its first time has the times of its words so much later, too.
    """
    parts = WORD_STAMP.split(text)
    heads = [start, *(_seconds(*pair) + again for pair in zip(parts[1::3], parts[2::3], strict=True))]
    tails = [*heads[1:], end]
    for begin, finish, part in zip(heads, tails, parts[0::3], strict=True):
        words = SPOKEN.findall(part)
        letters = np.cumsum([0, *map(len, words)])
        span = max(0.0, min(finish - begin, PACE * len(words)))
        times = begin + later + span * letters / max(1, int(letters[-1]))
        for word, a, b in zip(words, times[:-1].tolist(), times[1:].tolist(), strict=True):
            yield SungWord(word, a, b)


__all__ = ["Lyrics", "SungWord", "read_lyrics"]
