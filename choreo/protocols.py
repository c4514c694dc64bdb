"""One Protocol per kind of plugin. An entry point names a class (or factory) that takes no arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from choreo.types import (
    Audio,
    BeatTrack,
    Body,
    Bytes,
    CharacterOptions,
    Clip,
    Doubles,
    Floats,
    Lost,
    Motion,
    MusicAnalysis,
    Phrase,
    Reading,
    RigMotion,
    Scene,
    Show,
    Take,
)

Item = TypeVar("Item")
Result = TypeVar("Result")


@runtime_checkable
class BeatTracker(Protocol):
    """``choreo.beats``: sound in, beats and downbeats out."""

    name: str
    description: str

    def track(self, audio: Audio, *, bpm: float | None = None, metre: int | None = None) -> BeatTrack:
        """Find beats; `bpm` and `metre` are the user's word and must be followed. May return no beats."""


@runtime_checkable
class BarFinder(Protocol):
    """A beat tracker that can decide the bars of beats that are known already."""

    def bars(
        self,
        audio: Audio,
        beats: Doubles,
        *,
        metre: int | None = None,
        downbeat: float | None = None,
        confidences: Doubles | None = None,
    ) -> BeatTrack:
        """Find the bars of `beats` ``(B,)`` seconds.

        `metre`, and that the beat nearest to the second `downbeat` begins a bar, are the user's word and followed.
        """


@runtime_checkable
class Tagger(Protocol):
    """``choreo.taggers``: sound in, words for it out (genres, moods, instruments)."""

    name: str
    description: str
    licence: str

    def tags(self, audio: Audio) -> Mapping[str, float]:
        """Probability 0..1 of each tag that the tagger knows."""


@runtime_checkable
class WordEncoder(Protocol):
    """``choreo.words``: words in, vectors out in which words of like meaning are near.

    ``alike`` is the cosine, 0 to 1, from which words are taken for each other.
    """

    name: str
    description: str
    licence: str
    alike: float

    def vectors(self, words: Sequence[str]) -> Floats:
        """``(W, D) float32`` of unit length; zeros for words that it does not know."""


@runtime_checkable
class Dataset(Protocol):
    """``choreo.datasets``: files in, beat-cut clips out."""

    name: str
    description: str
    licence: str
    citation: str
    expected: str

    def clips(self, path: Path | None) -> Iterator[Clip]:
        """Yield clips found below `path` (None for data that the plugin brings). Pure per file."""


@runtime_checkable
class FileDataset(Dataset, Protocol):
    """A dataset of files that can be read one by one: what makes adding it resumable, parallel and convertible.

    ``suffixes`` are the file endings that `takes` reads; ``skips`` says what is left out and why.
    Where several readers know an ending, one with ``recognises(file) -> bool`` says whether a file is its own.
    A recording of several files is told by ``parts(file) -> Sequence[Path]``, and other files that `takes` looks up by
    ``beside(file) -> Sequence[Path]``, whether they are there or not: only these come along when a file is read on
    another machine or fetched from a store. Of a dataset in a store, names alone are known at first; ``beside`` is
    asked again when `file` has its content, and what `files` and ``parts`` look into is told by
    ``lists(path) -> Sequence[Path]``.
    A reader of several people in a file has ``people = True`` and heeds `Reading.person`; ``longest`` is how many
    seconds a file may take where that is more than usual, ``notice`` what is told whoever adds such files.
    `choreo.datasets.Files` is a base class that gives `clips` and `files` for free.
    """

    suffixes: tuple[str, ...]
    skips: str

    def files(self, path: Path) -> Sequence[Path]:
        """Files below `path` that hold motion, in a fixed order."""

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the recordings of one file, whatever else is in its folder being looked up from `root`.

        `joints` are names of the file's joints by canonical name, where the user had to say. `reading` is what the
        user says of rate and axis; it overrules the file, and what a reader assumes where neither says it is told in
        `Take.flags` (`choreo.datasets.assumed`).
        """


@runtime_checkable
class JointNames(Protocol):
    """A dataset of files whose joints may have any name, so that a user may have to say which is which.

    ``tree_suffixes`` are the endings of the files that `joint_tree` reads. One that also has ``joint_map(file)`` gives
    a name of the file's family and its joints by canonical name, as the file itself says or shows them; else they are
    guessed by names and tree.
    """

    name: str
    tree_suffixes: tuple[str, ...]

    def joint_tree(self, file: Path) -> tuple[Sequence[str], Sequence[int]]:
        """Names of the file's joints and the number of each one's parent, -1 for a root."""


@runtime_checkable
class Embedder(Protocol):
    """``choreo.embedders``: phrases and clips in, embeddings in one space out; the smaller the distance the better."""

    name: str
    description: str

    def embed_music(self, analysis: MusicAnalysis, phrases: Sequence[Phrase]) -> Floats:
        """``(P, D) float32``."""

    def embed_motion(self, clips: Sequence[Clip]) -> Floats:
        """``(C, D) float32``."""

    def compare(self, music: Floats, motion: Floats) -> Mapping[str, Floats]:
        """Named non-negative terms ``(P, C) float32`` whose sum is the distance."""


@runtime_checkable
class BodySource(Protocol):
    """``choreo.bodies``: a skinned body in the canonical T-pose."""

    name: str
    description: str

    def load(self, **options: Any) -> Body:
        """Load or build the body; unknown options are an InputError."""


@runtime_checkable
class FileBodySource(BodySource, Protocol):
    """A body that is made of a user's file: its `load` has the options ``file`` and, if any, ``options``.

    ``suffixes`` are the endings of such files, small letters with the dot; ``options`` `choreo.types.CharacterOptions`.
    """

    suffixes: Sequence[str]


@runtime_checkable
class Renderer(Protocol):
    """``choreo.renderers``: a scene in, frames out."""

    name: str
    description: str

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        """Yield ``(height, width, 3) uint8`` sRGB frames in order; closing the iterator frees everything."""


@runtime_checkable
class PartRenderer(Renderer, Protocol):
    """A renderer that can begin at any frame, which `--resume` and `--jobs` need to save time.

    ``alpha`` says whether it can draw the dancers without background and floor.
    """

    alpha: bool

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it), the same as those of `frames`.

        With `alpha` they are ``(height, width, 4) uint8``: sRGB and straight alpha, no background.
        """


@runtime_checkable
class UnfoldingRenderer(PartRenderer, Protocol):
    """A renderer that draws a frame of one dancer from the frame's own pose, camera and lights, and begins at once.

    ``unfolds`` is true. Such a film may be drawn as several scenes behind each other, the first while the rest of the
    dance is still being stitched.
    """

    unfolds: bool


@runtime_checkable
class PlanarRenderer(PartRenderer, Protocol):
    """A renderer that writes frames the way video is stored, which saves converting each of them."""

    def planes(self, scene: Scene, first: int, last: int) -> Iterator[Bytes]:
        """Yield frames `first` to `last` (not with it), those of `part` but for rounding, as YUV 4:2:0.

        They are ``(H * 3 // 2, W) uint8``, where `H` and `W` are the scene's height and width made even by repeating
        the last row or column. `H` rows of luma come first, then ``H // 2`` rows of ``W // 2`` blue differences and as
        many red ones, one after the other; each difference is the mean over 2x2 pixels. Matrix and limited range are
        those of ITU-R BT.709: black is 16, white 235, and a grey has differences of 128.
        """


@runtime_checkable
class CompilingRenderer(Renderer, Protocol):
    """A renderer whose code numba compiles when it first draws on a machine; ``kernels`` is the number of functions.

    Whoever waits is told how many of them are compiled. A renderer that draws textures may say in ``surface_kernels``
    how many more there are for bodies that have them.
    """

    kernels: int


@runtime_checkable
class Exporter(Protocol):
    """``choreo.exporters``: a motion in, a file that other tools open out."""

    name: str
    description: str
    suffix: str

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write `path`; deterministic bytes. The caller makes the write atomic."""


@runtime_checkable
class RigExporter(Exporter, Protocol):
    """An exporter that can also write a motion on the rig of another program (`choreo.motion.rigs.put_on_rig`).

    It may say with ``units`` (of ``m``, ``cm``) and ``ups`` (of ``y``, ``z``) which of them its format has, first the
    one that is written where neither user nor rig want another; all by default.
    """

    def export_rig(self, rigged: RigMotion, path: Path, *, body: Body | None = None) -> None:
        """Write `path`; `body` has the lengths of bones of the rig. The caller makes the write atomic."""


@runtime_checkable
class ShowExporter(Exporter, Protocol):
    """An exporter whose file has more than one motion: also the song, the timeline and alternative dances.

    One that does not want the song has ``sounds = False``.
    """

    def export_show(self, show: Show, path: Path) -> None:
        """Write `path`; deterministic bytes. The caller makes the write atomic."""


@runtime_checkable
class CharacterWriter(Protocol):
    """``choreo.characters``: a motion and a rigged character of the user's in, the character dancing out.

    ``suffixes`` are the endings of the files that it takes, ``suffix`` is that of the files it writes.
    """

    name: str
    description: str
    suffixes: tuple[str, ...]
    suffix: str

    def check(self, character: Path, options: CharacterOptions = CharacterOptions()) -> None:
        """Check that the character can be animated; raise a `MotionError` that names the file if not."""

    def write(
        self, motion: Motion, character: Path, path: Path, options: CharacterOptions = CharacterOptions()
    ) -> Mapping[str, float]:
        """Write the dancing character to `path`, deterministic bytes; returns figures of the retargeting."""


class Workers(Protocol):
    """Processes that an `Engine` has, here or on other machines.

    ``remote`` says whether they may be on machines that do not have the files of this one: then items carry bytes, or
    addresses that can be opened from anywhere.
    """

    remote: bool

    def slots(self) -> int:
        """How many items are worked on at once."""

    def each(
        self,
        work: Callable[[Item, Any], Result],
        items: Iterable[Item],
        *,
        shared: Any = None,
        longest: float = float("inf"),
    ) -> Iterator[tuple[Item, Result | Lost]]:
        """Call ``work(item, shared)`` for each item in some process; items and results, as they are done.

        `work` is a function of a module and depends on its arguments alone: an item whose process is gone may be worked
        on again. Items, `shared` and results survive pickling; `shared` goes to each process once. Items are taken one
        by one, and no more than twice `slots` of them are begun and not yet given to the caller. One that ends its
        process every time, or takes longer than `longest` seconds, is `Lost`, and takes no other along. What `work`
        raises is raised here, errors of choreo with class and message. Closing the iterator ends all work.
        """


@runtime_checkable
class Engine(Protocol):
    """``choreo.engines``: where work on many items is done."""

    name: str
    description: str

    def connect(self, address: str, jobs: int) -> AbstractContextManager[Workers]:
        """Reach the workers, and leave them at the end of the block.

        `address` is what the user wrote after the engine's name, or empty; `jobs` bounds `Workers.slots`, 0 does not.
        """


@runtime_checkable
class Ready(Protocol):
    """What a plugin of any kind may have: a check of its requirements, before anything is written.

    `ready` raises a `MissingExtraError` or `PluginError` when a package, a program or a driver is not there.
    """

    def ready(self) -> None:
        """Raise the error that would otherwise come later."""


PROTOCOLS: Mapping[str, type] = {
    "beats": BeatTracker,
    "taggers": Tagger,
    "words": WordEncoder,
    "datasets": Dataset,
    "embedders": Embedder,
    "bodies": BodySource,
    "renderers": Renderer,
    "exporters": Exporter,
    "characters": CharacterWriter,
    "engines": Engine,
}
"""What a plugin of each kind must have."""

__all__ = [
    "PROTOCOLS",
    "BarFinder",
    "BeatTracker",
    "BodySource",
    "CharacterWriter",
    "Dataset",
    "Embedder",
    "Engine",
    "Exporter",
    "FileDataset",
    "JointNames",
    "PartRenderer",
    "PlanarRenderer",
    "Ready",
    "Renderer",
    "RigExporter",
    "ShowExporter",
    "Tagger",
    "WordEncoder",
    "Workers",
]
