"""A library of songs: what is known of it is kept on disk, and only what is new or was changed is listened to."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.engines import open_engine
from choreo.environment import cache_place
from choreo.errors import AudioError, PluginError
from choreo.music.cache import analyze_cached, cached_analysis, signature
from choreo.music.phrasing import stretch
from choreo.names import path_text
from choreo.options import Listening
from choreo.retrieval.embedding_cache import model_fingerprint
from choreo.retrieval.learned import LearnedEmbedder
from choreo.retrieval.models import load_embedder
from choreo.retrieval.song_facts import VERSION, SongFacts, song_facts
from choreo.retrieval.song_files import SongFile, song_files
from choreo.retrieval.song_store import Known, SongStore
from choreo.types import Floats, Lost, MusicAnalysis

AT_ONCE = 16
"""Songs that are kept together while a library is listened to; an end of any kind costs at most these."""
SECONDS = 20.0
"""After so long they are kept even when they are fewer."""
FEW = 2
"""Songs that are listened to in this process: to start others takes as long."""


@dataclass(frozen=True, eq=False)
class Spaces:
    """In which vectors of songs are wanted: an embedder, and how many beats are embedded at each bar."""

    embedder: str
    counts: tuple[int, ...]
    digest: str
    loaded: str
    """What `load_embedder` makes it of."""

    @classmethod
    def of(cls, plugin: Any, counts: Sequence[int], loaded: str = "") -> Spaces:
        """Those of an embedder that is loaded, as it is now: other weights, settings or code are another space."""
        made = signature("embedders", plugin.name)
        if isinstance(plugin, LearnedEmbedder):
            made += model_fingerprint(plugin)
        return cls(
            plugin.name,
            tuple(sorted(set(counts))),
            hashlib.sha256(made.encode()).hexdigest()[:16],
            loaded or plugin.name,
        )

    def kind(self, count: int) -> str:
        """Name of what is kept."""
        return f"{self.embedder}-{self.digest}-{count}"


@dataclass(frozen=True, eq=False)
class SongLibrary:
    """Songs that can be heard, by name, and what is known of them.

    ``vectors[count]`` has ``(K, E) float32`` for each song, in their order: of `count` beats from the beginning of each
    of its K whole bars on, or as many as there are.
    """

    names: tuple[str, ...]
    paths: tuple[Path, ...]
    facts: tuple[SongFacts, ...]
    vectors: Mapping[int, tuple[Floats, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    """A file to listen to; its SHA-256 where its facts are known, and the counts of which vectors are wanted."""

    file: SongFile
    sha256: str
    counts: tuple[int, ...]


Heard = tuple[str, SongFacts | None, dict[int, Floats]]
"""Why a song cannot be heard, or its facts, and its vectors by count."""


def open_library(
    folder: Path,
    spaces: Spaces | None = None,
    *,
    jobs: int = 0,
    warn: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SongLibrary:
    """Know the songs of a folder, and of the folders in it.

    Songs whose files are as they were when they were listened to, by name, size and time of the last change, are not
    opened. What is known lies in the user's cache; what was heard stays when this is interrupted. A file that cannot be
    heard is not tried again until it changes.

    Parameters
    ----------
    spaces
        In which vectors of the songs are wanted, too.
    jobs
        Processes that listen; 0 for one a processor.
    warn
        Called with the reason why a song is left out.
    progress
        Called with how many songs have been listened to, and how many there are to listen to.

    Raises
    ------
    InputError
        When there is no such folder, no sound file in it, or the embedder is not trained.
    PluginError
        When a tracker or the embedder fails.
    """
    files = song_files(folder, warn)
    store = SongStore(_place(folder), f"{VERSION} {signature('beats', Listening().tracker)}")
    known = store.songs()
    vectors = {count: store.vectors(spaces.kind(count)) for count in spaces.counts} if spaces else {}
    todo = []
    for file in files:
        here = known.get((file.name, file.size, file.changed))
        sha256 = "" if here is None or here.facts is None else here.facts.sha256
        lacking = tuple(count for count, each in vectors.items() if sha256 not in each)
        if here is None or (here.facts is not None and lacking):
            todo.append(_Job(file, sha256, lacking))
    batch: list[tuple[_Job, Heard]] = []
    begun = time.monotonic()
    try:
        for number, heard in enumerate(_each(todo, spaces.loaded if spaces else "", jobs)):
            batch.append(heard)
            if progress:
                progress(number + 1, len(todo))
            if len(batch) >= AT_ONCE or time.monotonic() - begun > SECONDS:
                _keep(store, batch, known, vectors, spaces)
                batch, begun = [], time.monotonic()
    finally:
        _keep(store, batch, known, vectors, spaces)
    wanted = [known[file.name, file.size, file.changed] for file in files]
    if todo:
        store.join(wanted, {spaces.kind(count): each for count, each in vectors.items()} if spaces else {})
    for each in wanted:
        if each.reason and warn:
            warn(each.reason)
    songs = [(file, each.facts) for file, each in zip(files, wanted, strict=True) if each.facts is not None]
    return SongLibrary(
        tuple(file.name for file, _ in songs),
        tuple(file.path for file, _ in songs),
        tuple(facts for _, facts in songs),
        {count: tuple(each[facts.sha256] for _, facts in songs) for count, each in vectors.items()},
    )


def _place(folder: Path) -> Path:
    """Folder of what is known of a library."""
    return cache_place("songs") / hashlib.sha256(path_text(folder.resolve()).encode()).hexdigest()[:32]


def _keep(
    store: SongStore,
    batch: Sequence[tuple[_Job, Heard]],
    known: dict[tuple[str, int, int], Known],
    vectors: Mapping[int, dict[str, Floats]],
    spaces: Spaces | None,
) -> None:
    """Keep what was heard, on disk and in `known` and `vectors`."""
    new = [
        Known(job.file.name, job.file.size, job.file.changed, reason, facts)
        for job, (reason, facts, _) in batch
        if not job.sha256
    ]
    store.add(new)
    known |= {each.key: each for each in new}
    for count, each in vectors.items():
        found = {facts.sha256: made[count] for _, (_, facts, made) in batch if facts is not None and count in made}
        if spaces:
            store.add_vectors(spaces.kind(count), found)
        each.update(found)


def _each(todo: Sequence[_Job], embedder: str, jobs: int) -> Iterator[tuple[_Job, Heard]]:
    """Listen to songs, in this process or in others; in the order in which they are done."""
    if jobs == 1 or len(todo) <= FEW:
        for job in todo:
            yield job, _listen(job, embedder)
        return
    with open_engine(jobs=jobs) as workers:
        for job, came in workers.each(_listen, todo, shared=embedder):
            if isinstance(came, Lost):
                yield job, (f"{job.file.path}: the process that listened to it {came.why}.", None, {})
            else:
                yield job, came


def _listen(job: _Job, embedder: str) -> Heard:
    """Facts and vectors of a song, of what was heard before if there is that."""
    try:
        analysis = (cached_analysis(job.sha256) if job.sha256 else None) or analyze_cached(job.file.path)
    except AudioError as error:
        return error.message, None, {}
    return "", song_facts(analysis), _vectors(analysis, embedder, job.counts) if job.counts else {}


def _vectors(analysis: MusicAnalysis, embedder: str, counts: Sequence[int]) -> dict[int, Floats]:
    plugin = load_embedder(embedder)
    facts = song_facts(analysis)
    last = len(facts.edges) - 1
    found = {}
    for count in counts:
        parts = [stretch(analysis, first, min(count, last - first), edges=facts.edges) for first in facts.bars.tolist()]
        if not parts:
            found[count] = np.zeros((0, 1), np.float32)
            continue
        with plugins.blame("embedders", plugin.name):
            rows = np.asarray(plugin.embed_music(analysis, parts), np.float32)
        if rows.ndim != 2 or len(rows) != len(parts) or not np.isfinite(rows).all():
            raise PluginError(
                f"embedders plugin {plugin.name!r}: embed_music gave shape {rows.shape}, expected finite numbers of "
                f"shape ({len(parts)}, width)."
            )
        found[count] = rows
    return found


__all__ = ["SongLibrary", "Spaces", "open_library"]
