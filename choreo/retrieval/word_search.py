"""Clips by words: what a query means by the lexicon, and how well each clip answers, by name, style and movement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from choreo.motion.quantities import QUANTITIES
from choreo.moves.library import starter_descriptions
from choreo.retrieval.clip_quantities import clip_quantities
from choreo.retrieval.lexicon import WORD, Concept, Wanted, idioms, known_words, read_query, stem
from choreo.retrieval.word_vectors import taken_as
from choreo.types import Clip, Doubles, Floats

NAME, DESCRIPTION = 1.0, 0.6
"""How well a clip answers to a word of its name, and to one that is only in the description of its move."""
MEASURED, MODIFIED = 0.9, 0.4
"""What movement alone counts for a concept that it answers, and how much it decides of what style or name answer."""
LEAST = 0.04
"""What a clip counts with that does not answer to a part of a query at all: it is far away, but comparable."""
BEST = 0.95
"""What the best of style, name and role counts; the next best counts the rest, so that of equals more can be said."""
SECOND = 0.85
"""What a style counts for that is not the first of a clip's."""


@dataclass(frozen=True)
class Answer:
    """How well clips answer to a part of a query, ``scores (C,)`` 0 to 1, and why, for each clip in words."""

    wanted: Wanted
    scores: Doubles
    reasons: tuple[str, ...]


Places = dict[str, set[tuple[int, int]]]
"""Clip and place in its text by word: each stem, and after ``=`` each word as it is."""


class ClipTexts:
    """What is written of clips: words of names and labels, and of the descriptions of choreo's own moves.

    Attributes
    ----------
    styles
        ``(C,)`` which clips are of a style, by its name.
    """

    def __init__(self, clips: Sequence[Clip]) -> None:
        described = starter_descriptions()
        self._count = len(clips)
        names = [" ".join([clip.name, clip.move, clip.dataset, *clip.labels]) for clip in clips]
        self._names = _places(names)
        self._meaning = _places(map(_literal, names))
        texts = [described.get(clip.move) or described.get(clip.family, "") for clip in clips]
        self._descriptions = _places(map(_literal, texts))
        named = sorted({style for clip in clips for style in clip.styles})
        self.styles = {style: np.array([style in clip.styles for clip in clips]) for style in named}

    def asked(self, part: Wanted) -> Doubles:
        """``(C,)``: `NAME` where a part of a query stands in the name, stem by stem, else `DESCRIPTION` or 0.

        What the lexicon knows counts only where it means that, as in `said`; other words wherever they stand.
        """
        if not part.concepts:
            return self._scores(self._names, part.stems, part.stems)
        described = not all(concept.mood for concept in part.concepts)
        scores = self._scores(self._meaning, part.stems, part.stems, described)
        for style, mine in self.styles.items():
            if part.stems == tuple(map(stem, style.split("-"))):
                scores = np.where(mine, scores, 0.0)
        return scores

    def said(self, words: str, *, described: bool = True) -> Doubles:
        """The same for words as they are written in names of moves, with endings; those of idioms do not count.

        Only names answer if not `described`.
        """
        plain = tuple(words.split("-"))
        return self._scores(self._meaning, tuple(f"={word}" for word in plain), tuple(map(stem, plain)), described)

    def _scores(self, names: Places, name: tuple[str, ...], text: tuple[str, ...], described: bool = True) -> Doubles:
        scores = np.zeros(self._count)
        if described:
            scores[_having(text, self._descriptions)] = DESCRIPTION
        scores[_having(name, names)] = NAME
        return scores


def _literal(text: str) -> str:
    """A name or description without the idioms in it, whose words mean something else than they say."""
    text = " ".join(WORD.findall(text.casefold().replace("_", " ")))
    for idiom in idioms():
        text = re.sub(rf"\b{' '.join(idiom)}\b", ".", text)
    return text


def _places(texts: Iterable[str]) -> Places:
    found: Places = {}
    for number, text in enumerate(texts):
        for place, word in enumerate(WORD.findall(text.casefold().replace("_", " "))):
            for key in (stem(word), f"={word}"):
                found.setdefault(key, set()).add((number, place))
    return found


def _having(key: tuple[str, ...], places: Places) -> list[int]:
    """Clips in whose text the words of `key` stand one after the other."""
    begins = places.get(key[0], set())
    for step, word in enumerate(key[1:], 1):
        begins = begins & {(number, place - step) for number, place in places.get(word, ())}
    return sorted({number for number, _ in begins})


def answers(text: str, clips: Sequence[Clip], quantities: Floats) -> tuple[list[Answer], list[str]]:
    """How well each clip answers to each part of a query.

    Parameters
    ----------
    quantities
        ``(C, len(QUANTITIES))`` of the clips, as `choreo.motion.quantities.quantities_of` has them.

    Returns
    -------
    answers, unknown
        Parts of the query that mean something to some clip, and the words that mean nothing to any, nor are like a word
        of the lexicon by a `choreo.retrieval.word_vectors` encoder.
    """
    texts, ranks = ClipTexts(clips), ranks_of(dict(zip(QUANTITIES, quantities.T, strict=True)))

    def scored(part: Wanted) -> tuple[Doubles, list[str]]:
        scores, reasons = _part_scores(part, clips, texts, ranks)
        if not part.concepts and scores.max(initial=0) <= LEAST and (taken := taken_as(part.words)) is not None:
            scores, reasons = _part_scores(replace(part, concepts=taken.concepts), clips, texts, ranks)
            told = f"{part.words!r} taken as {taken.word!r} ({taken.similarity:.2f} alike)"
            reasons = [f"{told}, {reason}" if reason else "" for reason in reasons]
        return scores, reasons

    return answered(text, scored, LEAST)


def answered(
    text: str, scored: Callable[[Wanted], tuple[Doubles, list[str]]], least: float
) -> tuple[list[Answer], list[str]]:
    """Answers to the parts of a query that score more than `least` somewhere, and the words of the others.

    What is refused ("not ...") is answered the better the less it is scored.
    """
    found, unknown = [], []
    for part in read_query(text):
        scores, reasons = scored(part)
        if part.refused:
            scores, reasons = 1 - scores, [f"not {part.words}"] * len(scores)
        if scores.max(initial=0) > least:
            found.append(Answer(part, scores, tuple(reasons)))
        else:
            unknown.append(part.words)
    return found, unknown


def _part_scores(
    part: Wanted, clips: Sequence[Clip], texts: ClipTexts, ranks: Mapping[str, Doubles]
) -> tuple[Doubles, list[str]]:
    """Scores ``(C,)`` of clips for a part of a query, and the reason for each in words."""
    scores = texts.asked(part)
    reasons = [_told(part.words, score) for score in scores.tolist()]
    for concept in part.concepts:
        mine, why = _concept_scores(concept, clips, texts, ranks)
        for n in np.flatnonzero(mine > scores).tolist():
            reasons[n] = why(n)
        scores = np.maximum(scores, mine)
    return scores, reasons


class ConceptScores:
    """How well clips answer to concepts, by names, styles and what their motion measures."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        self._clips, self._texts = clips, ClipTexts(clips)
        self._ranks = ranks_of(dict(zip(QUANTITIES, clip_quantities(clips).T, strict=True)))

    def scores(self, concept: Concept) -> Doubles:
        """``(C,)`` 0 to 1."""
        return _concept_scores(concept, self._clips, self._texts, self._ranks)[0]


def _told(words: str, score: float) -> str:
    return f"called {words}" if score == NAME else f"{words}: in its description" if score else ""


def ranks_of(values_of: Mapping[str, Floats | Doubles]) -> dict[str, Doubles]:
    """Share of all that is below, ``(C,)`` 0 to 1, by quantity; ties by half."""
    ranks = {}
    for name, values in values_of.items():
        order = np.sort(values)
        low, high = np.searchsorted(order, values, "left"), np.searchsorted(order, values, "right")
        ranks[name] = (low + high) / (2 * max(len(order), 1))
    return ranks


def likeness(wanted: str, rank: Doubles) -> Doubles:
    """How well ranks are what is wanted of them: ``very-low``, ``low``, ``middle``, ``high`` or ``very-high``."""
    if wanted == "very-high":
        return np.clip((rank - 0.5) / 0.5, 0, 1)
    if wanted == "very-low":
        return np.clip((0.5 - rank) / 0.5, 0, 1)
    if wanted == "middle":
        return 1 - 2 * np.abs(rank - 0.5)
    return rank if wanted == "high" else 1 - rank


def _concept_scores(
    concept: Concept, clips: Sequence[Clip], texts: ClipTexts, ranks: Mapping[str, Doubles]
) -> tuple[Doubles, Callable[[int], str]]:
    """Scores ``(C,)`` of one concept, and what to say of a clip."""
    style = np.zeros(len(clips))
    which = [""] * len(clips)
    for n, clip in enumerate(clips):
        for place, name in enumerate(clip.styles):
            score = concept.styles.get(name, 0.0) * (1 if place == 0 else SECOND)
            if score > style[n]:
                style[n], which[n] = score, name
    text = np.zeros(len(clips))
    word = [""] * len(clips)
    for key in concept.moves:
        mine = texts.said(key, described=not concept.mood or key == concept.name)
        if key in texts.styles:
            mine = np.where(texts.styles[key] == (key in concept.styles), mine, 0.0)
        for n in np.flatnonzero(mine > text).tolist():
            word[n] = key
        text = np.maximum(text, mine)
    role = np.array([1.0 if clip.role in concept.roles else 0.0 for clip in clips])
    both = np.sort(np.stack([style, text, role]), axis=0)
    kind = BEST * both[2] + (1 - BEST) * both[1]
    if concept.like:
        like = np.mean([likeness(wanted, ranks[name]) for name, wanted in concept.like.items()], axis=0)
    else:
        like = np.ones(len(clips))
    scores = kind * (1 - MODIFIED + MODIFIED * like)
    if concept.measured:
        scores = np.maximum(scores, MEASURED * like)

    def why(n: int) -> str:
        if concept.measured and MEASURED * like[n] >= kind[n] * (1 - MODIFIED + MODIFIED * like[n]):
            return f"{concept.name}: " + ", ".join(_place(name, ranks[name][n]) for name in concept.like)
        if text[n] >= style[n] and text[n] > 0:
            return f"{concept.name}: {word[n]}" + (" in its name" if text[n] == NAME else " in its description")
        return f"{concept.name}: {which[n]}" if style[n] > 0 else f"{concept.name}: {clips[n].role}"

    return scores, why


def _place(name: str, rank: float) -> str:
    return f"{PLAIN.get(name, name)} above {100 * rank:.0f} % of the clips"


PLAIN = {
    "arms_high": "hands high", "feet": "steps a second", "air": "time in the air", "kick": "height of the kick",
    "hips": "movement of the hips", "head": "movement of the head", "arms": "movement of the arms",
    "torso": "bending of the trunk", "low": "depth", "wide": "width", "still": "time at rest", "sharp": "sharpness",
    "travel": "way over the floor", "stride": "length of steps", "hands_near": "nearness of hands",
}  # fmt: skip
"""Quantities in words, where their names are not."""


def combined(found: Sequence[Answer]) -> tuple[Doubles, list[Doubles]]:
    """Distance ``(C,)``, 0 to 1, and each part's share of it: one less the geometric mean of the scores.

    So a clip that answers to all parts a little is nearer than one that answers fully to some and not to others.
    """
    logs = [-np.log(np.maximum(answer.scores, LEAST)) for answer in found]
    total = np.sum(logs, axis=0)
    distance = 1 - np.exp(-total / len(logs))
    share = np.divide(distance, total, out=np.zeros_like(distance), where=total > 0)
    return distance, [log * share for log in logs]


def nearest_words(unknown: Sequence[str], clips: Sequence[Clip]) -> str:
    """End of an error about words that nothing answers to: the nearest that are known."""
    from choreo.plugins import nearest

    known = {*known_words(), *(clip.move or clip.name for clip in clips), *(s for clip in clips for s in clip.styles)}
    found = dict.fromkeys(name for word in unknown for name in nearest(word, known, 3))
    return f" Known words that are near: {', '.join(found)}."
