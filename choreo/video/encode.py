"""Frames and a song become one video file, written as they come.

The file is made under a temporary name and appears whole or not at all.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

from choreo.errors import OutputError, ShapeError
from choreo.music.container import file_name, open_media
from choreo.output import atomic
from choreo.types import Bytes
from choreo.video.formats import FORMATS, VideoFormat, VideoSpec
from choreo.video.planes import BT709, LIMITED, Converter
from choreo.video.soundtrack import Soundtrack

MP4 = FORMATS["mp4"]


def codec_options(kind: VideoFormat) -> dict[str, str]:
    """Encoder settings whose output does not change from run to run.

    x264's AVX-512 code reads memory that nobody wrote (in macroblock-tree rate control), so the same
    frames give other bytes; its AVX2 code does not, is as fast, and agrees with the code for older
    processors. AVX2 is named only where it exists, because x264 takes the name as a promise.
    """
    from llvmlite.binding import get_host_cpu_features

    features = get_host_cpu_features()
    wide = all(features.get(name, False) for name in ("avx512f", "avx2", "fma", "bmi2", "lzcnt"))
    if kind.codec == "libx264" and wide:
        asm = "asm=AVX2,FMA3,BMI2,LZCNT"
        return {**kind.options, "x264-params": ":".join(filter(None, (kind.options.get("x264-params"), asm)))}
    return dict(kind.options)


def frame_rate(fps: float) -> Fraction:
    """Exact rate of a video: whole numbers, the x/1001 family of television, or the nearest fraction."""
    if abs(fps - round(fps)) > 1e-6 and abs(fps * 1.001 - round(fps * 1.001)) < 1e-3:
        return Fraction(round(fps * 1.001) * 1000, 1001)
    return Fraction(fps).limit_denominator(1001)


class _Writer:
    """An open file that takes pictures and sound in step."""

    def __init__(self, path: Path, spec: VideoSpec, track: Soundtrack | None) -> None:
        import av

        kind = spec.kind
        self.track, self.rate, self.converter = track, frame_rate(spec.fps), Converter(kind.pixels)
        self.container = av.open(file_name(path), "w", format=kind.name, options=dict(kind.mux))
        self.video = self.container.add_stream(kind.codec, rate=self.rate)
        self.video.width, self.video.height = kind.even(spec.width), kind.even(spec.height)
        self.video.pix_fmt = kind.pixels
        self.video.options = codec_options(kind)
        # Untagged files are taken for bt601 when small and bt709 when large, by some players only: colours would shift.
        context = self.video.codec_context
        context.time_base = 1 / self.rate
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        self.pictures = 0
        if track is not None:
            track.open(self.container)

    def picture(self, pixels: Bytes) -> None:
        """Add the next picture, and the sound up to its end."""
        frame = self.converter.frame(pixels)
        frame.pts, frame.time_base = self.pictures, 1 / self.rate
        self.container.mux(self.video.encode(frame))
        self.pictures += 1
        if self.track is not None:
            self.track.write_until(float(self.pictures / self.rate))

    def finish(self) -> None:
        """Write what the encoders still hold, and the file's index."""
        if self.track is not None:
            self.track.write_until(math.inf)
        self.container.mux(self.video.encode(None))
        if self.track is not None:
            self.track.finish()
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
    kind: VideoFormat = MP4,
) -> None:
    """Encode frames and a song to a video file.

    Parameters
    ----------
    frames
        ``(height, width, 3) uint8`` sRGB pictures, or ``(height, width, 4)`` for formats with alpha (straight, not
        multiplied), or for formats that store them (mp4, webm) planes as of a `choreo.protocols.PlanarRenderer`; closed
        at the end, whatever happens.
    n_frames
        How many there will be.
    audio, audio_start
        Song, and the second of it that sounds with the first picture.
    duration
        Seconds of sound; by default, and at most, as long as the picture. A song that ends earlier is
        followed by silence.
    progress
        Called with 0..1.
    kind
        What kind of file; `choreo.video.formats` has them.

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
    track: Soundtrack | None = None
    try:
        track = open_soundtrack(audio, audio_start, length, fps, kind)
        with atomic(path) as partial:
            spec = VideoSpec(kind, fps, width, height, n_frames)
            encode_frames(path, partial, pictures, track, spec, progress)
    finally:
        for source in (pictures, track):
            if source is not None and hasattr(source, "close"):
                source.close()


def open_soundtrack(
    audio: str | Path | None, start: float, length: float, fps: float, kind: VideoFormat
) -> Soundtrack | None:
    """Sound of a video of `length` seconds, begun so that a bad song is an error before the first picture; or None."""
    return None if audio is None or not kind.sound else Soundtrack(Path(audio), start, length, fps, kind)


def encode_frames(
    path: Path,
    partial: Path,
    pictures: Iterator[Bytes],
    track: Soundtrack | None,
    spec: VideoSpec,
    progress: Callable[[float], None] | None,
) -> None:
    """Write the pictures of a video to the file `partial`; errors name `path`. Takes no picture more than it needs to.

    Raises
    ------
    OutputError, ShapeError
    """
    import av

    with disk_errors(path):
        writer = _Writer(partial, spec, track)
    try:
        for index, pixels in enumerate(pictures):
            fits = pixels.shape == spec.shape or (spec.kind.planar and pixels.shape == spec.planar)
            if not fits or index >= spec.count:
                raise ShapeError(f"frame {index}: got {pixels.shape}, want {spec.count} of {spec.shape}")
            with disk_errors(path):
                writer.picture(pixels)
            if progress is not None and (index % 15 == 14 or index + 1 == spec.count):
                progress((index + 1) / spec.count)
        if writer.pictures != spec.count:
            raise ShapeError(f"got {writer.pictures} frames, want {spec.count}")
        with disk_errors(path):
            writer.finish()
    except BaseException:
        with suppress(av.FFmpegError, OSError):
            writer.container.close()
        raise


def join_parts(
    path: Path, partial: Path, parts: Sequence[Path], track: Soundtrack | None, fps: float, kind: VideoFormat = MP4
) -> None:
    """Put encoded parts one after the other into one file, with the sound; no picture is encoded again.

    Decoding times are given anew, counted through all parts: each part begins with as much delay as the first.
    With B-frames packets are not in the order in which they are shown, and no decoding time may be after its picture's.

    Raises
    ------
    OutputError
        When the file cannot be written or a part cannot be read.
    """
    import av

    rate = frame_rate(fps)
    with disk_errors(path), av.open(file_name(partial), "w", format=kind.name, options=dict(kind.mux)) as container:
        stream: Any = None
        done = delay = 0
        for part in parts:
            with open_media(part) as source:
                origin = source.streams.video[0]
                packets = [packet for packet in source.demux(origin) if packet.size and packet.pts is not None]
                times = [round(packet.pts * packet.time_base * rate) for packet in packets]
                if stream is None:
                    stream = container.add_stream_from_template(origin)
                    if kind.codec == "prores_ks":
                        stream.codec_context.codec_tag = "ap4h"  # the muxer's own choice tells players of no alpha
                    if kind.alpha and kind.codec == "libvpx-vp9":
                        stream.metadata["alpha_mode"] = "1"  # FFmpeg's own decoder of the parts sees none
                    delay = max((index - time for index, time in enumerate(times)), default=0)
                    if kind.codec == "libx264":
                        delay = max(delay, 2)  # what its B-pyramid needs; a first part of few frames shows less
                    if track is not None:
                        track.open(container)
                for index, (packet, time) in enumerate(zip(packets, times, strict=True)):
                    packet.stream, packet.time_base = stream, 1 / rate
                    packet.pts, packet.dts, packet.duration = done + time, done + index - delay, 1
                    container.mux(packet)
                    if track is not None:
                        track.write_until(float((done + index + 1) / rate))
                done += len(packets)
        if track is not None:
            track.finish()


class disk_errors:
    """Turn what the encoder and the file system raise into an OutputError that names `path`."""

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


__all__ = ["codec_options", "frame_rate", "join_parts", "write_video"]
