"""The starter clips: added to the database on the first run, and replaced whenever the moves change."""

from __future__ import annotations

import atexit
import hashlib
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from logging import getLogger
from pathlib import Path

from choreo import plugins
from choreo.db.connection import META, TABLE, folder_of
from choreo.db.ids import as_clip_stored
from choreo.db.location import VARIABLE, default_location
from choreo.db.refresh import refresh_snapshot
from choreo.db.snapshot import read_snapshot
from choreo.db.store import MotionDB
from choreo.errors import DatabaseError
from choreo.types import Clip
from choreo.version import __version__

DATASET = "starter"
FILLING = "filling the database (once)"
"""Name of the stage in a report of progress."""


def signature() -> str:
    """Hash of all that the starter clips depend on: the moves, the code that compiles them, and the version."""
    from choreo import motion, moves
    from choreo.moves.library import starter_folder

    digest = hashlib.sha256(__version__.encode())
    folders = [starter_folder(), Path(moves.__file__).parent, Path(motion.__file__).parent]
    for folder in folders:
        for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml", ".py", ".json")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _stored_signature(db: MotionDB) -> str:
    """Signature of the starter clips that are there; none when it cannot be read: then they are added anew."""
    if not db.has(TABLE):
        return ""
    try:
        rows = db.read_table(META)
    except DatabaseError:
        return ""
    return next((str(row.get("value")) for row in rows if row.get("key") == DATASET), "")


def _fresh_clips() -> Iterator[Clip]:
    plugin = plugins.load("datasets", DATASET)
    with plugins.blame("datasets", DATASET):
        for clip in plugin.clips(None):
            yield as_clip_stored(clip)


def _reported(clips: Iterator[Clip], filling: Callable[[float], None]) -> Iterator[Clip]:
    from choreo.moves import load_moves

    filling(0.0)
    total = len(load_moves()) + 1  # one for writing them
    for number, clip in enumerate(clips, 1):
        filling(number / max(total, number))
        yield clip


def ensure_starter(
    location: str | os.PathLike[str],
    *,
    progress: Callable[[int], None] | None = None,
    filling: Callable[[float], None] | None = None,
) -> MotionDB:
    """Open the database at `location`, created if needed, with the current starter clips in it.

    A database that is read-only is taken with the clips that it has. One on this machine that is as it was when it was
    last opened is read from its snapshot (`choreo.db.snapshot`).

    When they have to be made first, which takes some seconds, `filling` is called with how much is done, 0 to 1.

    Raises
    ------
    DatabaseError
        When the database cannot be opened, or is empty and cannot be written.
    """
    wanted = signature()
    db = _cached(os.fspath(location), wanted)
    if db is None:
        db = _filled(location, wanted, progress, filling)
        remember(db)
    return db


def remember(db: MotionDB) -> None:
    """Make the snapshot of a database that was written, so that the next dance need not."""
    refresh_snapshot(db, _stored_signature(db))


def _cached(location: str, wanted: str) -> MotionDB | None:
    """The database by its snapshot; None without one, or when other starter clips are wanted and can be written."""
    folder = folder_of(location)
    if folder is None or not folder.is_dir():
        return None
    found = read_snapshot(location, folder)
    if found is None:
        return None
    db = MotionDB(location)
    stale = found.starter != wanted
    if stale and not db.unwritable():
        return None
    db.require_whole()
    db.snapshot = found
    if stale:
        _tell_stale(db)
    return db


def _tell_stale(db: MotionDB) -> None:
    getLogger("choreo").warning(
        "Warning: %s is read-only and lacks choreo's own moves of this release; it is used with the clips it has. "
        "Whoever may write it runs 'choreo db update --db %s'.",
        db.location,
        shlex.quote(db.location),
    )


def _filled(
    location: str | os.PathLike[str],
    wanted: str,
    progress: Callable[[int], None] | None,
    filling: Callable[[float], None] | None,
) -> MotionDB:
    db = MotionDB.open(location, create=True)
    if _stored_signature(db) == wanted:
        return db
    if len(db) and db.unwritable():
        _tell_stale(db)
        return db
    with db.locked():
        if _stored_signature(db) == wanted:  # another process was faster
            return db
        clips = list(_fresh_clips() if filling is None else _reported(_fresh_clips(), filling))
        db.add(clips, progress=progress)
        db.remove(dataset=DATASET, keep=[clip.clip_id for clip in clips])
        db.replace_table(META, [{"key": DATASET, "value": wanted}])
        if filling is not None:
            filling(1.0)
    return db


def dance_database(
    explicit: str | os.PathLike[str] | None = None, *, filling: Callable[[float], None] | None = None
) -> MotionDB:
    """Open the database to dance from: `explicit`, or the default one, with the current starter clips in it.

    Where the user's data folder cannot be made or written, and no other place was named, the starter clips are put into
    a folder that goes with this process. `filling` is that of `ensure_starter`.

    Raises
    ------
    DatabaseError
        As `ensure_starter` does.
    """
    location = default_location(explicit)
    try:
        return ensure_starter(location, filling=filling)
    except DatabaseError as error:
        if explicit or os.environ.get(VARIABLE) or os.path.exists(location):
            raise
        getLogger("choreo").warning(
            "Warning: %s Until then the starter moves are made anew in each run.", error.message
        )
    return _filled(_passing_folder(), signature(), None, filling)


@cache
def _passing_folder() -> str:
    folder = tempfile.mkdtemp(prefix="choreo-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def forget_starter(db: MotionDB) -> None:
    """Let the starter clips be added anew when they are next wanted."""
    db.replace_table(META, [])
