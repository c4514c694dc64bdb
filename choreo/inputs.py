"""The one check of files that are read: regular ones only, whose size is known before anything of them is."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

KINDS = (
    (stat.S_ISDIR, errno.EISDIR, "it is a folder, not a file"),
    (stat.S_ISFIFO, errno.EINVAL, "it is a pipe, not a file; save what comes out of it to a file first"),
    (stat.S_ISSOCK, errno.EINVAL, "it is a socket, not a file"),
    (stat.S_ISCHR, errno.EINVAL, "it is a device, not a file"),
    (stat.S_ISBLK, errno.EINVAL, "it is a device, not a file"),
)
"""What has a name among files and is none: reading it may wait for ever, or never end."""


def file_size(path: str | Path) -> int:
    """Bytes of a file, which is there and regular: it can be read to its end, and again.

    Raises
    ------
    OSError
        When it is not there or not reachable, as the system says, and when it is anything but a file; ``strerror`` has
        the words.

    Examples
    --------
    >>> file_size("song.wav") > 44
    True
    >>> file_size(".")
    Traceback (most recent call last):
    ...
    IsADirectoryError: [Errno 21] it is a folder, not a file: '.'
    """
    found = os.stat(path)
    for is_kind, number, words in KINDS:
        if is_kind(found.st_mode):
            raise OSError(number, words, str(path))
    return found.st_size


def is_file(path: str | Path) -> bool:
    r"""Whether there is a file; False also for names that no file can have, of which pathlib makes errors.

    Examples
    --------
    >>> is_file("song.wav"), is_file("x" * 5000), is_file("."), is_file("\0")
    (True, False, False, False)
    """
    try:
        file_size(path)
    except (OSError, ValueError):
        return False
    return True


__all__ = ["file_size", "is_file"]
