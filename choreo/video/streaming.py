"""A video that can be watched while it is being written: a fragmented MP4, made under its own name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
    film: Film,
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
    scene = film.scene
    count, fps = len(scene), scene.fps
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

    frames = film.draw(0, count)
    track = open_soundtrack(audio, audio_start, film.duration, fps, kind)
    try:
        spec = VideoSpec(kind, fps, scene.width, scene.height, count)
        with growing(path):
            encode_frames(path, path, frames, track, spec, report)
    finally:
        if track is not None:
            track.close()
    if waiting:
        waiting.pop()()


__all__ = ["stream_film"]
