"""A downloader for pooch that continues what was cut off, with how far it is told, and takes no page for a file."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from choreo.errors import InputError, OutputError
from choreo.version import __version__

if TYPE_CHECKING:
    from requests import Response

PIECE = 1 << 13
"""Bytes that are read at once: of an answer that is cut off, what is left of a piece is lost."""
TRIES, PAUSE = 5, 1.0
"""How often a connection may be lost with nothing new in between, and seconds before it is made again, each longer."""
SECONDS = 60.0
"""Longest silence of a server."""
LARGEST = 8 << 30
"""Bytes of a file whose size is not published."""
HEAD = 512
POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\s+oid sha256:([0-9a-f]{64})\s+size (\d+)")
PAGE = re.compile(rb"\s*(?:<!--.{0,200}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and with all there are to be, None where the server does not say."""


class FetchError(InputError):
    """A file cannot be downloaded, or is not what was published or first seen."""


class MissingFileError(FetchError):
    """A server has no such file."""


class Resuming:
    """A downloader, as ``pooch.retrieve`` takes one, that keeps what has come in a file and asks for the rest.

    Parameters
    ----------
    part
        File that holds what has come; its neighbour ``.tag`` has the server's mark of the version, without which
        nothing is continued, so that no file is made of two versions.
    size
        Published size in bytes; None for any of at most `LARGEST`.
    """

    def __init__(self, part: Path, size: int | None = None, progress: Progress | None = None) -> None:
        self.part, self.size, self.progress = part, size, progress
        self.tag = part.with_name(f"{part.name}.tag")

    def __call__(self, url: str, output_file: str, pooch: Any = None, check_only: bool = False) -> None:
        """Download `url` to `output_file`.

        Raises
        ------
        MissingFileError
            When the server does not have it.
        FetchError
            When it is longer than it may be, is a page or a pointer, or the connection is lost too often.
        OutputError
            When it cannot be written.
        """
        import requests

        lost, before = 0, -1
        while True:
            try:
                self._get(url)
                break
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                lost = lost + 1 if self._size() <= before else 1
                before = self._size()
                if lost == TRIES:
                    raise FetchError(
                        f"{url}: the connection was lost {TRIES} times ({_told(error)}). What has come is kept: "
                        "run the same command again."
                    ) from error
                time.sleep(PAUSE * lost)
            except requests.RequestException as error:
                raise FetchError(f"{url}: cannot be downloaded ({_told(error)}).") from error
            except OSError as error:
                raise OutputError(f"{self.part}: cannot be written ({error.strerror or error}).") from error
        try:
            require_file(self.part, url)
        except FetchError:
            self._forget()
            raise
        self.part.replace(output_file)
        self._forget()

    def _size(self) -> int:
        with suppress(OSError):
            return self.part.stat().st_size
        return 0

    def _forget(self) -> None:
        for path in (self.part, self.tag):
            path.unlink(missing_ok=True)

    def _headers(self) -> dict[str, str]:
        """What the request says; the rest is asked for only when it is of the version that was begun."""
        headers = {"Accept-Encoding": "identity", "User-Agent": f"choreo/{__version__}"}
        have, tag = self._size(), ""
        with suppress(OSError, UnicodeDecodeError):
            tag = self.tag.read_text(encoding="ascii").strip()[:HEAD]
        if have and tag.isprintable() and tag:
            return {**headers, "Range": f"bytes={have}-", "If-Range": tag}
        self._forget()
        return headers

    def _get(self, url: str) -> None:
        """One connection: write what comes to the end of the part.

        Raises
        ------
        requests.RequestException
            When it does not come to its end.
        """
        import requests

        with requests.get(url, stream=True, timeout=SECONDS, headers=self._headers()) as response:
            if urlsplit(url).scheme == "https" and urlsplit(response.url).scheme != "https":
                raise FetchError(f"{url}: leads to {response.url}, which is not encrypted.")
            if response.status_code == 416:  # nothing is left of it, or it is another file now
                total = response.headers.get("Content-Range", "").rpartition("/")[2]
                if total == str(self._size()):
                    return
                self._forget()
                raise requests.ConnectionError("the server cannot continue the file")
            if response.status_code >= 500 or response.status_code == 429:
                raise requests.ConnectionError(f"the server answered {response.status_code} {response.reason}")
            if response.status_code in (404, 410):
                raise MissingFileError(f"{url}: is not there ({response.status_code} {response.reason}).")
            response.raise_for_status()
            have = self._begin(response)
            length = response.headers.get("Content-Length", "")
            plain = response.headers.get("Content-Encoding", "identity") == "identity"
            total = have + int(length) if plain and length.isdecimal() else None
            self._write(response, url, have, total)
            if total is not None and self._size() != total:  # urllib3 1 does not notice
                raise requests.ConnectionError(f"{self._size():,} of {total:,} bytes came")

    def _begin(self, response: Response) -> int:
        """Bytes that stay of what has come; the mark of the version is kept beside it."""
        have = self._size()
        stated = RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status_code != 206 or stated is None or int(stated[1]) != have:
            if response.status_code == 206:
                import requests

                self._forget()
                raise requests.ConnectionError("the server sent another part of the file than it was asked for")
            have = 0
            self._forget()
        tag = response.headers.get("ETag", "")
        tag = response.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
        if tag and tag.isascii():
            self.tag.write_text(tag, encoding="ascii")
        return have

    def _write(self, response: Response, url: str, have: int, total: int | None) -> None:
        most = self.size or LARGEST
        with self.part.open("ab" if have else "wb") as stream:
            if self.progress:
                self.progress(have, total or self.size)
            for piece in response.iter_content(PIECE):
                have += len(piece)
                if have > most:
                    stream.close()
                    self._forget()
                    raise FetchError(f"{url}: is longer than the {most:,} bytes that it should have. Nothing was kept.")
                stream.write(piece)
                if self.progress:
                    self.progress(have, total or self.size)


def require_file(path: Path, source: str) -> None:
    """Refuse what stands in for a file: a pointer of Git LFS, and a page that asks, excuses or advertises.

    Raises
    ------
    FetchError
        Says what it is, and what to do.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if found := POINTER.match(head):
        raise FetchError(
            f"{source}: is a pointer of Git LFS, not the file of {int(found[2]):,} bytes that it stands for. Get "
            "that: 'git lfs pull' in a clone; 'media.githubusercontent.com/media' addresses of GitHub, 'resolve' "
            "addresses of Hugging Face."
        )
    if PAGE.match(head):
        raise FetchError(
            f"{source}: is a web page, not a file of motion; the site wants to be visited first, or has moved it. "
            "Download it with a browser and give its folder with --from."
        )


def _told(error: Exception) -> str:
    """The innermost reason of an error of a connection, which wraps others."""
    while error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    text = str(reason if isinstance(reason, Exception) else error) or type(error).__name__
    return re.sub(r" object at 0x[0-9a-f]+", "", text)


__all__ = ["FetchError", "MissingFileError", "Progress", "Resuming", "require_file"]
