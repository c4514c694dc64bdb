"""A renderer's code compiled while the song is heard and danced, in a process of its own: once on each machine.

numba holds the interpreter's lock while it compiles, so that a thread would slow down what it runs beside.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from choreo import plugins
from choreo.environment import cache_place
from choreo.errors import InputError
from choreo.foreign import read_text
from choreo.output import atomic
from choreo.pipeline.dance_to_files import look_film, look_scene
from choreo.pipeline.outputs import Outputs
from choreo.protocols import CompilingRenderer
from choreo.video.bodies import BUILTIN, fit_bones, load_body, standing
from choreo.video.compiling import compile_first, compiling
from choreo.video.formats import VIDEO
from choreo.video.look import Look
from choreo.workers import kill_workers, start_workers, usable_processors

TRIAL_SIZE = (64, 36)
LONGEST = 100
"""Bytes of a note."""
LOOKING = 0.2
"""Seconds between two looks at how much is compiled."""
PATIENCE = 120.0
"""Seconds after which the other process is given up, and what draws compiles."""
BEHIND = 5
"""By so much the other process is nicer than this one."""


@dataclass(frozen=True)
class _Note:
    """File that says for which state of a renderer's code, numba and Python the renderer was compiled.

    One a renderer and installation, and one more for bodies with textures, which take more code. numba's own files say
    the same, but reading them takes numba, which is imported late; a note that is wrong costs one trial picture, or
    that compiling is not ahead.
    """

    path: Path
    key: str

    @classmethod
    def of(cls, renderer: str, textured: bool = False) -> _Note | None:
        """The note of a renderer; None when it compiles nothing."""
        plugin = plugins.load("renderers", renderer)
        if not isinstance(plugin, CompilingRenderer):
            return None
        source = Path(str(sys.modules[type(plugin).__module__].__file__))
        files = sorted(source.parent.glob("*.py")) if source.name == "__init__.py" else [source]
        stamps = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files]
        key = (stamps, sys.version, version("numba"), version("llvmlite"))
        where = (str(source), os.environ.get("NUMBA_CACHE_DIR"), platform.node())
        name = f"{renderer}-{'textured-' if textured else ''}{_digest(where)[:16]}.txt"
        return cls(cache_place("compiled") / name, _digest(key))

    @property
    def progress(self) -> Path:
        """File in which the compiling process says how much is done, 0 to 1."""
        return self.path.with_suffix(".progress")

    def is_true(self) -> bool:
        """Whether the renderer is compiled, as far as is known."""
        try:
            return read_text(self.path, LONGEST) == self.key
        except (InputError, OSError):
            return False

    def can_be_written(self) -> bool:
        """Whether it makes sense to compile ahead: what is not noted would be tried in every run."""
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.access(self.path.parent, os.W_OK)
        return False


def _digest(values: object) -> str:
    return hashlib.sha256(repr(values).encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True)
class _Ahead:
    """Compiling that goes on in another process."""

    pool: Executor
    future: Future[None]
    note: _Note

    def wait(self, report: Callable[[float], None]) -> None:
        """Wait for the end, whatever it is, and report how much is done."""
        if self.future.done():
            return
        report(0.0)
        for _ in range(round(PATIENCE / LOOKING)):
            if wait([self.future], LOOKING).done:
                break
            with suppress(InputError, OSError, ValueError):
                report(min(float(read_text(self.note.progress, LONGEST)), 0.99))
        report(1.0)


_ahead: ContextVar[_Ahead | None] = ContextVar("ahead", default=None)


def compile_ahead(outputs: Outputs) -> None:
    """Begin to compile the renderer of outputs, when that was not done before and a core is free.

    For functions under `ends_compiling`. Whatever goes wrong, the renderer is then compiled when it draws.
    """
    worth, textured = outputs.renderer is not None and usable_processors() > 1, outputs.body.surface is not None
    note = _Note.of(outputs.look.renderer, textured) if worth else None
    if note is None or note.is_true() or not note.can_be_written():
        return
    name = next(iter(outputs.videos), VIDEO)
    with suppress(OSError, RuntimeError):  # a system without the means for other processes
        pool = start_workers(1, _stand_back)
        _ahead.set(_Ahead(pool, pool.submit(_compile, outputs.look, name, note), note))


@contextmanager
def ends_compiling() -> Iterator[None]:
    """End the process of `compile_ahead` with a block, however that ends; also a decorator."""
    token = _ahead.set(None)
    try:
        yield
    finally:
        ahead = _ahead.get()
        _ahead.reset(token)
        if ahead is not None:
            kill_workers(ahead.pool)


@contextmanager
def compiled(renderer: str, report: Callable[[float], None], textured: bool = False) -> Iterator[None]:
    """Wait for what compiles ahead; the rest is told as in `choreo.video.compiling.compiling`."""
    ahead = _ahead.get()
    if ahead is not None:
        ahead.wait(report)
    with compiling(renderer, report, textured):
        yield


def _stand_back() -> None:
    """Leave the processor to who waits for the song."""
    if hasattr(os, "nice"):
        os.nice(BEHIND)


def _compile(look: Look, name: str, note: _Note) -> None:
    """Draw one small frame as a look shows it, and note it; where two processes begin, the second finds it done."""
    from filelock import FileLock

    def tell(done: float) -> None:
        note.progress.write_text(f"{done:.3f}", encoding="utf-8")

    small = replace(look, width=TRIAL_SIZE[0], height=TRIAL_SIZE[1], camera="fixed")
    with FileLock(note.path.with_suffix(".lock")):
        if note.is_true():
            return
        try:
            body = load_body(look.body or BUILTIN, **look.body_options)
            with compiling(look.renderer, tell, body.surface is not None):
                compile_first(look_film(look_scene([fit_bones(standing(), body)], body, small, None), small, name))
        finally:
            note.progress.unlink(missing_ok=True)
        with atomic(note.path, at_once=True) as partial:
            partial.write_text(note.key, encoding="utf-8")


__all__ = ["compile_ahead", "compiled", "ends_compiling"]
