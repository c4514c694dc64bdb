"""Search for music: songs of a folder for a dance, or by words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from choreo.errors import ChoreoError, InputError
from choreo.music.audio import SOUNDS
from choreo.retrieval.match import clip_distances
from choreo.retrieval.models import load_embedder
from choreo.retrieval.search import Hit
from choreo.retrieval.song_words import song_answers
from choreo.retrieval.word_search import LEAST, combined, nearest_words
from choreo.types import Clip, MusicAnalysis


def songs_for(
    clips: Sequence[Clip],
    library: Path,
    *,
    top: int = 5,
    embedder: str = "zeroshot",
    warn: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Hit]:
    """Rank the songs of a folder for a dance, nearest first.

    The distance of a song is the mean over the clips of the distance to the nearest phrase, plus the mean over the
    phrases of the distance to the nearest clip (the term `coverage`).

    Raises
    ------
    InputError
        When the folder has no sound files. Files that cannot be analysed are left out, and `warn` gets the reason.
    """
    from choreo.music import phrases

    hits, plugin = [], None
    for path, analysis in _analysed(library, warn, progress):
        if parts := phrases(analysis):
            plugin = plugin or load_embedder(embedder)
            found = clip_distances(plugin, analysis, parts, clips)
            near = found.distances.argmin(axis=0)
            columns = np.arange(len(clips))
            terms = {name: float(term[near, columns].mean()) for name, term in found.terms.items()}
            terms["coverage"] = float(found.distances.min(axis=1).mean())
            hits.append(Hit(path.relative_to(library).as_posix(), str(path), sum(terms.values()), terms))
    return sorted(hits, key=lambda hit: (hit.distance, hit.name))[:top]


def songs_by_words(
    text: str,
    library: Path,
    *,
    top: int = 10,
    warn: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Hit]:
    """Songs of a folder that answer to words best: style, mood, tempo, energy and metre, and words of their names.

    Raises
    ------
    InputError
        When the folder has no sound files, or no song answers to any of the words.
    """
    songs = list(_analysed(library, warn, progress))
    names = [path.relative_to(library).as_posix() for path, _ in songs]
    found, unknown = song_answers(text, [song for _, song in songs], names) if songs else ([], [text])
    if not found:
        raise InputError(f"no song answers to {text[:80]!r}.{nearest_words(unknown or [text], ())}")
    distance, shares = combined(found)
    hits = []
    for n in sorted(range(len(songs)), key=lambda n: (distance[n], names[n]))[:top]:
        terms = {answer.wanted.words: float(share[n]) for answer, share in zip(found, shares, strict=True)}
        reasons = tuple(answer.reasons[n] for answer in found if answer.scores[n] > LEAST and answer.reasons[n])
        hits.append(Hit(names[n], str(songs[n][0]), float(distance[n]), terms, (songs[n][1].style,), reasons=reasons))
    return hits


def _analysed(
    library: Path, warn: Callable[[str], None] | None, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[Path, MusicAnalysis]]:
    """Songs of a folder, and what is heard of them."""
    from choreo.music import analyze_cached

    if not library.is_dir():
        raise InputError(f"{library}: no such folder. Name one with songs in it (--library).")
    files = sorted(path for path in library.rglob("*") if path.suffix.lower() in SOUNDS and path.is_file())
    if not files:
        raise InputError(f"{library}: no songs in it; looked for {', '.join(SOUNDS)}.")
    for number, path in enumerate(files):
        try:
            yield path, analyze_cached(path)
        except ChoreoError as error:
            if warn:
                warn(error.message)
        if progress:
            progress(number + 1, len(files))
