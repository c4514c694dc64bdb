"""Pictures of a video file, one after the other, at the times that the file gives them, upright and of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError, MotionError
from choreo.foreign.limits import PICTURE_PIXELS, VIDEO_MINUTES
from choreo.music.container import open_media
from choreo.types import Bytes

RATE = 60.0
"""Pictures a second that are looked at, at most about: slow motion of phones has 240."""
LEAST_STEP = 0.8 / RATE
"""Seconds from one picture that is looked at to the next; less than a whole step, since times are rounded."""
LONG_SIDE = 1280
"""Pixels of a picture's longer side to which it is scaled down; nets see a person in 256 of them."""
MOST_FAULTS = 1000
"""Packets that cannot be decoded, after which a file is given up."""
LEAST_SIDE = 16
ENDINGS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".3gp", ".flv", ".mts")
"""Endings of files that count as videos."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a video: `time` in seconds, ``pixels : (h, w, 3) uint8`` upright and scaled down, full `size`."""

    time: float
    pixels: Bytes
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels of the full picture to one of `pixels`."""
        return float(self.size[0] / self.pixels.shape[1])


def seconds_of(path: Path) -> float:
    """Length of a video as its file says it, 0 where it does not; checks what can be known before it is decoded.

    Raises
    ------
    MotionError
        As `pictures`.
    """
    with closing(_opened(path)) as container:
        return _checked(path, container)[1]


def pictures(path: Path, *, long_side: int = LONG_SIDE) -> Iterator[Picture]:
    """Yield the pictures of a video in order, about 60 a second at most, scaled down to `long_side` pixels.

    Packets that are damaged are passed over. Nothing is kept: memory is that of a few pictures.

    Raises
    ------
    MotionError
        When the file is missing, is no video, is too long or too large, or none of it can be decoded.
    """
    import av

    with closing(_opened(path)) as container:
        stream, _ = _checked(path, container)
        stream.thread_type = "AUTO"
        last, first, faults, count = -np.inf, None, 0, 0
        rate = float(stream.average_rate or 30)
        for packet in _packets(path, container, stream):
            try:
                frames = packet.decode()
            except (av.FFmpegError, OSError, ValueError):
                faults += 1
                if faults > MOST_FAULTS:
                    break
                continue
            for frame in frames:
                time = count / rate if frame.time is None else float(frame.time)
                count += 1
                first = time if first is None else first
                if time - last < LEAST_STEP or getattr(frame, "is_corrupt", False):
                    continue
                if time - first > 60 * VIDEO_MINUTES:
                    raise _too_long(path, time - first)
                last = time
                yield _picture(path, frame, time, long_side)
        if not np.isfinite(last):
            raise MotionError(f"{path}: no picture of it can be decoded; it is damaged or not whole.")


def _opened(path: Path) -> Any:
    import av

    try:
        return open_media(path)
    except AudioError as error:
        raise MotionError(
            f"{path}: is no video: a single picture, a playlist or the like. Name a video of somebody dancing."
        ) from error
    except (av.FFmpegError, OSError) as error:
        raise MotionError(f"{path}: cannot be read as a video ({error.strerror or error}).") from error


def _checked(path: Path, container: Any) -> tuple[Any, float]:
    """The stream of pictures, and how many seconds it lasts."""
    import av

    streams = [
        each for each in container.streams.video
        if each.codec_context is not None and not each.disposition & av.stream.Disposition.attached_pic
    ]  # fmt: skip
    if not streams:
        raise MotionError(f"{path}: has no moving pictures. Name a video of somebody dancing.")
    stream = streams[0]
    _check_size(path, stream.codec_context.width, stream.codec_context.height)
    seconds = (container.duration or 0) / av.time_base
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    if seconds > 60 * VIDEO_MINUTES:
        raise _too_long(path, seconds)
    return stream, max(seconds, 0.0)


def _too_long(path: Path, seconds: float) -> MotionError:
    return MotionError(
        f"{path}: lasts {seconds / 60:.0f} minutes or more, and at most {VIDEO_MINUTES:g} are read. "
        "Cut the dances out of it."
    )


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > PICTURE_PIXELS or (width and min(width, height) < LEAST_SIDE):
        raise MotionError(
            f"{path}: its pictures have {width}x{height} pixels, expected {LEAST_SIDE} a side or more and at most "
            f"{PICTURE_PIXELS:,} in all."
        )


def _packets(path: Path, container: Any, stream: Any) -> Iterator[Any]:
    """Packets of a stream up to where the file ends or breaks off."""
    import av

    try:
        yield from (packet for packet in container.demux(stream) if packet.stream.index == stream.index)
    except (av.FFmpegError, OSError):
        return


def _picture(path: Path, frame: Any, time: float, long_side: int) -> Picture:
    """A decoded frame upright, with square pixels."""
    _check_size(path, frame.width, frame.height)
    ratio = frame.sample_aspect_ratio if hasattr(frame, "sample_aspect_ratio") else None
    stretch = float(ratio) if ratio else 1.0
    stretch = stretch if 0.1 < stretch < 10 else 1.0
    width, height = max(1, round(frame.width * stretch)), frame.height
    share = min(1.0, long_side / max(width, height))
    small = max(1, round(width * share)), max(1, round(height * share))
    pixels = frame.to_ndarray(format="rgb24", width=small[0], height=small[1], interpolation="AREA")
    turns = round((frame.rotation or 0) / 90) % 4
    if turns:
        pixels = np.ascontiguousarray(np.rot90(pixels, turns))
    return Picture(time, pixels, (height, width) if turns % 2 else (width, height))


__all__ = ["ENDINGS", "Picture", "pictures", "seconds_of"]
