"""Songs by words: style, energy, tempo and metre of music, under the words that people have for dancing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from choreo.retrieval.lexicon import Concept, Wanted, stems_of
from choreo.retrieval.song_facts import SongFacts
from choreo.retrieval.word_search import MODIFIED, PLAIN, Answer, answered, likeness, ranks_of
from choreo.types import Doubles

HEARD = {"energy": "energy", "speed": "energy", "tempo": "tempo", "feet": "tempo", "sharp": "strokes", "still": "rest"}
"""Quantities of motion, and what in music is alike."""
NAMED = 0.9
"""What a word of the file's name counts."""


def song_answers(text: str, songs: Sequence[SongFacts], names: Sequence[str]) -> tuple[list[Answer], list[str]]:
    """How well each song answers to each part of a query, and the words that mean nothing to any, as for clips.

    Parameters
    ----------
    names
        Of the songs' files, whose words count as well.
    """
    ranks = ranks_of({name: np.array([_heard(song)[name] for song in songs]) for name in _heard(songs[0])})
    written = [stems_of(name.replace("_", " ").replace("-", " ")) for name in names]

    def scored(part: Wanted) -> tuple[Doubles, list[str]]:
        scores = np.array([NAMED if set(part.stems) <= set(words) else 0.0 for words in written])
        reasons = [f"called {part.words}" if score else "" for score in scores.tolist()]
        for concept in part.concepts:
            mine, why = _concept_scores(concept, songs, ranks)
            for n in np.flatnonzero(mine > scores).tolist():
                reasons[n] = why[n]
            scores = np.maximum(scores, mine)
        return scores, reasons

    return answered(text, scored, 0)


def _heard(song: SongFacts) -> dict[str, float]:
    energy = song.loudness + 20 * song.strokes
    return {"energy": energy, "tempo": song.tempo, "strokes": song.strokes, "rest": -song.strokes}


def _concept_scores(
    concept: Concept, songs: Sequence[SongFacts], ranks: Mapping[str, Doubles]
) -> tuple[Doubles, list[str]]:
    """Scores ``(S,)`` of a concept, and what to say of each song."""
    style, which = np.zeros(len(songs)), [""] * len(songs)
    for n, song in enumerate(songs):
        heard = song.styles or ({} if song.style == "unknown" else {song.style: 1.0})
        shares = {name: share * concept.styles[name] for name, share in heard.items() if name in concept.styles}
        if shares:
            style[n] = min(sum(shares.values()), 1.0)
            which[n] = max(shares, key=lambda name: shares[name])
    wanted = {HEARD[name]: want for name, want in concept.like.items() if name in HEARD}
    like = np.mean([likeness(want, ranks[name]) for name, want in wanted.items()], axis=0) if wanted else None
    told = [f"{concept.name}: {name}, {100 * share:.0f} % sure" for name, share in zip(which, style, strict=True)]
    if like is None:
        return style, told
    scores = style * (1 - MODIFIED + MODIFIED * like)
    if concept.measured:
        scores = np.maximum(scores, like)
        places = [
            ", ".join(f"{PLAIN.get(name, name)} above {100 * ranks[name][n]:.0f} % of the songs" for name in wanted)
            for n in range(len(songs))
        ]
        told = [f"{concept.name}: {place}" for place in places]
    return scores, told


__all__ = ["song_answers"]
