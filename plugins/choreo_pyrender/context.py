"""An OpenGL context without a window, or an error that says what is missing."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes.util import find_library
from importlib.util import find_spec
from typing import Any

from choreo.errors import MissingExtraError, PluginError

ADVICE = (
    "On Debian and Ubuntu: apt install libegl1 libgl1 libopengl0 libgl1-mesa-dri (EGL), or libosmesa6 and "
    "PYOPENGL_PLATFORM=osmesa. Or use the renderer 'raster', which needs no OpenGL."
)
_OPENING = threading.Lock()
"""EGL has one display for all threads, and pyrender ends it with each of its contexts; those in use live on."""


def choose_platform() -> str:
    """Set ``PYOPENGL_PLATFORM`` when the user has not: EGL, or OSMesa where only that is installed."""
    if "PYOPENGL_PLATFORM" not in os.environ:
        only_osmesa = find_library("EGL") is None and find_library("OSMesa") is not None
        os.environ["PYOPENGL_PLATFORM"] = "osmesa" if only_osmesa else "egl"
    return os.environ["PYOPENGL_PLATFORM"]


def gl_failures() -> tuple[type[Exception], ...]:
    """What PyOpenGL and pyrender raise when a driver is missing, too old, or gone."""
    from OpenGL.error import Error as GLError

    return (ImportError, OSError, AttributeError, TypeError, ValueError, RuntimeError, GLError)


@contextmanager
def offscreen(width: int, height: int) -> Iterator[Any]:
    """Open a ``pyrender.OffscreenRenderer``, its context current on this thread, and delete it at the end.

    Raises
    ------
    MissingExtraError, PluginError
    """
    if any(find_spec(package) is None for package in ("pyrender", "OpenGL", "trimesh")):
        raise MissingExtraError("the pyrender renderer", "pyrender")
    platform = choose_platform()
    failures: tuple[type[Exception], ...] = (ImportError, OSError, AttributeError, TypeError, ValueError, RuntimeError)
    try:
        with warnings.catch_warnings(), _OPENING:
            warnings.simplefilter("ignore")
            import pyrender

            failures = gl_failures()
            renderer = pyrender.OffscreenRenderer(width, height)
    except failures as error:
        raise PluginError(f"no OpenGL context on {platform}: {type(error).__name__}: {error}. {ADVICE}") from error
    try:
        yield renderer
    finally:
        with _OPENING:
            with suppress(*failures):  # a context that is gone cannot be deleted; the first error is what counts
                renderer.delete()
            if platform == "egl":
                from OpenGL.EGL import eglReleaseThread

                eglReleaseThread()  # a context that is current somewhere is kept
