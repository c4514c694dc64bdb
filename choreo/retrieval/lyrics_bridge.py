"""What lyrics call for: words that name a movement, when they are sung, and which clips are that movement.

As a caller's calls are danced in a square dance: "turn around" is danced while it is sung. The words and what answers
to them are in the lexicon, so nothing is trained; every line without such words says nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.retrieval.lexicon import NOT, Concept, entries, lexicon, stems_of
from choreo.retrieval.lyrics import Lyrics, SungWord, read_lyrics
from choreo.retrieval.word_search import ConceptScores
from choreo.types import Call, Candidates, Clip, Floats, Phrase

CLEARLY = 0.55
"""How well a clip must answer to be the movement: as one whose description says so, or the fifth of the clips whose
motion is most like it."""
VERY = {"high": "very-high", "low": "very-low"}
"""What is sung is called for at its full: a move that is lower than most does not get down low."""
SUNG = 8.0
"""What a bar costs in which a movement is sung and none of it danced, at a weight of 1: more than a style that is not
asked for, a role out of place or a move that comes back, less than what cannot be joined."""
ANTICIPATED = 0.5
"""Beats before a bar or phrase from which what is sung belongs to it: singers come in ahead of the beat they mean."""
BEFORE = 2
"""Words before a call within which "don't" and "never" turn it round."""


@dataclass(frozen=True)
class _Sung:
    """Stems of words that are sung for a movement, the longest first; None where they mean no movement."""

    words: Mapping[tuple[str, ...], str | None]
    eastern: Mapping[str, str]
    longest: int


@lru_cache(maxsize=1)
def _sung() -> _Sung:
    words: dict[tuple[str, ...], str | None] = {}
    eastern: dict[str, str] = {}
    for entry in entries():
        for said in entry.get("unsung", "").split():
            words[stems_of(said.replace("_", " "))] = None
        for said in entry.get("sung", "").split():
            plain = said.replace("_", " ")
            if plain.isascii() or not any(ord(letter) > 0x2FFF for letter in plain):
                words.setdefault(stems_of(plain), entry["is"])
            else:
                eastern[plain.replace(" ", "")] = entry["is"]
    return _Sung(words, eastern, max(map(len, words)))


@lru_cache(maxsize=1)
def _concepts() -> dict[str, Concept]:
    spaced, _ = lexicon()
    return {concept.name: concept for found in spaced.values() for concept in found}


def called(line: Sequence[SungWord]) -> Iterator[tuple[str, str, float]]:
    """Movements that a line calls for, in its order: the concept, the words as they are sung, when they begin.

    Examples
    --------
    >>> line = [SungWord(text, k, k + 1) for k, text in enumerate("Don't stop, turn around".split())]
    >>> list(called(line))
    [('turn', 'turn around', 2)]
    """
    known = _sung()
    stems = [stems_of(word.text.replace("\u2019", "'")) for word in line]
    plain = [found[0] if found else "" for found in stems]
    at = free = 0
    while at < len(line):
        count = next((n for n in range(known.longest, 0, -1) if tuple(plain[at : at + n]) in known.words), 0)
        if not count:
            for said, concept in known.eastern.items():
                if said in line[at].text:
                    yield concept, said, line[at].start
                    break
            at += 1
            continue
        name = known.words[tuple(plain[at : at + count])]
        before = {word.text.casefold().replace("\u2019", "'") for word in line[max(free, at - BEFORE) : at]}
        if name is not None and not before & NOT:
            yield name, " ".join(word.text.strip(".,;:!?") for word in line[at : at + count]).casefold(), line[at].start
        at = free = at + count


def calls_of(lyrics: Lyrics, clips: Sequence[Clip], weight: float) -> tuple[Call, ...]:
    """What the lyrics call for, in the order in which it is sung, with what it costs to dance each clip meanwhile.

    Movements that no clip clearly is are left out.

    Parameters
    ----------
    weight
        How much it counts; 1 is usual.
    """
    found = [call for line in lyrics.sung for call in called(line)]
    if not found or not weight:
        return ()
    measure = ConceptScores(clips)
    costs: dict[str, Floats] = {}
    for name in dict.fromkeys(name for name, _, _ in found):
        concept = _concepts()[name]
        very = {quantity: VERY.get(wanted, wanted) for quantity, wanted in concept.like.items()}
        scores = measure.scores(replace(concept, like=very))
        if scores.max(initial=0.0) >= CLEARLY:
            likeness = np.where(scores >= CLEARLY, scores, 0.0)
            costs[name] = np.asarray(weight * SUNG * (1 - likeness), np.float32)
    made = [Call(start, words, costs[name], costs[name] <= weight * SUNG * (1 - CLEARLY) + 1e-5)
            for name, words, start in found if name in costs]  # fmt: skip
    return tuple(sorted(made, key=lambda call: call.start))


def lyrics_term(calls: Sequence[Call], phrases: Sequence[Phrase]) -> Floats:
    """``(P, C)`` for each phrase what each clip costs, the mean over what is called for in it; 0 where nothing is."""
    rows = np.zeros((len(phrases), len(calls[0].costs)), np.float32)
    for row, phrase in zip(rows, phrases, strict=True):
        inside = [call.costs for call in _sung_in(calls, phrase)]
        if inside:
            row[:] = np.mean(inside, axis=0)
    return rows


def _sung_in(calls: Sequence[Call], phrase: Phrase) -> list[Call]:
    beats = phrase.beats
    first = beats[0] - ANTICIPATED * (beats[1] - beats[0])
    past = beats[-1] - ANTICIPATED * (beats[-1] - beats[-2])
    return [call for call in calls if first <= call.start < past]


def sung_here(calls: Sequence[Call], phrase: Phrase, clip: int) -> tuple[str, ...]:
    """Reasons in words: what is sung in a phrase that a clip, by its number, is the movement of."""
    inside = (call.words for call in _sung_in(calls, phrase) if call.answers[clip])
    return tuple(f"sung here: '{words}'" for words in dict.fromkeys(inside))


@dataclass(frozen=True)
class Singing:
    """Lyrics of the song that is matched, and how much what they call for counts; 1 is usual, 0 not at all."""

    lyrics: Lyrics
    weight: float = 1.0

    @classmethod
    def read(cls, path: str | Path | None, weight: float, plugin: Any) -> Singing | None:
        """Lyrics of a file, for a `plugin` that is an embedder; one that reads them itself needs no times.

        Raises
        ------
        InputError
            When the file cannot be read, or has no times and the embedder does not read lyrics.
        """
        if path is None:
            return None
        lyrics = read_lyrics(Path(path))
        if not lyrics.sung and not hasattr(plugin, "lyrics"):
            raise InputError(
                f"{path}: no line has a time, expected lines like [00:12.50]Turn around; without, nobody knows when a "
                f"movement is sung. Take an .lrc file. The embedder {plugin.name!r} reads no lyrics itself; "
                "text-bridge does, and also such without times."
            )
        return cls(lyrics, weight)

    def joined(self, found: Candidates, clips: Sequence[Clip], phrases: Sequence[Phrase]) -> Candidates:
        """Candidates with what the lyrics call for as the term ``lyrics``."""
        calls = calls_of(self.lyrics, clips, self.weight)
        if not calls:
            return found
        term = lyrics_term(calls, phrases)
        return replace(found, distances=found.distances + term, terms={**found.terms, "lyrics": term}, calls=calls)


__all__ = ["ANTICIPATED", "Singing", "called", "calls_of", "lyrics_term", "sung_here"]
