"""Which files a run writes, and what writes them: resolved once, before a file of an earlier dance is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from choreo import plugins
from choreo.datasets.convert import character_writer
from choreo.engines import open_engine
from choreo.errors import InputError, MotionError, PluginError
from choreo.names import Target, output_target
from choreo.options import Rigging
from choreo.output import require_apart, require_free, require_writable
from choreo.pipeline.delivery import Delivery, resolve_delivery
from choreo.planfile.credits import forbidden
from choreo.protocols import CharacterWriter, Exporter, PartRenderer, Renderer, ShowExporter, Workers
from choreo.types import Body, CharacterOptions, Motion
from choreo.video.background import OnBackground, backdrop
from choreo.video.bodies import BUILTIN, body_source, load_body
from choreo.video.film import require_alpha
from choreo.video.formats import LOOPS, PICTURES, STILLS, VIDEO, VIDEOS, video_format
from choreo.video.look import BUILDS, IN_PICTURE, OUTFITS, STAGE, TRANSPARENT, Look

PLAN = "plan"
FORMATS = (VIDEO, "bvh", PLAN)
"""What is written when nothing is said."""
BODIED = ("glb", "usd", "usdz", "fbx", "web")
"""Formats whose files have the dancer's body in them."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """Files that are asked for, with all that writes them.

    Attributes
    ----------
    target
        Folder and stem of everything that is written, without a suffix.
    body, bodies
        Who dances; and those of single dancers, counted from 1, who look otherwise.
    formats
        Names in the order asked for.
    exporters, shows
        Writers of one motion each, and of all dances at once, by format.
    videos, loops
        Formats that the renderer draws, in the order in which they are.
    renderer
        Who draws, in front of the look's background; None when nothing is drawn.
    delivery
        How motion files are made for the program that reads them.
    character, character_writer, character_options
        A rigged humanoid of the user's, what writes a dance onto it, and what the user says of its file.
    unshown
        Why the character is not the body, if it should be.
    """

    target: Target
    formats: tuple[str, ...]
    look: Look
    body: Body
    bodies: Mapping[int, Body] = field(default_factory=dict)
    exporters: Mapping[str, Exporter] = field(default_factory=dict)
    shows: Mapping[str, ShowExporter] = field(default_factory=dict)
    videos: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()
    renderer: Renderer | None = None
    delivery: Delivery = field(default_factory=Delivery)
    character: Path | None = None
    character_writer: CharacterWriter | None = None
    character_options: CharacterOptions = CharacterOptions()
    unshown: str = ""

    @property
    def base(self) -> Path:
        """Folder and stem of everything that is written."""
        return self.target.base

    @property
    def writes_plan(self) -> bool:
        """Whether the plan is asked for."""
        return PLAN in self.formats

    @property
    def needs_song(self) -> bool:
        """Whether a file is asked for that has the song's sound in it."""
        heard = [each for each in self.shows.values() if getattr(each, "sounds", True)]
        return bool(set(self.videos) - {STILLS} or heard)

    @property
    def draws(self) -> bool:
        """Whether anything of the look is asked for: videos, loops, subtitles or a contact sheet."""
        return bool(self.videos or self.loops or self.look.captions or self.look.sheet is not None)

    @contextmanager
    def drawing(self) -> Iterator[Workers | None]:
        """Processes for the parts of videos, as the look says; None where this one draws alone, or nothing is drawn.

        Raises
        ------
        PluginError
            When the engine cannot be reached.
        """
        if not self.videos or self.look.draws_here:
            yield None
            return
        with open_engine(self.look.engine, self.look.jobs or 0) as workers:
            yield workers

    @property
    def files(self) -> tuple[Path, ...]:
        """The file of each format, of the first dance and dancer."""
        endings = (*(_ending(name) for name in self.formats if name in (*PICTURES, PLAN) and name != STILLS),
                   *(each.suffix for each in (*self.exporters.values(), *self.shows.values())))  # fmt: skip
        return tuple(map(self.named, endings))

    def require_apart(self, *inputs: Path | None) -> None:
        """Refuse to write over what is read: these, the character, and the body's file.

        Raises
        ------
        OutputError
        """
        file = self.look.body_options.get("file")
        for path in self.files:
            require_apart(path, self.character, None if file is None else Path(file), *inputs)

    def cast(self, dancers: int) -> tuple[Body, ...]:
        """The body of each of so many dancers."""
        return tuple(self.bodies.get(number, self.body) for number in range(1, dancers + 1))

    @property
    def terms(self) -> list[str]:
        """What the licences of those who dance forbid, and why a character is not shown."""
        return [*([self.unshown] if self.unshown else []), *forbidden((self.body, *self.bodies.values()))]

    def named(self, ending: str) -> Path:
        """The file of an ending."""
        return self.target.named(ending)

    def numbered(self, number: int) -> Outputs:
        """The same for the dance of a number: its files are called ``<stem>-2`` and so on from the second on."""
        return self if number == 1 else replace(self, target=Target(self.named(f"-{number}")))


def dancer_suffixes(motions: Sequence[Motion]) -> Iterator[tuple[str, Motion]]:
    """Motions, each with what sets the names of a dancer's files apart: nothing for the first, then ``.2``."""
    for number, motion in enumerate(motions, 1):
        yield ("" if number == 1 else f".{number}"), motion


def _differing(look: Look, dancers: int) -> Look:
    """A look in which several built-in dancers are different people, where nothing is said of how they look."""
    if dancers < 2 or look.body_options or look.dancer_options:
        return look
    builds = ("average", *(build for build in BUILDS if build != "average"))
    each = {
        number + 1: {
            "look": OUTFITS[number % len(OUTFITS)],
            "build": builds[(number + number // len(OUTFITS)) % len(builds)],
        }
        for number in range(1, dancers)
    }
    return replace(look, dancer_options=each)


def resolve_outputs(
    source: Path,
    output: str | Path | None,
    formats: Sequence[str] | None,
    look: Look | None = None,
    *,
    usual: Sequence[str] = FORMATS,
    character: str | Path | None = None,
    rigging: Rigging | None = None,
    several: Sequence[str | Path] = (),
    pictures_only: bool = False,
    dancers: int = 1,
) -> Outputs:
    """Load all that the files need, make their folder, and fail for what can be known to fail.

    Parameters
    ----------
    source
        Song, plan or motion file, whose name the files take.
    output
        Folder or file; see `choreo.names.output_target`. The ending of a file is a format: it must be one of `formats`.
    formats
        None for what the ending says, or else the `usual` ones.
    rigging
        How motion files are to be for the program that reads them; as they are when None.
    several
        Other dances that are shown beside this one.
    pictures_only
        For motion files: formats that need a plan, and captions, are refused.
    dancers
        How many dance.

    Raises
    ------
    InputError
        When a format is unknown, formats and look do not go together, or a format cannot have the rig.
    PluginError
        When a plugin is unknown, broken or lacks a package of an extra.
    OutputError
        When the folder cannot be written.
    MotionError
        When the character cannot dance.
    """
    look = look or Look()
    endings = _endings(output)
    target = output_target(source, output, [*endings])
    stated = endings.get(target.ending.casefold(), ())
    if character is not None and formats is None and stated and not {*PICTURES, *BODIED} & {*stated}:
        raise InputError(
            f"{output}: its ending says {stated[-1]}, in which {character} cannot dance. Name a .mp4 or .glb, a folder,"
            f" or with --formats {stated[-1]} what is wanted beside the character."
        )
    formats = _agreed(formats, usual, stated, f"{output}")
    known = [*PICTURES, PLAN, *plugins.available("exporters")]
    for name in formats:
        if name not in known:
            raise InputError(f"unknown format {name!r}.{plugins.suggest(name, known)}")
    drawn = set(PICTURES) & set(formats)
    look.check()
    look.check_dancers(dancers)
    plugins.ready("engines", look.engine.partition(":")[0])
    renderer = _renderer(look, formats) if drawn or look.sheet is not None else None
    writers = {name: plugins.ready("exporters", name) for name in formats if name not in (*PICTURES, PLAN)}
    shows = {name: each for name, each in writers.items() if isinstance(each, ShowExporter)}
    if pictures_only:
        if other := set(formats) - {*PICTURES, *shows}:
            raise InputError(
                f"--formats: {sorted(other)[0]!r} goes with a plan; 'choreo convert' converts motion files."
            )
        if look.captions:
            raise InputError("--captions: a motion file has no counts; captions go with a plan.")
    if look.captions and look.caption_form == IN_PICTURE and not set(VIDEOS) & set(formats):
        raise InputError("--caption-form picture: no video is asked for; add mp4, webm, mov or png, or leave it out.")
    if several and not shows:
        raise InputError("--beside: only --formats web shows several dances.")
    told = look.body_options.get("options") or CharacterOptions()
    asked, unshown = look, ""
    look = _embodied(look, None if character is None else Path(character))
    try:
        body = load_body(look.body or BUILTIN, **look.body_options)
    except MotionError as error:
        if asked.body is not None or character is None:
            raise
        # A skeleton without a mesh, or with one that cannot be drawn, can still dance in its file.
        unshown = f"{error.message} Pictures show the built-in dancer."
        look = _embodied(replace(asked, body=BUILTIN), Path(character))
        body = load_body(BUILTIN, **look.body_options)
    if character is None and asked.body in (None, BUILTIN):
        look = _differing(look, dancers)
    bodies = {n: load_body(look.body or BUILTIN, **look.options_of(n)) for n in sorted(look.dancer_options)}
    require_writable(target.base.parent)
    writer = None if character is None else character_writer(Path(character), told)
    exporters = {name: each for name, each in writers.items() if name not in shows}
    delivery = resolve_delivery(rigging or Rigging(), exporters)
    if rigging not in (None, Rigging()) and not exporters and writer is None:
        raise InputError(f"{delivery.asked}: no motion file is asked for; --formats bvh or glb writes one.")
    outputs = Outputs(
        target=target,
        formats=tuple(formats),
        look=look,
        body=body,
        bodies=bodies,
        exporters=exporters,
        shows=shows,
        videos=tuple(name for name in VIDEOS if name in formats),
        loops=tuple(name for name in LOOPS if name in formats),
        renderer=renderer,
        delivery=delivery,
        character=None if character is None else Path(character),
        character_writer=writer,
        character_options=told,
        unshown=unshown,
    )
    for path in outputs.files:
        require_free(path)
    return outputs


def _embodied(look: Look, character: Path | None) -> Look:
    """A look with the body that is danced on: the character's where the look names none.

    What is said of the joints of a character's file is kept for bodies that are one.
    """
    name, options = body_source(look.body, character)
    options |= look.body_options
    if "file" not in options and options.pop("options", None) is not None and character is None:
        raise InputError(
            "--map, --humanoid, --replace-animations: there is no character; name its file as --character or --body."
        )
    return replace(look, body=name, body_options=options)


def _endings(output: str | Path | None) -> dict[str, tuple[str, ...]]:
    """Formats by the ending of their files, those of plugins only when `output` may be one; some share an ending."""
    found: dict[str, tuple[str, ...]] = {_ending(name): (name,) for name in (*PICTURES, PLAN) if name != STILLS}
    if output is None or not Path(output).suffix or str(output).casefold().endswith(tuple(found)):
        return found
    for name in plugins.available("exporters"):
        with suppress(PluginError):
            ending = plugins.load("exporters", name).suffix
            found[ending] = (*found.get(ending, ()), name)
    return found


def _ending(name: str) -> str:
    return ".plan.json" if name == PLAN else f".{name}"


def _agreed(formats: Sequence[str] | None, usual: Sequence[str], stated: Sequence[str], output: str) -> tuple[str, ...]:
    """Formats that a list and the ending of a stated file (one of `stated`, or none) agree upon."""
    if formats is None and not stated:
        return tuple(usual)
    if formats is None:
        name = stated[-1]
        return tuple(name if each == VIDEO else each for each in usual) if name in PICTURES else (name,)
    if stated and not set(stated) & set(formats):
        raise InputError(
            f"{output}: its ending says {stated[-1]}, but what is to be written is {', '.join(formats)}. Name another "
            "file, or the format with --formats."
        )
    return tuple(formats)


def _renderer(look: Look, formats: Sequence[str]) -> Renderer:
    """The look's renderer in front of its background, when it can draw what is asked for."""
    renderer: Renderer = plugins.ready("renderers", look.renderer)
    clear = look.background == TRANSPARENT
    other = look.background != STAGE and not clear
    for name in VIDEOS:
        if name in formats:
            require_alpha(look.renderer, video_format(name, transparent=clear), other)
    if clear and (opaque := [name for name in LOOPS if name in formats]):
        raise InputError(f"--background transparent: {opaque[0]} is written without alpha; webm, mov and png have it.")
    if other and (look.sheet is not None or set(LOOPS) & set(formats)):
        require_alpha(look.renderer, video_format(VIDEO), other)
    if other:
        backdrop(look.background, 2, 2)
    return OnBackground(renderer, look.background) if other and isinstance(renderer, PartRenderer) else renderer


__all__ = ["FORMATS", "PLAN", "Outputs", "dancer_suffixes", "resolve_outputs"]
