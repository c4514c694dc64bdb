"""Parts of a film made at the same time, each in a process of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from choreo.errors import ChoreoError, OutputError, PluginError
from choreo.video.film import Film, make_part
from choreo.workers import worker_pool

_film: Film | None = None
"""In a worker: the film it draws, sent once."""


def _take(film: Film) -> None:
    """Prepare a worker: it draws this film."""
    global _film
    _film = film


def _draw_part(path: Path, part: Path, first: int, last: int) -> tuple[str, str]:
    """Draw and encode one part in a worker.

    Returns
    -------
    tuple of str
        Sort and message of an error, empty when there was none: click's errors, of which choreo's are, do not survive
        pickling.
    """
    assert _film is not None
    try:
        make_part(_film, path, part, _film.draw(first, last), last - first)
    except ChoreoError as error:
        return ("output" if isinstance(error, OutputError) else "plugin"), error.message
    return "", ""


def make_parts(
    film: Film, path: Path, missing: Sequence[tuple[Path, int, int]], jobs: int, progress: Callable[[float], None]
) -> None:
    """Make parts, `jobs` at a time, beginning with the first.

    Parameters
    ----------
    missing
        File or folder, first frame and frame after the last of each part.
    progress
        Called with 0 to 1, the share of the whole film.

    Raises
    ------
    OutputError, PluginError
        What a worker met, or that it died.
    """
    total = len(film.scene)
    ready = total - sum(last - first for _, first, last in missing)
    try:
        with worker_pool(min(jobs, len(missing)), _take, film) as pool:
            queue: deque[tuple[int, Future[tuple[str, str]]]] = deque()
            for part, first, last in missing:
                queue.append((last - first, pool.submit(_draw_part, path, part, first, last)))
            while queue:
                frames, future = queue.popleft()
                sort, message = future.result()
                if sort:
                    raise (OutputError if sort == "output" else PluginError)(message)
                ready += frames
                progress(ready / total)
    except BrokenProcessPool as error:
        raise PluginError(
            f"renderer {film.renderer!r}: a process that was drawing died. Try --jobs 1, or --renderer raster."
        ) from error


__all__ = ["make_parts"]
