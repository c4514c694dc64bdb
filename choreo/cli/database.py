"""The motion database as commands open it: filled the first time, which takes a while and is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from choreo.cli.progress import progress_bar

if TYPE_CHECKING:
    from choreo.db import MotionDB


def open_database(location: str | None) -> MotionDB:
    """Open the database at `location`, the user's own when None, with choreo's moves in it.

    Raises
    ------
    DatabaseError
    """
    from choreo.db import default_location, ensure_starter
    from choreo.db.names import remember_names
    from choreo.db.starter import FILLING

    with progress_bar() as progress:
        filling = None if progress is None else partial(progress, FILLING)
        database = ensure_starter(default_location(location), filling=filling)
    remember_names(database)
    return database
