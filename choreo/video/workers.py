"""Parts of a film made at the same time, in processes of an engine: of this machine, or of a cluster."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from choreo import plugins
from choreo.environment import drawing_variables, variables_as
from choreo.errors import OutputError, PluginError
from choreo.output import atomic
from choreo.protocols import Workers
from choreo.types import Lost
from choreo.video.compiling import compile_first
from choreo.video.film import Film, make_part
from choreo.video.formats import STILLS
from choreo.video.stills import place_stills, still_name

LARGEST = 1 << 30
"""Bytes of a part that another machine sends back."""
Span = tuple[int, int]
"""First frame of a part, and the one after its last."""
Drawn = Mapping[str, bytes]
"""A part that was sent back: its file, or the pictures of a folder, by name."""


@dataclass(frozen=True, eq=False)
class Errand:
    """What each process is told once: the film, and how its pictures are made on the machine that asks.

    Attributes
    ----------
    path
        The video, which errors name.
    folder
        Where parts are to lie; None where this machine's disk cannot be seen: they are sent back.
    tools, variables
        Versions of what makes the pictures (`Film.tools`), and `choreo.environment.drawing_variables`.
    """

    film: Film
    path: Path
    folder: Path | None
    tools: Mapping[str, str]
    variables: Mapping[str, str]


def part_name(film: Film, first: int) -> str:
    """Name of the file, or for stills the folder, of the part that begins with a frame."""
    return f"{first:07d}" if film.kind.name == STILLS else f"{first:07d}.{film.kind.name}"


def make_parts(
    film: Film, path: Path, folder: Path, missing: Sequence[Span], workers: Workers, progress: Callable[[float], None]
) -> None:
    """Make parts of a film in processes, as many at a time as these are, and put each into `folder` when it is whole.

    Parameters
    ----------
    path
        The video.
    missing
        The parts.
    progress
        Called with 0 to 1, the share of the whole film.

    Raises
    ------
    PluginError
        When a process died, or has other versions of what draws.
    ChoreoError
        What a process met.
    """
    total = len(film.scene)
    ready = total - sum(last - first for first, last in missing)
    if workers.remote:
        errand = Errand(film.portable(), path, None, film.tools(), drawing_variables())
    else:
        compile_first(film)
        errand = Errand(film, path, folder, film.tools(), drawing_variables())
    with closing(workers.each(draw_part, missing, shared=errand)) as parts:  # type: ignore[type-var]  # a generator
        for (first, last), drawn in parts:
            if isinstance(drawn, Lost):
                elsewhere = "--engine local" if workers.remote else "--jobs 1, or --renderer raster"
                raise PluginError(
                    f"renderer {film.renderer!r}: a process that was drawing {drawn.why}. Try {elsewhere}."
                )
            if drawn is not None:
                _place(film, folder / part_name(film, first), range(first, last), drawn)
            ready += last - first
            progress(ready / total)


def draw_part(span: Span, errand: Errand) -> Drawn | None:
    """Draw and encode one part in a process of an engine: into its folder, or sent where there is none.

    Raises
    ------
    PluginError
        When this machine has other versions of what draws, or lacks what the renderer needs.
    OutputError
        When the part is too large to be sent.
    """
    if errand.folder is not None:
        _draw(span, errand, errand.folder)
        return None
    with variables_as(errand.variables):
        _require_tools(errand)
        with tempfile.TemporaryDirectory(prefix="choreo-") as place:
            made = _draw(span, errand, Path(place))
            files = sorted(made.iterdir()) if made.is_dir() else [made]
            size = sum(file.stat().st_size for file in files)
            if size > LARGEST:
                raise OutputError(
                    f"{errand.path}: frames {span[0]} to {span[1] - 1} take {size >> 20} MiB; another machine sends at"
                    f" most {LARGEST >> 20}. Draw this film with --engine local, or a smaller --size."
                )
            return {file.name: file.read_bytes() for file in files}


def _draw(span: Span, errand: Errand, folder: Path) -> Path:
    part = folder / part_name(errand.film, span[0])
    make_part(errand.film, errand.path, part, errand.film.draw(*span), span[1] - span[0])
    return part


def _place(film: Film, part: Path, frames: range, drawn: Drawn) -> None:
    """Write a part that was sent."""
    if film.kind.name == STILLS:
        place_stills(part, {name: drawn[name] for name in map(still_name, frames)})
        return
    with atomic(part, at_once=True) as partial:
        partial.write_bytes(drawn[part.name])


def _require_tools(errand: Errand) -> None:
    """Refuse to draw with other versions, or without what the renderer needs.

    Raises
    ------
    PluginError
    """
    here = errand.film.tools()
    for name, version in errand.tools.items():
        if here.get(name) != version:
            raise PluginError(
                f"{platform.node()}, a machine of the engine, has {name} {here.get(name)}, and this one {version}: "
                "their pictures may differ. Install the same versions on all machines."
            )
    _require_renderer(errand.film.renderer)


@cache
def _require_renderer(name: str) -> None:
    try:
        plugins.ready("renderers", name)
    except PluginError as error:
        raise PluginError(f"{platform.node()}, a machine of the engine: {error.message}") from error


__all__ = ["Errand", "draw_part", "make_parts", "part_name"]
