"""The page of a search for a video's music: the video, played with the sound of each song that was found, and why.

One file without network. The video is small in it, and as long as `SECONDS` at most; each song is heard from where and
as fast as it fits.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from choreo.clock import clock
from choreo.errors import InputError
from choreo.music.container import open_media
from choreo.pages import page
from choreo.retrieval.search import Hit
from choreo.retrieval.told import for_and_against
from choreo.types import Bytes
from choreo.video.encode import MP4, codec_options
from choreo.video.laid_sound import LaidSong, sound_frame
from choreo.video.soundtrack import AAC, AUDIO_RATE

FIRST = 5
"""Songs that are heard in a page."""
SECONDS = 90.0
"""Of the video that a page plays, at most."""
LONG_SIDE, FPS, CRF = 480, 24, "28"
"""Pixels and pictures a second of the video in a page, and how coarse it is: some 3 MB a minute at most."""
BITRATE = 96_000
IN_MEMORY = {"fflags": "+bitexact"}
"""Of the muxer: what is made in memory cannot have its index put first, and a page is read whole anyway."""


@dataclass(frozen=True)
class Heard:
    """A song in the page: `sound` is a data address."""

    name: str
    about: str
    fits: tuple[str, ...]
    against: tuple[str, ...]
    sound: str


def write_music_page(path: Path, video: Path, about: str, hits: Sequence[Hit], laid: Sequence[LaidSong]) -> None:
    """Write the page; the same search gives the same bytes.

    Parameters
    ----------
    about
        What was seen of the video, in words.
    laid
        Of each hit, how its song lies under the video.

    Raises
    ------
    InputError
        When the video cannot be decoded.
    AudioError
        When a song cannot.
    """
    film, seconds, whole = small_film(video)
    heard = [_heard(hit, each, seconds) for hit, each in zip(hits[:FIRST], laid, strict=False)]
    text = page(
        "choreo.video",
        "music_page.html",
        title=video.name,
        about=about,
        shown="" if whole else f"The first {seconds:.0f} seconds of the video.",
        film=_address("video/mp4", film),
        heard=heard,
    )
    path.write_text(text, encoding="utf-8", newline="\n")


def _heard(hit: Hit, laid: LaidSong, seconds: float) -> Heard:
    fits, against = for_and_against(hit.reasons)
    pace = "" if laid.rate == 1 else f", played at {laid.rate:.0%} of its pace"
    about = f"{clock(hit.offset or 0.0)} falls on {clock(laid.start)} of the video{pace}; distance {hit.distance:.2f}"
    return Heard(hit.name, about, tuple(fits), tuple(against), _address("audio/mp4", sound_file(laid, seconds)))


def _address(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def sound_file(laid: LaidSong, seconds: float) -> bytes:
    """The sound under the first seconds of a video as an MP4 file."""
    import av

    held = io.BytesIO()
    with av.open(held, "w", format="mp4", options=IN_MEMORY) as out:
        stream = out.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
        stream.bit_rate, stream.options = BITRATE, AAC
        samples = 0
        for block in laid.sound(0.0, seconds):
            out.mux(stream.encode(sound_frame(block, samples, "fltp")))
            samples += block.shape[1]
        out.mux(stream.encode(None))
    return held.getvalue()


def small_film(video: Path) -> tuple[bytes, float, bool]:
    """The first pictures of a video as a small MP4 file without sound, its seconds, and whether that is all.

    Raises
    ------
    InputError
        When it cannot be decoded.
    """
    import av

    held, count, whole = io.BytesIO(), 0, True
    options = {**codec_options(MP4), "crf": CRF}
    try:
        with av.open(held, "w", format="mp4", options=IN_MEMORY) as out:
            stream: Any = None
            for number, pixels in _even(video):
                if number >= SECONDS * FPS:
                    whole = False
                    break
                if stream is None:
                    stream = out.add_stream("libx264", rate=FPS, options=options)
                    stream.pix_fmt, stream.height, stream.width = "yuv420p", *pixels.shape[:2]
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                out.mux(stream.encode(frame))
                count = number + 1
            if stream is None:
                raise InputError(f"{video}: no picture of it can be decoded.")
            out.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{video}: cannot be decoded ({error.strerror or error}).") from error
    return held.getvalue(), count / FPS, whole


def _even(video: Path) -> Iterator[tuple[int, Bytes]]:
    """Pictures `FPS` times a second with their numbers, upright and small, with even sides of one size."""
    import av

    with open_media(video) as container:
        stream = next((each for each in container.streams.video if each.codec_context is not None), None)
        if stream is None:
            return
        stream.thread_type = "AUTO"
        number, size = 0, (0, 0)
        for packet in container.demux(stream):
            frames: list[Any] = []
            with suppress(av.error.InvalidDataError):
                frames = packet.decode()
            for frame in frames:
                time = number / FPS if frame.time is None else frame.time
                if time < (number - 0.5) / FPS:
                    continue
                size = size if number else _size(frame)
                pixels = frame.to_ndarray(format="rgb24", width=size[0], height=size[1], interpolation="AREA")
                turned = np.ascontiguousarray(np.rot90(pixels, round((frame.rotation or 0) / 90) % 4))
                while number <= time * FPS + 0.5 and number <= SECONDS * FPS:
                    yield number, turned
                    number += 1


def _size(frame: Any) -> tuple[int, int]:
    ratio = float(frame.sample_aspect_ratio or 1) if hasattr(frame, "sample_aspect_ratio") else 1.0
    width, height = frame.width * (ratio if 0.1 < ratio < 10 else 1.0), float(frame.height)
    share = min(1.0, LONG_SIDE / max(width, height))
    return max(2, 2 * round(width * share / 2)), max(2, 2 * round(height * share / 2))


__all__ = ["FIRST", "SECONDS", "small_film", "sound_file", "write_music_page"]
