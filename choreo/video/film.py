"""A film: a scene, who draws it, and what it becomes; and any part of it, drawn and encoded by itself."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.environment import drawing_variables
from choreo.errors import ChoreoError, InputError, PluginError
from choreo.output import atomic
from choreo.protocols import PartRenderer, PlanarRenderer, Renderer
from choreo.types import Bytes, Scene
from choreo.version import __version__
from choreo.video.background import lay_on
from choreo.video.encode import codec_options, encode_frames
from choreo.video.finish import finished
from choreo.video.formats import STILLS, TRANSPARENT, VideoFormat, VideoSpec
from choreo.video.overlay import with_titles
from choreo.video.stills import write_stills
from choreo.video.titles import Lettered, TitleCard

SECONDS = 10.0
"""Length of a part."""
STILL_BYTES = 512 << 20
"""Of the pixels of a part of stills, which is shorter for large pictures: a machine sends it as a whole."""


@dataclass(frozen=True, eq=False)
class Film:
    """A scene, who draws it, and what kind of file it becomes; words that are laid over it.

    ``behind : (height, width, 3) uint8`` replaces the renderer's floor and backdrop, except in formats with alpha.
    `finish` is one of `choreo.video.look.FINISHES`. `lettered` are the `cards` with their letters drawn, for machines
    that may have other fonts; see `Film.portable`.
    """

    scene: Scene
    renderer: str
    kind: VideoFormat
    cards: tuple[TitleCard, ...] = ()
    behind: Bytes | None = None
    lettered: tuple[Lettered, ...] = ()
    finish: str = "none"

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.scene) / self.scene.fps

    @property
    def step(self) -> int:
        """Frames of a part."""
        whole = max(1, round(SECONDS * self.scene.fps))
        if self.kind.name != STILLS:
            return whole
        return max(1, min(whole, STILL_BYTES // (self.scene.width * self.scene.height * self.kind.channels)))

    def tools(self) -> dict[str, str]:
        """Versions, by name, of what makes the pictures: parts by different ones are never joined."""
        import av

        found = {"choreo": __version__, "PyAV": av.__version__, f"the renderer {self.renderer!r}":
                 plugin_version(self.renderer)}  # fmt: skip
        return found | {f"the variable {name}": value for name, value in drawing_variables().items()}

    def key(self) -> str:
        """Digest of all that decides the pictures: scene, renderer, encoder, versions, this processor's encoder code.

        Names the folder of finished parts, so that `segments.write_film` never joins parts of different films.
        """
        digest = hashlib.sha256()
        settings = (self.kind.name, self.kind.pixels, sorted(codec_options(self.kind).items()), self.step)
        drawn = (self.scene, self.cards, self.behind, self.finish)
        for thing in (self.tools(), settings, drawn):
            _add_to_digest(digest, thing)
        return digest.hexdigest()[:20]

    def portable(self) -> Film:
        """The same film for other machines: all that it takes from the disk of this one is in it."""
        lettered = tuple(Lettered.of(card, self.scene.width, self.scene.height) for card in self.cards)
        return dataclasses.replace(self, lettered=lettered)

    def draw(self, first: int, last: int) -> Iterator[Bytes]:
        """Frames `first` to `last` (not with it), drawn as they are in the whole.

        They are as the format stores them, in planes, where the renderer can write these; else pictures.

        Raises
        ------
        PluginError
            When the renderer fails, as when a graphics driver goes away; names the frame.
        """
        renderer = plugins.load("renderers", self.renderer)
        require_alpha(self.renderer, self.kind, self.behind is not None)
        frames: Iterator[Bytes]
        alpha = self.kind.alpha or self.behind is not None
        whole = (first, last, alpha) == (0, len(self.scene), False)
        if isinstance(renderer, PlanarRenderer) and self.kind.planar and not alpha:
            frames = renderer.planes(self.scene, first, last)
        elif isinstance(renderer, PartRenderer) and not whole:
            frames = renderer.part(self.scene, first, last, alpha=alpha)
        else:
            frames = _from_the_start(renderer, self.scene, first, last)
        if self.behind is not None and not self.kind.alpha:
            frames = lay_on(frames, self.behind)
        if self.finish != "none":
            frames = finished(frames, self.finish)
        if self.cards:
            frames = with_titles(frames, self.cards, first, self.scene, self.lettered)
        at = first
        try:
            for picture in frames:
                yield picture
                at += 1
        except (ChoreoError, OSError):
            raise
        except Exception as error:
            advice = "" if self.renderer == "raster" else " The renderer 'raster' needs no graphics driver."
            raise PluginError(
                f"renderer {self.renderer!r} failed at frame {at} of {len(self.scene)}: "
                f"{type(error).__name__}: {error}.{advice}"
            ) from error
        finally:
            if hasattr(frames, "close"):
                frames.close()


def _from_the_start(renderer: Renderer, scene: Scene, first: int, last: int) -> Iterator[Bytes]:
    """Frames of a renderer that cannot begin in the middle: those before `first` are drawn and dropped."""
    frames = renderer.frames(scene)
    try:
        yield from islice(frames, first, last)
    finally:
        if hasattr(frames, "close"):
            frames.close()


def plugin_version(name: str) -> str:
    """Version of what brings the renderer."""
    entry = plugins.available("renderers").get(name)
    return f"{name} {getattr(getattr(entry, 'dist', None), 'version', '')}"


def require_alpha(renderer: str, kind: VideoFormat, background: bool = False) -> None:
    """Find out early whether a renderer can leave the background out.

    Raises
    ------
    InputError
        When the format or another `background` needs that and the renderer cannot.
    """
    if not kind.alpha and not background:
        return
    plugin = plugins.load("renderers", renderer)
    if not (isinstance(plugin, PartRenderer) and plugin.alpha):
        always = kind.alpha and kind.name not in TRANSPARENT
        asked = f"--formats {kind.name}" if always else "--background"
        instead = ", or the formats mp4 and webm" if always else ""
        raise InputError(
            f"{asked}: the renderer {renderer!r} cannot draw the dancer without background. "
            f"Use --renderer raster{instead}."
        )


def _add_to_digest(digest: Any, thing: Any) -> None:
    """Add a value to a digest, arrays and types by what they hold."""
    if isinstance(thing, np.ndarray):
        digest.update(f"{thing.dtype.str}{thing.shape}".encode())
        digest.update(np.ascontiguousarray(thing))
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        digest.update(type(thing).__name__.encode())
        for field in dataclasses.fields(thing):
            _add_to_digest(digest, getattr(thing, field.name))
    elif isinstance(thing, Mapping):
        _add_to_digest(digest, sorted(thing.items()))
    elif isinstance(thing, tuple | list):
        digest.update(f"[{len(thing)}".encode())
        for one in thing:
            _add_to_digest(digest, one)
    else:
        digest.update(repr(thing).encode() + b"\0")


def make_part(
    film: Film,
    path: Path,
    part: Path,
    frames: Iterator[Bytes],
    count: int,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write `frames` to `part`, which has its name only when it is whole; errors name `path`, the video.

    `progress` is called with 0 to 1.
    """
    scene = film.scene
    spec = VideoSpec(film.kind, scene.fps, scene.width, scene.height, count)
    if film.kind.name == STILLS:
        write_stills(path, part, frames, int(part.name), spec, progress)
        return
    with atomic(part, at_once=True) as partial:
        encode_frames(path, partial, frames, None, spec, progress)


__all__ = ["Film", "make_part", "require_alpha"]
