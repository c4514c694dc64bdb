"""Environment variables that choreo reads, in one table; a test holds that there are no others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

OWN: Mapping[str, str] = {
    "CHOREO_MOTION_DB": "Where the motion database lies, instead of the user's data folder.",
    "CHOREO_CACHE": "Folder for what was heard in songs and what is known of databases, instead of the user's cache.",
    "CHOREO_MODELS": "Folder of trained embedders and of fetched models, instead of the user's data folder.",
    "CHOREO_COLLECTIONS": "Folder of motion that 'choreo db get' fetched, instead of the user's data folder.",
    "CHOREO_DEBUG": "1 is the same as --debug.",
    "CHOREO_BLENDER_PYTHON": "Python that has bpy, for --renderer blender.",
    "CHOREO_BLENDER_SAMPLES": "Samples a pixel of Blender's renderers; with 4 or fewer blender-eevee draws no shadows.",
}
"""Variables of choreo's own, and what they say."""
OTHERS: Mapping[str, str] = {
    "XDG_DATA_HOME": "On Linux, the folder above the user's data folder, by default ~/.local/share.",
    "XDG_CACHE_HOME": "On Linux, the folder above the user's cache folder, by default ~/.cache.",
    "XDG_DATA_DIRS": "On Linux, folders whose folder fonts has letters for --titles.",
    "AWS_ENDPOINT_URL": "Where object storage answers that is not Amazon's, for --db s3://BUCKET/FOLDER.",
    "RAY_ADDRESS": "HOST:PORT of the Ray cluster that --engine ray means.",
    "RAY_AUTH_TOKEN": "Token of that cluster, with RAY_AUTH_MODE=token; by default that of ~/.ray/auth_token.",
    "NUMBA_CACHE_DIR": "Folder for compiled code, where the installation cannot be written.",
    "PYOPENGL_PLATFORM": "egl or osmesa, for --renderer pyrender; what works is found without it.",
    "LANCEDB_LOG": "How much the database tells; error by default.",
    "LANCE_LOG": "How much the database's files tell; error by default.",
}
"""Variables of the system and of libraries that matter to choreo."""
DRAWING = ("CHOREO_BLENDER_SAMPLES",)
"""Variables of `OWN` that decide how pictures look."""


def drawing_variables() -> dict[str, str]:
    """Those of `DRAWING` that are set, with their values."""
    return {name: value for name, value in os.environ.items() if name in DRAWING}


@contextmanager
def variables_as(values: Mapping[str, str]) -> Iterator[None]:
    """Have variables inside as another machine has them, also those of `DRAWING` that it has not; then as before."""
    current = os.environ
    names = {*DRAWING, *values}
    before = {name: value for name, value in current.items() if name in names}

    def put(wanted: Mapping[str, str]) -> None:
        for name in names:
            current.pop(name, None)
        current.update(wanted)

    try:
        put(values)
        yield
    finally:
        put(before)


def cache_place(kind: str) -> Path:
    """Folder for one kind of what is remembered: below ``$CHOREO_CACHE``, else below the user's cache folder."""
    chosen = os.environ.get("CHOREO_CACHE")
    if not chosen:
        from platformdirs import user_cache_dir

        chosen = user_cache_dir("choreo")
    return Path(chosen) / kind


__all__ = ["DRAWING", "OTHERS", "OWN", "cache_place", "drawing_variables", "variables_as"]
