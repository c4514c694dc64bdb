"""Search for music: songs of a library for a dance, like a song, or by words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.clock import clock
from choreo.db.stored import fetch_motions
from choreo.errors import InputError
from choreo.music.cache import analyze_cached
from choreo.retrieval.dance_course import Course, course_of
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.match import terms_by_length
from choreo.retrieval.models import load_embedder
from choreo.retrieval.placement import FAR, FAR_LEARNED, Placement, place
from choreo.retrieval.search import Hit
from choreo.retrieval.song_facts import SongFacts, song_facts
from choreo.retrieval.song_library import SongLibrary, Spaces, open_library
from choreo.retrieval.song_similarity import similarity_reasons, song_terms
from choreo.retrieval.song_words import song_answers
from choreo.retrieval.word_search import LEAST, combined, nearest_words
from choreo.types import Clip, Floats

Told = Callable[[str], None] | None
MoreReasons = Callable[[SongFacts, Placement], Sequence[str]]
Progress = Callable[[int, int], None] | None


def songs_for(
    clips: Sequence[Clip],
    library: Path,
    *,
    top: int = 5,
    embedder: str = "zeroshot",
    jobs: int = 0,
    warn: Told = None,
    progress: Progress = None,
    more: MoreReasons | None = None,
) -> list[Hit]:
    """Rank the songs of a library for a dance, nearest first, and say where in each of them the dance fits.

    The dance is laid onto each song from every bar on, beats on beats (`choreo.retrieval.placement.place`); a song is
    as far away as the nearest of its places. `Hit.offset` is the second of the song on which the dance's first count
    falls there, `Hit.tempo` the tempo of the music under it, and `Hit.warp` the factor by which it is danced faster.

    Parameters
    ----------
    clips
        Of one dance, as `choreo.datasets.cut_take` cuts it. Clips that were not cut from one file follow each other.
    jobs
        Processes that listen to songs that are new; 0 for one a processor.
    more
        Gives further reasons for each song, by where the dance lies in it.

    Raises
    ------
    InputError
        When there are no clips, no songs, or the embedder is not trained. Files that cannot be analysed are left out,
        and `warn` gets the reason.
    """
    if not clips:
        raise InputError("there is no clip to find songs for; a bar of dance is needed.")
    course, plugin = course_of(clips), load_embedder(embedder)
    counts = [clip.counts for clip in course.clips]
    spaces = Spaces.of(plugin, counts, embedder)
    songs = open_library(library, spaces, jobs=jobs, warn=warn, progress=progress)
    if isinstance(plugin, LearnedEmbedder):
        fetch_motions(course.clips)
    with plugins.blame("embedders", plugin.name):
        motion = np.asarray(plugin.embed_motion(course.clips), np.float32)
    hits, far = [], FAR_LEARNED if isinstance(plugin, LearnedEmbedder) else FAR
    for number, facts in enumerate(songs.facts):
        if len(facts.bars):
            with plugins.blame("embedders", plugin.name):
                terms = terms_by_length(plugin, counts, motion, partial(_music_of, songs, number))
            placed = place(course, facts, terms, far)
            hit = _placed(songs, number, course, placed)
            hits.append(replace(hit, reasons=(*hit.reasons, *more(facts, placed))) if more else hit)
    return sorted(hits, key=lambda hit: (hit.distance, hit.name))[:top]


def _music_of(songs: SongLibrary, number: int, count: int) -> Floats:
    """``(K, D)`` what an embedder made of `count` beats from each bar of a song on."""
    return songs.vectors[count][number]


def _placed(songs: SongLibrary, number: int, course: Course, placed: Placement) -> Hit:
    facts, warp = songs.facts[number], placed.tempo / course.tempo
    part = next((each.label for each in facts.sections if placed.begin < each.end - 0.05), "")
    begins = f"from {clock(placed.begin)} to {clock(placed.end)}, bar {placed.bar + 1}"
    faster = (
        f"{abs(warp - 1):.0%} {'faster' if warp > 1 else 'slower'} than" if abs(warp - 1) >= 0.005 else "as fast as"
    )
    metre = course.clips[0].metre
    reasons = [
        f"{begins}, part {part}" if part else begins,
        f"{placed.tempo:.0f} beats/min, {faster} it is danced ({course.tempo:.0f})",
        f"both count {metre}" if facts.metre == metre else f"in {facts.time_signature}, the dance counts {metre}",
    ]
    if placed.covered < 1:
        reasons.append(f"the music ends after {placed.covered:.0%} of the dance")
    return Hit(
        songs.names[number],
        str(songs.paths[number]),
        placed.distance,
        dict(placed.terms),
        _styles(facts),
        reasons=tuple(reasons),
        offset=placed.begin,
        tempo=placed.tempo,
        warp=warp,
    )


def songs_like(
    song: Path, library: Path, *, top: int = 5, jobs: int = 0, warn: Told = None, progress: Progress = None
) -> list[Hit]:
    """Songs of a library that are like a song, nearest first, and why, with the values of both; itself is left out.

    Raises
    ------
    AudioError
        When the song cannot be analysed.
    InputError
        When there are no songs. Files that cannot be analysed are left out, and `warn` gets the reason.
    """
    mine = song_facts(analyze_cached(song))
    songs = open_library(library, jobs=jobs, warn=warn, progress=progress)
    others = [number for number, facts in enumerate(songs.facts) if facts.sha256 != mine.sha256]
    if not others:
        return []
    terms = song_terms(mine, [songs.facts[number] for number in others])
    total = np.sum(list(terms.values()), axis=0)
    hits = []
    for n in sorted(range(len(others)), key=lambda n: (total[n], songs.names[others[n]]))[:top]:
        facts, each = songs.facts[others[n]], {name: float(term[n]) for name, term in terms.items()}
        hits.append(
            Hit(
                songs.names[others[n]],
                str(songs.paths[others[n]]),
                sum(each.values()),
                each,
                _styles(facts),
                reasons=similarity_reasons(mine, facts, each),
                tempo=facts.tempo,
            )
        )
    return hits


def songs_by_words(
    text: str, library: Path, *, top: int = 10, jobs: int = 0, warn: Told = None, progress: Progress = None
) -> list[Hit]:
    """Songs of a library that answer to words best: style, mood, tempo, energy and metre, and words of their names.

    Raises
    ------
    InputError
        When there are no songs, or none answers to any of the words.
    """
    songs = open_library(library, jobs=jobs, warn=warn, progress=progress)
    found, unknown = song_answers(text, songs.facts, songs.names) if songs.facts else ([], [text])
    if not found:
        raise InputError(f"no song answers to {text[:80]!r}.{nearest_words(unknown or [text], ())}")
    distance, shares = combined(found)
    hits = []
    for n in sorted(range(len(songs.facts)), key=lambda n: (distance[n], songs.names[n]))[:top]:
        terms = {answer.wanted.words: float(share[n]) for answer, share in zip(found, shares, strict=True)}
        reasons = tuple(answer.reasons[n] for answer in found if answer.scores[n] > LEAST and answer.reasons[n])
        facts, path = songs.facts[n], str(songs.paths[n])
        hits.append(
            Hit(songs.names[n], path, float(distance[n]), terms, _styles(facts), reasons=reasons, tempo=facts.tempo)
        )
    return hits


def _styles(facts: SongFacts) -> tuple[str, ...]:
    return (facts.style,)


__all__ = ["songs_by_words", "songs_for", "songs_like"]
