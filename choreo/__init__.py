"""choreo: from a song to a dance. Public names load when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "generate": "choreo.pipeline",
    "analyze": "choreo.music",
    "phrases": "choreo.music",
    "MotionDB": "choreo.db",
    "retrieve": "choreo.retrieval",
    "plan": "choreo.planning",
    "perform": "choreo.synthesis",
    "read_plan": "choreo.planning",
    "write_plan": "choreo.planning",
}

if TYPE_CHECKING:
    from choreo.db import MotionDB
    from choreo.music import analyze, phrases
    from choreo.pipeline import generate
    from choreo.planning import plan, read_plan, write_plan
    from choreo.retrieval import retrieve
    from choreo.synthesis import perform

__all__ = ["MotionDB", "analyze", "generate", "perform", "phrases", "plan", "read_plan", "retrieve", "write_plan"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'choreo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
