"""Words that the lexicon does not have, by the words of it that a word encoder says are most like them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from choreo import plugins
from choreo.errors import InputError, PluginError
from choreo.protocols import WordEncoder
from choreo.retrieval.lexicon import Concept, entries, lexicon, stem
from choreo.types import Floats

FEW = 2
"""Words of a concept whose mean similarity counts: one alone is alike by chance more often."""


@dataclass(frozen=True)
class Taken:
    """What an unknown word is taken as: a word of the lexicon, its concepts, and how alike both are, 0 to 1."""

    word: str
    concepts: tuple[Concept, ...]
    similarity: float


def word_encoders() -> Iterator[WordEncoder]:
    """Plugins of the kind ``words`` that have what they need, in the order of their names."""
    for name in plugins.candidates("words"):
        try:
            yield plugins.ready("words", name)
        except (InputError, PluginError):
            continue


def taken_as(word: str) -> Taken | None:
    """The concept whose two words are most like a word, and the nearer of them; None when no encoder finds any.

    Raises
    ------
    PluginError
        When an encoder fails, or its vectors have not the form that it promised.
    """
    known = english_words()
    for encoder in word_encoders():
        with plugins.blame("words", encoder.name):
            vectors = np.asarray(encoder.vectors([word, *known]), np.float32)
        if vectors.ndim != 2 or len(vectors) != len(known) + 1 or not np.isfinite(vectors).all():
            raise PluginError(
                f"words plugin {encoder.name!r}: got vectors of shape {vectors.shape}, expected finite numbers, a row "
                f"for each of {len(known) + 1} words."
            )
        if (found := nearest_concept(vectors[0], vectors[1:], known)) is not None and found.similarity >= encoder.alike:
            return found
    return None


def nearest_concept(vector: Floats, others: Floats, known: tuple[str, ...]) -> Taken | None:
    """The concept whose two words are most like a vector ``(D,)``; None for zeros.

    Parameters
    ----------
    others, known
        ``(K, D)`` vectors of words of the lexicon, and these.
    """
    if not vector.any():
        return None
    spaced, _ = lexicon()
    rows: dict[str, list[int]] = {}
    concepts: dict[str, Concept] = {}
    for n, word in enumerate(known):
        for concept in spaced[(stem(word),)]:
            rows.setdefault(concept.name, []).append(n)
            concepts[concept.name] = concept
    alike = others @ vector
    best: Taken | None = None
    for name, mine in rows.items():
        order = sorted(mine, key=lambda n: (-alike[n], known[n]))[:FEW]
        mean = float(np.mean(alike[order]))
        if len(order) == FEW and (best is None or mean > best.similarity):
            best = Taken(known[order[0]], (concepts[name],), mean)
    return best


def english_words() -> tuple[str, ...]:
    """English words of the lexicon that stand alone and say something."""
    said = (entry for entry in entries() if "is" in entry and entry.get("says") != "nothing")
    return tuple(dict.fromkeys(word for entry in said for word in entry.get("en", "").split() if word.isalpha()))


__all__ = ["Taken", "english_words", "nearest_concept", "taken_as", "word_encoders"]
