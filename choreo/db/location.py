"""Location of the motion database."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CHOREO_MOTION_DB"


def default_location(explicit: str | os.PathLike[str] | None = None) -> str:
    """Location of the database: `explicit`, else ``$CHOREO_MOTION_DB``, else the user's data folder."""
    chosen = explicit or os.environ.get(VARIABLE)
    if chosen:
        return os.fspath(chosen)
    from platformdirs import user_data_dir

    return str(Path(user_data_dir("choreo")) / "motion_db")
