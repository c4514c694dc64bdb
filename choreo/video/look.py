"""Options of how a dance is shown. Nothing heavy is imported, so the command line can offer the names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from choreo.engines import LOCAL
from choreo.errors import InputError
from choreo.options import check_options, option

STAGE = "stage"
"""Name of the renderer's own background, and of the lights that go with the song."""
TRANSPARENT = "transparent"
"""Name of the background that there is none: the dancer is cut out, in formats with alpha."""
PREVIEW_SIZE = (640, 360)
VIDEO_FPS, MOTION_FPS = 30.0, 60.0
"""Frames a second of videos and of motion files, where nothing else is asked for."""
CAMERAS = ("follow", "fixed", "director")
LIGHTS = (STAGE, "plain")
FLOORS = ("lines", "plain")
SETS = (STAGE, "studio", "club")
FINISHES = ("none", "clean", "film")
FLASHES = ("off", "on")
COUNTS, IN_PICTURE = "counts", "picture"
CAPTION_FORMS = ("steps", COUNTS, IN_PICTURE)
BUILDS = ("slim", "average", "broad", "athletic", "curvy")
OUTFITS = ("street", "stage", "studio", "sport", "gala")
"""What the built-in dancer may wear; several dancers wear them in turn where nothing is asked for."""
COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128), "green": (0, 177, 64)}
"""Named backgrounds beside the stage; green is the one of studios."""


@dataclass(frozen=True)
class Look:
    """How a dance is shown: renderer, body, picture size; columns and rows of a contact sheet (None: one a bar).

    `body` is a body plugin's name or a character's file (GLB, glTF, VRM); None is the character that a dance is
    written on, if any, else the built-in dancer. `body_options` are the plugin's own, such as ``look`` and ``build``;
    `dancer_options` go over them for single dancers, who are counted from 1.
    `fps` holds for videos and for motion files; None is `VIDEO_FPS` for the first and `MOTION_FPS` for the others.
    `camera` is one of `CAMERAS`, `lights` of `LIGHTS`, `floor` of `FLOORS`, `place` of `SETS`; `flashes` says whether
    lights may flash on every beat, `finish` (`FINISHES`) what is done to drawn pictures; `background` is ``stage``, a
    colour, the file of a picture, or ``transparent`` for formats with alpha. `captions` writes what is danced as the
    caption form says: names of `steps`, or `counts`, as subtitles beside the video, or the steps into the `picture`;
    `titles` the song's name and credits into it.
    With `resume` videos go on where a run that was stopped left off; `jobs` processes of the `engine` (see
    `choreo.engines.open_engine`) draw at the same time. Where that is None, one does on this machine, and all that
    there are on others.

    Examples
    --------
    >>> Look(width=1080, height=1920, camera="director").video_fps
    30.0
    >>> Look(fps=24).video_fps, Look(fps=24).motion_fps
    (24, 24)
    >>> Look(camera="drone")
    Traceback (most recent call last):
    choreo.errors.InputError: camera: found 'drone', expected one of follow, fixed, director.
    """

    renderer: str = "raster"
    body: str | None = None
    body_options: Mapping[str, Any] = field(default_factory=dict)
    dancer_options: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    width: int = option(1280, low=16, high=8192, unit="pixels")
    height: int = option(720, low=16, high=8192, unit="pixels")
    fps: float | None = option(None, low=1, high=240, unit="frames a second")
    sheet: tuple[int, int | None] | None = None
    resume: bool = False
    jobs: int | None = option(None, low=1, high=1000, unit="processes")
    engine: str = LOCAL
    camera: str = option("follow", choices=CAMERAS)
    lights: str = option(STAGE, choices=LIGHTS)
    flashes: str = option("off", choices=FLASHES)
    finish: str = option("none", choices=FINISHES)
    place: str = option(STAGE, choices=SETS)
    floor: str = option("lines", choices=FLOORS)
    background: str = STAGE
    captions: bool = False
    caption_form: str = option("steps", choices=CAPTION_FORMS)
    titles: bool = False

    def __post_init__(self) -> None:
        """Check the bounds.

        Raises
        ------
        InputError
        """
        check_options(self)

    def options_of(self, dancer: int) -> dict[str, Any]:
        """Options of the body of one dancer, counted from 1."""
        return {**self.body_options, **self.dancer_options.get(dancer, {})}

    def check_dancers(self, dancers: int) -> None:
        """Check that everybody who is dressed is there.

        Raises
        ------
        InputError
        """
        for number in self.dancer_options:
            if not 1 <= number <= dancers:
                there = "only one dances" if dancers == 1 else f"the dancers are 1 to {dancers}"
                raise InputError(f"an outfit or a build for dancer {number}: {there}; --dancers says how many.")

    @property
    def draws_here(self) -> bool:
        """Whether this process draws alone."""
        return self.engine == LOCAL and (self.jobs or 1) == 1

    @property
    def video_fps(self) -> float:
        """Frames a second of videos."""
        return VIDEO_FPS if self.fps is None else self.fps

    @property
    def motion_fps(self) -> float:
        """Frames a second of motion files."""
        return MOTION_FPS if self.fps is None else self.fps

    def check(self) -> None:
        """Check that the background exists, before the work begins.

        Raises
        ------
        InputError
        """
        named = self.background in (STAGE, TRANSPARENT)
        if not named and colour_of(self.background) is None and not Path(self.background).is_file():
            raise InputError(
                f"--background {self.background!r}: want stage, transparent, {', '.join(COLOURS)}, a colour like "
                "#20304a, or a picture's file"
            )


def colour_of(text: str) -> tuple[int, int, int] | None:
    """Colour (sRGB) of a name or ``#rrggbb``, or None when it is neither."""
    if found := re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text):
        red, green, blue = (int(part, 16) for part in found.groups())
        return red, green, blue
    return COLOURS.get(text)


__all__ = ["BUILDS", "CAMERAS", "COLOURS", "FLOORS", "LIGHTS", "OUTFITS", "PREVIEW_SIZE", "STAGE", "Look", "colour_of"]
