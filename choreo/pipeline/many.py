"""Dances to many songs, several at the same time: each is what `generate` makes of it alone."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from choreo.engines import LOCAL, open_engine
from choreo.errors import ChoreoError
from choreo.options import Choosing, Listening, Rigging
from choreo.pipeline.delivery import rigging_of
from choreo.pipeline.outputs import FORMATS, resolve_outputs
from choreo.pipeline.parcel import read_sent
from choreo.pipeline.result import Progress, Result
from choreo.pipeline.run import generate
from choreo.pipeline.songs import Song, find_songs
from choreo.pipeline.songs_sent import SentSong, dance_elsewhere, errand_of, place_files
from choreo.planfile.troupe import Troupe
from choreo.planning.wishes import Wishes
from choreo.protocols import Workers
from choreo.types import Lost
from choreo.video.look import Look


@dataclass(frozen=True)
class SongResult:
    """What became of one of many songs: a `result`, or the `error` for which there is none; `seconds` it took."""

    song: Path
    result: Result | None
    error: ChoreoError | None
    seconds: float


def generate_all(
    songs: Sequence[str | Path],
    *,
    output: str | Path | None = None,
    jobs: int | None = None,
    engine: str = LOCAL,
    formats: Sequence[str] = FORMATS,
    listening: Listening | None = None,
    choosing: Choosing | None = None,
    wishes: Wishes | None = None,
    bars: tuple[int, int] | None = None,
    look: Look | None = None,
    character: str | Path | None = None,
    rig: str | Rigging | None = None,
    troupe: Troupe | None = None,
    alternatives: int = 1,
    best_effort: bool = False,
    progress: Progress | None = None,
) -> Generator[SongResult, None, None]:
    """Turn many songs into danced videos; each dance is the same as one that `generate` makes of the song alone.

    Parameters
    ----------
    songs
        Sound and video files, folders of them, and patterns such as ``songs/*.flac``; see
        `choreo.pipeline.songs.find_songs`.
    output
        Folder; ``renders`` by default.
    jobs
        How many songs at the same time, each in a process of its own that draws alone (`Look.jobs` and `Look.engine`
        are not used). None is one on this machine, done in this process, and as many as there are processes on others.
    engine
        Where these processes are; see `choreo.engines.open_engine`. Other machines get songs and send back the files.
    progress
        Called with the song's name and how much of its video is drawn.

    Other parameters are those of `generate`.

    Yields
    ------
    SongResult
        One a song, as soon as it is done. A song that fails does not stop the others.

    Raises
    ------
    ChoreoError
        Before a song is begun: what would fail for all of them, such as a format that there is not or a folder that
        cannot be written; songs that are not there, or that would be written under one name.

    Examples
    --------
    >>> from choreo import Listening, generate_all
    >>> for done in generate_all(["song.wav"], listening=Listening(duration=8), formats=("bvh",), output="all"):
    ...     print(done.song, sorted(done.result.files), done.error)
    song.wav ['bvh', 'credits'] None
    """
    found = find_songs(songs, output)
    look = replace(look or Look(), jobs=1, engine=LOCAL)
    for folder in dict.fromkeys(song.folder for song in found):
        folder.mkdir(parents=True, exist_ok=True)
    resolve_outputs(found[0].path, found[0].folder, formats, look, character=character, rigging=rigging_of(rig))
    options: dict[str, Any] = {
        "formats": formats, "listening": listening, "choosing": choosing, "wishes": wishes, "bars": bars, "look": look,
        "character": character, "rig": rig, "troupe": troupe, "alternatives": alternatives, "best_effort": best_effort,
    }  # fmt: skip
    if engine == LOCAL and (count := min(jobs or 1, len(found))) == 1:
        return _in_turn(found, options, progress)
    return _at_once(found, options, engine, jobs or 0 if engine != LOCAL else count, progress)


def _in_turn(
    songs: Sequence[Song], options: dict[str, Any], progress: Progress | None
) -> Generator[SongResult, None, None]:
    for song in songs:
        yield _make(song, options, None if progress is None else partial(_drawn, progress, song.path.name))


def _drawn(progress: Progress, name: str, stage: str, done: float) -> None:
    """Report how much of a song is made: its video takes nearly all of the time."""
    progress(name, done if stage == "rendering" else 0.0)


def _make(song: Song, options: dict[str, Any], progress: Progress | None) -> SongResult:
    """Make one song's dance, or find out why not."""
    begun = time.monotonic()
    result, error = None, None
    try:
        result = generate(song.path, output=song.folder, progress=progress, **options)
    except ChoreoError as failure:
        error = failure
    except Exception as failure:  # noqa: BLE001  a mistake with one song must not end the work of hours
        line = next(iter(str(failure).splitlines()), "no message")
        error = ChoreoError(f"{song.path}: unexpected {type(failure).__name__}: {line} (a mistake in choreo)")
    return SongResult(song.path, result, error, time.monotonic() - begun)


def _at_once(
    songs: Sequence[Song], options: dict[str, Any], engine: str, jobs: int, progress: Progress | None
) -> Generator[SongResult, None, None]:
    def begun(given: Iterable[Song]) -> Iterator[Song]:
        for song in given:
            if progress is not None:
                progress(song.path.name, 0.0)
            yield song

    with open_engine(engine, jobs) as workers:
        made = _sent(workers, begun(songs), options) if workers.remote else _apart(workers, begun(songs), options)
        with closing(made):
            for one in made:
                yield one
                if progress is not None:
                    progress(one.song.name, 1.0)


def _apart(workers: Workers, songs: Iterator[Song], options: dict[str, Any]) -> Generator[SongResult, None, None]:
    """Songs made in processes that see this machine's disk."""
    with closing(workers.each(make_apart, songs, shared=options)) as done:  # type: ignore[type-var]  # a generator
        for song, made in done:
            yield _lost(song, made) if isinstance(made, Lost) else _told(song, *made)


def _sent(workers: Workers, songs: Iterator[Song], options: dict[str, Any]) -> Generator[SongResult, None, None]:
    """Songs made in processes of other machines, whose files are written here."""
    failed: list[SongResult] = []

    def read() -> Iterator[SentSong]:
        for song in songs:
            try:
                yield SentSong(song, read_sent(song.path))
            except ChoreoError as error:
                failed.append(SongResult(song.path, None, error, 0.0))

    look, inputs = options["look"], options["character"]
    file = look.body_options.get("file")
    kept = tuple(None if each is None else Path(each) for each in (inputs, file))
    errand = errand_of(options)
    with closing(workers.each(dance_elsewhere, read(), shared=errand)) as done:  # type: ignore[type-var]  # a generator
        for sent, made in done:
            while failed:
                yield failed.pop(0)
            if isinstance(made, Lost):
                yield _lost(sent.song, made)
                continue
            try:
                place_files(sent.song, made.files, kept)
            except ChoreoError as error:
                yield SongResult(sent.song.path, None, error, made.seconds)
            else:
                yield _told(sent.song, made.result, made.failure, made.seconds)
    yield from failed


_Failure = tuple[type[ChoreoError], str] | None
"""What a process tells of an error: class and message, since click's do not survive pickling."""


def make_apart(song: Song, options: dict[str, Any]) -> tuple[Result | None, _Failure, float]:
    """Make one song's dance in a process of its own."""
    made = _make(song, options, None)
    return made.result, None if made.error is None else (type(made.error), made.error.message), made.seconds


def _told(song: Song, result: Result | None, failure: _Failure, seconds: float) -> SongResult:
    if failure is None:
        return SongResult(song.path, result, None, seconds)
    kind, message = failure
    error = kind.__new__(kind)
    ChoreoError.__init__(error, message)
    return SongResult(song.path, None, error, seconds)


def _lost(song: Song, lost: Lost) -> SongResult:
    error = ChoreoError(f"{song.path}: the process that made its dance {lost.why}. Try it alone.")
    return SongResult(song.path, None, error, 0.0)


__all__ = ["SongResult", "generate_all"]
