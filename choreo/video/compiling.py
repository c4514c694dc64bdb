"""Whether a renderer's code is being compiled, which it is once on each machine and takes longer than drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from choreo import plugins
from choreo.protocols import CompilingRenderer

if TYPE_CHECKING:
    from choreo.video.film import Film

COMPILING = "compiling the renderer (once)"
"""Name of the stage in a report of progress."""


@contextmanager
def compiling(renderer: str, report: Callable[[float], None], textured: bool = False) -> Iterator[None]:
    """Report, while something is drawn inside, how much of a renderer has been compiled; nothing when it all is.

    Parameters
    ----------
    report
        Called with 0 to 1; also from threads that draw.
    textured
        Whether a body has textures.
    """
    plugin = plugins.load("renderers", renderer)
    if not isinstance(plugin, CompilingRenderer):
        yield
        return
    from numba.core import event

    total, ready = plugin.kernels + (getattr(plugin, "surface_kernels", 0) if textured else 0), 0

    class Listener(event.Listener):  # type: ignore[misc]  # numba has no types
        def on_start(self, event: Any) -> None:
            if _own(event):
                report(min(ready / total, 0.99))

        def on_end(self, event: Any) -> None:
            nonlocal ready
            if _own(event):
                ready += 1
                report(min(ready / total, 1.0))

    with event.install_listener("numba:compile", Listener()):
        yield
        if ready:
            report(1.0)


def _own(event: Any) -> bool:
    """Whether a function is the renderer's; what it calls of numba's own is compiled on the way."""
    return not str(event.data["dispatcher"].py_func.__module__).startswith("numba.")


def compile_first(film: Film) -> None:
    """Compile a film's renderer in this process, before several others would each do it at the same time."""
    if isinstance(plugins.load("renderers", film.renderer), CompilingRenderer):
        for _ in film.draw(0, 1):
            pass


__all__ = ["COMPILING", "compile_first", "compiling"]
