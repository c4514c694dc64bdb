"""Music videos as pairs of what is heard and what is seen, for embedders that learn from pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from choreo.datasets import source_name
from choreo.errors import ChoreoError, InputError
from choreo.music import analyze_cached, phrases
from choreo.retrieval.pairs import PairedSong, Pairs, Progress
from choreo.retrieval.picture_side import PictureClip, picture_clip
from choreo_video.looks import looks_of

BEYOND = 0.2
"""Seconds by which the last phrase may go on after the last picture."""


def paired_videos(files: Sequence[Path], path: Path, progress: Progress | None = None) -> Pairs:
    """Each phrase of each video's sound, and what its pictures say on the beats of that phrase.

    Pictures of one song answer to all of its phrases, also those of another video with the same sound, as in the task
    of Hong et al. (2018), which is to find the music of a video. Files without sound or pictures are left out.

    Raises
    ------
    InputError
        When there are too few pairs; says what was wrong with the first file that was left out.
    """
    clips: list[PictureClip] = []
    tags: list[str] = []
    songs: list[PairedSong] = []
    left_out: list[str] = []
    for number, file in enumerate(files):
        try:
            song = analyze_cached(file)
            looks = looks_of(file)
            parts = [part for part in phrases(song) if part.beats[-1] <= looks.times[-1] + BEYOND]
            name = source_name(file, path)
            seen = [picture_clip(looks, part.beats, name=name, source=name, metre=part.metre) for part in parts]
            if seen:
                songs.append(PairedSong(name, song, tuple(parts), tuple(range(len(clips), len(clips) + len(seen)))))
                clips += seen
                tags += [song.sha256] * len(seen)
        except ChoreoError as error:
            left_out.append(error.message)
        if progress:
            progress(number + 1, len(files))
    if not songs:
        why = f" First problem: {left_out[0]}" if left_out else ""
        raise InputError(f"{path}: no music video in it, with sound and pictures.{why}")
    return Pairs(tuple(clips), tuple(tags), tuple(songs), f"music videos of {path.name}", "unknown")


__all__ = ["paired_videos"]
