"""The command ``preview``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from choreo.cli import options
from choreo.cli.generate import OUTPUT, look_of, planning_of, troupe_of
from choreo.cli.outfits import shows_map
from choreo.cli.progress import progress_bar
from choreo.cli.sections import LOOK, RUN, Command, section
from choreo.cli.summary import tell
from choreo.video.look import PREVIEW_SIZE

FOR_PLANS = ("source", "output", "db", "dancers", "formation", "unison", "renderer", "body", "model_path", "map_path",
             "show_map", "humanoid", "replace_animations", "outfits", "builds", "size", "fps", "camera", "lights",
             "floor", "flashes", "place", "finish", "background", "start", "duration", "bars", "opened", "as_json",
             "quiet")  # fmt: skip
"""Options that apply to a plan, too; the others decide what is danced, which a plan has decided already."""


@click.command(
    cls=Command,
    epilog=options.examples(
        "choreo preview song.mp3 --open",
        "choreo preview song.mp3 --start 1:00 --duration 30 --style hiphop",
        "choreo preview renders/song.plan.json --bars 9-16 --camera director",
    ),
)
@click.argument("source", metavar="SONG|PLAN", type=click.Path(path_type=Path))
@OUTPUT
@section(RUN, click.option("--open", "opened", is_flag=True, help="Begin to play it in a player as soon as it can be."))
@options.deciding
@options.dancing
@options.drawing
@options.embodied
@section(
    LOOK,
    click.option(
        "--size",
        type=options.Size(),
        default="x".join(map(str, PREVIEW_SIZE)),
        show_default=True,
        help="Make pictures of this size.",
    ),
)
@options.rate
@options.staging
@options.listening
@options.of_bars
@options.telling
@click.pass_context
def preview(context: click.Context, /, source: Path, output: str | None, opened: bool, **given: Any) -> None:
    """Watch a small video while it is being made.

    Writes renders/SONG.preview.mp4, which grows: players that follow files can begin after a few seconds. Of a song it
    also writes the plan, SONG.preview.plan.json, which 'choreo render' draws in full.
    """
    if shows_map(given):
        return
    from choreo import preview as make
    from choreo.cli.player import open_player

    part: dict[str, Any] = {"bars": given["bars"]}
    if source.suffix.lower() == ".json":
        given_options = [
            p
            for p in context.command.params
            if context.get_parameter_source(p.name or "") == ParameterSource.COMMANDLINE
        ]
        if other := [p.opts[0] for p in given_options if p.name not in FOR_PLANS]:
            raise click.UsageError(
                f"{other[0]} goes with a song; what a plan dances is decided. 'choreo edit' changes it."
            )
        named = {p.name for p in given_options}
        part |= {name: given[name] for name in ("start", "duration") if name in named}
    playing = []

    def begun(path: Path) -> None:
        if opened:
            playing.append(open_player(path, whole=False))

    with progress_bar(given["quiet"]) as progress:
        result = make(
            source,
            output=output,
            look=look_of(given),
            troupe=troupe_of(given),
            begun=begun,
            progress=progress,
            **part,
            **planning_of(given)._asdict(),
        )
    if opened and not any(playing) and not open_player(result.files["mp4"], whole=True):
        result.warnings.append("--open: no player was found; mpv, VLC or ffplay play the video while it grows")
    tell(result, given)
