"""What several commands share: types of options, groups of options, and output as JSON or as a table."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from choreo.cli import outfits
from choreo.cli.known import KnownName, StyleOption, completed, names
from choreo.cli.say import AT_ONCE, say, say_json
from choreo.cli.sections import CHOICE, DANCERS, FILES, LOOK, RUN, SONG, section
from choreo.foreign.shown import shown
from choreo.options import PACES, PARTS, Choosing, Listening, Rigging, bounds_of, field_of
from choreo.planfile.troupe import Troupe
from choreo.planning.wishes import Wishes
from choreo.video.look import COLOURS, Look

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from choreo.types import Reading

Function = TypeVar("Function", bound=Callable[..., Any])
Made = TypeVar("Made")


class Seconds(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``90``, ``90.5`` or ``1:30``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds as a float."""
        if isinstance(value, float | int):
            return float(value)
        sign = -1 if value.startswith("-") else 1
        total = 0.0
        try:
            for part in value.lstrip("-").split(":"):
                total = 60 * total + float(part)
        except ValueError:
            total = float("nan")
        if not 0 <= total < float("inf"):
            self.fail(f"{value!r} is not a time. Write seconds (90.5) or minutes and seconds (1:30.5).", param, ctx)
        return sign * total


class Size(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``1280x720``, or ``720p`` for 16:9."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Width and height in pixels."""
        if isinstance(value, tuple):
            return value
        text = value.lower()
        if text.endswith("p") and text[:-1].isdecimal():
            width, height = round(int(text[:-1]) * 16 / 9), int(text[:-1])
        else:
            parts = text.split("x")
            if len(parts) != 2 or not all(part.isdecimal() for part in parts):
                self.fail(f"{value!r} is not a size. Write width x height, like 1280x720, or 720p.", param, ctx)
            width, height = int(parts[0]), int(parts[1])
        low, high = (getattr(bounds_of(Look, "width"), end) for end in ("low", "high"))
        if not (low <= width <= high and low <= height <= high):
            self.fail(f"{value!r}: want {low} to {high} pixels a side.", param, ctx)
        return width, height


class Sheet(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``4x8``: columns and rows; ``4xbars``: a picture a bar."""

    name = "CxR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int | None]:
        """Columns and rows, None for a picture a bar."""
        if isinstance(value, tuple):
            return value
        columns, _, rows = value.lower().partition("x")
        good = columns.isdecimal() and 1 <= int(columns) <= 40
        if not good or not (rows == "bars" or (rows.isdecimal() and 1 <= int(rows) <= 40)):
            self.fail(f"{value!r}: write columns x rows, like 4x8 (1 to 40 each), or 4xbars.", param, ctx)
        return int(columns), None if rows == "bars" else int(rows)


class PluginName(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """Name of a plugin; checked against the installed ones, which are not imported."""

    name = "name"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Keep a known name; an unknown one is an error with suggestions."""
        from choreo.errors import PluginError
        from choreo.plugins import candidates, suggest

        known = list(candidates(self.kind))
        if value not in known:
            raise PluginError(f"no {self.kind} plugin is called {value!r}.{suggest(value, known)}")
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Installed names that begin with what was typed."""
        from choreo.plugins import candidates

        return [completed(name) for name in candidates(self.kind) if name.startswith(incomplete)]


class EmbedderName(PluginName):
    """Name of an embedder, or of a model that 'choreo train' made, also by its path."""

    name = "name|file"

    def __init__(self) -> None:
        super().__init__("embedders")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Keep what is known; anything else is an error with suggestions."""
        from choreo.plugins import candidates

        if value not in candidates(self.kind):
            from choreo.retrieval.models import located

            located(str(value))
        return str(value)


class EngineName(PluginName):
    """Name of an engine, and after a colon an address for it."""

    name = "name[:address]"

    def __init__(self) -> None:
        super().__init__("engines")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name, keep the whole."""
        super().convert(str(value).partition(":")[0], param, ctx)
        return str(value)


class BodyName(PluginName):
    """Name of a body, or the file of a character."""

    name = "name|file"

    def __init__(self) -> None:
        super().__init__("bodies")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Keep a file's name as it is; which kinds of files there are is known when it is read."""
        from choreo.plugins import candidates

        text = str(value)
        return text if Path(text).suffix and text not in candidates(self.kind) else super().convert(text, param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names of bodies, and files."""
        from click.shell_completion import CompletionItem

        return [*super().shell_complete(ctx, param, incomplete), CompletionItem(incomplete, type="file")]


class Wished(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``16=wave``, ``chorus=wild``: where, and what."""

    name = "where=what"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The wish as it is written."""
        from choreo.errors import InputError
        from choreo.planning.wish_text import read_wish

        try:
            return read_wish(str(value)).text
        except InputError as error:
            self.fail(error.message.removeprefix("wish "), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Moves that begin with what was typed after the place."""
        where, equals, move = incomplete.partition("=")
        return [completed(f"{where}={name}") for name in names("moves", ctx) if equals and name.startswith(move)]


class Bars(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``12:16``: bars from 12 on, up to 16 but without it."""

    name = "bars"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """First bar and past-last."""
        if isinstance(value, tuple):
            return value
        first, colon, last = str(value).partition(":")
        if not colon or not first.strip().isdecimal() or not last.strip().isdecimal() or int(first) >= int(last):
            self.fail(f"{value!r}: write first and past-last bar, like 12:16; 'choreo show' numbers them.", param, ctx)
        return int(first), int(last)


class BarSpan(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``9-16``: the bars 9 to 16, both with them; ``9`` is one bar."""

    name = "bars"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """First bar and past-last."""
        if isinstance(value, tuple):
            return value
        first, dash, last = (part.strip() for part in str(value).partition("-"))
        last = last if dash else first
        good = all(each.isdecimal() and len(each) < 7 for each in (first, last)) and int(first) <= int(last)
        if not good:
            self.fail(f"{value!r}: write first and last bar, like 9-16; 'choreo show' numbers them.", param, ctx)
        return int(first), int(last) + 1


class BarNumber(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``12=90``: a number for the step at bar 12."""

    name = "bar=number"
    like = "12=90"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, Any]:
        """Bar and value."""
        if isinstance(value, tuple):
            return value
        bar, equals, said = str(value).partition("=")
        found = self.value_of(said.strip()) if equals and bar.strip().isdecimal() else None
        if found is None:
            self.fail(f"{value!r}: write a bar and a value, like {self.like}; 'choreo show' numbers bars.", param, ctx)
        return int(bar), found

    def value_of(self, said: str) -> Any:
        """The value that is said; None when it is none."""
        try:
            number = float(said)
        except ValueError:
            return None
        return number if math.isfinite(number) else None


class BarPace(BarNumber):
    """``12=half``: a pace for the step at bar 12."""

    name = "bar=pace"
    like = "12=half, 12=double or 12=written"

    def value_of(self, said: str) -> Any:
        """The pace that is said; None when it is none."""
        return PACES.get(said)


class BarPart(BarNumber):
    """``12=arms``: a part of the body for the step at bar 12."""

    name = "bar=part"
    like = "12=arms, 12=head or '12=left arm'"

    def value_of(self, said: str) -> Any:
        """The part that is said; None when it is none."""
        return said if said in PARTS else None


class Placed(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``8:16=circle``: a name for some bars, a section or all."""

    name = "where=name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The place and the name, both as they are written."""
        if isinstance(value, tuple):
            return value
        where, equals, said = str(value).partition("=")
        if not (equals and where.strip() and said.strip()):
            self.fail(f"{value!r}: write where and what, like 8:16=circle, B=line or all=grid", param, ctx)
        return where.strip(), said.strip()


class Filmed(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """``8:12=near``: a shot or a light for the bars from 8 on, up to 12 but without it."""

    name = "bars=name"

    def __init__(self, names: Sequence[str]) -> None:
        self.names = (*names, "auto")

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[int, int], str]:
        """Bars, first and past-last, and the name."""
        if isinstance(value, tuple):
            return value
        where, equals, said = str(value).partition("=")
        name = said.strip().lower()
        if not equals or name not in self.names:
            known = ", ".join(self.names)
            self.fail(f"{value!r}: write bars and a name, like 8:12={self.names[0]}: {known}.", param, ctx)
        return Bars().convert(where, param, ctx), name


def stacked(*decorators: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Combine decorators into one, in the order in which help shows their options."""

    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def of(kind: type, *names: str, **more: Any) -> Callable[[Function], Function]:
    """Make a click option of a field of an option object, with the default and the bounds of the field.

    Parameters
    ----------
    names
        Flags, and the name of the field when it is not that of the first flag.
    more
        Further arguments of `click.option`; a `default` given here takes the place of the field's.
    """
    flags = [each for each in names if each.startswith("-")]
    name = next((each for each in names if each not in flags), flags[0].lstrip("-").replace("-", "_"))
    bounds, found = bounds_of(kind, name), field_of(kind, name)
    if "type" not in more and bounds.choices:
        more["type"] = click.Choice(bounds.choices, case_sensitive=more.pop("case_sensitive", True))
    elif "type" not in more and math.isfinite(bounds.low):
        high = bounds.high if math.isfinite(bounds.high) else None
        if "float" in str(found.type):
            more["type"] = click.FloatRange(bounds.low, high)
        else:
            more["type"] = click.IntRange(int(bounds.low), None if high is None else int(high))
    default = more.pop("default", found.default)
    if default is not None and default != () and more.get("show_default") is None and not isinstance(default, bool):
        more["show_default"] = True
    return click.option(*flags, name, default=default, **more)


def made(kind: type[Made], given: Mapping[str, Any]) -> Made:
    """Make an option object of the values that the command line was given, others ignored.

    Raises
    ------
    InputError
        When a value is out of its bounds.
    """
    names = [each.name for each in fields(kind) if each.name in given]  # type: ignore[arg-type]  # they are dataclasses
    return kind(**{name: given[name] for name in names})


licence = of(Choosing, "--license", "--licence", "licence", help="Use only moves whose licence allows this.")
database = of(
    Choosing, "--db", metavar="PLACE", help="Use this motion database; 'choreo db path' prints where yours is."
)
listening = section(
    SONG,
    of(Listening, "--start", type=Seconds(), show_default=False, help="Begin here in the song (90 or 1:30)."),
    of(Listening, "--duration", type=Seconds(), help="Use only this long (20 or 1:30); to the end by default."),
    of(Listening, "--bpm", help="Follow this tempo, when choreo hears it wrongly."),
    of(
        Listening,
        "--downbeat",
        type=Seconds(),
        help="The beat nearest to this second (1:02.5) is the one. With --bpm: beats are an exact grid from there.",
    ),
    of(
        Listening,
        "--offset",
        type=Seconds(),
        show_default=False,
        help="Move all beats later by this many seconds; earlier when negative.",
    ),
    of(Listening, "--meter", "--metre", "metre", help="Count this many beats in a bar; 3 for a waltz, 6 for 6/8."),
    of(Listening, "--octave", show_default=False, help="Count at half or at double the pace."),
    of(
        Listening,
        "--beats",
        metavar="FILE",
        help="Take your own beats exactly: times, Audacity's labels, CSV, .osu, .sm or .ssc.",
    ),
    of(Listening, "--tracker", type=PluginName("beats"), help="Listen with this plugin."),
    of(
        Listening,
        "--tagger",
        type=PluginName("taggers"),
        show_default=False,
        help="Ask this plugin for genres and moods, too; musicnn needs 'choreo models get musicnn'.",
    ),
    of(Listening, "--cache/--no-cache", "cache", help="Remember what was heard in a song, or listen anew."),
    of(Listening, "--max-hours", help="Refuse songs that are longer than this."),
)
of_bars = section(
    SONG,
    click.option(
        "--bars",
        type=BarSpan(),
        metavar="A-B",
        help="Dance only these bars, as 'choreo plan' numbers those of the whole song: 9-16 with both.",
    ),
)
_singing = (
    of(Choosing, "--lyrics", type=click.Path(), help="The song's words with times (.lrc): dance what is sung."),
    of(Choosing, "--lyrics-weight", help="How much what is sung counts; 0 is not at all."),
)
matching = section(
    CHOICE,
    of(Choosing, "--embedder", type=PluginName("embedders"), help="Match moves with music by this plugin."),
    *_singing,
)
searching = section(
    CHOICE,
    of(Choosing, "--embedder", type=EmbedderName(), help="Match dance with music by this plugin or trained model."),
    *_singing,
)
deciding = section(
    CHOICE,
    of(Choosing, "--style", type=KnownName("styles"), cls=StyleOption, help="Prefer moves of this style."),
    of(Choosing, "--seed", help="Make another dance for each number."),
    of(Wishes, "--variety", help="Dance few moves (0) or many (1)."),
    of(Wishes, "--dwell", metavar="BARS", help="Stay in one recording for so many bars."),
    of(Choosing, "--energy", metavar="CURVE", help="Set the course of energy, from 0 to 1: 0.8, or 0:00=0.2,1:30=0.9."),
    of(
        Wishes,
        "--pin",
        "asked",
        type=Wished(),
        multiple=True,
        metavar="WHERE=WHAT",
        help="Wish for something somewhere, like 24=spin, 1:02=freeze, chorus=wild; can be repeated.",
    ),
    of(
        Wishes,
        "--ban",
        "bans",
        type=KnownName("moves"),
        multiple=True,
        metavar="MOVE",
        help="Never dance this move; can be repeated.",
    ),
    of(
        Wishes,
        "--require",
        "required",
        type=KnownName("moves"),
        multiple=True,
        metavar="MOVE",
        help="Dance this move somewhere; can be repeated.",
    ),
    of(
        Choosing,
        "--dataset",
        "datasets",
        type=KnownName("datasets"),
        multiple=True,
        help="Use only clips of this dataset; can be repeated.",
    ),
    of(
        Choosing,
        "--only",
        type=KnownName("moves"),
        metavar="MOVE",
        multiple=True,
        help="Dance nothing but this move, or moves with this label; can be repeated.",
    ),
    matching,
    licence,
    database,
)
choosing = section(
    CHOICE,
    deciding,
    click.option(
        "--alternatives",
        type=click.IntRange(1, 9),
        default=1,
        show_default=True,
        help="Make this many dances, the best first.",
    ),
)
staging = section(
    LOOK,
    of(Look, "--camera", help="Let the camera follow, stand still, or be a director who cuts."),
    of(Look, "--lights", help="Let the lights go with the song, or stay as they are."),
    of(Look, "--flashes", help="Let the lights flash on every beat; not for everybody's eyes."),
    of(Look, "--set", "place", help="Dance on a stage, in a bright studio or in a dark club."),
    of(Look, "--floor", help="Draw lines on the floor, or none."),
    of(Look, "--finish", help="Leave pictures as they are drawn, grade them (clean), or add bloom and blur (film)."),
    of(
        Look,
        "--background",
        metavar="WHAT",
        help=f"Instead of the stage: {', '.join(COLOURS)}, #rrggbb, a picture's file, or transparent (webm, mov, png).",
    ),
)
of_character = (
    click.option(
        "--humanoid",
        type=click.IntRange(0),
        metavar="N",
        help="Which humanoid of the character's file dances, from 0; the first by default.",
    ),
    click.option(
        "--replace-animations", is_flag=True, help="Leave the animations out that the character's file has already."
    ),
)
embodied = section(
    LOOK,
    of(
        Look,
        "--body",
        type=BodyName(),
        show_default="builtin, or --character",
        help="Dance with this body: a name, or your rigged character's file (GLB, glTF, VRM, FBX).",
    ),
    click.option("--model-path", type=click.Path(), help="Model file of --body smplx (yours; not shipped)."),
    click.option(
        "--map",
        "map_path",
        type=click.Path(path_type=Path),
        help="TOML that says which joint is which in your character's file.",
    ),
    click.option("--show-map", is_flag=True, help="Print that TOML as choreo guesses it, to be corrected, and end."),
    *of_character,
    outfits.outfit,
    outfits.build,
)
drawing = section(LOOK, of(Look, "--renderer", type=PluginName("renderers"), help="Draw with this plugin."))
rate = section(LOOK, of(Look, "--fps", help="Frames a second: of videos (30 by default) and of motion files (60)."))
written = section(
    FILES,
    of(Look, "--captions", is_flag=True, help="Write what is danced as subtitles beside the video (.srt)."),
    of(Look, "--caption-form", help="Name steps in captions, or each count too, or steps in the picture instead."),
    of(Look, "--sheet", type=Sheet(), help="Draw a contact sheet: 4x8 pictures, or 4xbars for one a bar."),
)
engine = section(
    RUN,
    click.option(
        "--engine",
        type=EngineName(),
        default="local",
        show_default=True,
        help="Work in processes of this machine, or on a cluster: ray, ray:HOST:PORT.",
    ),
)
looking = stacked(
    section(
        LOOK,
        drawing,
        embodied,
        click.option(
            "--size", type=Size(), default="1280x720", show_default=True, help="Make pictures of this size, or 720p."
        ),
        rate,
        click.option("--preview", is_flag=True, help="Make a quick look at 360p, whatever --size says."),
        staging,
        of(Look, "--titles", is_flag=True, help="Write the song's name over the beginning, credits over the end."),
    ),
    written,
    section(
        RUN,
        of(
            Look,
            "--jobs",
            help="Draw with this many processes at the same time (1 here, all of a cluster); of songs, make as many.",
        ),
        of(Look, "--resume", is_flag=True, help="Go on with a video whose rendering was stopped."),
    ),
    engine,
)
dancing = section(
    DANCERS,
    of(Troupe, "--dancers", default=None, help="Make this many people dance; one by default."),
    of(
        Troupe,
        "--formation",
        default=None,
        case_sensitive=False,
        help="Place several like this; it changes by default.",
    ),
    of(
        Troupe,
        "--unison",
        default=None,
        metavar="WAY",
        help="Dance in unison, mirror, canon:BARS (one after another) or hold (two in closed hold).",
    ),
)
telling = section(
    RUN,
    click.option("--json", "as_json", is_flag=True, help="Print a JSON summary on stdout."),
    click.option("-q", "--quiet", is_flag=True, help="Write neither progress nor warnings."),
)
as_json = section(RUN, click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs."))


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a recording's rate and axis, as its argument ``reading: choreo.types.Reading``."""

    @functools.wraps(function)
    def command(
        *args: Any, fps_of: float | None, up: str | None, animation: str | None, person: int | None, **given: Any
    ) -> Any:
        from choreo.types import Reading

        return function(*args, reading=Reading(fps_of, up, animation, person), **given)

    return stacked(
        _fps_of,
        click.option("--up", metavar="AXIS", help="The recording's axis that points up: x, y, z, -x, -y or -z."),
        _animation,
        person,
    )(command)


_fps_of = click.option(
    "--fps-of", metavar="RATE", type=float, help="Frames a second of the recording, whatever is said in it."
)
_animation = click.option(
    "--animation",
    metavar="NAME|N",
    help="Which animation of a file with several, by name or by number from 0; the longest dance by default.",
)
person = click.option(
    "--person", type=click.IntRange(1), metavar="N", help="Who in a video: 1 is the one who dances most."
)
_on_rig = (
    of(Rigging, "--rig", help="Write motion files with the names, bones' axes, root and units of this program."),
    of(Rigging, "--root", help="Carry the dancer by a root on the floor, or by the hips; as --rig has it by default."),
    of(Rigging, "--in-place", is_flag=True, help="Take the way over the floor out of motion files; keep the steps."),
    of(Rigging, "--loop", is_flag=True, help="Let motion files end where they begin, to be played over and over."),
    of(Rigging, "--units", help="Write motion files in metres or centimetres; as --rig has it by default."),
)
rigging = section(
    FILES, *_on_rig, of(Rigging, "--up", help="Let this axis of motion files point up; as --rig has it by default.")
)
reading_and_rigging = section(
    FILES,
    *_on_rig,
    _fps_of,
    _animation,
    person,
    click.option("--up-of", metavar="AXIS", help="The recording's axis that points up: x, y, z, -x, -y or -z."),
    click.option(
        "--up",
        metavar="AXIS",
        help="Beside --rig, --root, --units or --up-of: the axis that points up in what is written; else as --up-of.",
    ),
)


def read_and_rigged(given: dict[str, Any], *, recorded: bool = True) -> tuple[Reading, Rigging]:
    """Take the options of `reading_and_rigging` out of what the command line was given.

    ``--up`` alone has always been of the recording; it is of what is written where that is given a rig, or where
    nothing is `recorded`.
    """
    from choreo.types import Reading

    fps_of, up_of, up, animation, who = (given.pop(name) for name in ("fps_of", "up_of", "up", "animation", "person"))
    asked = {name: given.pop(name) for name in ("rig", "root", "units", "in_place", "loop")}
    if recorded and up_of is None and not any(asked[name] for name in ("rig", "root", "units")):
        up_of, up = up, None
    return Reading(fps_of, up_of, animation, who), Rigging(up=up, **asked)


def assumed(what: str, where: str) -> str:
    """A line on what a reader assumed, ``30 fps`` or ``z up``, and how to say otherwise."""
    told = "--fps-of" if what.endswith(" fps") else "--up" if what.endswith(" up") else ""
    told = "--map" if what.endswith(" joints") else told
    return f"Assumed {what} in {where}: nothing in there says{f'; {told} tells another' if told else ''}."


def examples(*lines: str) -> str:
    """Make an epilog of command lines that click does not re-wrap."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def page_file(source: Path, stated: str | None, default: str) -> Path | None:
    """The HTML file that ``--html`` means, made ready to be written; None without one."""
    from choreo.names import output_file
    from choreo.output import require_output

    if stated is None:
        return None
    path = output_file(source, stated, (".html", ".htm"), default)
    require_output(path)
    return path


def echo_json(data: Any) -> None:
    """Print data as JSON on stdout."""
    say_json(data)


def echo_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table with aligned columns; ends of lines are not padded. `rows` are gone through twice."""
    widths = [len(name) for name in head]
    for row in rows:
        widths = [max(width, len(shown(cell))) for width, cell in zip(widths, row, strict=True)]

    def line(row: tuple[str, ...]) -> str:
        return "  ".join(shown(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()

    left = chain([head], rows)
    while some := list(islice(left, AT_ONCE)):
        say("\n".join(map(line, some)))
