"""How a dance is shown: the user's wishes. Nothing heavy is imported, so the command line can offer the names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from choreo.errors import InputError

CAMERAS = ("follow", "fixed", "director")
LIGHTS = ("stage", "plain")
FLOORS = ("lines", "plain")
BUILDS = ("slim", "average", "broad")
COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128), "green": (0, 177, 64)}
"""Named backgrounds beside the stage; green is the one of studios."""


@dataclass(frozen=True)
class Look:
    """How a dance is shown: renderer, body, picture size; columns and rows of a contact sheet (None: one a bar).

    `camera` is one of `CAMERAS`, `lights` of `LIGHTS`, `floor` of `FLOORS`; `background` is ``stage``, a colour or a
    picture's file. `captions` writes counts and steps beside the video, `titles` the song's name and credits into it.
    With `resume` videos go on where a run that was stopped left off; `jobs` processes draw at the same time.
    """

    renderer: str = "raster"
    body: str = "builtin"
    body_options: Mapping[str, Any] = field(default_factory=dict)
    width: int = 1280
    height: int = 720
    fps: float = 30.0
    sheet: tuple[int, int | None] | None = None
    resume: bool = False
    jobs: int = 1
    camera: str = "follow"
    lights: str = "stage"
    floor: str = "lines"
    background: str = "stage"
    captions: bool = False
    titles: bool = False

    def check(self) -> None:
        """Find out before the work whether it can be.

        Raises
        ------
        InputError
        """
        if self.width < 1 or self.height < 1 or not 0 < self.fps <= 240:
            raise InputError(f"size {self.width}x{self.height} at {self.fps} fps: want positive numbers, fps up to 240")
        for name, known in (("camera", CAMERAS), ("lights", LIGHTS), ("floor", FLOORS)):
            if getattr(self, name) not in known:
                raise InputError(f"--{name} {getattr(self, name)!r}: want {', '.join(known)}")
        if self.background != "stage" and colour_of(self.background) is None and not Path(self.background).is_file():
            raise InputError(
                f"--background {self.background!r}: want stage, {', '.join(COLOURS)}, a colour like #20304a, "
                "or a picture's file"
            )


def colour_of(text: str) -> tuple[int, int, int] | None:
    """Colour (sRGB) of a name or ``#rrggbb``, or None when it is neither."""
    if found := re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text):
        red, green, blue = (int(part, 16) for part in found.groups())
        return red, green, blue
    return COLOURS.get(text)


__all__ = ["BUILDS", "CAMERAS", "COLOURS", "FLOORS", "LIGHTS", "Look", "colour_of"]
