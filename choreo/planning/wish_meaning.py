"""What wishes ask for: moves by name or by words, an energy, a style, a facing, standing still, the same again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.errors import InputError
from choreo.foreign.limits import COUNTS
from choreo.planning.clip_pool import is_known, named
from choreo.planning.style_tables import GROOVE
from choreo.planning.styles import check_style
from choreo.planning.wish_text import sided
from choreo.types import Bools, Clip

STILL = frozenset({"freeze", "still", "hold", "stand still", "pause", "stop"})
HOLD = re.compile(rf"({'|'.join(sorted(STILL))})(?: for)? (\d{{1,5}})(?: (?:counts?|beats?))?")
IDLE = frozenset({"stand", "idle", "wait"})
"""Standing as people do who wait: they breathe and shift their weight."""
SAME = frozenset({"same", "motif", "the same", "the same motif"})
LEVELS = {
    "calm": 0.1, "quiet": 0.1, "soft": 0.2, "gentle": 0.2, "relaxed": 0.3, "medium": 0.5, "strong": 0.8,
    "energetic": 0.85, "powerful": 0.85, "wild": 0.95, "wilder": 0.95, "full": 1.0,
}  # fmt: skip
"""Energies by word."""
FACINGS = {
    "front": 0.0, "forward": 0.0, "audience": 0.0, "camera": 0.0, "left": 90.0, "right": -90.0, "away": 180.0,
    "back": 180.0, "upstage": 180.0, "downstage": 0.0,
}  # fmt: skip
"""Degrees to the dancer's left from facing the audience, by word."""
FACING = re.compile(r"(?:facing|face|faces)(?: ?: ?| (?:the )?)([a-z]+|-?\d{1,3})")
ENERGY = re.compile(r"energy (?:([01]?\.\d+|[01])|(\d{1,3}) ?%)")
NEAREST = 0.15
"""Distance, of `choreo.retrieval.by_words`, beyond the best answer up to which a clip answers as well."""
CLIPS, FARTHEST = 24, 0.6
"""Clips that answer at least, as far as there are so many within a distance: some fit neither tempo nor style."""


@dataclass(frozen=True)
class Meaning:
    """What a wish asks for; one of the fields says.

    Attributes
    ----------
    still, counts
        Holding a pose dead still; for so many counts, 0 for as long as the wish's place lasts.
    idle, same
        Standing; what is danced in the first of several parts, in all of them.
    energy
        Level, 0 to 1, in place of the song's.
    style
        Style to dance in.
    facing
        Degrees to the dancer's left from facing the audience.
    moves
        Ids of clips, any of which is meant.
    by_name, mirror
        Whether `moves` are one move that was named, not what answers to words; and whether mirrored, if that is said.
    """

    still: bool = False
    counts: int = 0
    idle: bool = False
    same: bool = False
    energy: float | None = None
    style: str = ""
    facing: float | None = None
    moves: frozenset[str] = frozenset()
    by_name: bool = False
    mirror: bool | None = None


def meaning(what: str, clips: Sequence[Clip]) -> Meaning:
    """What a wish asks for.

    Raises
    ------
    InputError
        When a style is unknown, a level or a number of counts is none, or no clip answers.
    """
    words = " ".join(what.lower().split())
    if words in STILL:
        return Meaning(still=True)
    if found := HOLD.fullmatch(words):
        if not 1 <= int(found[2]) <= COUNTS:
            raise InputError(f"wish {what!r}: found {int(found[2])} counts, expected 1 to {COUNTS}.")
        return Meaning(still=True, counts=int(found[2]))
    if words in IDLE:
        return Meaning(idle=True)
    if words in SAME:
        return Meaning(same=True)
    if words in LEVELS:
        return Meaning(energy=LEVELS[words])
    if (found := FACING.fullmatch(words)) and found[1].lstrip("-").isdecimal():
        if not -180 <= int(found[1]) <= 180:
            raise InputError(f"wish {what!r}: found {found[1]} degrees, expected -180 to 180.")
        return Meaning(facing=float(found[1]))
    if found:
        if found[1] not in FACINGS:
            raise InputError(f"wish {what!r}: found {found[1]!r}, expected one of {', '.join(FACINGS)}.")
        return Meaning(facing=FACINGS[found[1]])
    if found := ENERGY.fullmatch(words):
        level = float(found[1]) if found[1] else int(found[2]) / 100
        if not 0 <= level <= 1:
            raise InputError(f"wish {what!r}: found an energy of {level:g}, expected 0 to 1.")
        return Meaning(energy=level)
    known = sorted({style for clip in clips for style in clip.styles if style != GROOVE})
    if words.startswith("style "):
        check_style(words[6:], known)
        return Meaning(style=words[6:])
    if is_known(clips, words):
        return Meaning(moves=_ids(clips, named(clips, words)), by_name=True)
    name, mirror = sided(words)
    if mirror is not None and is_known(clips, name):
        return Meaning(moves=_ids(clips, named(clips, name)), by_name=True, mirror=mirror)
    if words in known:
        return Meaning(style=words)
    return Meaning(moves=_answering(what if mirror is None else name, clips), mirror=mirror)


def is_move(what: str) -> bool:
    """Whether a wish asks for a move, by name or by words, unless its words are a style's name."""
    words = " ".join(what.lower().split())
    others = (words in STILL, words in IDLE, words in SAME, words in LEVELS, words.startswith("style "))
    return not (any(others) or HOLD.fullmatch(words) or FACING.fullmatch(words) or ENERGY.fullmatch(words))


def _ids(clips: Sequence[Clip], which: Bools) -> frozenset[str]:
    return frozenset(clip.clip_id for clip, good in zip(clips, which, strict=True) if good)


def _answering(text: str, clips: Sequence[Clip]) -> frozenset[str]:
    """Clips that answer to words about as well as the best."""
    from choreo.retrieval.clip_quantities import clip_quantities
    from choreo.retrieval.word_search import LEAST, answers, combined, nearest_words

    found, unknown = answers(text, clips, clip_quantities(clips))
    if not found or unknown:
        wrong = ", ".join(repr(word) for word in unknown) or repr(text)
        near = nearest_words(unknown or [text], clips)
        raise InputError(f"wish {text!r}: no move is called or answers to {wrong}.{near}")
    distance, _ = combined(found)
    near = np.sort(distance)[min(CLIPS, len(clips)) - 1]
    most = max(float(distance.min()) + NEAREST, min(float(near), FARTHEST))
    return _ids(clips, np.asarray((distance <= most) & (distance < 1 - LEAST)))


__all__ = ["Meaning", "is_move", "meaning"]
