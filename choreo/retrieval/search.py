"""Search in both directions and by words: dances for a song, songs for a dance, dances by what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.errors import ChoreoError, InputError
from choreo.motion.tags import clip_words
from choreo.retrieval.match import retrieve
from choreo.types import Clip, MusicAnalysis, Phrase

SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".aiff", ".aif", ".wma", ".mp4", ".mkv", ".webm")
SYNONYMS = {
    "turning": "turn", "turns": "turn", "spin": "turn", "rotate": "turn", "travelling": "travel", "traveling": "travel",
    "walking": "travel", "jumping": "jump", "jumps": "jump", "hop": "jump", "leap": "jump", "floor": "low",
    "down": "low", "crouch": "low", "kicks": "kick", "kicking": "kick", "quick": "fast",
    "energetic": "strong", "powerful": "strong",
    "gentle": "calm", "quiet": "calm", "soft": "calm", "ballroom": "ballroom", "arms": "arms-high", "waltzes": "waltz",
    "place": "spot", "hip-hop": "hiphop",
}  # fmt: skip
"""Words that people use for `motion_tags` and the like."""


@dataclass(frozen=True)
class Hit:
    """One answer: what it is, how far it is from what was asked for, and why, in named terms that sum to that."""

    name: str
    clip_id: str
    distance: float
    terms: dict[str, float]
    styles: tuple[str, ...] = ()
    dataset: str = ""
    licence: str = ""


def _hit(clip: Clip, distance: float, terms: dict[str, float]) -> Hit:
    return Hit(clip.name, clip.clip_id, distance, terms, clip.styles, clip.dataset, clip.licence)


def dances_for(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    *,
    top: int = 5,
    embedder: str = "zeroshot",
    lyrics: str | Path | None = None,
) -> list[list[Hit]]:
    """The `top` clips that fit each phrase best, nearest first; one of a family (manners of one move) a phrase.

    Raises
    ------
    DatabaseError
        When there are no clips.
    InputError, PluginError
        When the embedder is not trained, or does not understand the lyrics.
    """
    found = retrieve(analysis, phrases, clips, embedder=embedder, lyrics=lyrics)
    by_id = {clip.clip_id: clip for clip in clips}
    out = []
    for row in range(len(phrases)):
        hits: list[Hit] = []
        seen: set[str] = set()
        for column in np.argsort(found.distances[row], kind="stable").tolist():
            clip = by_id[found.clip_ids[column]]
            if clip.family in seen:
                continue
            seen.add(clip.family)
            terms = {name: float(term[row, column]) for name, term in found.terms.items()}
            hits.append(_hit(clip, float(found.distances[row, column]), terms))
            if len(hits) == top:
                break
        out.append(hits)
    return out


def songs_for(
    clips: Sequence[Clip],
    library: Path,
    *,
    top: int = 5,
    embedder: str = "zeroshot",
    told: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Hit]:
    """Rank the songs of a folder for a dance, nearest first.

    A song is as near as its phrases are on average to the nearest clip of the dance, and the clips to the nearest
    phrase.

    Raises
    ------
    InputError
        When the folder has no sound files. Files that cannot be heard are left out, and `told` hears why.
    """
    from choreo.music import analyze_cached, phrases

    if not library.is_dir():
        raise InputError(f"{library}: no such folder. Name one with songs in it (--library).")
    files = sorted(path for path in library.rglob("*") if path.suffix.lower() in SOUNDS and path.is_file())
    if not files:
        raise InputError(f"{library}: no songs in it; looked for {', '.join(SOUNDS)}.")
    hits = []
    for number, path in enumerate(files):
        try:
            analysis = analyze_cached(path)
            parts = phrases(analysis)
        except ChoreoError as error:
            if told:
                told(error.message)
            continue
        if parts:
            found = retrieve(analysis, parts, clips, embedder=embedder)
            near = found.distances.argmin(axis=0)
            columns = np.arange(len(clips))
            terms = {name: float(term[near, columns].mean()) for name, term in found.terms.items()}
            terms["coverage"] = float(found.distances.min(axis=1).mean())
            hits.append(Hit(path.relative_to(library).as_posix(), str(path), sum(terms.values()), terms))
        if progress:
            progress(number + 1, len(files))
    return sorted(hits, key=lambda hit: (hit.distance, hit.name))[:top]


def by_words(text: str, clips: Iterable[Clip], *, top: int = 10) -> list[Hit]:
    """Clips that answer to the most of the words, rare words first.

    Raises
    ------
    InputError
        When no clip answers to any of the words; it names words that clips do answer to.
    """
    wanted = [SYNONYMS.get(word, word) for word in re.findall(r"[a-z0-9-]+", text.lower())]
    known = [(clip, set(clip_words(clip))) for clip in clips]
    counts = {word: sum(word in words for _, words in known) for word in dict.fromkeys(wanted)}
    weights = {word: 1 + float(np.log(len(known) / count)) for word, count in counts.items() if count}
    if not weights:
        common = sorted({word for _, words in known for word in words if word.isalpha()})
        raise InputError(f"no clip answers to {text!r}. Clips answer to words like {', '.join(common[:40])}.")
    most = sum(weights.values())
    hits = []
    for clip, words in known:
        terms = {word: weight / most if word not in words else 0.0 for word, weight in weights.items()}
        if any(word in words for word in weights):
            hits.append(_hit(clip, sum(terms.values()), terms))
    return sorted(hits, key=lambda hit: (hit.distance, hit.name))[:top]
