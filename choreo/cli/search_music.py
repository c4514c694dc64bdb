"""The direction of command ``search`` that looks for music: songs for a dance, and songs by words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from choreo.cli import options
from choreo.cli.progress import progress_bar
from choreo.cli.say import say
from choreo.errors import InputError
from choreo.inputs import is_file


def search_music(query: str, words: str, library: Path | None, top: int, embedder: str, given: dict[str, Any]) -> None:
    """Print the songs of a library that answer to a motion file or to words."""
    if library is None:
        raise InputError("--for music needs --library, a folder of songs.")
    path = Path(query)
    from choreo.retrieval.song_search import songs_by_words, songs_for

    with progress_bar(given["quiet"]) as bar:
        told: dict[str, Any] = {
            "top": top,
            "warn": None if given["quiet"] else lambda line: say(f"Warning: {line}", err=True),
            "progress": (lambda done, total: bar("listening", done / total)) if bar else None,
        }
        if is_file(path) or path.suffix:
            found = songs_for(_clips(path, given), library, embedder=embedder, **told)
        else:
            found = songs_by_words(f"{query} {words}", library, **told)
    if given["as_json"]:
        from dataclasses import asdict

        options.echo_json([asdict(hit) for hit in found])
        return
    rows = [(hit.name, f"{hit.distance:.2f}", ", ".join(hit.styles), ", ".join(hit.reasons)) for hit in found]
    options.echo_table(("song", "distance", "styles", "why"), rows)


def _clips(path: Path, given: dict[str, Any]) -> list[Any]:
    from choreo.datasets import convert as conversion
    from choreo.datasets.cut import cut_take
    from choreo.errors import MotionError

    clips = list(cut_take(conversion.read_take(path, reading=given["reading"]), "query"))
    if not clips:
        raise MotionError(f"{path}: is too short; a bar of dance is needed.")
    return clips
