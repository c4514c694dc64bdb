"""The direction of command ``search`` that looks for music: for a dance, like a song, and by words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from choreo.cli import options
from choreo.cli.progress import progress_bar
from choreo.cli.say import say
from choreo.clock import clock
from choreo.errors import InputError
from choreo.inputs import is_file

if TYPE_CHECKING:
    from choreo.retrieval.search import Hit


def search_music(query: str, words: str, library: Path | None, top: int, embedder: str, given: dict[str, Any]) -> None:
    """Print the songs of a library that answer to a motion file, a song or words."""
    if library is None:
        raise InputError("--for music needs --library, a folder of songs.")
    path = Path(query)
    from choreo.cli.search_video import is_video, search_video
    from choreo.music.audio import SOUNDS
    from choreo.retrieval.song_search import songs_by_words, songs_for, songs_like

    if is_file(path) and is_video(path):
        search_video(path, library, top, embedder, given)
        return
    if given["target"] or given["pick"]:
        raise InputError("--write and --pick are for the music of a video, which the query is not.")
    with progress_bar(given["quiet"]) as bar:
        told: dict[str, Any] = {
            "top": top,
            "jobs": given["jobs"],
            "warn": None if given["quiet"] else lambda line: say(f"Warning: {line}", err=True),
            "progress": (lambda done, total: bar("listening", done / total)) if bar else None,
        }
        if path.suffix.lower() in SOUNDS:
            found = songs_like(path, library, **told)
        elif is_file(path) or path.suffix:
            found = songs_for(_clips(path, given), library, embedder=embedder, **told)
        else:
            found = songs_by_words(f"{query} {words}", library, **told)
    if given["as_json"]:
        from dataclasses import asdict

        options.echo_json([asdict(hit) for hit in found])
        return
    placed = any(hit.offset is not None for hit in found)
    head = ("song", "begins", "distance", "styles", "why") if placed else ("song", "distance", "styles", "why")
    options.echo_table(head, [_row(hit, placed) for hit in found])


def _row(hit: Hit, placed: bool) -> tuple[str, ...]:
    begins = (clock(hit.offset or 0.0),) if placed else ()
    return hit.name, *begins, f"{hit.distance:.2f}", ", ".join(hit.styles), "; ".join(hit.reasons)


def _clips(path: Path, given: dict[str, Any]) -> list[Any]:
    from choreo.datasets import convert as conversion
    from choreo.datasets.cut import cut_take
    from choreo.errors import MotionError

    clips = list(cut_take(conversion.read_take(path, reading=given["reading"]), "query"))
    if not clips:
        raise MotionError(f"{path}: is too short; a bar of dance is needed.")
    return clips
