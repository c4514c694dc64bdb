"""Location of the motion database."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from choreo.environment import cache_place

VARIABLE = "CHOREO_MOTION_DB"


def default_location(explicit: str | os.PathLike[str] | None = None) -> str:
    """Location of the database: `explicit`, else ``$CHOREO_MOTION_DB``, else the user's data folder."""
    chosen = explicit or os.environ.get(VARIABLE)
    if chosen:
        return os.fspath(chosen)
    from platformdirs import user_data_dir

    return str(Path(user_data_dir("choreo")) / "motion_db")


def remembered_file(location: str, kind: str, suffix: str) -> Path:
    """File of the user's cache folder (or ``$CHOREO_CACHE``) for what is remembered of a database."""
    place = location if "://" in location else os.path.abspath(location)
    return cache_place(kind) / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}{suffix}"
