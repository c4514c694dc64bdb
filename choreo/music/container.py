"""The one door through which sound and video files are opened, alike with every version of PyAV.

FFmpeg opens more than files: a name with a colon is an address, and a text that lists other files is followed. Here a
name is a file's, whatever is in it, and only containers are opened that hold the sound themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from choreo.errors import AudioError
from choreo.inputs import file_size

CONTAINERS = (
    "aac", "ac3", "aiff", "amr", "ape", "asf", "au", "avi", "caf", "dsf", "dts", "dtshd", "eac3", "flac", "flv", "iff",
    "ircam", "loas", "m4v", "matroska", "mlp", "mov", "mp3", "mpc", "mpc8", "mpeg", "mpegts", "mxf", "nut", "ogg",
    "oma", "qcp", "rm", "sox", "tak", "truehd", "tta", "voc", "w64", "wav", "wv", "xwma",
)  # fmt: skip
"""FFmpeg's names of the formats that are read; playlists and lists of files are none of them."""


def file_name(path: str | Path) -> str:
    """A path as FFmpeg takes it for a file, also when it has a colon: ``Artist: Title.mp3``."""
    return f"file:{path}"


def open_media(path: str | Path) -> Any:
    """Open a sound or video file for reading: a PyAV container, to be used in ``with``.

    Tags are of no use to decoding, so tags that are not UTF-8 must not keep a file from being read. PyAV up to 18 has
    an option for that; from 19 on undecodable bytes come as surrogates and the option is gone.

    Raises
    ------
    AudioError
        When the file is a playlist, or of another kind that would open other files.
    av.FFmpegError, OSError
        When the file cannot be opened, or is a pipe or a device.
    """
    import av

    options = {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "file"}
    file_size(path)
    older = int(av.__version__.split(".")[0]) < 19
    try:
        if older:
            return av.open(file_name(path), options=options, metadata_errors="replace")
        return av.open(file_name(path), options=options)
    except av.error.ArgumentError as error:
        raise AudioError(
            f"{path}: holds no sound itself: a playlist, a picture or the like. Name the sound or video file itself."
        ) from error


def readable(text: str) -> str:
    """A tag's text without undecodable bytes, which become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


__all__ = ["CONTAINERS", "file_name", "open_media", "readable"]
