"""Songs that are danced on other machines: what is sent there, how it is danced, and what comes back.

Nothing is shared but what is sent: the song's bytes, the options, the files that these name, and learned models. A
motion database is opened over there, and must be the same as here.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from choreo.environment import cache_place, drawing_variables, variables_as
from choreo.errors import ChoreoError, DatabaseError, OutputError
from choreo.leftovers import partial_name
from choreo.options import Choosing
from choreo.output import atomic, require_apart, together, when_whole
from choreo.pipeline.parcel import Parcel, packed, read_sent, with_files
from choreo.pipeline.result import Result
from choreo.pipeline.songs import Song
from choreo.planfile.sources import written_as
from choreo.retrieval.models import VARIABLE as MODELS
from choreo.retrieval.models import models_folder
from choreo.version import __version__
from choreo.video.stills import gather_stills

if TYPE_CHECKING:
    pass

LARGEST = 2 << 30
"""Bytes of all files of a dance that another machine sends back."""
TOOLS = ("numpy", "scipy", "av", "numba")
"""Packages by whose versions dances and their films may differ."""


@dataclass(frozen=True)
class Database:
    """The motion database of the machine that asks: its location, or None for one of starter clips; and its digest.

    The digest is empty for one at an address, which is the same wherever it is opened.
    """

    location: str | None
    digest: str


@dataclass(frozen=True, eq=False)
class Errand:
    """What each process is told once: how songs are to be danced, as here.

    Attributes
    ----------
    options
        Those of `choreo.generate`, with paths of the machine that asks.
    parcel, models
        Files that they name; files of trained models, by their names in the folder of models.
    tools, variables
        Versions on the machine that asks, and its `choreo.environment.drawing_variables`.
    """

    options: Mapping[str, Any]
    parcel: Parcel
    models: Mapping[str, bytes]
    database: Database
    tools: Mapping[str, str]
    variables: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class SentSong:
    """A song with its content."""

    song: Song
    data: bytes


@dataclass(frozen=True, eq=False)
class SentDance:
    """What came of a song: a result and the files, by their names in its folder, or the error."""

    result: Result | None
    failure: tuple[type[ChoreoError], str] | None
    seconds: float
    files: Mapping[str, bytes] = field(default_factory=dict)


def errand_of(options: Mapping[str, Any]) -> Errand:
    """All that dancing songs with these options takes from this machine.

    Raises
    ------
    InputError, DatabaseError
    """
    choosing = options.get("choosing") or Choosing()
    listening = options.get("listening")
    names = [choosing.embedder, *([listening.tagger] if listening is not None and listening.tagger else [])]
    models = {
        f"{name}/{file.relative_to(models_folder() / name).as_posix()}": read_sent(file)
        for name in names
        for file in sorted((models_folder() / name).rglob("*"))
        if file.is_file()
    }
    return Errand(options, packed(options), models, database_of(choosing.db), tools(), drawing_variables())


def tools() -> dict[str, str]:
    """Versions of what a dance depends on, by name."""
    return {"choreo": __version__, **{name: version(name) for name in TOOLS}}


def database_of(location: str | None) -> Database:
    """The database that a machine dances from."""
    from choreo.db.contents import content_digest
    from choreo.db.location import default_location
    from choreo.db.starter import DATASET, dance_database

    place = default_location(location)
    if "://" in place:
        return Database(place, "")
    base = dance_database(location)
    only = set(base.columns(["dataset"])["dataset"]) == {DATASET}
    return Database(None if only else os.path.abspath(place), content_digest(base))


@cache
def require_database(database: Database) -> str:
    """Location of the same database on this machine.

    Raises
    ------
    DatabaseError
        When it is not here, or is another.
    """
    from choreo.db.contents import content_digest
    from choreo.db.starter import ensure_starter

    if not database.digest and database.location is not None:
        return database.location
    if database.location is None:
        place = str(cache_place("starter") / "motion_db")
        if content_digest(ensure_starter(place)) != database.digest:
            raise DatabaseError(
                f"{platform.node()}, a machine of the engine, makes other starter clips than this one does: processor "
                "or versions differ. Put the database into object storage and name its address with --db."
            )
        return place
    if not os.path.isdir(database.location) or content_digest(ensure_starter(database.location)) != database.digest:
        raise DatabaseError(
            f"{database.location}: {platform.node()}, a machine of the engine, does not have this motion database, or "
            "has another there. Put it into object storage and name its address with --db, or into a folder that all "
            "machines see."
        )
    return database.location


def dance_elsewhere(sent: SentSong, errand: Errand) -> SentDance:
    """Dance a song in a process of an engine, on any machine.

    Raises
    ------
    DatabaseError
        When the database is not the same.
    ChoreoError
        When versions differ.
    """
    from choreo.pipeline.run import generate

    begun, here = time.monotonic(), tools()
    if other := [name for name in here if here[name] != errand.tools[name]]:
        name = other[0]
        raise ChoreoError(
            f"{platform.node()}, a machine of the engine, has {name} {here[name]}, and this one {errand.tools[name]}: "
            "dances may differ. Install the same versions on all machines."
        )
    base = require_database(errand.database)
    with tempfile.TemporaryDirectory(prefix="choreo-") as place:
        root, song = Path(place), sent.song
        path, out = root / "song" / song.path.name, root / "out"
        path.parent.mkdir()
        path.write_bytes(sent.data)
        places = errand.parcel.unpack(root / "files")
        there = {str(song.path): str(path), **places}
        options = with_files(errand.options, lambda each: there.get(str(each), each))
        options["choosing"] = replace(options.get("choosing") or Choosing(), db=base)
        if errand.models:
            Parcel(files=dict(errand.models)).unpack(root / "models")
        back = {new: old for old, new in there.items()} | {str(out): str(song.folder)}
        variables = {**errand.variables, **({MODELS: str(root / "models")} if errand.models else {})}
        try:
            with variables_as(variables), written_as(back):
                result = generate(path, output=f"{out}{os.sep}", **options)
            result.warnings = [_told(line, back) for line in result.warnings]
            result.files = {name: song.folder / file.relative_to(out) for name, file in result.files.items()}
            files = _read_all(out, song)
        except ChoreoError as error:
            return SentDance(None, (type(error), _told(error.message, back)), time.monotonic() - begun)
        except Exception as error:  # noqa: BLE001  a mistake with one song must not end the work of hours
            line = next(iter(str(error).splitlines()), "no message")
            told = f"{song.path}: unexpected {type(error).__name__}: {_told(line, back)} (a mistake in choreo)"
            return SentDance(None, (ChoreoError, told), time.monotonic() - begun)
        return SentDance(result, None, time.monotonic() - begun, files)


def _read_all(out: Path, song: Song) -> dict[str, bytes]:
    files = [file for file in sorted(out.rglob("*")) if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    if size > LARGEST:
        raise OutputError(
            f"{song.path}: its files take {size >> 20} MiB; another machine sends at most {LARGEST >> 20}. Make it "
            "with --engine local, or with fewer formats."
        )
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in files}


def _told(text: str, back: Mapping[str, str]) -> str:
    """A text with the paths of the machine that asks."""
    for there, here in back.items():
        text = text.replace(there, here)
    return text


def place_files(song: Song, files: Mapping[str, bytes], inputs: tuple[Path | None, ...]) -> None:
    """Write the files of a dance that came back, all of them or none.

    Raises
    ------
    OutputError
        When one cannot be written, or would take the place of one of the `inputs`.
    """
    stills: dict[Path, dict[str, bytes]] = {}
    parts: list[Path] = []
    try:
        with together():
            for name, data in files.items():
                path = song.folder / name
                if path.parent != song.folder:
                    stills.setdefault(path.parent, {})[path.name] = data
                    continue
                require_apart(path, song.path, *inputs)
                with atomic(path) as partial_file:
                    partial_file.write_bytes(data)
            for folder, pictures in stills.items():
                parts.append(partial_name(folder))
                _write_pictures(parts[-1], pictures)
                when_whole(partial(gather_stills, folder, [parts[-1]]))
    finally:
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)


def _write_pictures(folder: Path, pictures: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True)
        for name, data in pictures.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise OutputError(f"{folder}: could not be written ({error.strerror or error}).") from error


__all__ = ["Errand", "SentDance", "SentSong", "dance_elsewhere", "errand_of", "place_files"]
