"""Dances to many songs, several at the same time: each is what `generate` makes of it alone."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from choreo.errors import ChoreoError
from choreo.options import Choosing, Listening, Rigging
from choreo.pipeline.delivery import rigging_of
from choreo.pipeline.outputs import FORMATS, resolve_outputs
from choreo.pipeline.result import Progress, Result
from choreo.pipeline.run import generate
from choreo.pipeline.songs import Song, find_songs
from choreo.planfile.troupe import Troupe
from choreo.planning.wishes import Wishes
from choreo.video.look import Look
from choreo.workers import LoneWorker, wait_for


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
    jobs: int = 1,
    formats: Sequence[str] = FORMATS,
    listening: Listening | None = None,
    choosing: Choosing | None = None,
    wishes: Wishes | None = None,
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
        How many songs at the same time, each in a process of its own that draws alone (`Look.jobs` is not used). With 1
        all is done in this process.
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
    look = replace(look or Look(), jobs=1)
    for folder in dict.fromkeys(song.folder for song in found):
        folder.mkdir(parents=True, exist_ok=True)
    resolve_outputs(found[0].path, found[0].folder, formats, look, character=character, rigging=rigging_of(rig))
    options: dict[str, Any] = {
        "formats": formats, "listening": listening, "choosing": choosing, "wishes": wishes, "look": look,
        "character": character, "rig": rig, "troupe": troupe, "alternatives": alternatives, "best_effort": best_effort,
    }  # fmt: skip
    count = min(jobs, len(found))
    return _in_turn(found, options, progress) if count == 1 else _at_once(found, options, count, progress)


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
    songs: Sequence[Song], options: dict[str, Any], jobs: int, progress: Progress | None
) -> Generator[SongResult, None, None]:
    waiting = list(reversed(list(enumerate(songs))))
    busy: list[LoneWorker[Song, _Made]] = []
    idle: list[LoneWorker[Song, _Made]] = []
    try:
        while waiting or busy:
            while waiting and len(busy) < jobs:
                number, song = waiting.pop()
                busy.append(idle.pop() if idle else LoneWorker())
                busy[-1].begin(number, partial(_apart, options=options), song)
                if progress is not None:
                    progress(song.path.name, 0.0)
            for worker in wait_for(busy):
                busy.remove(worker)
                song, why = songs[worker.number], worker.failure()
                if why is None:
                    idle.append(worker)
                    yield _told(song, worker.future.result())
                else:
                    worker.end()
                    error = ChoreoError(f"{song.path}: the process that made its dance {why}. Try it alone.")
                    yield SongResult(song.path, None, error, 0.0)
                if progress is not None:
                    progress(song.path.name, 1.0)
    finally:
        for worker in (*busy, *idle):
            worker.end()


_Made = tuple[Result | None, tuple[type[ChoreoError], str] | None, float]
"""What a process tells of a song: errors go as class and message, since click's do not survive pickling."""


def _apart(song: Song, *, options: dict[str, Any]) -> _Made:
    made = _make(song, options, None)
    return made.result, None if made.error is None else (type(made.error), made.error.message), made.seconds


def _told(song: Song, made: _Made) -> SongResult:
    result, failure, seconds = made
    if failure is None:
        return SongResult(song.path, result, None, seconds)
    kind, message = failure
    error = kind.__new__(kind)
    ChoreoError.__init__(error, message)
    return SongResult(song.path, None, error, seconds)


__all__ = ["SongResult", "generate_all"]
