"""Words for music and motion: lyrics, tags, and word vectors hashed from letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np

from choreo.errors import InputError
from choreo.foreign.files import read_text
from choreo.motion.tags import CALM, FAST, SLOW, STRONG
from choreo.types import Floats, MusicAnalysis, Phrase

WIDTH = 64
GRAMS = (3, 4, 5)
LARGEST = 1 << 20
STAMP = re.compile(r"\[(\d+):(\d+(?:[.:]\d+)?)\]")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
STOPS = """
a an and are as at be but by for from i i'm im in is it it's its me my of on or so that the this to we with you your oh
yeah la na ooh ah
"""
COMMON = frozenset(re.findall(r"\S+", STOPS))
"""Stop words: they say nothing about movement."""


@dataclass(frozen=True)
class Lyrics:
    """Lines of lyrics: start in seconds (NaN when not known) and words."""

    lines: tuple[tuple[float, tuple[str, ...]], ...]

    def within(self, start: float, end: float) -> tuple[str, ...]:
        """Words of lines that begin between two times, else of the line being sung; all words without times."""
        if all(np.isnan(at) for at, _ in self.lines):
            return tuple(word for _, words in self.lines for word in words)
        begun = [(at, words) for at, words in self.lines if at < end]
        late = [words for at, words in begun if at >= start] or [words for _, words in begun[-1:]]
        return tuple(word for words in late for word in words)


def words_of(text: str) -> tuple[str, ...]:
    """Words of a text in lower case, without stop words."""
    return tuple(word for word in WORD.findall(text.lower()) if word not in COMMON)


def read_lyrics(path: Path) -> Lyrics:
    """Read lyrics: plain text, or LRC with times in brackets.

    Raises
    ------
    InputError
        When the file cannot be read, is no text, is over 1 MiB or has no words.
    """
    text = read_text(path, LARGEST)
    lines = []
    for line in text.splitlines():
        words = words_of(STAMP.sub(" ", line))
        times = [60 * float(a) + float(b.replace(":", ".")) for a, b in STAMP.findall(line)]
        if words and not re.match(r"\[[a-z]+:", line):
            lines += [(at, words) for at in times or [float("nan")]]
    if not lines:
        raise InputError(f"{path}: no words in it; expected lyrics as .txt or .lrc.")
    return Lyrics(tuple(sorted(lines, key=lambda line: (np.isnan(line[0]), line[0]))))


def music_words(analysis: MusicAnalysis, phrase: Phrase, lyrics: Lyrics | None = None) -> tuple[str, ...]:
    """Words for metre, tempo, energy and style of a phrase, as clips have them too, and the lyrics sung there."""
    found = ["waltz", "three"] if phrase.metre == 3 else ["four"]
    found += ["slow"] if phrase.tempo < SLOW else ["fast"] if phrase.tempo > FAST else ["medium"]
    found += ["calm"] if phrase.energy < CALM else ["strong", "energetic"] if phrase.energy > STRONG else []
    if analysis.style != "unknown":
        found.append(analysis.style)
    if lyrics is not None:
        found += lyrics.within(float(phrase.beats[0]), float(phrase.beats[-1]))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=65536)
def word_vector(word: str) -> Floats:
    """``(WIDTH,) float32`` of unit length, hashed from letters: words of one stem are near, others nearly orthogonal.

    Hashed character n-grams (Bojanowski et al., Enriching word vectors with subword information, 2017), not learnt.
    """
    padded = f"<{word}>"
    grams = {padded, *(padded[k : k + n] for n in GRAMS for k in range(len(padded) - n + 1))}
    total = np.zeros(WIDTH)
    for gram in sorted(grams):
        total += np.random.default_rng(crc32(gram.encode())).normal(size=WIDTH) * (2 if gram == padded else 1)
    return np.asarray(total / np.linalg.norm(total), np.float32)


def word_matrix(words: Sequence[str], most: int) -> Floats:
    """Vectors of the first `most` words ``(most, WIDTH)``, padded with zeros."""
    rows = np.zeros((most, WIDTH), np.float32)
    for row, word in zip(rows, words, strict=False):
        row[:] = word_vector(word)
    return rows
