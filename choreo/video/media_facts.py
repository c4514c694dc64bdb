"""What is in a media file: for checks of the video that was written."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from choreo.errors import InputError
from choreo.music.container import open_media


def probe(path: str | Path) -> dict[str, Any]:
    """Read a media file's streams, counting its packets.

    Returns
    -------
    dict
        ``format``, ``duration`` (seconds) and, for the first stream of each sort or None,
        ``video``: codec, profile, width, height, pix_fmt, fps, frames, duration, colour (primaries,
        transfer, matrix, range as numbers of ITU-T H.273); ``audio``: codec, sample_rate, channels, duration.

    Raises
    ------
    InputError
        When the file is not there or is no media file.
    """
    import av

    try:
        with open_media(path) as container:
            facts: dict[str, Any] = {"format": container.format.name, "video": None, "audio": None}
            facts["duration"] = 0.0 if container.duration is None else container.duration / av.time_base
            # a stream whose codec is not known has no context
            films = [stream for stream in container.streams.video[:1] if stream.codec_context is not None]
            sounds = [stream for stream in container.streams.audio[:1] if stream.codec_context is not None]
            known = {stream.index: _video(stream) for stream in films}
            known |= {stream.index: _audio(stream) for stream in sounds}
            for packet in container.demux(*films, *sounds) if known else ():
                if packet.stream.index in known:  # while it is read, a damaged file may turn out to have other streams
                    _count(packet, known[packet.stream.index])
            facts["video"] = next((known[stream.index] for stream in films), None)
            facts["audio"] = next((known[stream.index] for stream in sounds), None)
            return facts
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{path}: not a media file that can be read ({error})") from error


def moving_pictures(path: Path) -> bool:
    """Whether a media file has moving pictures: a cover of a song is none. True for what cannot be opened."""
    import av

    try:
        with open_media(path) as container:
            return any(
                stream.codec_context is not None and not stream.disposition & av.stream.Disposition.attached_pic
                for stream in container.streams.video
            )
    except (av.FFmpegError, OSError, InputError):
        return True


def _count(packet: Any, known: dict[str, Any]) -> None:
    """Count a packet; where the stream does not tell its length (WebM, Ogg), it ends with its last packet."""
    if packet.dts is None:
        return
    if "frames" in known:
        known["frames"] += 1
    if packet.stream.duration is None and packet.pts is not None:
        long = float(packet.duration * packet.time_base) if packet.duration else 1 / (known.get("fps") or math.inf)
        known["duration"] = max(known["duration"], float(packet.pts * packet.time_base) + long)


def _seconds(stream: Any) -> float:
    return 0.0 if stream.duration is None else float(stream.duration * stream.time_base)


def _video(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "codec": context.name,
        "profile": context.profile,
        "width": context.width,
        "height": context.height,
        "pix_fmt": context.pix_fmt,
        "fps": float(stream.average_rate or 0),
        "frames": 0,
        "duration": _seconds(stream),
        "colour": tuple(
            int(value)
            for value in (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        ),
    }


def _audio(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "codec": context.name,
        "sample_rate": context.sample_rate,
        "channels": context.layout.nb_channels,
        "duration": _seconds(stream),
    }
