"""Words for music and motion, and vectors of words hashed from letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np

from choreo.motion.tags import CALM, FAST, SLOW, STRONG
from choreo.types import Floats, MusicAnalysis, Phrase

WIDTH = 64
GRAMS = (3, 4, 5)
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
STOPS = """
a an and are as at be but by for from i i'm im in is it it's its me my of on or so that the this to we with you your oh
yeah la na ooh ah
"""
COMMON = frozenset(re.findall(r"\S+", STOPS))
"""Stop words: they say nothing about movement."""


def words_of(text: str) -> tuple[str, ...]:
    """Words of a text in lower case, without stop words."""
    return tuple(word for word in WORD.findall(text.lower()) if word not in COMMON)


def music_words(analysis: MusicAnalysis, phrase: Phrase) -> tuple[str, ...]:
    """Words for metre, tempo, energy and style of a phrase, as clips have them too."""
    found = ["waltz", "three"] if phrase.metre == 3 else ["four"]
    found += ["slow"] if phrase.tempo < SLOW else ["fast"] if phrase.tempo > FAST else ["medium"]
    found += ["calm"] if phrase.energy < CALM else ["strong", "energetic"] if phrase.energy > STRONG else []
    if analysis.style != "unknown":
        found.append(analysis.style)
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
