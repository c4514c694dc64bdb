"""Search in both directions and by words: dances for a song, songs for a dance, dances by what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.db.stored import fetch_motions
from choreo.errors import ChoreoError, InputError
from choreo.motion.tags import clip_words
from choreo.music.audio import SOUNDS
from choreo.retrieval.attribution import reasons
from choreo.retrieval.embedding_cache import shelved
from choreo.retrieval.index import EXACT_BELOW
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.match import measured, of_length, retrieve
from choreo.retrieval.models import ready
from choreo.types import Clip, MusicAnalysis, Phrase

SYNONYMS = {
    "turning": "turn", "turns": "turn", "spin": "turn", "rotate": "turn", "travelling": "travel", "traveling": "travel",
    "walking": "travel", "jumping": "jump", "jumps": "jump", "hop": "jump", "leap": "jump", "floor": "low",
    "down": "low", "crouch": "low", "kicks": "kick", "kicking": "kick", "quick": "fast",
    "energetic": "strong", "powerful": "strong",
    "gentle": "calm", "quiet": "calm", "soft": "calm", "ballroom": "ballroom", "arms": "arms-high", "waltzes": "waltz",
    "place": "spot", "hip-hop": "hiphop",
}  # fmt: skip
"""Words that people use for `motion_tags` and the like."""


FAMILY = 6
"""Clips fetched for each one wanted, since those of one family count once."""
Terms = dict[str, float]
Ranked = tuple[int, float, Terms]
"""A clip's number, its distance, and what that consists of."""


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


def _hit(clip: Clip, distance: float, terms: Terms) -> Hit:
    return Hit(clip.name, clip.clip_id, distance, terms, clip.styles, clip.dataset, clip.licence)


def dances_for(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    *,
    top: int = 5,
    embedder: str = "zeroshot",
    lyrics: str | Path | None = None,
    kept: Path | None = None,
) -> list[list[Hit]]:
    """The `top` clips that fit each phrase best, nearest first; one of a family (manners of one move) a phrase.

    From 50,000 clips on, an embedder whose distance is the cosine is asked through an approximate index.

    Parameters
    ----------
    kept
        Folder in which the embeddings of clips are kept for the next time.

    Raises
    ------
    DatabaseError
        When there are no clips.
    InputError, PluginError
        When the embedder is not trained, or does not understand the lyrics.
    """
    plugin = ready(embedder, lyrics=lyrics)
    if isinstance(plugin, LearnedEmbedder) and plugin.by_cosine and len(clips) >= EXACT_BELOW:
        ranked = _along_index(plugin, analysis, phrases, clips, FAMILY * top, kept)
    else:
        found = measured(plugin, analysis, phrases, clips)
        ranked = [
            [(n, float(row[n]), {name: float(term[p, n]) for name, term in found.terms.items()}) for n in order]
            for p, row in enumerate(found.distances)
            for order in [np.argsort(row, kind="stable").tolist()]
        ]
    return [
        [_hit(*hit) for hit in _with_reasons(plugin, analysis, phrases, phrase, _one_a_family(clips, row, top))]
        for phrase, row in zip(phrases, ranked, strict=True)
    ]


def _along_index(
    plugin: LearnedEmbedder,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    top: int,
    kept: Path | None,
) -> list[list[Ranked]]:
    """The nearest clips of each phrase, those of each length asked for with as much music as they last."""
    index = shelved(plugin, clips, kept)
    column = {clip.clip_id: n for n, clip in enumerate(clips)}
    at = np.array([column.get(key, -1) for key in index.keys])
    counts = np.array([clip.counts for clip in clips])
    ranked: list[list[Ranked]] = [[] for _ in phrases]
    for count in np.unique(counts).tolist() if plugin.lengths else [0]:
        parts = [of_length(analysis, phrase, count) for phrase in phrases] if count else phrases
        allowed = (at >= 0) & ((counts[at] == count) if count else True)
        rows, far = index.search(plugin.embed_music(analysis, parts), top, allowed)
        for hits, found, distances in zip(ranked, rows, far, strict=True):
            hits += [
                (int(at[n]), float(d), {plugin.name: float(d)}) for n, d in zip(found, distances, strict=True) if n >= 0
            ]
    return [sorted(hits, key=lambda hit: (hit[1], clips[hit[0]].clip_id)) for hits in ranked]


def _one_a_family(clips: Sequence[Clip], ranked: Iterable[Ranked], top: int) -> list[tuple[Clip, float, Terms]]:
    hits: dict[str, tuple[Clip, float, Terms]] = {}
    for column, distance, terms in ranked:
        if len(hits) == top:
            break
        hits.setdefault(clips[column].family, (clips[column], distance, terms))
    return list(hits.values())


def _with_reasons(
    plugin: Any,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    phrase: Phrase,
    hits: list[tuple[Clip, float, Terms]],
) -> list[tuple[Clip, float, Terms]]:
    """Hits with what each quality of the music does, where a distance has been learnt as a whole."""
    if not isinstance(plugin, LearnedEmbedder) or not plugin.uses_features:
        return hits
    out = []
    for clip, distance, _ in hits:
        part = of_length(analysis, phrase, clip.counts) if plugin.lengths else phrase
        shares = reasons(plugin, analysis, part, plugin.embed_motion([clip]), phrases)
        out.append((clip, distance, {name: float(share[0]) for name, share in shares.items()}))
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
    clips = list(clips)
    fetch_motions(clips)
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
