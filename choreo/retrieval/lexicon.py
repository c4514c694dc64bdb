"""The lexicon: words that people have for dancing, in eight languages, and what in a clip or song answers to them.

The entries are in ``lexicon.yaml``. A query is read from left to right, the longest known words first; endings of
English words do not matter, nor accents, and Chinese, Japanese and Korean words are found without spaces around them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from choreo.retrieval.words import COMMON

LANGUAGES = ("en", "de", "fr", "es", "it", "ja", "ko", "zh")
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
REFUSALS = """
no not without never don't dont can't cant won't non kein keine nicht ohne sans pas sin senza
"""
NOT = frozenset(re.findall(r"\S+", REFUSALS))
"""Words after which the next concept is not wanted."""
SAYING_NOTHING = """
very really quite more most some something like feel feels feeling want looks look sort lot lots bit too also only
just sehr etwas mit und der die das ein eine une le la les des du avec et el los las con y muy il lo gli un uno e di del
molto qui que che im am zu around across into up at over under then through
"""
FILLERS = COMMON | frozenset(re.findall(r"\S+", SAYING_NOTHING))
"""Words that say nothing about a dance."""
LONGEST = 4
"""Words of the longest entry."""
ENDINGS = ("ings", "ing", "ers", "ies", "ied", "ed", "es", "ly", "er", "s")


@dataclass(frozen=True)
class Concept:
    """What some words mean: styles, words of moves, quantities and roles of clips that answer to them.

    ``like`` says of quantities whether they are ``low``, ``high`` or ``very-high`` among the clips. Where it is
    `measured`, that alone is an answer. Words of moves answer to a `mood` in their names, not in their descriptions.
    """

    name: str
    styles: Mapping[str, float] = field(default_factory=dict)
    moves: tuple[str, ...] = ()
    like: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    measured: bool = False
    mood: bool = False
    empty: bool = False


@dataclass(frozen=True)
class Wanted:
    """A part of a query: the words as they were written, the concepts that they may mean, and whether it is refused.

    Words that are in no entry have no concepts, and are looked for in the names and descriptions of moves.
    """

    words: str
    stems: tuple[str, ...]
    concepts: tuple[Concept, ...]
    refused: bool = False


def stem(word: str) -> str:
    """A word without accents and English ending: of "spinning", "spins" and "spin" it is the same.

    Examples
    --------
    >>> [stem(word) for word in ("Spinning", "dances", "tángó", "waltzes")]
    ['spin', 'danc', 'tango', 'waltz']
    """
    text = unicodedata.normalize("NFKD", word.casefold())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    if EASTERN.search(word):
        return unicodedata.normalize("NFKC", word.casefold())
    for ending in ENDINGS:
        if text.endswith(ending) and len(text) - len(ending) >= 3:
            text = text[: -len(ending)]
            if ending in ("ies", "ied"):
                text += "y"
            if len(text) > 3 and text[-1] == text[-2] and text[-1] not in "aeiouls":
                text = text[:-1]
            break
    return text[:-1] if text.endswith("e") and len(text) > 3 else text


def stems_of(text: str) -> tuple[str, ...]:
    """Stems of the words of a text in their order."""
    return tuple(stem(word) for word in WORD.findall(text))


@lru_cache(maxsize=1)
def entries() -> tuple[Mapping[str, Any], ...]:
    """Entries of the file, in its order."""
    import yaml

    text = (files("choreo.retrieval") / "lexicon.yaml").read_text(encoding="utf-8")
    return tuple(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


@lru_cache(maxsize=1)
def idioms() -> tuple[tuple[str, ...], ...]:
    """Words of names that do not mean what they say, such as ``fall off the log``."""
    named = (entry.get("idioms", "").split() for entry in entries())
    return tuple(tuple(each.split("_")) for found in named for each in found)


@lru_cache(maxsize=1)
def lexicon() -> tuple[dict[tuple[str, ...], tuple[Concept, ...]], dict[str, tuple[Concept, ...]]]:
    """Concepts by the stems of their words, and by words that are written without spaces; idioms have none."""
    spaced: dict[tuple[str, ...], list[Concept]] = {}
    eastern: dict[str, list[Concept]] = {}
    for entry in entries():
        if "is" not in entry:
            continue
        concept = _concept(entry)
        for word in dict.fromkeys([entry["is"], *(w for key in LANGUAGES for w in entry.get(key, "").split())]):
            plain = word.replace("_", " ")
            if EASTERN.search(plain):
                eastern.setdefault(unicodedata.normalize("NFKC", plain), []).append(concept)
            else:
                known = spaced.setdefault(stems_of(plain), [])
                if concept not in known:
                    known.append(concept)
    for idiom in idioms():
        spaced.setdefault(tuple(map(stem, idiom)), [])
    return {key: tuple(found) for key, found in spaced.items()}, {key: tuple(found) for key, found in eastern.items()}


def _concept(entry: Mapping[str, Any]) -> Concept:
    styles, like = dict(entry.get("styles", {})), dict(entry.get("like", {}))
    moves = dict.fromkeys([*entry.get("moves", "").split(), entry["is"].replace(" ", "-")])
    measured = bool(like) and (entry.get("measured", False) or not styles)
    return Concept(
        entry["is"],
        styles,
        tuple(moves),
        like,
        tuple(entry.get("role", ())),
        measured,
        bool(entry.get("mood", False)),
        entry.get("says") == "nothing",
    )


def read_query(text: str) -> list[Wanted]:
    """What a query asks for, in its order; words that say nothing are left out.

    Examples
    --------
    >>> [(part.words, [concept.name for concept in part.concepts]) for part in read_query("a slow waltz with big arms")]
    [('slow', ['slow']), ('waltz', ['waltz']), ('big', ['big']), ('arms', ['arms'])]
    """
    spaced, eastern = lexicon()
    found: list[Wanted] = []
    text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    for word in sorted(eastern, key=len, reverse=True):
        if word in text:
            text = text.replace(word, " ")
            found.append(Wanted(word, (stem(word),), eastern[word]))
    words = WORD.findall(text)
    stems = [stem(word) for word in words]
    at, refused = 0, False
    while at < len(words):
        if words[at].casefold() in NOT:
            refused, at = True, at + 1
            continue
        count = next((n for n in range(LONGEST, 0, -1) if tuple(stems[at : at + n]) in spaced), 0)
        key = tuple(stems[at : at + max(count, 1)])
        if (count > 1 or words[at].casefold() not in FILLERS) and len(key[0]) > 1:
            found.append(Wanted(" ".join(words[at : at + len(key)]), key, spaced.get(key, ()), refused))
            refused = False
        at += len(key)
    said = [part for part in found if not (part.concepts and all(concept.empty for concept in part.concepts))]
    return list({(part.stems, part.refused): part for part in said or found}.values())


def known_words() -> Iterable[str]:
    """Words of the lexicon that are written with letters, as they stand there."""
    spaced, _ = lexicon()
    return (" ".join(key) for key in spaced)


__all__ = ["Concept", "Wanted", "entries", "idioms", "known_words", "lexicon", "read_query", "stem", "stems_of"]
