"""A video that can be watched while it is being written: a fragmented MP4, made under its own name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path

from choreo.output import growing
from choreo.video.encode import encode_frames, open_soundtrack
from choreo.video.film import Film
from choreo.video.formats import FORMATS, VideoSpec

AHEAD = 4.0
"""Seconds of the video that are written before `begun` is called."""
FRAGMENT = 1.0
"""Seconds from one key frame to the next: what a player gets at a time."""


def stream_film(
    films: Iterable[Film],
    count: int,
    path: Path,
    *,
    audio: Path | None = None,
    audio_start: float = 0.0,
    begun: Callable[[], None] | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write a film to `path`, which grows; when that fails, it goes away and what was there before comes back.

    Parameters
    ----------
    films
        The film, or scenes of it behind each other, each of which is asked for when the one before is drawn.
    count
        Frames of all of them.
    audio, audio_start
        Song, and the second of it that sounds with the first picture.
    begun
        Called once, when there is enough of it for a player to begin.
    progress
        Called with 0..1.

    Raises
    ------
    PluginError, InputError, OutputError, AudioError
    """
    parts = iter(films)
    film = next(parts)
    scene, fps = film.scene, film.scene.fps
    kind = replace(
        FORMATS["mp4"],
        options={"preset": "superfast", "crf": "23", "g": str(max(1, round(FRAGMENT * fps)))},
        mux={"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"},
    )
    waiting = [begun] if begun is not None else []

    def report(done: float) -> None:
        if waiting and (done * count / fps >= AHEAD + FRAGMENT):
            waiting.pop()()
        if progress is not None:
            progress(done)

    frames = (picture for part in chain([film], parts) for picture in part.draw(0, len(part.scene)))
    track = open_soundtrack(audio, audio_start, count / fps, fps, kind)
    try:
        spec = VideoSpec(kind, fps, scene.width, scene.height, count)
        with growing(path):
            encode_frames(path, path, frames, track, spec, report)
    finally:
        frames.close()
        if track is not None:
            track.close()
    if waiting:
        waiting.pop()()


__all__ = ["stream_film"]
