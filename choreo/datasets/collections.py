"""The table of public motion collections: what they are, whose, under which licence, and where their files lie."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from choreo.errors import InputError
from choreo.foreign import read_text
from choreo.licences import LEVELS, allows
from choreo.names import safe_name

TABLE = Path(__file__).with_name("collections.toml")
ARCHIVES = (".zip",)
"""Endings of files that are unpacked."""
SUM = re.compile(r"[0-9a-f]{64}")
ADDRESS = re.compile(r"https?://[^\s/]+/(?:[^\s]*/)?")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files of a collection that lie in one place and are of one kind.

    ``files`` are paths below ``address``, whose last names no two have in common; ``also`` come with any of them, as a
    skeleton does. Of archives, those ``members`` are taken whose last name, or path, is like one of the patterns.
    ``sha256`` and ``sizes`` in bytes are by last name, where they are published; ``size`` is said of all files.
    ``styles`` are given to the clips; ``fps`` is the rate of files that do not say theirs.
    """

    name: str
    address: str
    files: tuple[str, ...]
    about: str = ""
    also: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    sha256: Mapping[str, str] = {}
    sizes: Mapping[str, int] = {}
    size: int = 0
    styles: tuple[str, ...] = ()
    fps: float | None = None


class Collection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public collection of motion: what it is, its terms, which reader reads it, and its parts.

    ``by_hand`` says how its files are had where no program may or can fetch them; there are no parts then.
    """

    title: str
    page: str
    dataset: str
    licence: str
    citation: str
    contents: str
    name: str = ""
    parts: tuple[Part, ...] = ()
    by_hand: str = ""

    @property
    def level(self) -> str:
        """The strictest of `choreo.licences.LEVELS` that the licence allows, as ``--license`` takes it."""
        return [level for level in LEVELS if allows(self.licence, level)][-1]


class Remote(msgspec.Struct, frozen=True):
    """One file that can be fetched; `members` are the patterns of what is taken of an archive."""

    part: Part
    path: str
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name under which it is kept."""
        return PurePosixPath(self.path).name

    @property
    def address(self) -> str:
        """Whole address."""
        return self.part.address + self.path

    @property
    def is_archive(self) -> bool:
        """Whether it is unpacked."""
        return self.name.endswith(ARCHIVES)

    @property
    def sha256(self) -> str | None:
        """The published sum."""
        return self.part.sha256.get(self.name)

    @property
    def size(self) -> int | None:
        """The published size in bytes."""
        return self.part.sizes.get(self.name)


def read_collections(path: Path | None = None) -> dict[str, Collection]:
    """Read a table of collections, choreo's own when `path` is None.

    Raises
    ------
    InputError
        When it is no TOML, lacks or has a key that it must not, or names files or addresses that cannot be.
    """
    path = path or TABLE
    try:
        found: dict[str, Any] = tomllib.loads(read_text(path))
        tables = msgspec.convert(found, dict[str, Collection])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise InputError(f"{path}: is no table of motion collections: {error}.") from error
    made = {name: msgspec.structs.replace(table, name=name) for name, table in tables.items()}
    for table in made.values():
        if fault := _fault(table):
            raise InputError(f"{path}: collection {table.name!r}: {fault}.")
    return made


def known_collection(name: str) -> Collection:
    """A collection by its name.

    Raises
    ------
    InputError
        Tells the names that there are.
    """
    tables = read_collections()
    if name not in tables:
        shown = name if name.isprintable() else repr(name)
        raise InputError(f"no motion collection is called {shown!r}. There are: {', '.join(tables)}.")
    return tables[name]


def chosen_files(collection: Collection, only: tuple[str, ...] = ()) -> list[Remote]:
    """Files of a collection, those alone that `only` names: parts, files without ending, else members of archives.

    Raises
    ------
    InputError
        When a pattern is like nothing that the table knows.
    """
    names = [(part.name, *map(_stem, part.files)) for part in collection.parts]
    inside = tuple(each for each in only if not any(fnmatchcase(name, each) for some in names for name in some))
    found: list[Remote] = []
    for part in collection.parts:
        whole = not only or any(fnmatchcase(part.name, each) for each in only)
        wanted = []
        for path in part.files:
            if whole or any(fnmatchcase(_stem(path), each) for each in only):
                wanted.append(Remote(part, path, part.members if path.endswith(ARCHIVES) else ()))
            elif inside and path.endswith(ARCHIVES):
                endings = sorted({PurePosixPath(member).suffix for member in part.members})
                wanted.append(Remote(part, path, tuple(each + ending for each in inside for ending in endings)))
        found += [Remote(part, path) for path in part.also if wanted] + wanted
    if inside and not any(path.endswith(ARCHIVES) for part in collection.parts for path in part.files):
        parts = ", ".join(f"{part.name} ({part.about})" if part.about else part.name for part in collection.parts)
        raise InputError(f"{collection.name}: nothing in it is like {', '.join(inside)}. Its parts: {parts}.")
    return found


def _stem(path: str) -> str:
    return PurePosixPath(path).stem


def _fault(table: Collection) -> str:
    """What is wrong with a collection; empty when nothing is."""
    if table.name != safe_name(table.name):
        return "its name cannot be a folder's"
    if bool(table.parts) == bool(table.by_hand):
        return "it has parts or by_hand, and not both"
    for part in table.parts:
        paths = (*part.also, *part.files)
        names = [PurePosixPath(path).name for path in paths]
        if part.name != safe_name(part.name) or any(name != safe_name(name) for name in names):
            return f"part {part.name!r}: a name in it cannot be a file's"
        if len({name.casefold() for name in names}) < len(names) or not part.files:
            return f"part {part.name!r}: has no files, or two of one name"
        if not ADDRESS.fullmatch(part.address) or any(".." in path or path.startswith("/") for path in paths):
            return f"part {part.name!r}: {part.address!r} is no address of a folder, or a file is not below it"
        if wrong := [name for name in (*part.sha256, *part.sizes) if name not in names]:
            return f"part {part.name!r}: {wrong[0]!r} has a sum or a size and is none of its files"
        if any(not SUM.fullmatch(each) for each in part.sha256.values()):
            return f"part {part.name!r}: a SHA-256 has 64 digits"
        if part.fps is not None and not 1 <= part.fps <= 1000:
            return f"part {part.name!r}: {part.fps:g} frames a second"
        if any(path.endswith(ARCHIVES) for path in part.files) and not part.members:
            return f"part {part.name!r}: says not what is taken of its archive"
    if len({part.name.casefold() for part in table.parts}) < len(table.parts):
        return "two parts have one name"
    return ""


__all__ = ["Collection", "Part", "Remote", "chosen_files", "known_collection", "read_collections"]
