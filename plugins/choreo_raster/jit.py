"""How the kernels are compiled: once per installation, without the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def kernel(function: Callable[..., Any]) -> Any:
    """Compile `function` on its first call and keep the machine code on disk.

    numba looks for a place beside the source, then in the user's cache folder; where neither can be
    written the kernel is compiled anew in every process, which costs seconds but works.
    """
    options = {"nogil": True, "fastmath": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:
        return numba.njit(**options)(function)
