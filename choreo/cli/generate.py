"""Commands that make files: ``generate``, ``plan``, ``render``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from choreo.cli import options
from choreo.cli.known import completed
from choreo.cli.outfits import dressed, shows_map
from choreo.cli.progress import progress_bar
from choreo.cli.sections import CHOICE, FILES, SONG, Command, section
from choreo.cli.summary import tell
from choreo.options import Listening, Rigging

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from choreo.options import Choosing
    from choreo.planfile.troupe import Troupe
    from choreo.planning.wishes import Wishes
    from choreo.video.look import Look

ONE_SONG = click.argument("song", type=click.Path(path_type=Path))
OUTPUT = section(
    FILES,
    click.option(
        "-o",
        "--output",
        type=click.Path(),
        help="Write here: a file, whose ending says a format, or a folder; renders/ by default.",
    ),
)


class Formats(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``mp4,bvh,plan``."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Names without doubles, in the order given; the pipeline knows which exist."""
        if isinstance(value, tuple):
            return value
        names = tuple(dict.fromkeys(part.strip().lstrip(".") for part in value.split(",") if part.strip()))
        if not names:
            self.fail("name at least one format, like mp4,bvh,plan", param, ctx)
        return names

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Formats that begin with what was typed after the last comma."""
        from choreo.plugins import candidates
        from choreo.video.formats import PICTURES

        before, comma, last = incomplete.rpartition(",")
        known = sorted({*PICTURES, "plan", *candidates("exporters")} - set(before.split(",")))
        return [completed(before + comma + name) for name in known if name.startswith(last)]


@click.command(
    cls=Command,
    epilog=options.examples(
        "choreo generate song.mp3",
        "choreo generate song.mp3 --preview --start 1:00 --duration 20",
        "choreo generate song.mp3 --bars 9-16",
        "choreo generate song.mp3 -o out/dance.mp4 --style hiphop --seed 7",
        "choreo generate waltz.flac --meter 3 --no-video",
        "choreo generate song.mp3 --dancers 3 --formation V --unison canon:2",
        "choreo generate song.mp3 --formats web,gif --sheet 4x8 --alternatives 2",
        "choreo generate song.mp3 --camera director --size 1080x1920 --captions --titles",
        "choreo generate songs/ more/*.flac --jobs 2 -o out/",
    ),
)
@click.argument("songs", metavar="SONG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@OUTPUT
@section(
    FILES,
    click.option(
        "--formats",
        type=Formats(),
        show_default="mp4,bvh,plan, or as --output ends",
        help="Write these files; also webm, mov and png (alpha), gif, webp, web (a page).",
    ),
    click.option("--no-video", is_flag=True, help="Write everything but the video; much faster."),
    click.option(
        "--character",
        type=click.Path(path_type=Path),
        help="Dance on your rigged character (GLB, VRM, FBX): in the video, and as a file of its own.",
    ),
)
@options.rigging
@options.choosing
@options.dancing
@options.looking
@options.listening
@options.of_bars
@section(
    CHOICE,
    click.option("--best-effort", is_flag=True, help="Make the dance also when a guarantee is broken; say which."),
)
@options.telling
def generate(
    songs: tuple[Path, ...],
    output: str | None,
    formats: tuple[str, ...] | None,
    no_video: bool,
    character: Path | None,
    **given: Any,
) -> None:
    """Make a danced video of a song, or of many.

    SONG is any sound or video file. Writes renders/SONG.mp4, .bvh (the motion), .plan.json (the
    choreography, to be changed and rendered again) and .credits.txt, and prints their names.

    Of several songs, of a folder (with its folders, without what is hidden or was made by choreo) and of a pattern such
    as 'songs/*.flac' each song is danced as it would be alone. One that cannot be used does not stop the others; at the
    end is told which were not made and why. --jobs is then the number of songs at the same time, and --engine the place
    where each is made as a whole.
    """
    if shows_map(given, character):
        return
    from choreo import pipeline
    from choreo.pipeline.outputs import FORMATS
    from choreo.pipeline.songs import several
    from choreo.video.formats import VIDEOS

    if no_video:
        formats = tuple(name for name in formats or FORMATS if name not in VIDEOS)
        if not formats and not given["sheet"]:
            raise click.UsageError("--no-video with --formats mp4 leaves nothing to write.")
    asked = {
        "formats": formats,
        "look": look_of(given),
        "character": character,
        "rig": options.made(Rigging, given),
        "troupe": troupe_of(given),
        "alternatives": given["alternatives"],
        "best_effort": given["best_effort"],
        "bars": given["bars"],
        **planning_of(given)._asdict(),
    }
    if several(songs):
        from choreo.cli.many import make_all

        make_all(songs, None if output is None else Path(output), asked, given)
        return
    with progress_bar(given["quiet"]) as progress:
        result = pipeline.generate(songs[0], output=output, progress=progress, **asked)
    tell(result, given)


@click.command(cls=Command)
@ONE_SONG
@section(
    FILES,
    click.option(
        "-o",
        "--output",
        type=click.Path(),
        help="Write this plan, or into a folder; renders/SONG.plan.json by default.",
    ),
)
@options.choosing
@options.dancing
@options.listening
@options.of_bars
@options.telling
def plan(song: Path, output: str | None, **given: Any) -> None:
    """Choreograph a song without making the video.

    Writes the plan, a JSON file that 'choreo show' prints and 'choreo render' dances. It can be edited.
    """
    from choreo import pipeline
    from choreo.names import output_file
    from choreo.output import atomic, require_output, together
    from choreo.pipeline.outputs import PLAN
    from choreo.pipeline.song_to_plan import chosen_for, make_plans
    from choreo.planfile import write_plan
    from choreo.synthesis.ensemble import cast_plan

    troupe = troupe_of(given)
    path = output_file(song, output, (".plan.json", ".json"))
    require_output(path)
    result = pipeline.Result()
    with progress_bar(given["quiet"]) as progress:
        scope = pipeline.ProgressScope(result.seconds, progress)
        planning = planning_of(given)._asdict()
        planning["choosing"] = chosen_for(planning["choosing"], troupe)
        count, bars = given["alternatives"], given["bars"]
        analysis, made, _ = make_plans(song, count=count, bars=bars, progress=scope, **planning)
    made = [cast_plan(each, troupe) for each in made]
    result.plan = made[0]
    with together():
        for number, each in enumerate(made, 1):
            written = path if number == 1 else path.with_name(f"{_stem(path)}-{number}.plan.json")
            with atomic(written) as partial:
                write_plan(each, partial)
            result.files[PLAN if number == 1 else f"{PLAN}-{number}"] = written
    result.warnings += [*analysis.warnings, *result.plan.warnings]
    tell(result, given)


def _stem(path: Path) -> str:
    return path.name.removesuffix(path.suffix).removesuffix(".plan")


@click.command(
    cls=Command,
    epilog=options.examples(
        "choreo render renders/song.plan.json --body stick --size 1920x1080",
        "choreo render renders/song.plan.json --start 1:00 --duration 20 --size 1080x1920",
        "choreo render renders/song.plan.json --bars 9-16",
        "choreo render walk.bvh --song song.mp3",
        "choreo render renders/song.plan.json --renderer stick --formats mp4,web",
        "choreo render a.plan.json --beside b.plan.json --beside c.bvh --formats web",
    ),
)
@click.argument("source", metavar="PLAN|MOTION", type=click.Path(path_type=Path))
@OUTPUT
@section(
    FILES,
    click.option(
        "--formats",
        type=Formats(),
        show_default="mp4, or as --output ends",
        help="Write these files; of a motion: mp4, webm, mov, png, gif, webp, web.",
    ),
    click.option(
        "--beside",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="PLAN|MOTION",
        help="Show another dance on the page of --formats web, too; can be repeated.",
    ),
)
@section(
    SONG,
    click.option("--song", type=click.Path(path_type=Path), help="Use this sound; a plan knows its own song."),
    options.of(
        Listening,
        "--start",
        type=options.Seconds(),
        default=None,
        help="Begin here in the song (90 or 1:30), mid-dance.",
    ),
    options.of(Listening, "--duration", type=options.Seconds(), help="Show only this long; to the end by default."),
    options.of_bars,
)
@options.looking
@options.dancing
@options.reading_and_rigging
@section(CHOICE, click.option("--db", metavar="PLACE", help="Use the motion database that the plan was made with."))
@options.telling
def render(
    source: Path,
    output: str | None,
    song: Path | None,
    beside: tuple[Path, ...],
    formats: tuple[str, ...] | None,
    **given: Any,
) -> None:
    """Make a video of a plan or of a motion file.

    Motion files are what 'choreo convert' reads: BVH, GLB, C3D, VMD, npz and others. A plan gives the same motion each
    time; only the look changes.
    """
    if shows_map(given):
        return
    from choreo import pipeline

    look, troupe = look_of(given), troupe_of(given)
    planned = source.suffix.lower() == ".json"
    reading, rigging = options.read_and_rigged(given, recorded=not planned)
    if planned:
        if (reading.fps, reading.up) != (None, None):
            raise click.UsageError("--fps-of and --up-of go with motion files; a plan knows both.")
        make = partial(pipeline.render_plan, rig=rigging, bars=given["bars"])
    else:
        if rigging != Rigging():
            raise click.UsageError("rigs and loops of motion files are written by 'choreo convert'.")
        if given["bars"] is not None:
            raise click.UsageError("--bars goes with a plan; of a motion file, --start and --duration name a part.")
        make = partial(pipeline.render_motion, reading=reading)
    with progress_bar(given["quiet"]) as progress:
        result = make(
            source,
            song=song,
            output=output,
            formats=formats,
            look=look,
            troupe=troupe,
            beside=beside,
            db=given["db"],
            start=given["start"],
            duration=given["duration"],
            progress=progress,
        )
    tell(result, given)


def look_of(given: Mapping[str, Any]) -> Look:
    """The look that was asked for, at preview size with ``--preview``."""
    from choreo.video.look import PREVIEW_SIZE, Look

    width, height = PREVIEW_SIZE if given.get("preview") else given["size"]
    return options.made(Look, {**given, **dressed(given), "width": width, "height": height})


def troupe_of(given: dict[str, Any]) -> Troupe | None:
    """The troupe that was asked for; None when no option names one."""
    from choreo.planfile.troupe import Troupe

    asked = {name: given[name] for name in ("dancers", "formation", "unison") if given[name] is not None}
    if asked.get("dancers", 1) == 1 and asked.keys() - {"dancers"}:
        raise click.UsageError("--formation and --unison go with --dancers 2 or more.")
    return Troupe(**asked) if asked else None


class Planning(NamedTuple):
    """Option objects that a dance is planned by."""

    listening: Listening
    choosing: Choosing
    wishes: Wishes


def planning_of(given: Mapping[str, Any]) -> Planning:
    """Make them of what the command line was given."""
    from choreo.options import Choosing
    from choreo.planning.wishes import Wishes

    return Planning(options.made(Listening, given), options.made(Choosing, given), options.made(Wishes, given))
