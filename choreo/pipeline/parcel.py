"""Files that go along to other machines: those that options name, with what lies beside them and belongs to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from choreo import plugins
from choreo.errors import InputError
from choreo.foreign import read_bytes
from choreo.video.look import STAGE, TRANSPARENT, Look, colour_of

LARGEST = 256 << 20
"""Bytes of one file: a song, a character, a model."""
BESIDE = 10_000
"""Files of a folder that are looked at for what belongs to a file."""
Place = str | Path


@dataclass
class Parcel:
    """Files by their names in the parcel; `names` says which of these is the file of a path, as the user wrote it."""

    names: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, place: Place) -> None:
        """Take a file, and those beside it and below whose names it says: buffers, textures.

        Raises
        ------
        InputError
            When it cannot be read or is larger than `LARGEST`.
        """
        path = Path(place)
        if str(place) in self.names:
            return
        folder = str(len(self.names))
        self.names[str(place)] = f"{folder}/{path.name}"
        data = self.files[f"{folder}/{path.name}"] = read_sent(path)
        for other in islice(_below(path.parent), BESIDE):
            said = {other.name.encode(), quote(other.name).encode()}
            if other != path and any(name in data for name in said):
                self.files[f"{folder}/{other.relative_to(path.parent).as_posix()}"] = read_sent(other)

    def unpack(self, folder: Path) -> dict[str, str]:
        """Write the files below a folder; paths there by those that the user wrote."""
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return {place: str(folder / name) for place, name in self.names.items()}


def read_sent(path: Path) -> bytes:
    """Content of a file that is sent to another machine.

    Raises
    ------
    InputError
        When it cannot be read or is larger than `LARGEST`.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(
                f"{path}: has {size >> 20} MiB; files of at most {LARGEST >> 20} are sent to other machines. "
                "Use a compressed or shorter one, or --engine local."
            )
        return read_bytes(path, LARGEST)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        yield from (Path(root, name) for name in sorted(files))


def with_files(options: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Options of `choreo.generate` with each path of a file in them changed."""
    made = dict(options)
    if made.get("character") is not None:
        made["character"] = change(made["character"])
    if (listening := made.get("listening")) is not None and listening.beats is not None:
        made["listening"] = replace(listening, beats=change(listening.beats))
    if (choosing := made.get("choosing")) is not None and choosing.lyrics is not None:
        made["choosing"] = replace(choosing, lyrics=change(choosing.lyrics))
    if (look := made.get("look")) is not None:
        made["look"] = _with_files(look, change)
    return made


def _with_files(look: Look, change: Callable[[Any], Any]) -> Look:
    background, body = look.background, look.body
    if background not in (STAGE, TRANSPARENT) and colour_of(background) is None:
        background = str(change(background))
    if body is not None and body not in plugins.candidates("bodies"):
        body = str(change(body))

    def changed(options: Mapping[str, Any]) -> dict[str, Any]:
        return {name: change(value) if _is_path(value) else value for name, value in options.items()}

    dancers = {number: changed(options) for number, options in look.dancer_options.items()}
    return replace(
        look, background=background, body=body, body_options=changed(look.body_options), dancer_options=dancers
    )


def _is_path(value: object) -> bool:
    return isinstance(value, str | Path) and bool(Path(value).suffix)


def packed(options: Mapping[str, Any]) -> Parcel:
    """The files that options of `choreo.generate` name.

    Raises
    ------
    InputError
        When one is too large or cannot be read.
    """
    parcel = Parcel()

    def take(place: Place) -> Place:
        if Path(place).is_file():
            parcel.add(place)
        return place

    with_files(options, take)
    return parcel


__all__ = ["LARGEST", "Parcel", "packed", "read_sent", "with_files"]
