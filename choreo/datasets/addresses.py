"""Files at addresses of fsspec, object storage above all: whether an address can be used, what is there, its content.

Credentials come from the environment, where the library of each store looks for them; an address that has some in it
is refused, because commands are kept in the database, in logs and in the history of shells.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from choreo.db.location import SCHEMES, redacted
from choreo.db.object_store import retries, store_reason
from choreo.errors import ChoreoError, InputError, MissingExtraError
from choreo.foreign.limits import RECORDING_BYTES, STORED_FILES

SECRETS = re.compile(r"(?i)sig|token|secret|passw|credential|key")
"""Names of values in an address, or of variables of the environment, that nobody else may see."""
BLOCK = 8 << 20
"""Bytes fetched at once."""


def is_address(place: str | os.PathLike[str] | None) -> bool:
    """Whether a place is an address, ``s3://bucket/mocap``, not a path."""
    return isinstance(place, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", place) is not None


def require_plain(address: str) -> None:
    """Make sure that an address has no credentials in it, and means files as they are.

    Raises
    ------
    InputError
    """
    try:
        parts = urlsplit(address)
        scheme, password, query = parts.scheme, parts.password, parts.query
    except ValueError as error:
        raise InputError(f"an address that cannot be understood ({error}); write one like s3://bucket/mocap.") from None
    if password is not None or any(SECRETS.search(each.partition("=")[0]) for each in query.split("&") if "=" in each):
        raise InputError(
            f"the {scheme} address has credentials in it, which would be kept in the database and in logs. Set them in "
            "the environment (for S3 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) and leave them out."
        )
    if "::" in address:
        raise InputError(f"{address}: files in archives and caches are not read in place; unpack them first.")


class Store:
    """Files at and below an address.

    Files go by names, ``scheme/path``, which are the same in the store and in the folders that are made of it here.

    Attributes
    ----------
    root
        Name of what the address names.

    Raises
    ------
    InputError
        When the address cannot be used.
    MissingExtraError
        When the library of its store is not installed.
    """

    def __init__(self, address: str) -> None:
        require_plain(address)
        self.address, self.scheme = address, urlsplit(address).scheme
        try:
            self._files, path = _opened(address)
        except ImportError:
            raise MissingExtraError(f"reading from {self.scheme} addresses", "storage") from None
        except Exception as error:
            raise self._unread(address, error) from error
        self.root = self.name(str(path).rstrip("/"))
        self._folder = str(path) if self.scheme in ("file", "local") else None

    def name(self, path: str) -> str:
        """Name of a file of the store, by its path there."""
        return f"{self.scheme}/{path.removeprefix(f'{self.scheme}://').lstrip('/')}"

    def shown(self, name: str) -> str:
        """Address of a file of the store."""
        return self.beginning + name.removeprefix(f"{self.scheme}/")

    @property
    def beginning(self) -> str:
        """How addresses of the store begin."""
        return f"{self.scheme}://{'/' if self._folder else ''}"

    def listed(self) -> dict[str, int]:
        """Bytes of all files at and below the address, by name; where it names a file, of those beside it, too.

        Raises
        ------
        InputError
            When nothing is there, too much is, or the store does not answer.
        """
        path = self.shown(self.root)
        try:
            self._files.invalidate_cache()
            found = self._files.find(path, detail=True)
            if len(found) == 1 and self.name(next(iter(found))) == self.root:
                found |= {each["name"]: each for each in self._files.ls(os.path.dirname(path), detail=True)}
        except FileNotFoundError:
            found = {}
        except Exception as error:
            raise self._unread(self.address, error) from error
        if not found:
            raise InputError(f"{self.address}: no such file or folder, or nothing in it.")
        if len(found) > STORED_FILES:
            raise InputError(
                f"{self.address}: {len(found):,} files, expected at most {STORED_FILES:,}. Add its folders one by one."
            )
        return {self.name(path): _bytes(info) for path, info in sorted(found.items()) if self._is_file(path, info)}

    def size(self, name: str) -> int | None:
        """Bytes of a file, None where there is none that may be seen."""
        try:
            info = self._files.info(self.shown(name))
        except (FileNotFoundError, PermissionError):
            return None
        except Exception as error:
            raise self._unread(self.shown(name), error) from error
        return _bytes(info) if self._is_file(info["name"], info) else None

    def fetch(self, name: str, target: Path, largest: int = RECORDING_BYTES) -> int:
        """Write a file of at most `largest` bytes to `target`; returns how many it has.

        Raises
        ------
        InputError
            When it cannot be read or is larger.
        """
        count = 0
        try:
            with self._files.open(self.shown(name), "rb") as source, target.open("wb") as sink:
                while block := source.read(BLOCK):
                    count += len(block)
                    if count > largest:
                        raise InputError(f"{self.shown(name)}: over {largest:,} bytes, which is the most that is read.")
                    sink.write(block)
        except ChoreoError:
            raise
        except Exception as error:
            raise self._unread(self.shown(name), error) from error
        return count

    def _is_file(self, path: str, info: Mapping[str, Any]) -> bool:
        """Whether it is a file; on this machine's disks links are not followed, but for the one that the user named."""
        if info.get("type") != "file" or path.endswith("/"):
            return False
        if self._folder is None:
            return True
        there = os.path.join(os.path.realpath(self._folder), os.path.relpath(path, self._folder))
        return os.path.realpath(path) == os.path.normpath(there)

    def _unread(self, where: str, error: Exception) -> ChoreoError:
        """What is said of an error of fsspec or of a store's library, which share no base class."""
        if isinstance(error, ImportError):
            return MissingExtraError(f"reading from {self.scheme} addresses", "storage")
        if isinstance(error, ValueError) and "Protocol not known" in str(error):
            return InputError(f"{where}: {self.scheme} is no kind of store that fsspec knows.")
        if reason := store_reason(error):
            return InputError(f"{where}: cannot be read: {reason}.")
        words = str(error).strip()
        why = redacted(next(iter(words.splitlines()), "")) or "no reason given"
        return InputError(f"{where}: cannot be read ({type(error).__name__}: {why[:300]}).")


def _opened(address: str) -> tuple[Any, str]:
    """File system of fsspec for an address, and the path in it; object storage is reached as by the database."""
    if urlsplit(address).scheme in SCHEMES:
        from obstore.fsspec import FsspecStore

        files = FsspecStore(urlsplit(address).scheme, retry_config=retries())
        return files, str(files._strip_protocol(address))
    from fsspec.core import url_to_fs

    found: tuple[Any, str] = url_to_fs(address)
    return found


def _bytes(info: Mapping[str, Any]) -> int:
    """Size of a file; -1 where its store does not say."""
    size = info.get("size")
    return -1 if size is None else int(size)


def is_safe(name: str) -> bool:
    """Whether a file of that name can be made here, below a folder."""
    steps = name.split("/")
    bad = ("", ".", "..")
    return all(step not in bad and len(step.encode()) <= 255 and not set(step) & {"\\", "\0"} for step in steps) and (
        os.name != "nt" or (not PurePosixPath(name).is_reserved() and not set(name) & set('<>:"|?*'))
    )


__all__ = ["Store", "is_address", "is_safe", "require_plain"]
