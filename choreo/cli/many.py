"""``generate`` for many songs: a line a song, and at the end how many were made and which were not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli import options
from choreo.cli.progress import progress_bar, warn
from choreo.cli.say import say
from choreo.cli.summary import as_dict

if TYPE_CHECKING:
    from choreo.pipeline import SongResult

FOR_ONE = ("beats", "lyrics")
"""Options with a file that goes with one song."""


def make_all(songs: Sequence[Path], output: Path | None, asked: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Make dances to many songs as `asked`; exits with a code above 0 when one was not made."""
    from choreo.pipeline import generate_all
    from choreo.pipeline.songs import find_songs

    for name in FOR_ONE:
        if given[name] is not None:
            raise click.UsageError(f"--{name} is a file for one song; several are given.")
    if output is not None and output.suffix and not output.is_dir():
        _require_folder(output)
    count = len(find_songs(songs, output))
    done: list[SongResult] = []
    told = not given["quiet"]
    try:
        with (
            progress_bar(given["quiet"], lines=False) as progress,
            closing(
                generate_all(
                    songs, output=output, jobs=given["jobs"], engine=given["engine"], progress=progress, **asked
                )
            ) as made,
        ):
            for one in made:
                done.append(one)
                if told:
                    say(f"[{len(done)}/{count}] {_line(one)}", err=True)
                _tell(one, given)
    finally:
        if told:
            _summary(done, count)
        if given["as_json"]:
            options.echo_json({"songs": [_as_dict(one) for one in sorted(done, key=lambda one: str(one.song))]})
    codes = {one.error.exit_code for one in done if one.error is not None}
    if codes:
        raise click.exceptions.Exit(codes.pop() if len(codes) == 1 else 1)


def _require_folder(output: Path) -> None:
    from choreo import plugins
    from choreo.video.formats import PICTURES

    if output.suffix.lower().lstrip(".") in {*PICTURES, "json", *plugins.available("exporters")}:
        raise click.UsageError(f"--output {output} is a file; several songs go into a folder, like --output out/.")


def _line(one: SongResult) -> str:
    """What became of a song, in a line."""
    if one.result is None:
        return f"not made: {_why(one)}"
    return f"{one.song}: {one.result.heard}; {one.seconds:.0f} s"


def _why(one: SongResult) -> str:
    """Why a song was not made, with its name."""
    message = "" if one.error is None else one.error.message
    return message if message.startswith(str(one.song)) else f"{one.song}: {message}"


def _tell(one: SongResult, given: Mapping[str, Any]) -> None:
    """Print a song's warnings, and the file that was asked for first."""
    if one.result is None:
        return
    warn([f"{one.song.name}: {line}" for line in one.result.warnings], given["quiet"])
    if not given["as_json"]:
        files = one.result.files
        say(str(files.get("mp4") or next(iter(files.values()))))


def _summary(done: Sequence[SongResult], count: int) -> None:
    failed = [one for one in done if one.error is not None]
    left = f"; {count - len(done)} were not begun or not finished" if len(done) < count else ""
    say(f"{len(done) - len(failed)} of {count} songs made{left}.", err=True)
    for one in failed:
        say(f"  not made: {_why(one)}", err=True)


def _as_dict(one: SongResult) -> dict[str, Any]:
    """What is told of a song in JSON: what `generate` tells of one, with the song's name, or the error."""
    facts: dict[str, Any] = {"song": str(one.song), "error": None if one.error is None else one.error.message}
    return facts if one.result is None else {**facts, **as_dict(one.result)}
