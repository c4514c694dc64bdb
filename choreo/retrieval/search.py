"""Search for dance: clips for a song, clips by words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from choreo.db.store import MotionDB
from choreo.errors import InputError
from choreo.licences import allows
from choreo.retrieval.attribution import attribute_distance
from choreo.retrieval.clip_quantities import clip_quantities
from choreo.retrieval.embedded import kept_in_database, update_vectors, vectors_as_they_are
from choreo.retrieval.embedding_cache import FOLDER, cached_embeddings
from choreo.retrieval.index import EXACT_BELOW, RECALL
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.lyrics_bridge import Singing, sung_here
from choreo.retrieval.match import clip_distances, phrase_of_length
from choreo.retrieval.models import load_embedder
from choreo.retrieval.reasons import reasons
from choreo.retrieval.vector_table import VectorTable, condition
from choreo.retrieval.word_search import LEAST, Answer, answers, combined, nearest_words
from choreo.types import Call, Candidates, Clip, MusicAnalysis, Phrase

FAMILY = 6
"""Clips fetched for each one wanted from the index, since only one of a family is returned."""
Terms = dict[str, float]
Ranked = tuple[int, float, Terms]
"""Index of a clip, its distance, and the terms of that."""
Said = dict[str, tuple[str, ...]]
"""Reasons by the id of a clip."""


@dataclass(frozen=True)
class Hit:
    """One answer of a search: a clip or song, and why.

    Attributes
    ----------
    distance
        Small is good.
    terms
        Sum to the distance, by name.
    reasons
        In words, with the values of both sides; what speaks against begins with "but", and comes last.
    tempo
        Of a song, beats a minute; for a dance that of the music under it.
    offset, warp
        For a dance: the second of the song on which its first count falls, and how many times as fast it is danced.

    Examples
    --------
    >>> from choreo import analyze, phrases
    >>> from choreo.db import default_location, ensure_starter
    >>> from choreo.retrieval import dances_for
    >>> song, clips = analyze("song.wav"), ensure_starter(default_location()).clips()
    >>> hit = dances_for(song, phrases(song), clips)[0][0]
    >>> hit.reasons[0].partition(",")[0]
    '120 beats/min'
    """

    name: str
    clip_id: str
    distance: float
    terms: dict[str, float]
    styles: tuple[str, ...] = ()
    dataset: str = ""
    licence: str = ""
    reasons: tuple[str, ...] = ()
    offset: float | None = None
    tempo: float | None = None
    warp: float | None = None


@dataclass(frozen=True)
class ClipFilter:
    """Which clips of a database may be found; all by default.

    Attributes
    ----------
    dataset, style, metre
        Facts that they have.
    licence
        What their licence allows, one of `choreo.licences.LEVELS`.
    """

    dataset: str | None = None
    style: str | None = None
    metre: int | None = None
    licence: str = "any"

    def clips(self, db: MotionDB) -> list[Clip]:
        """Clips of the database that may be found.

        Raises
        ------
        InputError
            When there are none.
        DatabaseError
        """
        found = db.clips(dataset=self.dataset, metre=self.metre, style=self.style)
        return self.require([clip for clip in found if self.permits(clip)])

    def permits(self, clip: Clip) -> bool:
        """Whether a clip may be found."""
        return (
            (self.dataset is None or clip.dataset == self.dataset)
            and (self.style is None or self.style in clip.styles)
            and (self.metre is None or clip.metre == self.metre)
            and allows(clip.licence, self.licence)
        )

    def condition(self, table: VectorTable) -> str:
        """The same for the vectors of the clips, as `choreo.retrieval.vector_table.condition`."""
        licences = None
        if self.licence != "any":
            licences = [each for each in table.values("licence") if allows(each, self.licence)]
        return condition(dataset=self.dataset, metre=self.metre, styles=self.style, licence=licences)

    @staticmethod
    def require(found: list[Clip]) -> list[Clip]:
        """Refuse to search nothing."""
        if not found:
            raise InputError("no clip is like that; 'choreo db stats' lists datasets, styles, metres and licences.")
        return found


def _hit(clip: Clip, distance: float, terms: Terms, why: tuple[str, ...]) -> Hit:
    return Hit(clip.name, clip.clip_id, distance, terms, clip.styles, clip.dataset, clip.licence, why)


def dances_for(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    *,
    top: int = 5,
    embedder: str = "zeroshot",
    lyrics: str | Path | None = None,
    lyrics_weight: float = 1.0,
    cache: Path | None = None,
    words: str = "",
) -> list[list[Hit]]:
    """The `top` clips that fit each phrase best, nearest first; at most one of a family (variations of one move).

    From 50,000 clips on, an approximate index is searched if the embedder's distance is the cosine.

    Parameters
    ----------
    lyrics, lyrics_weight
        As in `choreo.retrieve`; with lyrics that have times all clips are compared.
    cache
        Folder of the cache of embeddings, see `choreo.retrieval.embedding_cache`.
    words
        Only of the clips that answer to these words as `by_words` has them, and of these the better half.

    Raises
    ------
    DatabaseError
        When there are no clips.
    InputError, PluginError
        When the embedder is not trained, or the lyrics cannot be used.
    """
    said: Said = {}
    if words:
        clips, said = _answering(words, clips)
    plugin = load_embedder(embedder, lyrics=lyrics)
    singing = Singing.read(lyrics, lyrics_weight, plugin)
    return _saying(said, _dances_among(plugin, analysis, phrases, clips, top, cache, singing))


def dances_in(
    db: MotionDB,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    *,
    top: int = 5,
    embedder: str = "zeroshot",
    lyrics: str | Path | None = None,
    lyrics_weight: float = 1.0,
    wanted: ClipFilter | None = None,
    words: str = "",
    tell: Callable[[str], None] | None = None,
    warn: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[list[Hit]]:
    """`dances_for` with the clips of a database, however many: of those that are not found nothing is held.

    Where the vectors of a learned embedder do not fit in memory, or the database is in object storage, they are kept
    beside the clips and searched there (`choreo.retrieval.vector_table`).

    Parameters
    ----------
    lyrics, lyrics_weight, words
        As in `dances_for`; then all clips are compared.
    tell
        Called with a line that says how many vectors are searched, how, and what share of the nearest is found.
    warn
        Called with a line when the vectors cannot be brought up to date.
    progress
        Called with how many clips are embedded, and how many there are to embed.

    Raises
    ------
    DatabaseError
        When the database has no clips, is damaged, or its vectors cannot be made.
    InputError, PluginError
        When no clip is wanted, the embedder is not trained, or the lyrics cannot be used.
    """
    wanted, plugin = wanted or ClipFilter(), load_embedder(embedder, lyrics=lyrics)
    singing = Singing.read(lyrics, lyrics_weight, plugin)
    kept = isinstance(plugin, LearnedEmbedder) and plugin.by_cosine and kept_in_database(db, plugin)
    if words or singing or not kept:
        clips, said = wanted.clips(db), Said()
        if words:
            clips, said = _answering(words, clips)
        indexed = singing is None and isinstance(plugin, LearnedEmbedder) and plugin.by_cosine
        if tell and indexed and len(clips) >= EXACT_BELOW:
            tell(
                f"Searching {len(clips):,} vectors of {plugin.name} by an inverted file in memory: {RECALL:.0%} of "
                "the nearest are found, measured on some of them."
            )
        cache = None if db.folder is None else db.folder / FOLDER
        return _saying(said, _dances_among(plugin, analysis, phrases, clips, top, cache, singing))
    if db.unwritable():
        table = vectors_as_they_are(db, plugin, warn or (lambda _: None))
    else:
        table = update_vectors(db, plugin, progress=progress)
    if tell:
        tell(table.told())
    return _dances_near(plugin, table, db, analysis, phrases, wanted, top)


def _dances_near(
    plugin: LearnedEmbedder,
    table: VectorTable,
    db: MotionDB,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    wanted: ClipFilter,
    top: int,
) -> list[list[Hit]]:
    """Nearest clips of each phrase by the vectors in the database; one search for each length of clip."""
    where = wanted.condition(table)
    near: list[list[tuple[str, float]]] = [[] for _ in phrases]
    for count in table.values("counts") if plugin.lengths else [None]:
        parts = [phrase_of_length(analysis, phrase, count) for phrase in phrases] if count else phrases
        limited = " AND ".join(filter(None, (where, condition(counts=count))))
        for hits, found in zip(
            near, table.search(plugin.embed_music(analysis, parts), FAMILY * top, limited), strict=True
        ):
            hits += found
    # facts are looked at again: those beside the vectors decide what is looked for, not what may be shown
    read = db.clips(ids=sorted({key for hits in near for key, _ in hits}))
    clips = ClipFilter.require([clip for clip in read if wanted.permits(clip)])
    column = {clip.clip_id: n for n, clip in enumerate(clips)}
    ranked = [
        [
            (column[key], far, {plugin.name: far})
            for key, far in sorted(hits, key=lambda hit: hit[::-1])
            if key in column
        ]
        for hits in near
    ]
    return _shown(plugin, analysis, phrases, clips, ranked, top)


def _dances_among(
    plugin: Any,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    top: int,
    cache: Path | None,
    singing: Singing | None = None,
) -> list[list[Hit]]:
    ranked: Sequence[Iterable[Ranked]]
    calls: Sequence[Call] = ()
    if singing is None and isinstance(plugin, LearnedEmbedder) and plugin.by_cosine and len(clips) >= EXACT_BELOW:
        ranked = _search_index(plugin, analysis, phrases, clips, FAMILY * top, cache)
    else:
        found = clip_distances(plugin, analysis, phrases, clips, singing)
        ranked, calls = [_in_order(found, p) for p in range(len(phrases))], found.calls
    shown = _shown(plugin, analysis, phrases, clips, ranked, top)
    return _with_calls(shown, calls, phrases, clips) if calls else shown


def _with_calls(
    shown: list[list[Hit]], calls: Sequence[Call], phrases: Sequence[Phrase], clips: Sequence[Clip]
) -> list[list[Hit]]:
    """Hits with what is sung in their phrase and what they are the movement of, as a reason."""
    column = {clip.clip_id: n for n, clip in enumerate(clips)}
    return [
        [replace(hit, reasons=(*sung_here(calls, phrase, column[hit.clip_id]), *hit.reasons)) for hit in hits]
        for phrase, hits in zip(phrases, shown, strict=True)
    ]


def _shown(
    plugin: Any,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    ranked: Sequence[Iterable[Ranked]],
    top: int,
) -> list[list[Hit]]:
    """The first `top` of the clips for each phrase, one of a family, and why."""
    kept = [
        _with_attribution(plugin, analysis, phrases, phrase, _one_per_family(clips, row, top))
        for phrase, row in zip(phrases, ranked, strict=True)
    ]
    shown = list({clip.clip_id: clip for hits in kept for clip, _, _ in hits}.values())
    seen = dict(zip((clip.clip_id for clip in shown), clip_quantities(shown), strict=True))
    return [
        [
            _hit(clip, distance, terms, reasons(analysis, phrase, clip, terms, quantities=seen[clip.clip_id]))
            for clip, distance, terms in hits
        ]
        for phrase, hits in zip(phrases, kept, strict=True)
    ]


def _in_order(found: Candidates, p: int) -> Iterator[Ranked]:
    """Clips for phrase number `p`, the nearest first, one by one: few of them are looked at."""
    row = found.distances[p]
    for n in np.argsort(row, kind="stable").tolist():
        yield n, float(row[n]), {name: float(term[p, n]) for name, term in found.terms.items()}


def _search_index(
    plugin: LearnedEmbedder,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    top: int,
    cache: Path | None,
) -> list[list[Ranked]]:
    """Nearest clips of each phrase by the index; one search for each length of clip, as in `choreo.retrieval.match`."""
    index = cached_embeddings(plugin, clips, cache)
    column = {clip.clip_id: n for n, clip in enumerate(clips)}
    # the cache may hold clips that were not asked for; -1 keeps them out
    at = np.array([column.get(key, -1) for key in index.keys])
    counts = np.array([clip.counts for clip in clips])
    ranked: list[list[Ranked]] = [[] for _ in phrases]
    for count in np.unique(counts).tolist() if plugin.lengths else [0]:
        parts = [phrase_of_length(analysis, phrase, count) for phrase in phrases] if count else phrases
        allowed = (at >= 0) & ((counts[at] == count) if count else True)
        rows, far = index.search(plugin.embed_music(analysis, parts), top, allowed)
        for hits, found, distances in zip(ranked, rows, far, strict=True):
            hits += [
                (int(at[n]), float(d), {plugin.name: float(d)}) for n, d in zip(found, distances, strict=True) if n >= 0
            ]
    return [sorted(hits, key=lambda hit: (hit[1], clips[hit[0]].clip_id)) for hits in ranked]


def _one_per_family(clips: Sequence[Clip], ranked: Iterable[Ranked], top: int) -> list[tuple[Clip, float, Terms]]:
    hits: dict[str, tuple[Clip, float, Terms]] = {}
    for column, distance, terms in ranked:
        if len(hits) == top:
            break
        hits.setdefault(clips[column].family, (clips[column], distance, terms))
    return list(hits.values())


def _with_attribution(
    plugin: Any,
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    phrase: Phrase,
    hits: list[tuple[Clip, float, Terms]],
) -> list[tuple[Clip, float, Terms]]:
    """Replace the one term of a learned distance by its attribution to qualities of the music."""
    if not isinstance(plugin, LearnedEmbedder) or not plugin.uses_features:
        return hits
    out = []
    for clip, distance, _ in hits:
        part = phrase_of_length(analysis, phrase, clip.counts) if plugin.lengths else phrase
        shares = attribute_distance(plugin, analysis, part, plugin.embed_motion([clip]), phrases)
        out.append((clip, distance, {name: float(share[0]) for name, share in shares.items()}))
    return out


def by_words(
    text: str, clips: Iterable[Clip], *, top: int = 10, progress: Callable[[int, int], None] | None = None
) -> list[Hit]:
    """Clips that answer to words best, nearest first, by the `choreo.retrieval.lexicon`; at most one of a family.

    Words reach names, styles and descriptions of moves, and what the motion measures. The distance is one less the
    geometric mean of how well a clip answers to each part of the query; words that mean nothing to any clip are left
    out, and told in `Hit.reasons`.

    Raises
    ------
    InputError
        When no clip answers to any of the words; it names words that would be answered.
    """
    clips = list(clips)
    found, unknown = _answers(text, clips, progress)
    distance, shares = combined(found)
    order = sorted(range(len(clips)), key=lambda n: (distance[n], clips[n].role != "move", clips[n].name))
    hits: dict[str, Hit] = {}
    left_out = tuple(f"{word!r} not known" for word in unknown)
    for n in order:
        if len(hits) == top or distance[n] >= 1 - LEAST:
            break
        clip = clips[n]
        terms = {answer.wanted.words: float(share[n]) for answer, share in zip(found, shares, strict=True)}
        hits.setdefault(_one_move(clip), _hit(clip, float(distance[n]), terms, _reasons_of(found, n) + left_out))
    return list(hits.values())


def _answers(
    text: str, clips: Sequence[Clip], progress: Callable[[int, int], None] | None = None
) -> tuple[list[Answer], list[str]]:
    """What clips answer to words, and the words that mean nothing to any.

    Raises
    ------
    InputError
        When no clip answers to any of the words.
    """
    found, unknown = answers(text, clips, clip_quantities(clips, progress=progress))
    if not found:
        raise InputError(f"no clip answers to {text[:80]!r}.{nearest_words(unknown or [text], clips)}")
    return found, unknown


def _answering(text: str, clips: Sequence[Clip]) -> tuple[list[Clip], Said]:
    """Clips that answer to words, the better half of them, and why each does."""
    found, _ = _answers(text, clips)
    distance, _ = combined(found)
    good = np.flatnonzero(distance < 1 - LEAST)
    half = good[distance[good] <= np.median(distance[good])].tolist()
    return [clips[n] for n in half], {clips[n].clip_id: _reasons_of(found, n) for n in half}


def _reasons_of(found: Sequence[Answer], n: int) -> tuple[str, ...]:
    return tuple(answer.reasons[n] for answer in found if answer.scores[n] > LEAST)


def _saying(said: Said, found: list[list[Hit]]) -> list[list[Hit]]:
    """Hits with what is said of their clips before their own reasons."""
    return [[replace(hit, reasons=(*said.get(hit.clip_id, ()), *hit.reasons)) for hit in hits] for hits in found]


def _one_move(clip: Clip) -> str:
    """What clips share that look like one move: a move and its variations."""
    return clip.family if clip.family != clip.clip_id else clip.move or clip.clip_id
