"""Media files opened alike by every version of PyAV, whatever the bytes of their tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_media(path: str | Path) -> Any:
    """Open a sound or video file for reading: a PyAV container, to be used in ``with``.

    Tags are of no use to decoding, so tags that are not UTF-8 must not keep a file from being read. PyAV up to 18 has
    an option for that; from 19 on undecodable bytes come as surrogates and the option is gone.

    Raises
    ------
    av.FFmpegError, OSError
        When the file cannot be opened.
    """
    import av

    if int(av.__version__.split(".")[0]) < 19:
        return av.open(str(path), metadata_errors="replace")
    return av.open(str(path))


def readable(text: str) -> str:
    """A tag's text without undecodable bytes, which become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


__all__ = ["open_media", "readable"]
