"""Long videos in parts, so that a render that was killed goes on where it was, and parts can be made side by side.

A part is a file of its own of ten seconds, beginning with a key frame, in a hidden folder beside the video. The
folder's name follows from everything that decides the pictures, so parts of another dance, look or version are never
taken. At the end the parts are put together without encoding a picture again, the sound is added, and the folder goes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from choreo import __version__, plugins
from choreo.errors import AudioError, ChoreoError, InputError, OutputError, PluginError
from choreo.hookspecs import PartRenderer, Renderer
from choreo.output import atomic
from choreo.types import Bytes, Scene
from choreo.video.background import lay_on
from choreo.video.encode import codec_options, disk, encode_frames, frame_rate, join_parts, soundtrack
from choreo.video.formats import STILLS, VideoFormat
from choreo.video.titles import Card, with_titles

SECONDS = 10.0
"""Length of a part."""


@dataclass(frozen=True, eq=False)
class Film:
    """A scene, who draws it, and what kind of file it becomes; words that are laid over it.

    ``behind : (height, width, 3) uint8`` takes the place of the stage, except in formats with alpha.
    """

    scene: Scene
    renderer: str
    kind: VideoFormat
    cards: tuple[Card, ...] = ()
    behind: Bytes | None = None

    @property
    def step(self) -> int:
        """Frames of a part."""
        return max(1, round(SECONDS * self.scene.fps))

    def key(self) -> str:
        """Name for all that decides the pictures: scene, renderer, encoder, versions, this processor's encoder code."""
        import av

        digest = hashlib.sha256()
        settings = (self.kind.name, self.kind.pixels, sorted(codec_options(self.kind).items()), self.step)
        drawn = (self.scene, self.cards, self.behind)
        for thing in (__version__, av.__version__, plugin_version(self.renderer), settings, drawn):
            _feed(digest, thing)
        return digest.hexdigest()[:20]

    def draw(self, first: int, last: int) -> Iterator[Bytes]:
        """Frames `first` to `last` (not with it), drawn as they are in the whole.

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
        if isinstance(renderer, PartRenderer) and not whole:
            frames = renderer.part(self.scene, first, last, alpha=alpha)
        else:
            frames = _later(renderer, self.scene, first, last)
        if self.behind is not None and not self.kind.alpha:
            frames = lay_on(frames, self.behind)
        if self.cards:
            frames = with_titles(frames, self.cards, first, self.scene.fps)
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


def _later(renderer: Renderer, scene: Scene, first: int, last: int) -> Iterator[Bytes]:
    """Frames of a renderer that can only begin at the beginning."""
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
        asked = f"--formats {kind.name}" if kind.alpha else "--background"
        instead = ", or the formats mp4 and webm" if kind.alpha else ""
        raise InputError(
            f"{asked}: the renderer {renderer!r} cannot draw the dancer without background. "
            f"Use --renderer raster{instead}."
        )


def _feed(digest: Any, thing: Any) -> None:
    """Add a value to a digest, arrays and types by what they hold."""
    if isinstance(thing, np.ndarray):
        digest.update(f"{thing.dtype.str}{thing.shape}".encode() + np.ascontiguousarray(thing).tobytes())
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        digest.update(type(thing).__name__.encode())
        for field in dataclasses.fields(thing):
            _feed(digest, getattr(thing, field.name))
    elif isinstance(thing, Mapping):
        _feed(digest, sorted(thing.items()))
    elif isinstance(thing, tuple | list):
        digest.update(f"[{len(thing)}".encode())
        for one in thing:
            _feed(digest, one)
    else:
        digest.update(repr(thing).encode() + b"\0")


def write_film(
    film: Film,
    path: Path,
    *,
    audio: Path | None = None,
    audio_start: float = 0.0,
    resume: bool = False,
    jobs: int = 1,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Draw and encode a film, part by part.

    Parameters
    ----------
    path
        The video, or for the format ``png`` the folder of pictures.
    audio, audio_start
        Song, and the second of it that sounds with the first picture.
    resume
        Take what an earlier run that was stopped has finished; else everything is made anew.
    jobs
        Parts that are made at the same time, each in a process.
    progress
        Called with 0..1.

    Raises
    ------
    PluginError, InputError, OutputError, AudioError
        Finished parts are kept, and the message says so.
    """
    require_alpha(film.renderer, film.kind, film.behind is not None)
    scene, tell = film.scene, progress or (lambda done: None)
    family = f".choreo-{hashlib.sha256(path.name.encode()).hexdigest()[:10]}-"
    folder = path.parent / f"{family}{film.key()}.parts"
    with disk(path):
        if not resume:
            clear(path.parent, family)
        folder.mkdir(parents=True, exist_ok=True)
    pieces = [(first, min(first + film.step, len(scene))) for first in range(0, len(scene), film.step)]
    places = [folder / _part_name(film, first) for first, _ in pieces]
    track = soundtrack(audio, audio_start, len(scene) / scene.fps, scene.fps, film.kind)
    try:
        done = [finished(film, place, last - first) for place, (first, last) in zip(places, pieces, strict=True)]
        missing = [
            (place, first, last) for place, (first, last), has in zip(places, pieces, done, strict=True) if not has
        ]
        try:
            if jobs > 1 and len(missing) > 1:
                from choreo.video.crew import make_parts

                make_parts(film, path, missing, jobs, tell)
            else:
                _one_by_one(film, path, missing, tell)
            _assemble(film, path, places, track)
        except ChoreoError as error:
            have = sum(finished(film, place, last - first) for place, (first, last) in zip(places, pieces, strict=True))
            if not have:
                raise
            sorts = (OutputError, AudioError, InputError, PluginError, ChoreoError)
            raise next(sort for sort in sorts if isinstance(error, sort))(
                f"{error.message} {have} of {len(pieces)} parts are finished and kept; --resume goes on from there."
            ) from error
    finally:
        if track is not None:
            track.close()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    clear(path.parent, family)


def _part_name(film: Film, first: int) -> str:
    return f"{first:07d}" if film.kind.name == STILLS else f"{first:07d}.{film.kind.name}"


def clear(folder: Path, family: str) -> None:
    """Remove all parts of one video, also those of other looks."""
    for old in folder.glob(f"{family}*.parts"):
        shutil.rmtree(old)


def finished(film: Film, place: Path, count: int) -> bool:
    """Whether a part is there and whole. Parts get their name last, so only a broken disk can make others."""
    if film.kind.name == STILLS:
        return place.is_dir()
    if not place.is_file():
        return False
    from choreo.video.probe import probe

    try:
        facts = probe(place)["video"]
    except InputError:
        return False
    return facts is not None and facts["frames"] == count


def _one_by_one(film: Film, path: Path, missing: list[tuple[Path, int, int]], tell: Callable[[float], None]) -> None:
    """Make parts in order; neighbours are drawn in one go, so that nothing is set up twice."""
    total, ready = len(film.scene), len(film.scene) - sum(last - first for _, first, last in missing)
    runs: list[list[tuple[Path, int, int]]] = []
    for part in missing:
        if runs and runs[-1][-1][2] == part[1]:
            runs[-1].append(part)
        else:
            runs.append([part])
    for run in runs:
        frames = film.draw(run[0][1], run[-1][2])
        try:
            for place, first, last in run:

                def heard(share: float, before: int = ready, count: int = last - first) -> None:
                    tell((before + share * count) / total)

                make_part(film, path, place, islice(frames, last - first), last - first, heard)
                ready += last - first
        finally:
            frames.close()  # type: ignore[attr-defined]  # draw is a generator


def make_part(
    film: Film,
    path: Path,
    place: Path,
    frames: Iterator[Bytes],
    count: int,
    tell: Callable[[float], None] | None = None,
) -> None:
    """Write one part; it has its name only when it is whole. Errors name `path`."""
    scene = film.scene
    if film.kind.name == STILLS:
        from choreo.video.stills import write_stills

        write_stills(path, place, frames, int(place.name), scene.height, scene.width, count, tell)
        return
    with atomic(place) as partial:
        encode_frames(path, partial, frames, None, scene.fps, scene.width, scene.height, count, tell, film.kind)


def _assemble(film: Film, path: Path, places: list[Path], track: Any) -> None:
    if film.kind.name == STILLS:
        from choreo.video.stills import gather

        gather(path, places)
        return
    with atomic(path) as partial:
        join_parts(path, partial, places, track, float(frame_rate(film.scene.fps)), film.kind)


__all__ = ["Film", "require_alpha", "write_film"]
