"""Names of bones as side and words: without what programs put before and after them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from choreo.motion.skeleton import SIDES

Key = tuple[str, str]
"""Side (``left``, ``right`` or empty) and the words of a name run together, small letters."""

BEFORE = re.compile(r"mixamorig\d*|bip\d*|biped|valve|character\d*|cc|base|def|deform|j|m|c|b|bn|bone|jnt|joint|sk|avg|"
                    "armature|skeleton|rig|robot")  # fmt: skip
"""Words that programs put before a bone's name."""
AFTER = frozenset({"jnt", "jt", "bone", "bind", "bnd", "skin", "x", "m", "c", "mid"})
"""Words that programs put after a bone's name."""
OF_BODIES = frozenset(
    {"hip", "hips", "pelvis", "root", "waist", "spine", "chest", "abdomen", "torso", "body", "neck", "head", "leg",
     "thigh", "knee", "calf", "shin", "foot", "ankle", "toe", "toes", "ball", "shoulder", "collar", "clavicle", "arm",
     "elbow", "forearm", "hand", "wrist", "thumb", "index", "middle", "mid", "ring", "pinky", "little", "finger",
     "upper", "lower", "up", "fore"}
)  # fmt: skip
"""Words that are never taken for a program's, however many names begin with them."""
HELPERS = re.compile(
    r"twist|roll|ribbon|helper|corrective|share|jiggle|捩|bendy|muscle|(^|[^a-z])(ik|fk|pole|target|ctrl|mch|org)"
    r"([^a-z]|$)"
)
"""Bones that follow a joint, or steer one, and are none."""
_KANJI = {"肘": "ひじ", "膝": "ひざ", "左": " left ", "右": " right "}


def plain(name: str) -> str:
    """Name of a joint without namespace: ``mixamorig:LeftArm`` is ``LeftArm``."""
    return re.split(r"[:|]", name)[-1].strip()


def sided(name: str) -> tuple[str, str]:
    """Side (``left``, ``right`` or empty) and what is left of the name, small letters only."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", re.sub(r"^(mixamorig\d*|Bip\d+|Character\d*_)", "", plain(name)))
    words = [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]
    side = ""
    for word, meant in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        if word in words:
            side = meant
            words.remove(word)
            break
    rest = "".join(words)
    if not side:
        for word in SIDES:
            if rest.startswith(word):
                side, rest = word, rest[len(word) :]
    return side, rest


def _words(name: str) -> list[str]:
    """The words of a name, small letters; numbers are words of their own only where a sign sets them off."""
    text = unicodedata.normalize("NFKC", plain(name))
    for sign, meant in _KANJI.items():
        text = text.replace(sign, meant)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return [word for word in re.split(r"[\W_]+", text.lower()) if word]


def _side(words: list[str]) -> tuple[str, list[str]]:
    """Take the word for a side out."""
    for word, side in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
        if word in words:
            at = words.index(word)
            return side, words[:at] + words[at + 1 :]
    return "", words


def _joined(words: Sequence[str]) -> str:
    return "".join(re.sub(r"(?<!\d)0+(?=\d)", "", word) for word in words)


def _bare(words: list[str], side: str) -> list[str]:
    """Words without those that are always a program's."""
    while len(words) > 1 and BEFORE.fullmatch(words[0]):
        words = words[1:]
    while len(words) > 1 and words[-1] in AFTER and not (side and words[-1] in "xmc"):
        words = words[:-1]
    return words


def _without_common(named: list[list[str]]) -> list[list[str]]:
    """Words without first and last ones that most of the names share, and without running numbers."""
    ends = [words[-1] for words in named if len(words) > 1 and words[-1].isdigit()]
    if len(ends) >= 0.8 * len(named) and len(set(ends)) >= 0.9 * len(ends):
        named = [words[:-1] if len(words) > 1 and words[-1].isdigit() else words for words in named]
    for at in (0, 0, 0, -1, -1):
        counts = Counter(words[at] for words in named if len(words) > 1)
        word, count = counts.most_common(1)[0] if counts else ("", 0)
        if count < 0.6 * len(named) or word in OF_BODIES or (word.isdigit() and count < 0.9 * len(named)):
            continue
        inside = slice(1, None) if at == 0 else slice(None, -1)
        named = [words[inside] if len(words) > 1 and words[at] == word else words for words in named]
    return named


def key(name: str, known: frozenset[str] = frozenset()) -> Key:
    """Side and words of one name; a side that is run together with one of the `known` words is found, too.

    Examples
    --------
    >>> [key(name) for name in ("mixamorig:LeftArm", "DEF-thigh.L", "CC_Base_R_Hand", "lShldrBend", "左ひじ")]
    [('left', 'arm'), ('left', 'thigh'), ('right', 'hand'), ('left', 'shldrbend'), ('left', 'ひじ')]
    """
    return _key(_words(name), known)


def _key(words: list[str], known: frozenset[str]) -> Key:
    side, words = _side(words)
    text = _joined(_bare(words, side))
    if not side:
        for start, meant in (("left", "left"), ("right", "right"), ("l", "left"), ("r", "right")):
            if text.startswith(start) and text[len(start) :] in known:
                return meant, text[len(start) :]
            if len(start) > 1 and text.endswith(start) and text[: -len(start)] in known:
                return meant, text[: -len(start)]
    return side, text


def keys(names: Sequence[str], known: frozenset[str] = frozenset()) -> list[Key]:
    """`key` of each joint of one skeleton, without what most of its names begin or end with, and running numbers."""
    sides = [_side(_words(name)) for name in names]
    bare = _without_common([_bare(words, side) if words else [""] for side, words in sides])
    return [_key([*([side] if side else []), *words], known) for (side, _), words in zip(sides, bare, strict=True)]


def helps(name: str) -> bool:
    """Whether a bone's name says that it follows or steers a joint and is none itself."""
    return HELPERS.search(unicodedata.normalize("NFKC", plain(name)).lower()) is not None


__all__ = ["Key", "helps", "key", "keys", "plain", "sided"]
