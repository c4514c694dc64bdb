"""The song of a video: cut to the picture and encoded, or copied as it is when nothing has to be cut."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError
from choreo.music.container import open_media
from choreo.types import Floats
from choreo.video.formats import VideoFormat

AUDIO_BITRATE = 192_000
AUDIO_RATE = 48_000
AAC = {"aac_coder": "fast"}
"""FFmpeg's other coder, its default, gives now these bytes and now those for the same sound; at this rate the fast one
sounds at least as good."""


def decode_stereo(path: Path, start: float, duration: float, rate: int = AUDIO_RATE) -> Iterator[Floats]:
    """Decode a song's stereo sound, from `start` for exactly `duration` seconds, silence after its end.

    A negative `start` begins with as much silence.

    Yields
    ------
    ``(2, n) float32`` blocks whose lengths sum to ``round(duration * rate)``.

    Raises
    ------
    AudioError
        When the file cannot be read or has no sound.
    """
    import av

    skip, left = round(start * rate), round(duration * rate)
    try:
        with open_media(path) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: has no sound. Give a song, or a video with sound.")
            while skip < 0 and left > 0:
                block = np.zeros((2, min(-skip, left, rate)), np.float32)
                skip, left = skip + block.shape[1], left - block.shape[1]
                yield block
            for block in _stereo(container, rate):
                drop = min(skip, block.shape[1])
                skip -= drop
                block = block[:, drop : drop + left]
                left -= block.shape[1]
                if block.size:
                    yield np.ascontiguousarray(block, np.float32)
                if left <= 0:
                    return
    except (av.FFmpegError, OSError) as error:
        raise AudioError(f"{path}: cannot be decoded ({error}). Convert it to wav, mp3, m4a, flac or ogg.") from error
    while left > 0:
        yield np.zeros((2, min(left, rate)), np.float32)
        left -= rate


def _stereo(container: Any, rate: int) -> Iterator[Floats]:
    """Decoded sound ``(2, n)``; damaged packets in the middle are left out.

    Damage can make a packet of other channels or another rate. PyAV's resampler hands on frames as they are when the
    first needed no change, and reads past the end of what has more than eight channels: so each form has its own.
    """
    import av

    resampler: Any = None
    form: tuple[str, str, int] | None = None
    for packet in container.demux(audio=0):
        frames: list[Any] = []
        with suppress(av.error.InvalidDataError):
            frames = packet.decode()
        for frame in frames:
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != form:
                if resampler is not None:
                    yield from (out.to_ndarray() for out in resampler.resample(None))
                resampler, form = av.AudioResampler(format="fltp", layout="stereo", rate=rate), now
            yield from (out.to_ndarray() for out in resampler.resample(frame))
    if resampler is not None:
        yield from (out.to_ndarray() for out in resampler.resample(None))


def can_copy(path: Path, start: float, duration: float, fps: float, kind: VideoFormat) -> bool:
    """Whether the song can go into the file as it is: right codec, and no cut but at its end, between two packets.

    Copying loses nothing, encoding a lossy song again does. But packets cannot be cut: a start inside the song would be
    off by up to a packet, and codecs need the packets before it. A song that is more than half a video frame shorter
    than the picture is encoded, with silence after its end.
    """
    import av

    if start != 0:
        return False
    try:
        with open_media(path) as container:
            if not container.streams.audio:
                return False
            stream = container.streams.audio[0]
            if stream.codec_context is None or stream.duration is None:
                return False
            if stream.codec_context.name not in kind.copies:
                return False
            if not stream.codec_context.name.startswith("pcm_") and not stream.codec_context.extradata:
                return False  # a bare stream, whose decoder's settings are in its packets
            begun = float((stream.start_time or 0) * stream.time_base)
            packet = next((p for p in container.demux(stream) if p.duration), None)
            step = math.inf if packet is None else float(packet.duration * packet.time_base)
            length = float(stream.duration * stream.time_base)
    except (av.FFmpegError, OSError):
        return False
    return abs(begun) <= 1 / fps and step <= 1 / fps and length >= duration - 0.5 / fps


class Soundtrack:
    """Sound of an open output container, added in step with its pictures.

    Raises
    ------
    AudioError
        When the song cannot be decoded: before anything is drawn.
    """

    def __init__(self, path: Path, start: float, duration: float, fps: float, kind: VideoFormat) -> None:
        self.path, self.duration = path, duration
        self._samples = 0
        self._copy = can_copy(path, start, duration, fps, kind)
        self._kind = kind
        self._blocks: Iterator[Floats] | None = None
        self._first: Floats | None = None
        self._source: Any = None
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None
        if not self._copy:
            self._blocks = decode_stereo(path, start, duration)
            self._first = next(self._blocks, None)

    def open(self, container: Any) -> None:
        """Make the stream; after the video's, before the first packet."""
        self._container = container
        if self._copy:
            self._source = open_media(self.path)
            origin = self._source.streams.audio[0]
            self._stream = container.add_stream_from_template(origin)
            self._packets = (p for p in self._source.demux(origin) if p.pts is not None)
            self._waiting = next(self._packets, None)
        elif self._blocks is not None:
            self._stream = container.add_stream(self._kind.sound, rate=AUDIO_RATE, layout="stereo")
            if not self._kind.sound.startswith("pcm_"):
                self._stream.bit_rate = AUDIO_BITRATE
            if self._kind.sound == "aac":
                self._stream.options = AAC

    def write_until(self, until: float) -> None:
        """Add sound up to `until` seconds."""
        # In step with the pictures: muxers hold packets back until the other stream has caught up.
        if self._copy:
            self._copy_until(until)
        while self._blocks is not None and self._samples < until * AUDIO_RATE:
            block = self._first if self._first is not None else next(self._blocks, None)
            self._first = None
            if block is None:
                return
            self._container.mux(self._stream.encode(self._frame(block)))
            self._samples += block.shape[1]

    def _frame(self, block: Floats) -> Any:
        import av

        # Each encoder takes its own sample format: 16-bit and interleaved, float interleaved, float by channel.
        if self._kind.sound.startswith("pcm_"):
            packed = np.clip(np.rint(block.T * 32768), -32768, 32767).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="s16", layout="stereo")
        elif self._kind.sound == "libopus":
            woven = np.ascontiguousarray(block.T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(woven, format="flt", layout="stereo")
        else:
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, self._samples, Fraction(1, AUDIO_RATE)
        return frame

    def _copy_until(self, until: float) -> None:
        """Copy packets up to `until`; the last is the one whose end is nearest to the picture's."""
        while (packet := self._waiting) is not None:
            at, long = packet.pts * packet.time_base, (packet.duration or 0) * packet.time_base
            if at >= until:
                return
            if at + long / 2 >= self.duration:
                self._waiting = None
                return
            packet.stream = self._stream
            self._container.mux(packet)
            self._waiting = next(self._packets, None)

    def finish(self) -> None:
        """Add the rest, and what the encoder still holds."""
        self.write_until(math.inf)
        if self._blocks is not None:
            self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the song."""
        if self._source is not None:
            self._source.close()
        if self._blocks is not None and hasattr(self._blocks, "close"):
            self._blocks.close()


__all__ = ["AAC", "AUDIO_BITRATE", "AUDIO_RATE", "Soundtrack", "can_copy", "decode_stereo"]
