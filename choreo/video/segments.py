"""Long videos in parts: an interrupted render can be resumed, and several processes can draw.

A part is a file of its own of ten seconds, beginning with a key frame, in a hidden folder beside the video. The
folder's name follows from everything that decides the pictures, so parts of another dance, look or version are never
taken. At the end the parts are put together without encoding a picture again, the sound is added, and the folder goes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from choreo.errors import AudioError, ChoreoError, InputError, OutputError, PluginError
from choreo.leftovers import clear_leftovers
from choreo.output import atomic, when_whole
from choreo.protocols import Workers
from choreo.video.encode import disk_errors, frame_rate, join_parts, open_soundtrack
from choreo.video.film import Film, make_part, require_alpha
from choreo.video.formats import STILLS
from choreo.video.media_facts import probe
from choreo.video.stills import gather_stills
from choreo.video.workers import make_parts, part_name


def write_film(
    film: Film,
    path: Path,
    *,
    audio: Path | None = None,
    audio_start: float = 0.0,
    resume: bool = False,
    workers: Workers | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Draw and encode a film, part by part.

    Parameters
    ----------
    path
        The video, or for the format ``png`` the folder of pictures.
    audio, audio_start
        Song, and the second of it that sounds with the first picture.
    resume
        Take what an earlier run that was stopped has finished; else everything is made anew.
    workers
        Processes that make parts at the same time; this one makes all of them when None. The bytes are the same.
    progress
        Called with 0..1.

    Raises
    ------
    PluginError, InputError, OutputError, AudioError
        Finished parts are kept, and the message says so.
    """
    require_alpha(film.renderer, film.kind, film.behind is not None)
    scene, report = film.scene, progress or (lambda done: None)
    prefix = f".choreo-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:10]}-"
    folder = path.parent / f"{prefix}{film.key()}.parts"
    with disk_errors(path):
        if not resume:
            remove_parts(path.parent, prefix)
        folder.mkdir(parents=True, exist_ok=True)
        clear_leftovers(folder)
    spans = [(first, min(first + film.step, len(scene))) for first in range(0, len(scene), film.step)]
    parts = [folder / part_name(film, first) for first, _ in spans]
    track = open_soundtrack(audio, audio_start, film.duration, scene.fps, film.kind)
    try:
        done = [is_finished(film, part, last - first) for part, (first, last) in zip(parts, spans, strict=True)]
        missing = [(part, first, last) for part, (first, last), has in zip(parts, spans, done, strict=True) if not has]
        try:
            if workers is not None and missing and (workers.remote or len(missing) > 1):
                make_parts(film, path, folder, [(first, last) for _, first, last in missing], workers, report)
            else:
                _one_by_one(film, path, missing, report)
            _assemble(film, path, parts, track)
        except (ChoreoError, KeyboardInterrupt) as error:
            have = sum(is_finished(film, part, last - first) for part, (first, last) in zip(parts, spans, strict=True))
            if not have:
                raise
            kept = f"{have} of {len(spans)} parts are finished and kept; --resume goes on from there."
            if isinstance(error, KeyboardInterrupt):
                error.add_note(kept)
                raise
            sorts = (OutputError, AudioError, InputError, PluginError, ChoreoError)
            raise next(sort for sort in sorts if isinstance(error, sort))(f"{error.message} {kept}") from error
    finally:
        if track is not None:
            track.close()
        clear_leftovers(folder)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    when_whole(partial(remove_parts, path.parent, prefix))


def remove_parts(folder: Path, prefix: str) -> None:
    """Remove all parts of one video, also those of other looks."""
    for old in folder.glob(f"{prefix}*.parts"):
        shutil.rmtree(old)


def is_finished(film: Film, part: Path, count: int) -> bool:
    """Whether a part is there and whole. Parts get their name last, so only a broken disk can make others."""
    if film.kind.name == STILLS:
        return part.is_dir()
    if not part.is_file():
        return False
    try:
        facts = probe(part)["video"]
    except InputError:
        return False
    return facts is not None and facts["frames"] == count


def _one_by_one(
    film: Film, path: Path, missing: list[tuple[Path, int, int]], progress: Callable[[float], None]
) -> None:
    """Make parts in order; neighbours are drawn in one go, so that nothing is set up twice."""
    total, ready = len(film.scene), len(film.scene) - sum(last - first for _, first, last in missing)
    runs: list[list[tuple[Path, int, int]]] = []
    for span in missing:
        if runs and runs[-1][-1][2] == span[1]:
            runs[-1].append(span)
        else:
            runs.append([span])
    for run in runs:
        frames = film.draw(run[0][1], run[-1][2])
        try:
            for part, first, last in run:

                def part_progress(share: float, before: int = ready, count: int = last - first) -> None:
                    progress((before + share * count) / total)

                make_part(film, path, part, islice(frames, last - first), last - first, part_progress)
                ready += last - first
        finally:
            frames.close()  # type: ignore[attr-defined]  # draw is a generator


def _assemble(film: Film, path: Path, parts: list[Path], track: Any) -> None:
    if film.kind.name == STILLS:
        when_whole(partial(gather_stills, path, parts))
        return
    with atomic(path) as partial_file:
        join_parts(path, partial_file, parts, track, float(frame_rate(film.scene.fps)), film.kind)


__all__ = ["write_film"]
