"""A song laid under a video: from where on and how fast it is played, as sound and in a file with the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError, InputError
from choreo.music.container import file_name, open_media
from choreo.types import Floats
from choreo.video.soundtrack import AAC, AUDIO_BITRATE, AUDIO_RATE, decode_stereo

FARTHEST = 1.15
"""Times as fast or slow as it is a song is played at most; beyond that one hears it, and it keeps its own pace."""
CODECS = {".mp4": "aac", ".mkv": "aac", ".mov": "aac", ".webm": "libopus"}
"""Containers of videos with other music, and the codec of the sound in them."""


@dataclass(frozen=True)
class LaidSong:
    """A song under a video: its second `offset` falls on second `start` of the video, in which it is played.

    `warp` is by how many times the dance would have to be faster for its beats to be the song's; since the pictures
    keep their pace, the song is played so much slower, unless that is farther than `FARTHEST`.
    """

    song: Path
    offset: float
    start: float
    warp: float = 1.0

    @property
    def rate(self) -> float:
        """Seconds of the song in a second of the video."""
        return 1 / self.warp if 1 / FARTHEST <= self.warp <= FARTHEST else 1.0

    def at(self, seconds: float) -> float:
        """Second of the song at a second of the video; below 0 before it begins."""
        return self.offset + (seconds - self.start) * self.rate

    def sound(self, begin: float, duration: float) -> Iterator[Floats]:
        """Stereo sound under the video from `begin` on, blocks ``(2, n)`` at `AUDIO_RATE`, exactly so long.

        Raises
        ------
        AudioError
            When the song cannot be decoded.
        """
        blocks = decode_stereo(self.song, self.at(begin), duration * self.rate + (self.rate != 1))
        if abs(self.rate - 1) > 1e-4:
            blocks = _at_pace(blocks, self.rate)
        left = round(duration * AUDIO_RATE)
        for block in blocks:
            yield block[:, :left]
            left -= min(left, block.shape[1])
            if not left:
                return
        if left:
            yield np.zeros((2, left), np.float32)


def _at_pace(blocks: Iterator[Floats], rate: float) -> Iterator[Floats]:
    """Sound `rate` times as fast and as high as it was, by FFmpeg's atempo: stretches that are alike are overlapped."""
    import av

    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=AUDIO_RATE, layout="stereo",
                               time_base=Fraction(1, AUDIO_RATE))  # fmt: skip
    tempo, sink = graph.add("atempo", f"{rate:.6f}"), graph.add("abuffersink")
    source.link_to(tempo)
    tempo.link_to(sink)
    graph.configure()
    samples = 0
    for block in blocks:
        graph.push(sound_frame(block, samples, "fltp"))
        samples += block.shape[1]
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph: Any) -> Iterator[Floats]:
    import av

    with suppress(av.error.BlockingIOError, av.error.EOFError):
        while True:
            frame = graph.pull()
            block = frame.to_ndarray()  # atempo gives the samples of both sides in turn
            yield block if frame.format.is_planar else np.ascontiguousarray(block.reshape(-1, 2).T)


def sound_frame(block: Floats, samples: int, layout: str) -> Any:
    """A frame of sound that begins after so many samples, in planes (``fltp``) or woven (``flt``)."""
    import av

    data = block if layout == "fltp" else block.T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data, np.float32), format=layout, layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, samples, Fraction(1, AUDIO_RATE)
    return frame


def write_with_song(video: Path, target: Path, laid: LaidSong, suffix: str) -> None:
    """Write a video with a song under it in place of its sound; its pictures are copied as they are.

    Parameters
    ----------
    suffix
        One of `CODECS`: what kind of file is written.

    Raises
    ------
    InputError
        When the video cannot be read, or such a file cannot hold its pictures.
    AudioError
        When the song cannot be decoded.
    """
    import av

    kind = {".mkv": "matroska"}.get(suffix, suffix[1:])
    options = {"fflags": "+bitexact", **({"movflags": "+faststart"} if suffix in (".mp4", ".mov") else {})}
    try:
        with open_media(video) as source, av.open(file_name(target), "w", format=kind, options=options) as out:
            films = [each for each in source.streams.video if each.codec_context is not None]
            if not films:
                raise InputError(f"{video}: has no moving pictures.")
            end = _end(source, films[0])
            pictures, sound = _streams(video, out, films[0], suffix)
            blocks = laid.sound(0.0, end)
            samples = 0
            for packet in source.demux(films[0]):
                if packet.dts is None:
                    continue
                until = float(packet.dts * packet.time_base)
                while samples < until * AUDIO_RATE and (block := next(blocks, None)) is not None:
                    samples += _add(out, sound, block, samples)
                packet.stream = pictures
                out.mux(packet)
            for block in blocks:
                samples += _add(out, sound, block, samples)
            out.mux(sound.encode(None))
    except AudioError:
        raise
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{video}: cannot be written with other sound ({error.strerror or error}).") from error


def _end(source: Any, stream: Any) -> float:
    """Seconds of the video at which its pictures end."""
    import av

    if stream.duration is not None:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
    return float(source.duration or 0) / av.time_base


def _streams(video: Path, out: Any, film: Any, suffix: str) -> tuple[Any, Any]:
    import av

    try:
        pictures = out.add_stream_from_template(film)
        sound = out.add_stream(CODECS[suffix], rate=AUDIO_RATE, layout="stereo")
        sound.bit_rate = AUDIO_BITRATE
        if CODECS[suffix] == "aac":
            sound.options = AAC
        out.start_encoding()
    except (av.FFmpegError, ValueError) as error:
        raise InputError(
            f"{video}: its pictures ({film.codec_context.name}) cannot lie in a {suffix} file as they are. "
            "Name an .mkv file, which holds all kinds."
        ) from error
    return pictures, sound


def _add(out: Any, sound: Any, block: Floats, samples: int) -> int:
    out.mux(sound.encode(sound_frame(block, samples, "flt" if sound.codec_context.name == "libopus" else "fltp")))
    return int(block.shape[1])


__all__ = ["CODECS", "FARTHEST", "LaidSong", "sound_frame", "write_with_song"]
