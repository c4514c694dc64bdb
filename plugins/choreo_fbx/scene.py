"""What is in an FBX file, as arrays; ufbx reads it, in a process of its own."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.files import size_of
from choreo.foreign.limits import FBX_BYTES, FBX_MEMORY, FBX_SECONDS, POSED_JOINTS
from choreo.plugins import require_extra
from choreo_fbx.weigh import require_modest_records

RATE = 60.0
"""Frames a second at which curves that are not straight are sampled."""
REFUSED = 3
"""Exit code of the reading process where the last line of its errors is about the file's content."""
TAIL = 200
"""Most letters of an error that are passed on."""


@dataclass(frozen=True, eq=False)
class Contents:
    """What `choreo_fbx.apart` found: metres, Y up. ``told`` says what the ``arrays`` are."""

    told: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def names(self) -> list[str]:
        """Of the nodes, parents before children."""
        return list(self.told["names"])


def require_ufbx() -> None:
    """Find out whether ufbx is installed.

    Raises
    ------
    MissingExtraError
    """
    require_extra("reading FBX", "fbx", "ufbx")


def read_contents(path: Path) -> Contents:
    """What is in a file.

    Raises
    ------
    MotionError
        When it cannot be read, is too large, or is no FBX.
    PluginError
        When ufbx is not installed.
    """
    require_ufbx()
    size_of(path, FBX_BYTES, MotionError)
    state = path.stat()
    return _read(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, size: int, changed: int) -> Contents:
    """Of a file in a state: a character is checked, shown and written, each of which reads it."""
    require_modest_records(path)
    with as_file(files("choreo_fbx").joinpath("apart.py")) as script:
        given = [str(path.absolute()), str(RATE), str(POSED_JOINTS), str(FBX_MEMORY)]
        try:
            done = subprocess.run(
                [sys.executable, "-P", str(script), *given], capture_output=True, timeout=FBX_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise MotionError(f"{path}: reading took longer than {FBX_SECONDS:g} s and was given up.") from None
    if done.returncode != 0:
        raise MotionError(f"{path}: is no FBX file that can be read ({_reason(done)}).")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    return Contents(json.loads(arrays.pop("told").tobytes()), arrays)


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    if lines and done.returncode == REFUSED:
        return lines[-1][:TAIL]
    return f"ufbx ended with code {done.returncode}: {lines[-1][:TAIL] if lines else 'it is damaged'}"
