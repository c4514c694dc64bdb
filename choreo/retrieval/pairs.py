"""Paired data: music and the clips that were danced to it, for training and evaluation."""

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
from choreo.retrieval.picture_side import is_pictures, picture_vectors
from choreo.retrieval.scales import Vectors
from choreo.types import Clip, Ints, MusicAnalysis, Phrase, Take

Progress = Callable[[int, int], None]
LEAST_PAIRS = 8
MOTION, PICTURES = "motion", "pictures"
"""What may be known of clips: how somebody moves, or what pictures of a video say."""


@dataclass(frozen=True, eq=False)
class PairedSong:
    """A song, its danced phrases, and the index in `Pairs.clips` of the clip that is paired with each."""

    name: str
    analysis: MusicAnalysis
    phrases: tuple[Phrase, ...]
    clips: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Phrases of songs, clips, and which are paired.

    ``tags`` name the movement of each clip. Clips of one tag are equivalent: each is a right answer for the others'
    music.
    """

    clips: tuple[Clip, ...]
    tags: tuple[str, ...]
    songs: tuple[PairedSong, ...]
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        """Check that there are enough pairs."""
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
        """Clip that each stretch of music is paired with ``(N,)``."""
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
        """Blocks of the clips ``(C, ...)``, of what their pictures say where they are of videos."""
        return picture_vectors(self.clips) if self.view == PICTURES else motion_vectors(self.clips)

    @property
    def view(self) -> str:
        """What is known of the clips: `MOTION`, or `PICTURES` of videos alone."""
        return PICTURES if is_pictures(self.clips) else MOTION

    def subset(self, songs: Sequence[int]) -> Pairs:
        """Only some songs. All clips stay, so that galleries of training and test songs are the same."""
        return replace(self, songs=tuple(self.songs[k] for k in songs))


def paired_files(reader: Any, path: Path, music: Path | None = None, *, progress: Progress | None = None) -> Pairs:
    """Pair the recordings of a dataset with songs by file name.

    A recording belongs to the song whose file has its stem, or that its name ends with as AIST++'s do (``mBR0``).
    Recording and song must begin together. Clips are cut at the beats of the song, and each is a pair with the phrase
    that it was danced to.

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
    """Clips of a take, cut at the beats of the song, and the phrases that they were danced to."""
    from choreo.music.phrasing import stretch

    # a take may be a stretch of its recording, which began with the song
    start = take.first_frame / (take.source_fps or take.motion.fps)
    inside = np.flatnonzero((analysis.beats >= start) & (analysis.beats <= start + take.motion.duration))
    if len(inside) < 2 * analysis.metre:
        return [], ()
    downbeats = np.flatnonzero(analysis.track.positions[inside] == 1)
    beats = analysis.beats[inside] - start
    first = int(downbeats[0]) if len(downbeats) else 0
    danced = replace(take, beats=beats, downbeat=first, metre=analysis.metre, cuts=())
    clips, phrases = [], []
    for clip in cut(danced, dataset):
        seconds = (clip.frames[0] - take.first_frame) / (take.source_fps or take.motion.fps)
        at = int(inside[int(np.abs(beats - seconds).argmin())])
        clips.append(clip)
        phrases.append(stretch(analysis, at, clip.counts))
    return clips, tuple(phrases)
