"""Music and the dance that was danced to it: what embedders learn from and are judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import ChoreoError, InputError
from choreo.retrieval.motion_side import motion_vectors
from choreo.retrieval.music_side import music_vectors
from choreo.retrieval.scales import Vectors
from choreo.types import Clip, Ints, MusicAnalysis, Phrase, Take

Progress = Callable[[int, int], None]
LEAST_PAIRS = 8


@dataclass(frozen=True, eq=False)
class PairedSong:
    """A song, the stretches of it that are danced, and the clip of `Pairs.clips` that each is danced with."""

    name: str
    analysis: MusicAnalysis
    phrases: tuple[Phrase, ...]
    clips: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Stretches of music, clips of dance, and which belong together.

    ``tags`` name the movement of each clip: clips of one tag are one movement and count alike.
    """

    clips: tuple[Clip, ...]
    tags: tuple[str, ...]
    songs: tuple[PairedSong, ...]
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        """Check that there is enough to learn from."""
        if len(self) < LEAST_PAIRS:
            raise InputError(
                f"{self.source or 'pairs'}: found {len(self)} pairs of music and dance, expected {LEAST_PAIRS} "
                "or more. Methods that need none: zeroshot."
            )

    def __len__(self) -> int:
        """Count pairs."""
        return sum(len(song.clips) for song in self.songs)

    @cached_property
    def clip(self) -> Ints:
        """Clip of each stretch of music ``(N,)``."""
        return np.concatenate([np.array(song.clips, np.int64) for song in self.songs])

    @cached_property
    def song(self) -> Ints:
        """Song of each stretch of music ``(N,)``."""
        return np.repeat(np.arange(len(self.songs)), [len(song.clips) for song in self.songs])

    @cached_property
    def tag(self) -> Ints:
        """Number of each clip's tag ``(C,)``."""
        return np.unique(np.array(self.tags), return_inverse=True)[1].astype(np.int64)

    @cached_property
    def style(self) -> Ints:
        """Number of each clip's first style ``(C,)``."""
        return np.unique(np.array([clip.styles[0] for clip in self.clips]), return_inverse=True)[1].astype(np.int64)

    @cached_property
    def music(self) -> Vectors:
        """Blocks of the stretches of music ``(N, ...)``."""
        parts = [music_vectors(song.analysis, song.phrases) for song in self.songs]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    @cached_property
    def motion(self) -> Vectors:
        """Blocks of the clips ``(C, ...)``."""
        return motion_vectors(self.clips)

    def subset(self, songs: Sequence[int]) -> Pairs:
        """Only some songs; the clips stay, also those that no song of these is danced with."""
        return replace(self, songs=tuple(self.songs[k] for k in songs))


def paired_files(reader: Any, path: Path, music: Path | None = None, *, progress: Progress | None = None) -> Pairs:
    """Pairs of files of any dataset whose recordings and songs have one name.

    A recording belongs to the song whose file has its stem, or that its name ends with as AIST++'s do (``mBR0``).
    Both begin together; the clips are cut at the song's beats and every bar of it is a pair.

    Parameters
    ----------
    reader
        A ``choreo.datasets`` plugin that reads single files.
    music
        Folder of the songs; `path` when left out.

    Raises
    ------
    InputError
        When there are too few pairs.
    """
    from choreo.datasets.cut import cut_take
    from choreo.music import analyze_cached
    from choreo.music.audio import SOUNDS

    songs = {file.stem: file for file in sorted((music or path).rglob("*")) if file.suffix.lower() in SOUNDS}
    files = [(file, song) for file in reader.files(path) if (song := _song_of(file.stem, songs)) is not None]
    clips: list[Clip] = []
    found: list[PairedSong] = []
    skipped: list[str] = []
    for number, (file, song) in enumerate(files):
        try:
            analysis = analyze_cached(song)
            for take in reader.takes(file, root=path):
                mine, phrases = _bars(take, analysis, reader.name, cut_take)
                if mine:
                    numbers = tuple(range(len(clips), len(clips) + len(mine)))
                    found.append(PairedSong(song.stem, analysis, phrases, numbers))
                    clips += mine
        except ChoreoError as error:
            skipped.append(error.message)
        if progress:
            progress(number + 1, len(files))
    if not found:
        why = f" First problem: {skipped[0]}" if skipped else ""
        raise InputError(
            f"{path}: no recording has a song of its name in {music or path}. Put dance.wav beside dance.bvh, or "
            f"name the folder of the songs with --music.{why}"
        )
    tags = tuple(clip.labels[-1] if clip.labels else clip.clip_id for clip in clips)
    return Pairs(tuple(clips), tags, tuple(found), f"{reader.name} {path.name}", reader.licence)


def _song_of(stem: str, songs: Mapping[str, Path]) -> Path | None:
    if stem in songs:
        return songs[stem]
    return next((songs[part] for part in stem.split("_") if part.startswith("m") and part in songs), None)


def _bars(
    take: Take, analysis: MusicAnalysis, dataset: str, cut: Callable[..., Iterator[Clip]]
) -> tuple[list[Clip], tuple[Phrase, ...]]:
    """Clips of a take cut at the song's beats, and the stretches of music that they are danced to."""
    from choreo.music.phrasing import stretch

    late = take.first_frame / (take.source_fps or take.motion.fps)
    inside = np.flatnonzero((analysis.beats >= late) & (analysis.beats <= late + take.motion.duration))
    if len(inside) < 2 * analysis.metre:
        return [], ()
    downbeats = np.flatnonzero(analysis.track.positions[inside] == 1)
    beats = analysis.beats[inside] - late
    first = int(downbeats[0]) if len(downbeats) else 0
    danced = replace(take, beats=beats, downbeat=first, metre=analysis.metre, cuts=())
    clips, phrases = [], []
    for clip in cut(danced, dataset):
        seconds = (clip.frames[0] - take.first_frame) / (take.source_fps or take.motion.fps)
        at = int(inside[int(np.abs(beats - seconds).argmin())])
        clips.append(clip)
        phrases.append(stretch(analysis, at, clip.counts))
    return clips, tuple(phrases)
