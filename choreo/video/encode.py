"""Frames and a song become one H.264 + AAC file, written as they come.

The file is made under a temporary name and appears whole or not at all. 4:2:0 pictures have even sides:
an odd width or height gets its last column or row twice. Pictures are converted and tagged as bt709,
limited range, which is what phones and browsers expect.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError, OutputError, ShapeError
from choreo.output import atomic
from choreo.types import Bytes, Floats

AUDIO_BITRATE = 192_000
AUDIO_RATE = 48_000
BT709 = 1
LIMITED = 1
X264 = {"preset": "veryfast", "crf": "20"}


def x264_options() -> dict[str, str]:
    """Encoder settings whose output does not change from run to run.

    x264's AVX-512 code reads memory that nobody wrote (in macroblock-tree rate control), so the same
    frames give other bytes; its AVX2 code does not, is as fast, and agrees with the code for older
    processors. AVX2 is named only where it exists, because x264 takes the name as a promise.
    """
    from llvmlite.binding import get_host_cpu_features

    features = get_host_cpu_features()
    if all(features.get(name, False) for name in ("avx512f", "avx2", "fma", "bmi2", "lzcnt")):
        return {**X264, "x264-params": "asm=AVX2,FMA3,BMI2,LZCNT"}
    return dict(X264)


def frame_rate(fps: float) -> Fraction:
    """Exact rate of a video: whole numbers, the x/1001 family of television, or the nearest fraction."""
    if abs(fps - round(fps)) > 1e-6 and abs(fps * 1.001 - round(fps * 1.001)) < 1e-3:
        return Fraction(round(fps * 1.001) * 1000, 1001)
    return Fraction(fps).limit_denominator(1001)


def sound(path: Path, start: float, duration: float, rate: int = AUDIO_RATE) -> Iterator[Floats]:
    """Decode a song's stereo sound, from `start` for exactly `duration` seconds, silence after its end.

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
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: has no sound. Give a song, or a video with sound.")
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=rate)
            for decoded in _decoded(container):
                for frame in resampler.resample(decoded):
                    block = frame.to_ndarray()
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


def _decoded(container: Any) -> Iterator[Any]:
    """Decoded sound, then None to flush; damaged packets in the middle are left out."""
    import av

    for packet in container.demux(audio=0):
        with suppress(av.error.InvalidDataError):
            yield from packet.decode()
    yield None


def even(frame: Bytes) -> Bytes:
    """Repeat the last row and column where a side is odd."""
    height, width = frame.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return frame
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


class _Writer:
    """An open file that takes pictures and sound in step."""

    def __init__(self, path: Path, fps: float, width: int, height: int, blocks: Iterator[Floats] | None) -> None:
        import av

        self.av, self.blocks, self.rate = av, blocks, frame_rate(fps)
        self.container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self.video = self.container.add_stream("libx264", rate=self.rate)
        self.video.width, self.video.height = width + width % 2, height + height % 2
        self.video.pix_fmt = "yuv420p"
        self.video.options = x264_options()
        context = self.video.codec_context
        context.time_base = 1 / self.rate
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        self.pictures = self.heard = 0
        self.audio: Any = None
        if blocks is not None:
            self.audio = self.container.add_stream("aac", rate=AUDIO_RATE, layout="stereo")
            self.audio.bit_rate = AUDIO_BITRATE

    def picture(self, pixels: Bytes) -> None:
        """Add the next picture, and the sound up to its end."""
        frame = self.av.VideoFrame.from_ndarray(even(pixels), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=BT709, dst_color_range=LIMITED)
        frame.pts, frame.time_base = self.pictures, 1 / self.rate
        self.container.mux(self.video.encode(frame))
        self.pictures += 1
        self.listen(float(self.pictures / self.rate))

    def listen(self, until: float) -> None:
        """Add sound up to `until` seconds."""
        while self.audio is not None and self.blocks is not None and self.heard < until * AUDIO_RATE:
            block = next(self.blocks, None)
            if block is None:
                return
            frame = self.av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, self.heard, Fraction(1, AUDIO_RATE)
            self.heard += block.shape[1]
            self.container.mux(self.audio.encode(frame))

    def finish(self) -> None:
        """Write what the encoders still hold, and the file's index."""
        self.listen(math.inf)
        self.container.mux(self.video.encode(None))
        if self.audio is not None:
            self.container.mux(self.audio.encode(None))
        self.container.close()


def write_video(
    path: str | Path,
    frames: Iterable[Bytes],
    *,
    fps: float,
    width: int,
    height: int,
    n_frames: int,
    audio: str | Path | None = None,
    audio_start: float = 0.0,
    duration: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Encode frames and a song to an mp4 file.

    Parameters
    ----------
    frames
        ``(height, width, 3) uint8`` sRGB pictures; closed at the end, whatever happens.
    n_frames
        How many there will be.
    audio, audio_start
        Song, and the second of it that sounds with the first picture.
    duration
        Seconds of sound; by default, and at most, as long as the picture. A song that ends earlier is
        followed by silence.
    progress
        Called with 0..1.

    Raises
    ------
    OutputError
        When the file cannot be written; the file that was there before is untouched.
    AudioError
        When the song cannot be decoded.
    ShapeError
        When a frame has another size, or there are fewer or more than `n_frames`.
    """
    path = Path(path)
    pictures = iter(frames)
    length = min(n_frames / fps, math.inf if duration is None else max(duration, 1 / fps))
    blocks = None if audio is None else _primed(sound(Path(audio), audio_start, length))
    try:
        with atomic(path) as partial:
            _encode(path, partial, pictures, blocks, fps, width, height, n_frames, progress)
    finally:
        for source in (pictures, blocks):
            if source is not None and hasattr(source, "close"):
                source.close()


def _primed(blocks: Iterator[Floats]) -> Iterator[Floats]:
    """Decode the first block now, so that a bad song is an error before the first picture is drawn."""
    first = next(blocks, None)

    def rest() -> Iterator[Floats]:
        if first is not None:
            yield first
            yield from blocks

    return rest()


def _encode(
    path: Path,
    partial: Path,
    pictures: Iterator[Bytes],
    blocks: Iterator[Floats] | None,
    fps: float,
    width: int,
    height: int,
    n_frames: int,
    progress: Callable[[float], None] | None,
) -> None:
    import av

    with _disk(path):
        writer = _Writer(partial, fps, width, height, blocks)
    try:
        for index, pixels in enumerate(pictures):
            if pixels.shape != (height, width, 3) or index >= n_frames:
                raise ShapeError(f"frame {index}: got {pixels.shape}, want {n_frames} of {(height, width, 3)}")
            with _disk(path):
                writer.picture(pixels)
            if progress is not None and (index % 15 == 14 or index + 1 == n_frames):
                progress((index + 1) / n_frames)
        if writer.pictures != n_frames:
            raise ShapeError(f"got {writer.pictures} frames, want {n_frames}")
        with _disk(path):
            writer.finish()
    except BaseException:
        with suppress(av.FFmpegError, OSError):
            writer.container.close()
        raise


class _disk:
    """Turn what the encoder and the file system raise into an OutputError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import av

        if isinstance(error, (av.FFmpegError, OSError)):
            number = getattr(error, "errno", None)
            reason = os.strerror(number) if number else str(error)
            raise OutputError(
                f"{self.path}: the video could not be written ({reason}). Free some space or choose another "
                "place with --output."
            ) from error
