"""How the kernels are compiled: once per installation, without the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from choreo_raster.kept_code import keep


def part_of_kernels(function: Callable[..., Any]) -> Any:
    """What several kernels do: it becomes a part of each, for a call takes longer than a small triangle."""
    return numba.njit(inline="always", nogil=True, fastmath=True, error_model="numpy")(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile `function` on its first call and keep the machine code on disk.

    numba tries the folder of the source, then the user's cache folder; where neither can be written, or others can
    write there, too, the kernel is compiled anew in every process, which costs seconds but works.

    A cached kernel is compiled anew when its own file or an argument's type changes. Module constants and kernels
    of other files are frozen into it, so whatever may be tuned is passed as an argument.
    """
    options = {"nogil": True, "fastmath": True, "error_model": "numpy"}
    try:
        compiled = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        return numba.njit(**options)(function)
    keep(compiled, Path(function.__code__.co_filename))
    return compiled
